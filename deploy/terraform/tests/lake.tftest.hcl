# What the lake is made of.

mock_provider "aws" {}

variables {
  name                  = "inlet"
  region                = "eu-central-1"
  account               = "123456789012"
  partition             = "aws"
  bucket                = "inlet-lake"
  sink                  = "firehose"
  one_stream            = false
  parquet               = false
  force_destroy         = false
  versioning            = true
  access_log_bucket     = null
  kms_key_arn           = null
  archive_after_days    = 0
  expire_after_days     = 0
  buffer_mib            = 64
  buffer_s              = 300
  athena                = true
  athena_scan_limit_gib = 10
  first_day             = "2026-01-01"
  log_retention_days    = 30
  permissions_boundary  = null
}

run "the_bucket_is_private_encrypted_and_kept" {
  command = plan

  module {
    source = "./modules/lake"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.lake.block_public_acls, aws_s3_bucket_public_access_block.lake.block_public_policy,
      aws_s3_bucket_public_access_block.lake.ignore_public_acls, aws_s3_bucket_public_access_block.lake.restrict_public_buckets,
    ])
    error_message = "something public is not blocked"
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.lake.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "objects could have other owners, and ACLs"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.lake.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "not encrypted"
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.lake.policy).Statement == [{ Sid = "TlsOnly", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = ["arn:aws:s3:::inlet-lake", "arn:aws:s3:::inlet-lake/*"], Condition = { Bool = { "aws:SecureTransport" = "false" } } }]
    error_message = "TLS is not demanded"
  }

  assert {
    condition     = !aws_s3_bucket.lake.force_destroy && aws_s3_bucket_versioning.lake.versioning_configuration[0].status == "Enabled"
    error_message = "rows can go unnoticed"
  }

  assert {
    condition     = length(aws_s3_bucket_logging.lake) == 0
    error_message = "an access log that nobody asked for"
  }

  assert {
    condition     = toset([for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.id]) == toset(["unfinished-uploads", "deleted", "errors", "query-results"])
    error_message = "other lifecycle rules: nothing may expire or move unasked"
  }
}

run "a_stream_for_each_type_delivers_gzip_below_type_and_day" {
  command = plan

  module {
    source = "./modules/lake"
  }

  assert {
    condition     = { for type, stream in aws_kinesis_firehose_delivery_stream.rows : type => stream.name } == { track = "inlet-track", alias = "inlet-alias", profile = "inlet-profile" }
    error_message = "other streams"
  }

  assert {
    condition = alltrue([for type, stream in aws_kinesis_firehose_delivery_stream.rows : alltrue([
      stream.extended_s3_configuration[0].prefix == "raw/type=${type}/dt=!{timestamp:yyyy-MM-dd}/",
      stream.extended_s3_configuration[0].error_output_prefix == "errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/",
      stream.extended_s3_configuration[0].compression_format == "GZIP",
      stream.extended_s3_configuration[0].file_extension == ".ndjson.gz",
      stream.extended_s3_configuration[0].buffering_size == 64,
      stream.extended_s3_configuration[0].buffering_interval == 300,
      length(stream.extended_s3_configuration[0].processing_configuration) == 0, # a delimiter would make blank lines
      length(stream.extended_s3_configuration[0].dynamic_partitioning_configuration) == 0,
      length(stream.extended_s3_configuration[0].data_format_conversion_configuration) == 0,
      stream.extended_s3_configuration[0].cloudwatch_logging_options[0].enabled,
      stream.extended_s3_configuration[0].cloudwatch_logging_options[0].log_group_name == "/aws/kinesisfirehose/inlet",
      stream.server_side_encryption[0].enabled,
      stream.server_side_encryption[0].key_type == "AWS_OWNED_CMK",
    ])])
    error_message = "a stream is set up otherwise"
  }

  assert {
    condition     = aws_cloudwatch_log_group.delivery[0].retention_in_days == 30
    error_message = "logs are kept for another time"
  }
}

