output "bucket" {
  value = aws_s3_bucket.lake.bucket
}

output "stream_names" {
  value = local.stream_names
}

output "stream_arns" {
  value = local.stream_arns
}

output "streams" {
  description = "The streams themselves, not only their names: what depends on this is there after them and gone before them."
  value       = [for stream in aws_kinesis_firehose_delivery_stream.rows : stream.arn]
}

output "workgroup" {
  value = var.athena ? aws_athena_workgroup.lake[0].name : null
}

output "database" {
  value = aws_glue_catalog_database.lake.name
}
