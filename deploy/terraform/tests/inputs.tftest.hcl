# Every input refuses what makes no sense. A run holds one bad value of each of many variables: every one of them must be
# refused. (A variable that is judged by another is not judged while that one is refused: it has its turn in another run.)

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_data "aws_ec2_instance_type_offerings" {
    defaults = { locations = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { value = "ami-0123456789abcdef0" }
  }
  mock_data "aws_subnet" {
    defaults = { availability_zone = "us-east-1a" }
  }
}

variables {
  package = "tests/fixtures/stand-in.deb"
}

run "the_defaults_are_accepted" {
  command = plan
}

run "everything_that_can_be_set_is_accepted" {
  command = plan

  variables {
    region               = "eu-central-1"
    name                 = "events"
    tags                 = { CostCenter = "analytics" }
    permissions_boundary = "arn:aws:iam::123456789012:policy/bound"
    bucket               = "example-lake"
    versioning           = false
    access_log_bucket    = "example-logs"
    kms_key_arn          = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    archive_after_days   = 90
    expire_after_days    = 800
    athena               = false
    vpc_id               = "vpc-0123456789abcdef0"
    subnet_ids           = ["subnet-0123456789abcdef0"]
    client_cidrs         = ["203.0.113.0/24"]
    ssh_cidrs            = ["203.0.113.7/32"]
    ssh_key_name         = "me"
    ami_id               = "ami-0123456789abcdef0"
    architecture         = "arm64"
    instance_type        = "t4g.small"
    settings             = { "server.cors_origins" = ["https://www.example.com"], "server.threads" = 2, "server.ui" = false }
    domain               = "events.example.com"
    acme_email           = "ops@example.com"
    zone_id              = "Z0123456789ABCDEFGHIJ"
    alarm_email          = "ops@example.com"
  }
}

run "one_stream_is_accepted" {
  command = plan

  variables {
    one_stream         = true
    archive_after_days = 90
  }
}

run "parquet_is_accepted" {
  command = plan

  variables {
    parquet = true
  }
}

run "names_numbers_and_choices_out_of_range_are_refused" {
  command = plan

  variables {
    region                = "Frankfurt"
    name                  = "My Collector"
    tags                  = { Name = "mine" }
    profile               = "cluster"
    package               = "tests/fixtures/missing.deb"
    permissions_boundary  = "admin"
    sink                  = "kafka"
    bucket                = "Upper.Case"
    access_log_bucket     = "no"
    kms_key_arn           = "alias/mine"
    archive_after_days    = -1
    buffer_s              = 10
    destroy_wait_s        = -1
    athena_scan_limit_gib = 0
    first_day             = "yesterday"
    log_retention_days    = 8
    vpc_cidr              = "10.0.0.0/8"
    client_cidrs          = []
    ssh_cidrs             = ["0.0.0.0/0"]
    instance_type         = "small"
    architecture          = "riscv"
    ami_id                = "ubuntu"
    journal_gib           = 1
    min_size              = 1
    settings              = { "cors" = "*" }
    ack                   = "memory"
    acme_server           = "http://example.com"
    alarm_email           = "ops"
  }

  expect_failures = [
    var.region, var.name, var.tags, var.profile, var.package, var.permissions_boundary, var.sink, var.bucket,
    var.access_log_bucket, var.kms_key_arn, var.archive_after_days, var.buffer_s, var.destroy_wait_s,
    var.athena_scan_limit_gib, var.first_day, var.log_retention_days, var.vpc_cidr, var.client_cidrs,
    var.ssh_cidrs, var.instance_type, var.architecture, var.ami_id, var.journal_gib, var.min_size,
    var.settings, var.ack, var.acme_server, var.alarm_email,
  ]
}