run "firehose_may_write_rows_and_its_log_and_only_for_this_account" {
  command = plan

  module {
    source = "./modules/lake"
  }

  assert {
    condition     = jsondecode(aws_iam_role.firehose[0].assume_role_policy).Statement == [{ Effect = "Allow", Principal = { Service = "firehose.amazonaws.com" }, Action = "sts:AssumeRole", Condition = { StringEquals = { "sts:ExternalId" = "123456789012" } } }]
    error_message = "others may be Firehose"
  }

  assert {
    condition     = { for statement in jsondecode(aws_iam_role_policy.firehose[0].policy).Statement : statement.Sid => statement.Resource } == { Objects = ["arn:aws:s3:::inlet-lake/raw/*", "arn:aws:s3:::inlet-lake/errors/*"], Bucket = ["arn:aws:s3:::inlet-lake"], Log = [for type in ["alias", "profile", "track"] : "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/kinesisfirehose/inlet:log-stream:inlet-${type}"] }
    error_message = "Firehose may reach something else"
  }
}

run "a_key_of_ones_own_encrypts_all_and_is_used_through_s3_only" {
  command = plan

  module {
    source = "./modules/lake"
  }

  variables {
    kms_key_arn          = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    permissions_boundary = "arn:aws:iam::123456789012:policy/bound"
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.firehose[0].policy).Statement : statement.Condition if statement.Sid == "Key"]) == { StringEquals = { "kms:ViaService" = "s3.eu-central-1.amazonaws.com" }, StringLike = { "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::inlet-lake", "arn:aws:s3:::inlet-lake/*"] } }
    error_message = "the key may be used for something else"
  }

  assert {
    condition = alltrue([
      one(one(aws_s3_bucket_server_side_encryption_configuration.lake.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn,
      alltrue([for stream in aws_kinesis_firehose_delivery_stream.rows : stream.server_side_encryption[0].key_arn == var.kms_key_arn]),
      aws_cloudwatch_log_group.delivery[0].kms_key_id == var.kms_key_arn,
      aws_athena_workgroup.lake[0].configuration[0].result_configuration[0].encryption_configuration[0].kms_key_arn == var.kms_key_arn,
      aws_iam_role.firehose[0].permissions_boundary == var.permissions_boundary,
    ])
    error_message = "something is encrypted with another key, or the role is unbounded"
  }
}

run "queries_see_whole_lines_in_projected_partitions_and_are_bounded" {
  command = plan

  module {
    source = "./modules/lake"
  }

  assert {
    condition = aws_glue_catalog_table.lines.parameters == tomap({
      EXTERNAL                      = "TRUE"
      "projection.enabled"          = "true"
      "projection.type.type"        = "enum"
      "projection.type.values"      = "track,alias,profile"
      "projection.dt.type"          = "date"
      "projection.dt.format"        = "yyyy-MM-dd"
      "projection.dt.range"         = "2026-01-01,NOW+1DAY"
      "projection.dt.interval"      = "1"
      "projection.dt.interval.unit" = "DAYS"
      "storage.location.template"   = "s3://inlet-lake/raw/type=$${type}/dt=$${dt}/"
    })
    error_message = "the table is projected otherwise"
  }

  assert {
    condition     = [for column in aws_glue_catalog_table.lines.storage_descriptor[0].columns : "${column.name} ${column.type}"] == ["line string"] && [for key in aws_glue_catalog_table.lines.partition_keys : key.name] == ["type", "dt"] && aws_glue_catalog_table.lines.storage_descriptor[0].ser_de_info[0].parameters["field.delim"] == "\u0001"
    error_message = "the table does not read whole lines"
  }

  assert {
    condition = alltrue([
      aws_athena_workgroup.lake[0].configuration[0].enforce_workgroup_configuration,
      aws_athena_workgroup.lake[0].configuration[0].bytes_scanned_cutoff_per_query == 10737418240,
      aws_athena_workgroup.lake[0].configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_S3",
      aws_athena_workgroup.lake[0].configuration[0].result_configuration[0].output_location == "s3://inlet-lake/athena/",
    ])
    error_message = "queries are not bounded, or their results not encrypted"
  }

  assert {
    condition     = toset(keys(aws_athena_named_query.lake)) == toset(["rows", "completeness", "events", "profiles"])
    error_message = "other saved queries"
  }
}

run "one_stream_takes_all_types_and_queries_look_into_rows" {
  command = plan

  module {
    source = "./modules/lake"
  }

  variables {
    one_stream        = true
    expire_after_days = 400
  }

  assert {
    condition     = { for type, stream in aws_kinesis_firehose_delivery_stream.rows : stream.name => stream.extended_s3_configuration[0].prefix } == { inlet = "raw/type=all/dt=!{timestamp:yyyy-MM-dd}/" }
    error_message = "other streams"
  }

  assert {
    condition     = aws_glue_catalog_table.lines.parameters["projection.type.values"] == "all" && strcontains(aws_athena_named_query.lake["rows"].query, "SELECT json_extract_scalar(line, '$.type') AS type, dt, line,") && strcontains(aws_athena_named_query.lake["rows"].query, "IN ('track', 'alias', 'profile')")
    error_message = "queries do not find the rows"
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : one(rule.filter[*].prefix) if startswith(rule.id, "expire")] == ["raw/type=track/"]
    error_message = "aliases and profiles, which are in the same objects, would expire with the events"
  }
}

