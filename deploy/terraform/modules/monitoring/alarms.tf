# Alarms. docs/deploy.md has a paragraph for each: what it means and what to do.

locals {
  topic   = [aws_sns_topic.alarms.arn]
  runbook = "What to do: docs/deploy.md, Alarms."

  # inlet's own gauges. All instances of a deployment publish under one dimension: the worst of them counts. Counts are
  # those of one minute.
  gauges = merge({
    backlog-age = {
      metric = "JournalBacklogAgeSeconds", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = 900, periods = 3
      # Silence is no good news: this one also tells that inlet does not run, or cannot publish.
      missing = "breaching", text = "Rows wait for longer than 15 minutes, or inlet says nothing about itself."
    }
    backlog-bytes = {
      metric  = "JournalBacklogBytes", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.journal_max_bytes / 2, periods = 3
      missing = "notBreaching", text = "The journal is half full: when it is full, clients get 503."
    }
    # The last warning, or of something else than rows that fills the disk.
    disk = {
      metric  = "JournalDiskFreePercent", statistic = "Minimum", comparison = "LessThanThreshold", threshold = 25, periods = 3
      missing = "notBreaching", text = "The journal's disk is more than three quarters full: 503 is near."
    }
    responses-5xx = {
      metric  = "Responses5xx", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = 5, periods = 3
      missing = "notBreaching", text = "Clients get 5xx: events are not taken."
    }
    rejected = {
      metric  = "RejectedRequests", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = 1000, periods = 15
      missing = "notBreaching", text = "Over 1,000 requests a minute are refused, for a quarter of an hour: a client sends what is no event, or inlet is overloaded."
    }
    }, !var.certificate ? {} : {
    certificate = {
      metric = "CertificateDaysLeft", statistic = "Minimum", comparison = "LessThanThreshold", threshold = 14, period = 300, periods = 12
      # Without a certificate there is no gauge, and nobody is served on port 443. An hour is enough for the first order.
      missing = "breaching", text = "The certificate ends in less than 14 days and was not renewed, or there has been none for an hour."
    }
  })

  # Of each delivery stream. Alarms that AWS recommends; see "CloudWatch metrics" in Firehose's developer guide.
  stream_alarms = {
    freshness = {
      metric = "DeliveryToS3.DataFreshness", statistic = "Maximum", comparison = "GreaterThanThreshold", threshold = var.buffer_s + 600, period = 300, periods = 2
      text   = "Rows wait in Firehose for longer than they are buffered. After 24 hours it drops them."
    }
    errors = {
      metric = "DeliveryToS3.Success", statistic = "Average", comparison = "LessThanThreshold", threshold = 1, period = 300, periods = 2
      text   = "Firehose cannot write to the bucket."
    }
    throttled = {
      metric = "ThrottledRecords", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = 0, period = 300, periods = 3
      text   = "The stream's quota is exceeded for a quarter of an hour. inlet sends slower and keeps rows in the journal."
    }
  }

  stream_alarm_pairs = {
    for pair in setproduct(keys(var.streams), keys(local.stream_alarms)) : "${pair[0]}-${pair[1]}" => merge(local.stream_alarms[pair[1]], { stream = var.streams[pair[0]], alarm = pair[1] })
  }

  # Of the machine, each with what AWS does by itself.
  host_alarms = var.profile != "single" ? {} : {
    host     = { metric = "StatusCheckFailed_System", action = "recover", periods = 2, text = "The hardware under the instance failed. AWS moves it to another." }
    instance = { metric = "StatusCheckFailed_Instance", action = "reboot", periods = 3, text = "The instance does not answer. AWS reboots it." }
  }

  balancer_alarms = var.profile == "single" ? {} : {
    unready = { metric = "UnHealthyHostCount", comparison = "GreaterThanThreshold", threshold = 0, text = "An instance is not ready: its journal is full or cannot be written." }
    none    = { metric = "HealthyHostCount", comparison = "LessThanThreshold", threshold = 1, text = "No instance is ready: events are not taken." }
  }
}

resource "aws_cloudwatch_metric_alarm" "gauge" {
  for_each            = local.gauges
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text} ${local.runbook}"
  namespace           = var.instances.namespace
  metric_name         = each.value.metric
  dimensions          = { Deployment = var.name }
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = lookup(each.value, "period", 60)
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = local.topic
  ok_actions          = local.topic
}

resource "aws_cloudwatch_metric_alarm" "stream" {
  for_each            = local.stream_alarm_pairs
  alarm_name          = "${each.value.stream}-${each.value.alarm}"
  alarm_description   = "${each.value.text} ${local.runbook}"
  namespace           = "AWS/Firehose"
  metric_name         = each.value.metric
  dimensions          = { DeliveryStreamName = each.value.stream }
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = "notBreaching" # a stream that gets nothing publishes nothing
  alarm_actions       = local.topic
  ok_actions          = local.topic
}

# How much of the stream's bytes per second is used: time to ask AWS for more before it throttles.
resource "aws_cloudwatch_metric_alarm" "quota" {
  for_each            = var.streams
  alarm_name          = "${each.value}-quota"
  alarm_description   = "More than 80 % of the bytes per second that the stream takes are used. ${local.runbook}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.topic
  ok_actions          = local.topic

  metric_query {
    id          = "used"
    label       = "Percent of the quota"
    expression  = "100 * incoming / PERIOD(incoming) / quota"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { incoming = ["IncomingBytes", "Sum"], quota = ["BytesPerSecondLimit", "Minimum"] }

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = "AWS/Firehose"
        metric_name = metric_query.value[0]
        stat        = metric_query.value[1]
        period      = 300
        dimensions  = { DeliveryStreamName = each.value }
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "conversion" {
  for_each            = var.parquet ? var.streams : {}
  alarm_name          = "${each.value}-conversion"
  alarm_description   = "Rows could not be converted to Parquet; they are below errors/ in the bucket. ${local.runbook}"
  namespace           = "AWS/Firehose"
  metric_name         = "FailedConversion.Records"
  dimensions          = { DeliveryStreamName = each.value }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.topic
}

resource "aws_cloudwatch_metric_alarm" "host" {
  for_each            = local.host_alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text} ${local.runbook}"
  namespace           = "AWS/EC2"
  metric_name         = each.value.metric
  dimensions          = { InstanceId = var.instances.instance_id }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = each.value.periods
  treat_missing_data  = "missing"
  alarm_actions       = concat(local.topic, ["arn:${var.partition}:automate:${var.region}:ec2:${each.value.action}"])
  ok_actions          = local.topic
}

resource "aws_cloudwatch_metric_alarm" "balancer" {
  for_each            = local.balancer_alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text} ${local.runbook}"
  namespace           = "AWS/NetworkELB"
  metric_name         = each.value.metric
  dimensions          = { LoadBalancer = var.balancer.balancer, TargetGroup = var.balancer.targets }
  statistic           = each.key == "none" ? "Minimum" : "Maximum"
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = each.key == "none" ? "breaching" : "notBreaching"
  alarm_actions       = local.topic
  ok_actions          = local.topic
}