run "further_bad_values_are_refused" {
  command = plan

  variables {
    region             = "us-east"
    name               = "a-name-that-is-longer-than-twenty"
    tags               = { "aws:own" = "x" }
    package            = "tests/inputs.tftest.hcl"
    bucket             = "x"
    archive_after_days = 1.5
    buffer_mib         = 0
    buffer_s           = 1000
    first_day          = "2026-13-40"
    vpc_cidr           = "10.0.0.0/28"
    client_cidrs       = ["everybody"]
    ssh_cidrs          = ["10.0.0.0/8"]
    ssh_key_name       = "me"
    instance_type      = "t2.small"
    journal_gib        = 20.5
    max_size           = 1
    settings           = { "journal.dir" = "/tmp" }
    destroy_wait_s     = 5000
    domain             = "localhost"
    acme_server        = "https://example.com/\"; rm"
  }

  expect_failures = [
    var.region, var.name, var.tags, var.package, var.bucket, var.archive_after_days, var.buffer_mib,
    var.buffer_s, var.first_day, var.vpc_cidr, var.client_cidrs, var.ssh_cidrs, var.instance_type, var.journal_gib,
    var.max_size, var.settings, var.destroy_wait_s, var.domain, var.acme_server,
  ]
}

run "what_is_judged_by_others_is_refused" {
  command = plan

  variables {
    expire_after_days = 3
    buffer_mib        = 0
    subnet_ids        = ["one"]
    vpc_id            = "vpc-0123456789abcdef0"
    certificate_arn   = "mine"
    ssh_key_name      = ""
    settings          = { "sink.s3.prefix" = "inlet/" }
  }

  expect_failures = [
    var.expire_after_days, var.buffer_mib, var.subnet_ids, var.certificate_arn, var.ssh_key_name, var.settings,
  ]
}

run "more_of_what_is_judged_by_others_is_refused" {
  command = plan

  variables {
    archive_after_days = 90
    expire_after_days  = 60
    vpc_id             = "mine"
    profile            = "ha"
    tls_parameters     = { certificate = "a b", key = "c" }
    settings           = { "sink.firehose.compression" = "gzip" }
  }

  expect_failures = [var.expire_after_days, var.vpc_id, var.tls_parameters, var.settings]
}

run "a_domain_needs_an_address_for_the_authority" {
  command = plan

  variables {
    domain   = "events.example.com"
    settings = { "metrics.cloudwatch.namespace" = "mine" }
  }

  expect_failures = [var.acme_email, var.settings]
}

run "ha_needs_two_subnets_and_a_certificate_for_a_domain" {
  command = plan

  variables {
    profile    = "ha"
    domain     = "events.example.com"
    vpc_id     = "vpc-0123456789abcdef0"
    subnet_ids = ["subnet-0123456789abcdef0"]
  }

  expect_failures = [var.domain, var.subnet_ids]
}

run "subnets_alone_are_refused_and_a_zone_without_a_domain" {
  command = plan

  variables {
    subnet_ids = ["subnet-0123456789abcdef0"]
    zone_id    = "Z0123456789ABCDEFGHIJ"
    acme_email = "a\"b@example.com"
    settings   = { "server.listen" = ["0.0.0.0:9000"] }
  }

  expect_failures = [var.vpc_id, var.zone_id, var.acme_email, var.settings]
}

run "a_zone_is_an_id" {
  command = plan

  variables {
    domain     = "events.example.com"
    acme_email = "ops"
    zone_id    = "example.com"
    settings   = { "journal.max_bytes" = "1TiB" }
  }

  expect_failures = [var.zone_id, var.acme_email, var.settings]
}

run "a_certificate_of_acm_is_for_ha_alone" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
    settings        = { "server.ack" = "sink" }
  }

  expect_failures = [var.certificate_arn, var.settings]
}

run "a_certificate_in_parameters_is_for_ha_alone" {
  command = plan

  variables {
    tls_parameters = { certificate = "/inlet/chain", key = "/inlet/key" }
  }

  expect_failures = [var.tls_parameters]
}

run "parquet_needs_firehose" {
  command = plan

  variables {
    parquet = true
    sink    = "s3"
  }

  expect_failures = [var.parquet]
}

run "one_stream_needs_firehose" {
  command = plan

  variables {
    one_stream = true
    sink       = "s3"
  }

  expect_failures = [var.one_stream]
}

run "events_do_not_expire_from_objects_that_hold_aliases_and_profiles_too" {
  command = plan

  variables {
    one_stream        = true
    expire_after_days = 400
  }

  expect_failures = [var.expire_after_days]
}

run "parquet_needs_large_buffers" {
  command = plan

  variables {
    parquet    = true
    buffer_mib = 32
  }

  expect_failures = [var.buffer_mib]
}

run "ssh_needs_a_key" {
  command = plan

  variables {
    ssh_cidrs = ["203.0.113.7/32"]
  }

  expect_failures = [var.ssh_key_name]
}
