# What the instances are made of, and what they may do.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_ec2_instance_type_offerings" {
    defaults = { locations = ["eu-central-1b", "eu-central-1a", "eu-central-1c"] }
  }
  mock_data "aws_ami" {
    defaults = { name = "debian-12-amd64-20261101-2000", root_device_name = "/dev/xvda" }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { value = "ami-0123456789abcdef0" }
  }
  mock_resource "aws_ebs_volume" {
    defaults        = { id = "vol-0123456789abcdef0" }
    override_during = plan
  }
}

# The same for what is applied: there ids come with the resources.
mock_provider "aws" {
  alias = "applied"

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_ec2_instance_type_offerings" {
    defaults = { locations = ["eu-central-1b", "eu-central-1a", "eu-central-1c"] }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { value = "ami-0123456789abcdef0" }
  }
}

variables {
  name                 = "inlet"
  region               = "eu-central-1"
  account              = "123456789012"
  partition            = "aws"
  profile              = "single"
  tags                 = { Project = "inlet", ManagedBy = "terraform" }
  permissions_boundary = null
  kms_key_arn          = null
  force_destroy        = false
  sink                 = "firehose"
  bucket               = "inlet-lake"
  stream_template      = "inlet-{type}"
  stream_arns          = ["arn:aws:firehose:eu-central-1:123456789012:deliverystream/inlet-track"]
  streams              = ["arn:aws:firehose:eu-central-1:123456789012:deliverystream/inlet-track"]
  destroy_wait_s       = 360
  package_key          = "packages/inlet-0123.deb"
  package_sha256       = "0123"
  vpc_cidr             = "10.20.0.0/16"
  vpc_id               = null
  subnet_ids           = []
  client_cidrs         = ["0.0.0.0/0"]
  ssh_cidrs            = []
  ssh_key_name         = null
  instance_type        = "t3.small"
  architecture         = "x86_64"
  ami_id               = null
  journal_gib          = 20
  min_size             = 2
  max_size             = 4
  settings             = {}
  ack                  = "journal"
  domain               = null
  acme_email           = null
  acme_server          = "https://acme-v02.api.letsencrypt.org/directory"
  zone_id              = null
  certificate_arn      = null
  tls_parameters       = null
}

run "a_network_in_two_zones_with_a_way_out_and_a_way_to_s3" {
  command = plan

  module {
    source = "./modules/collector"
  }

  assert {
    condition     = aws_subnet.public[*].availability_zone == ["eu-central-1a", "eu-central-1b"] && aws_route.internet[0].destination_cidr_block == "0.0.0.0/0"
    error_message = "not two zones, or no way out"
  }

  assert {
    condition     = aws_vpc_endpoint.s3[0].service_name == "com.amazonaws.eu-central-1.s3" && aws_vpc_endpoint.s3[0].vpc_endpoint_type == "Gateway"
    error_message = "no endpoint of S3"
  }

  assert {
    condition     = jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalAccount" = "123456789012" } } && alltrue([for arn in jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Resource : startswith(arn, "arn:aws:s3:::inlet-lake/")])
    error_message = "other buckets, or others, through the endpoint"
  }
}

run "an_instance_gives_its_credentials_to_no_other_and_its_disks_are_encrypted" {
  command = plan

  module {
    source = "./modules/collector"
  }

  assert {
    condition     = aws_instance.this[0].metadata_options[0].http_tokens == "required" && aws_instance.this[0].metadata_options[0].http_put_response_hop_limit == 1
    error_message = "IMDSv2 alone, with one hop"
  }

  assert {
    condition     = aws_instance.this[0].root_block_device[0].encrypted && aws_ebs_volume.journal[0].encrypted && aws_ebs_volume.journal[0].type == "gp3"
    error_message = "a disk is not encrypted"
  }

  assert {
    condition     = terraform_data.image[0].input == "ami-0123456789abcdef0" && aws_instance.this[0].instance_type == "t3.small"
    error_message = "another machine"
  }
}

run "zones_that_do_not_offer_the_type_are_passed_over" {
  command = plan

  module {
    source = "./modules/collector"
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.zones
    values = { locations = ["eu-central-1c", "eu-central-1b"] }
  }

  assert {
    condition     = aws_subnet.public[*].availability_zone == ["eu-central-1b", "eu-central-1c"] && aws_ebs_volume.journal[0].availability_zone == "eu-central-1b"
    error_message = "a subnet where the instance cannot be"
  }
}

run "a_type_that_one_zone_alone_offers_is_refused" {
  command = plan

  module {
    source = "./modules/collector"
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.zones
    values = { locations = ["eu-central-1c"] }
  }

  expect_failures = [aws_subnet.public]
}

