# What queries see. Partition projection: Athena computes the folders, so no crawler and no ADD PARTITION is needed.

locals {
  database = replace(var.name, "-", "_")
  glue_arn = "arn:${var.partition}:glue:${var.region}:${var.account}"

  days = {
    "projection.enabled"          = "true"
    "projection.dt.type"          = "date"
    "projection.dt.format"        = "yyyy-MM-dd"
    "projection.dt.range"         = "${var.first_day},NOW+1DAY"
    "projection.dt.interval"      = "1"
    "projection.dt.interval.unit" = "DAYS"
  }

  # Members of a row by type, for Parquet. Objects are kept as JSON text.
  common_columns = { id = "string", receivedat = "string", node = "string", seq = "bigint", timestamputc = "bigint" }
  type_columns = {
    track   = { userid = "string", eventname = "string", metadata = "string" }
    alias   = { newuserid = "string", originaluserid = "string" }
    profile = { userid = "string", attributes = "string" }
  }
}

resource "aws_glue_catalog_database" "lake" {
  name        = local.database
  description = "Rows of ${var.name}"
}

# One column, the whole line: docs/lake.md says why. \u0001 cannot occur in JSON text, and there is no escape character.
resource "aws_glue_catalog_table" "lines" {
  name          = "inlet_lines"
  database_name = aws_glue_catalog_database.lake.name
  table_type    = "EXTERNAL_TABLE"

  parameters = merge(local.days, {
    EXTERNAL                    = "TRUE"
    "projection.type.type"      = "enum"
    "projection.type.values"    = var.one_stream ? "all" : join(",", local.types)
    "storage.location.template" = "s3://${var.bucket}/raw/type=$${type}/dt=$${dt}/"
  })

  partition_keys {
    name = "type"
    type = "string"
  }

  partition_keys {
    name = "dt"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${var.bucket}/raw/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    columns {
      name = "line"
      type = "string"
    }

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
      parameters            = { "field.delim" = "\u0001", "serialization.format" = "\u0001" }
    }
  }
}

resource "aws_glue_catalog_table" "parquet" {
  for_each      = toset(var.parquet ? local.types : [])
  name          = "inlet_${each.key}"
  database_name = aws_glue_catalog_database.lake.name
  table_type    = "EXTERNAL_TABLE"

  parameters = merge(local.days, {
    EXTERNAL                    = "TRUE"
    classification              = "parquet"
    "storage.location.template" = "s3://${var.bucket}/parquet/type=${each.key}/dt=$${dt}/"
  })

  partition_keys {
    name = "dt"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${var.bucket}/parquet/type=${each.key}/"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    dynamic "columns" {
      for_each = merge(local.common_columns, local.type_columns[each.key])

      content {
        name = columns.key
        type = columns.value
      }
    }

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }
  }
}
