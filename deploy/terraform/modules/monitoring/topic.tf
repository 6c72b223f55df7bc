# Where alarms go. Not encrypted with AWS's key for SNS: alarms could not use it. No data of users is in them.
resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "arn:${var.partition}:sns:${var.region}:${var.account}:${var.name}-alarms"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
    }]
  })
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alarm_email == null ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}
