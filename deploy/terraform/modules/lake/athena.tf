resource "aws_athena_workgroup" "lake" {
  count         = var.athena ? 1 : 0
  name          = var.name
  description   = "Queries of the lake of ${var.name}"
  force_destroy = true # it holds nothing but the history of queries

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.athena_scan_limit_gib * 1024 * 1024 * 1024

    result_configuration {
      output_location       = "s3://${var.bucket}/athena/"
      expected_bucket_owner = var.account

      encryption_configuration {
        encryption_option = var.kms_key_arn == null ? "SSE_S3" : "SSE_KMS"
        kms_key_arn       = var.kms_key_arn
      }
    }
  }
}

locals {
  # File in queries/: what it is for. docs/lake.md has the same statements.
  queries = {
    rows         = "Run this first: the view inlet_rows, what all rows have as columns"
    completeness = "Rows that are missing, for each node, of the last 30 days"
    events       = "Events and users per day, of the last 30 days"
    profiles     = "The latest value of each attribute, by id"
  }

  # With one stream the type of a row is not its folder's.
  by_folder = ["SELECT type, dt, line,", "WHERE json_extract_scalar(line, '$.type') = type"]
  by_row    = !var.one_stream ? local.by_folder : ["SELECT json_extract_scalar(line, '$.type') AS type, dt, line,", "WHERE json_extract_scalar(line, '$.type') IN ('track', 'alias', 'profile')"]
}

resource "aws_athena_named_query" "lake" {
  for_each    = var.athena && !var.parquet ? local.queries : {}
  name        = "inlet-${each.key}"
  description = each.value
  workgroup   = aws_athena_workgroup.lake[0].name
  database    = aws_glue_catalog_database.lake.name
  query       = replace(replace(file("${path.module}/queries/${each.key}.sql"), local.by_folder[0], local.by_row[0]), local.by_folder[1], local.by_row[1])
}