run "streams_stay_until_they_have_delivered" {
  command = plan

  module {
    source = "./modules/collector"
  }

  assert {
    condition     = terraform_data.way_out.input.wait_s == 360 && terraform_data.way_out.input.streams == var.streams
    error_message = "streams are deleted with rows in them"
  }
}

run "the_journal_outlives_its_instance" {
  command = plan

  module {
    source = "./modules/collector"
  }

  assert {
    condition     = aws_volume_attachment.journal[0].stop_instance_before_detaching && aws_ebs_volume.journal[0].final_snapshot && aws_volume_attachment.journal[0].force_detach != true
    error_message = "the disk could be taken from under a running inlet, or go without a snapshot"
  }

  assert {
    condition     = length(aws_instance.this[0].ebs_block_device) == 0 && aws_instance.this[0].user_data_replace_on_change
    error_message = "the journal's disk is the instance's, or a change does not arrive"
  }
}

run "only_clients_get_in_and_there_is_no_ssh" {
  command = plan

  module {
    source = "./modules/collector"
  }

  assert {
    condition     = { for key, rule in aws_vpc_security_group_ingress_rule.instance : key => rule.from_port } == { "80 0.0.0.0/0" = 80, "443 0.0.0.0/0" = 443 }
    error_message = "other ports are open"
  }

  assert {
    condition     = length(aws_default_security_group.this[0].ingress) + length(aws_default_security_group.this[0].egress) == 0
    error_message = "the default group lets something through"
  }
}

run "ssh_is_open_for_whom_it_is_asked_and_clients_can_be_bounded" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    ssh_cidrs    = ["203.0.113.7/32"]
    ssh_key_name = "me"
    client_cidrs = ["198.51.100.0/24"]
    domain       = "events.example.com"
    acme_email   = "ops@example.com"
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.instance)) == toset(["22 203.0.113.7/32", "80 198.51.100.0/24", "443 198.51.100.0/24", "80 0.0.0.0/0"])
    error_message = "other ports are open; port 80 must be, for the authority"
  }
}

run "an_instance_may_do_four_things" {
  command = plan

  module {
    source = "./modules/collector"
  }

  assert {
    condition = { for name, policy in aws_iam_role_policy.instance : name => jsondecode(policy.policy).Statement[0].Action } == {
      deliver = ["firehose:PutRecordBatch"]
      package = ["s3:GetObject"]
      metrics = ["cloudwatch:PutMetricData"]
      session = ["ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
    }
    error_message = "other actions"
  }

  assert {
    condition     = tolist(jsondecode(aws_iam_role_policy.instance["deliver"].policy).Statement[0].Resource) == tolist(var.stream_arns) && jsondecode(aws_iam_role_policy.instance["package"].policy).Statement[0].Resource == ["arn:aws:s3:::inlet-lake/packages/inlet-0123.deb"]
    error_message = "other resources"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.instance["metrics"].policy).Statement[0].Condition == { StringEquals = { "cloudwatch:namespace" = "inlet" } }
    error_message = "gauges go into any namespace"
  }

  assert {
    condition     = length(aws_iam_role_policy.lifecycle) == 0
    error_message = "there is no group"
  }
}

run "the_s3_sink_writes_rows_and_nothing_else" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    sink        = "s3"
    stream_arns = []
    streams     = []
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.instance["deliver"].policy).Statement : [statement.Action, statement.Resource]] == [[["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::inlet-lake/raw/*"]], [["kms:Decrypt", "kms:GenerateDataKey"], [var.kms_key_arn]]]
    error_message = "other rights"
  }

  assert {
    condition     = strcontains(output.user_data, "\nsink.s3.bucket = \"inlet-lake\"\nsink.s3.enabled = true\n") && !strcontains(output.user_data, "sink.firehose")
    error_message = "another sink"
  }

  assert {
    condition     = terraform_data.way_out.input.wait_s == 0
    error_message = "destroy waits for streams that are not there"
  }
}

