# Delivery streams: one for each type of rows, or one for all. inlet packs rows into records and ends each row with a line
# feed, so nothing here may add a delimiter.

locals {
  types = ["track", "alias", "profile"]
  # With one stream every object holds all types: the queries look into the rows.
  stream_names = var.sink != "firehose" ? {} : var.one_stream ? { all = var.name } : { for type in local.types : type => "${var.name}-${type}" }
  stream_arns  = { for type, name in local.stream_names : type => "arn:${var.partition}:firehose:${var.region}:${var.account}:deliverystream/${name}" }
  log_group    = "/aws/kinesisfirehose/${var.name}"
  rows_folder  = var.parquet ? "parquet" : "raw"
}

resource "aws_kinesis_firehose_delivery_stream" "rows" {
  for_each    = local.stream_names
  name        = each.value
  destination = "extended_s3"
  depends_on  = [aws_iam_role_policy.firehose]

  server_side_encryption {
    enabled  = true
    key_type = var.kms_key_arn == null ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK"
    key_arn  = var.kms_key_arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose[0].arn
    bucket_arn          = aws_s3_bucket.lake.arn
    prefix              = "${local.rows_folder}/type=${each.key}/dt=!{timestamp:yyyy-MM-dd}/"
    error_output_prefix = "errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/"
    file_extension      = var.parquet ? null : ".ndjson.gz"
    compression_format  = var.parquet ? "UNCOMPRESSED" : "GZIP" # Parquet compresses by itself
    buffering_size      = var.buffer_mib
    buffering_interval  = var.buffer_s
    kms_key_arn         = var.kms_key_arn

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.delivery[0].name
      log_stream_name = aws_cloudwatch_log_stream.delivery[each.key].name
    }

    dynamic "data_format_conversion_configuration" {
      for_each = var.parquet ? [each.key] : []

      content {
        input_format_configuration {
          deserializer {
            open_x_json_ser_de {
              case_insensitive = true
            }
          }
        }

        output_format_configuration {
          serializer {
            parquet_ser_de {
              compression = "SNAPPY"
            }
          }
        }

        schema_configuration {
          role_arn      = aws_iam_role.firehose[0].arn
          database_name = aws_glue_catalog_database.lake.name
          table_name    = aws_glue_catalog_table.parquet[each.key].name
          region        = var.region
        }
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "delivery" {
  count             = var.sink == "firehose" ? 1 : 0
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_stream" "delivery" {
  for_each       = local.stream_names
  name           = each.value
  log_group_name = aws_cloudwatch_log_group.delivery[0].name
}

# What Firehose may do. Only Firehose, only for this account.

resource "aws_iam_role" "firehose" {
  count                = var.sink == "firehose" ? 1 : 0
  name                 = "${var.name}-firehose-${var.region}"
  description          = "Delivers rows of ${var.name} to the lake"
  permissions_boundary = var.permissions_boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "firehose.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = var.account } }
    }]
  })
}

resource "aws_iam_role_policy" "firehose" {
  count = var.sink == "firehose" ? 1 : 0
  name  = "deliver"
  role  = aws_iam_role.firehose[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "Objects"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
        Resource = ["${local.bucket_arn}/${local.rows_folder}/*", "${local.bucket_arn}/errors/*"]
      },
      {
        Sid      = "Bucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [local.bucket_arn]
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents"]
        Resource = [for name in values(local.stream_names) : "arn:${var.partition}:logs:${var.region}:${var.account}:log-group:${local.log_group}:log-stream:${name}"]
      }],
      var.kms_key_arn == null ? [] : [{
        Sid      = "Key"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [var.kms_key_arn]
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" }
          StringLike   = { "kms:EncryptionContext:aws:s3:arn" = [local.bucket_arn, "${local.bucket_arn}/*"] }
        }
      }],
      !var.parquet ? [] : [{
        Sid      = "Schema"
        Effect   = "Allow"
        Action   = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]
        Resource = concat(["${local.glue_arn}:catalog", "${local.glue_arn}:database/${local.database}"], [for type in local.types : "${local.glue_arn}:table/${local.database}/inlet_${type}"])
      }]
    )
  })
}
