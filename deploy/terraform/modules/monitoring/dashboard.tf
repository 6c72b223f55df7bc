# One page: are events taken, do they arrive, is there room.

locals {
  # Title, statistic, metrics as [namespace, name, dimension, value, ...].
  panels = concat([
    { title = "Age of the oldest row that was not delivered (s)", stat = "Maximum", metrics = [[var.instances.namespace, "JournalBacklogAgeSeconds", "Deployment", var.name]] },
    { title = "Rows that were not delivered (bytes)", stat = "Maximum", metrics = [[var.instances.namespace, "JournalBacklogBytes", "Deployment", var.name]] },
    { title = "Free on the journal's disk (%)", stat = "Minimum", metrics = [[var.instances.namespace, "JournalDiskFreePercent", "Deployment", var.name]] },
    { title = "Refused requests, and answers with 5xx (a minute)", stat = "Sum", metrics = [[var.instances.namespace, "RejectedRequests", "Deployment", var.name], [var.instances.namespace, "Responses5xx", "Deployment", var.name]] },
    ], length(var.streams) == 0 ? [] : [
    { title = "Firehose: bytes taken", stat = "Sum", metrics = [for name in values(var.streams) : ["AWS/Firehose", "IncomingBytes", "DeliveryStreamName", name]] },
    { title = "Firehose: age of the oldest row (s)", stat = "Maximum", metrics = [for name in values(var.streams) : ["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", name]] },
    { title = "Firehose: throttled records", stat = "Sum", metrics = [for name in values(var.streams) : ["AWS/Firehose", "ThrottledRecords", "DeliveryStreamName", name]] },
    ], [
    { title = "Processor (%)", stat = "Average", metrics = [var.profile != "single" ? ["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", var.instances.group] : ["AWS/EC2", "CPUUtilization", "InstanceId", var.instances.instance_id]] },
    ], !var.certificate ? [] : [
    { title = "Days until the certificate ends", stat = "Minimum", metrics = [[var.instances.namespace, "CertificateDaysLeft", "Deployment", var.name]] },
  ])
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [for index, panel in local.panels : {
      type   = "metric"
      width  = 8
      height = 6
      x      = index % 3 * 8
      y      = floor(index / 3) * 6
      properties = {
        title   = panel.title
        stat    = panel.stat
        region  = var.region
        period  = 60
        view    = "timeSeries"
        metrics = panel.metrics
      }
    }]
  })
}