run "the_configuration_follows_from_the_inputs_and_settings_win" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    ack      = "sink"
    settings = { "server.cors_origins" = ["https://www.example.com"], "log.format" = "text", "server.threads" = 2 }
  }

  assert {
    condition = alltrue([for line in [
      "aws.region = \"eu-central-1\"", "journal.dir = \"/var/lib/inlet/journal\"", "journal.max_bytes = \"15360MiB\"",
      "log.format = \"text\"", "server.ack = \"sink\"", "server.ack_sink = \"firehose\"", "server.threads = 2",
      "limits.rate_per_address = 200", "server.cors_origins = [\"https://www.example.com\"]", "server.plain_post = true", "sink.firehose.enabled = true",
      "sink.firehose.delivery_stream = \"inlet-{type}\"", "sink.lake.enabled = false", "metrics.cloudwatch.enabled = true",
      "metrics.cloudwatch.dimensions = [\"Deployment=inlet\"]",
    ] : strcontains(output.user_data, "\n${line}\n")])
    error_message = "a line is missing in the configuration"
  }

  assert {
    condition     = strcontains(output.user_data, "volume='vol-0123456789abcdef0'")
    error_message = "the disk is not named"
  }
}

run "a_domain_brings_https_a_record_and_no_events_in_the_clear" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    domain     = "events.example.com"
    acme_email = "ops@example.com"
    zone_id    = "Z0123456789ABCDEFGHIJ"
  }

  assert {
    condition     = output.endpoint == "https://events.example.com" && aws_route53_record.single[0].name == "events.example.com"
    error_message = "no https, or no record"
  }

  assert {
    condition     = strcontains(output.user_data, "\nserver.plain_post = false\n") && strcontains(output.user_data, "domain='events.example.com'") && strcontains(output.user_data, "acme_email='ops@example.com'")
    error_message = "events in the clear are taken, or the authority is not asked"
  }
}

run "ha_spreads_instances_and_empties_what_ends" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    profile = "ha"
  }

  assert {
    condition     = aws_autoscaling_group.this[0].min_size == 2 && aws_autoscaling_group.this[0].max_size == 4 && aws_autoscaling_group.this[0].health_check_type == "EC2"
    error_message = "a full journal would end its instance, or the numbers are others"
  }

  assert {
    condition = { for hook in aws_autoscaling_group.this[0].initial_lifecycle_hook : hook.name => [hook.lifecycle_transition, hook.default_result] } == {
      drain  = ["autoscaling:EC2_INSTANCE_TERMINATING", "CONTINUE"]
      launch = ["autoscaling:EC2_INSTANCE_LAUNCHING", "ABANDON"]
    }
    error_message = "instances end with rows, or count before they are ready"
  }

  assert {
    condition     = strcontains(output.user_data, "drain_hook='drain'\nlaunch_hook='launch'\n") && strcontains(output.user_data, "group='inlet'")
    error_message = "instances do not know their hooks"
  }

  assert {
    condition     = contains(aws_launch_template.this[0].block_device_mappings[*].device_name, "/dev/sda1")
    error_message = "the root's disk is another"
  }

  assert {
    condition     = one([for disk in aws_launch_template.this[0].block_device_mappings : disk.ebs[0] if disk.device_name == "/dev/sdf"]).delete_on_termination == "false" && alltrue([for disk in aws_launch_template.this[0].block_device_mappings : disk.ebs[0].encrypted == "true"])
    error_message = "the journal goes with its instance, or a disk is not encrypted"
  }

  assert {
    condition     = aws_launch_template.this[0].metadata_options[0].http_tokens == "required" && aws_launch_template.this[0].metadata_options[0].http_put_response_hop_limit == 1
    error_message = "IMDSv2 alone, with one hop"
  }

  assert {
    condition     = aws_lb.this[0].load_balancer_type == "network" && aws_lb_target_group.this[0].health_check[0].path == "/health/ready" && aws_lb_target_group.this[0].preserve_client_ip == "true"
    error_message = "the load balancer is another"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.lifecycle[0].policy).Statement == [{ Sid = "OwnGroup", Effect = "Allow", Action = ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"], Resource = ["arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:*:autoScalingGroupName/inlet"] }]
    error_message = "other rights on the group"
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.instance) == 0 && keys(aws_vpc_security_group_ingress_rule.from_balancer) == ["8080"] && aws_lb_listener.this[0].port == 80
    error_message = "somebody else than the load balancer reaches instances"
  }

  assert {
    condition     = alltrue([for tags in aws_launch_template.this[0].tag_specifications : tags.tags == tomap({ Project = "inlet", ManagedBy = "terraform", Name = "inlet" })]) && length(aws_launch_template.this[0].tag_specifications) == 3
    error_message = "what the group makes has no tags"
  }

  assert {
    condition     = length(aws_instance.this) + length(aws_ebs_volume.journal) + length(aws_eip.this) == 0
    error_message = "something of the other profile is made"
  }
}

