# What an instance may do: put rows where they belong, read the package it was made from, publish its gauges, and be
# reached by Session Manager.

locals {
  kms_statement = var.kms_key_arn == null ? [] : [{
    Sid       = "Key"
    Effect    = "Allow"
    Action    = concat(["kms:Decrypt"], var.sink == "s3" ? ["kms:GenerateDataKey"] : [])
    Resource  = [var.kms_key_arn]
    Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
  }]

  # inlet compares an object that is there already; AbortMultipartUpload is for objects over 16 MiB.
  sink_statement = var.sink == "firehose" ? {
    Sid      = "Rows"
    Effect   = "Allow"
    Action   = ["firehose:PutRecordBatch"]
    Resource = var.stream_arns
    } : {
    Sid      = "Rows"
    Effect   = "Allow"
    Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    Resource = ["arn:${var.partition}:s3:::${var.bucket}/raw/*"]
  }

  statements = {
    deliver = concat([local.sink_statement], local.kms_statement)

    package = [{
      Sid      = "Package"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["arn:${var.partition}:s3:::${var.bucket}/${var.package_key}"]
    }]

    # These know no resources; the condition is what bounds them.
    metrics = [{
      Sid       = "Gauges"
      Effect    = "Allow"
      Action    = ["cloudwatch:PutMetricData"]
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = local.namespace } }
    }]

    # What Session Manager needs, and no more: AWS's managed policy would also read every parameter of the account.
    session = [{
      Sid    = "SessionManager"
      Effect = "Allow"
      Action = [
        "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
      ]
      Resource = "*"
    }]
  }

  certificate_statements = var.tls_parameters == null ? {} : {
    certificate = [{
      Sid      = "Certificate"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter"]
      Resource = [for name in values(var.tls_parameters) : "arn:${var.partition}:ssm:${var.region}:${var.account}:parameter${name}"]
    }]
  }
}

resource "aws_iam_role" "instance" {
  name                 = "${var.name}-instance-${var.region}"
  description          = "Instances of ${var.name}"
  permissions_boundary = var.permissions_boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "instance" {
  for_each = merge(local.statements, local.certificate_statements)
  name     = each.key
  role     = aws_iam_role.instance.id
  policy   = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

# ha: an instance that has delivered everything tells its own group that it may end.
resource "aws_iam_role_policy" "lifecycle" {
  count = local.single ? 0 : 1
  name  = "lifecycle"
  role  = aws_iam_role.instance.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "OwnGroup"
      Effect   = "Allow"
      Action   = ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"]
      Resource = ["arn:${var.partition}:autoscaling:${var.region}:${var.account}:autoScalingGroup:*:autoScalingGroupName/${local.group}"]
    }]
  })
}

resource "aws_iam_instance_profile" "instance" {
  name = "${var.name}-instance-${var.region}"
  role = aws_iam_role.instance.name
}