run "parquet_is_converted_by_the_tables_of_the_types" {
  command = plan

  module {
    source = "./modules/lake"
  }

  variables {
    parquet = true
  }

  assert {
    condition = alltrue([for type, stream in aws_kinesis_firehose_delivery_stream.rows : alltrue([
      stream.extended_s3_configuration[0].compression_format == "UNCOMPRESSED",
      stream.extended_s3_configuration[0].buffering_size >= 64,
      stream.extended_s3_configuration[0].prefix == "parquet/type=${type}/dt=!{timestamp:yyyy-MM-dd}/",
      stream.extended_s3_configuration[0].data_format_conversion_configuration[0].schema_configuration[0].table_name == "inlet_${type}",
    ])])
    error_message = "not converted"
  }

  assert {
    condition     = contains([for column in aws_glue_catalog_table.parquet["track"].storage_descriptor[0].columns : column.name], "metadata") && aws_glue_catalog_table.parquet["track"].parameters["projection.enabled"] == "true"
    error_message = "the table of events lacks something"
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.firehose[0].policy).Statement : length(statement.Resource) if statement.Sid == "Schema"]) == 5
    error_message = "Firehose may read other tables, or not these"
  }
}

run "the_s3_sink_needs_no_streams" {
  command = plan

  module {
    source = "./modules/lake"
  }

  variables {
    sink = "s3"
  }

  assert {
    condition     = length(aws_kinesis_firehose_delivery_stream.rows) + length(aws_iam_role.firehose) + length(aws_cloudwatch_log_group.delivery) == 0
    error_message = "something of Firehose is made"
  }
}

run "what_is_asked_of_the_life_of_objects_is_done" {
  command = plan

  module {
    source = "./modules/lake"
  }

  variables {
    versioning         = false
    access_log_bucket  = "logs"
    archive_after_days = 90
    expire_after_days  = 800
    force_destroy      = true
  }

  assert {
    condition     = { for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.id => one(rule.filter[*].prefix) if startswith(rule.id, "archive") || startswith(rule.id, "expire") } == { "archive-raw" = "raw/", "expire-raw-type=track" = "raw/type=track/" }
    error_message = "other objects would move or expire: aliases and profiles must stay"
  }

  assert {
    condition     = aws_s3_bucket.lake.force_destroy && aws_s3_bucket_versioning.lake.versioning_configuration[0].status == "Suspended" && aws_s3_bucket_logging.lake[0].target_bucket == "logs"
    error_message = "not as asked"
  }
}