run "the_root_of_a_given_image_keeps_its_name" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    profile = "ha"
    ami_id  = "ami-0123456789abcdef0"
  }

  assert {
    condition     = aws_launch_template.this[0].image_id == "ami-0123456789abcdef0" && toset(aws_launch_template.this[0].block_device_mappings[*].device_name) == toset(["/dev/xvda", "/dev/sdf"])
    error_message = "a third disk, and mount-journal finds two that could be the journal's"
  }
}

run "ha_ends_tls_with_a_certificate_of_acm" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    profile         = "ha"
    domain          = "events.example.com"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
  }

  assert {
    condition     = aws_lb_listener.this[0].protocol == "TLS" && aws_lb_listener.this[0].port == 443 && aws_lb_listener.this[0].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06" && output.endpoint == "https://events.example.com"
    error_message = "no TLS"
  }
}

run "ha_passes_tls_through_to_inlet" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    profile        = "ha"
    domain         = "events.example.com"
    tls_parameters = { certificate = "/inlet/chain", key = "/inlet/key" }
  }

  assert {
    condition     = aws_lb_listener.this[0].protocol == "TCP" && aws_lb_listener.this[0].port == 443 && aws_lb_target_group.this[0].port == 443 && aws_lb_target_group.this[0].health_check[0].port == "8080"
    error_message = "TLS is not passed through"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.instance["certificate"].policy).Statement[0].Resource == ["arn:aws:ssm:eu-central-1:123456789012:parameter/inlet/chain", "arn:aws:ssm:eu-central-1:123456789012:parameter/inlet/key"]
    error_message = "other parameters can be read"
  }

  assert {
    condition     = strcontains(output.user_data, "tls_key='/inlet/key'") && strcontains(output.user_data, "\nserver.plain_post = false\n")
    error_message = "the instances do not get the certificate"
  }
}

run "a_network_that_exists_is_used" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    vpc_id        = "vpc-0123456789abcdef0"
    subnet_ids    = ["subnet-0123456789abcdef0"]
    force_destroy = true
  }

  assert {
    condition     = length(aws_vpc.this) + length(aws_subnet.public) + length(aws_vpc_endpoint.s3) == 0 && aws_instance.this[0].subnet_id == "subnet-0123456789abcdef0" && aws_security_group.instance.vpc_id == "vpc-0123456789abcdef0"
    error_message = "another network"
  }

  assert {
    condition     = !aws_ebs_volume.journal[0].final_snapshot
    error_message = "force_destroy was asked for"
  }
}

run "roles_are_bounded_if_asked" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/bound"
    kms_key_arn          = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }

  assert {
    condition     = aws_iam_role.instance.permissions_boundary == var.permissions_boundary && aws_ebs_volume.journal[0].kms_key_id == var.kms_key_arn && aws_instance.this[0].root_block_device[0].kms_key_id == var.kms_key_arn
    error_message = "unbounded, or another key"
  }
}

run "more_settings_than_user_data_can_hold_are_refused" {
  command = plan

  module {
    source = "./modules/collector"
  }

  variables {
    settings = { "event.reserved_ids" = [for number in range(1000) : "an-id-that-no-client-should-send-${number}"] }
  }

  expect_failures = [aws_instance.this]
}

# What is applied stays for the runs behind it, so these are the last.

run "a_deployment_is_made" {
  providers = { aws = aws.applied }

  module {
    source = "./modules/collector"
  }

  variables {
    destroy_wait_s = 0
  }

  assert {
    condition     = aws_ebs_volume.journal[0].availability_zone == "eu-central-1a"
    error_message = "not in the first zone"
  }
}

run "it_stays_where_it_is_when_its_zone_is_not_offered_any_more" {
  providers = { aws = aws.applied }

  module {
    source = "./modules/collector"
  }

  variables {
    destroy_wait_s = 0
  }

  override_data {
    target = data.aws_availability_zones.available
    values = { names = ["eu-central-1b", "eu-central-1c"] }
  }

  assert {
    condition     = aws_subnet.public[*].availability_zone == ["eu-central-1a", "eu-central-1b"] && aws_ebs_volume.journal[0].availability_zone == "eu-central-1a"
    error_message = "subnets and the journal would be made anew"
  }
}

run "its_journal_is_not_left_behind_in_another_zone" {
  command = plan

  providers = { aws = aws.applied }

  module {
    source = "./modules/collector"
  }

  variables {
    destroy_wait_s = 0
    vpc_id         = "vpc-0123456789abcdef0"
    subnet_ids     = ["subnet-0123456789abcdef0"]
  }

  override_data {
    target = data.aws_subnet.given
    values = { availability_zone = "eu-central-1c" }
  }

  expect_failures = [aws_instance.this]
}
