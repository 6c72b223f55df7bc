# Alarms and the dashboard.

mock_provider "aws" {
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:inlet-alarms" }
  }
}

variables {
  name        = "inlet"
  region      = "eu-central-1"
  account     = "123456789012"
  partition   = "aws"
  profile     = "single"
  alarm_email = "ops@example.com"
  streams     = { track = "inlet-track", alias = "inlet-alias", profile = "inlet-profile" }
  parquet     = false
  buffer_s    = 300
  instances   = { instance_id = "i-0123456789abcdef0", group = null, namespace = "inlet" }
  balancer    = null
  certificate = true

  journal_max_bytes = 16106127360
}

run "every_trouble_has_its_alarm_and_every_alarm_goes_to_the_topic" {
  command = apply

  module {
    source = "./modules/monitoring"
  }

  assert {
    condition = toset(output.alarms) == toset(concat(
      [for gauge in ["backlog-age", "backlog-bytes", "disk", "responses-5xx", "rejected", "certificate", "host", "instance"] : "inlet-${gauge}"],
      [for pair in setproduct(["track", "alias", "profile"], ["freshness", "errors", "throttled", "quota"]) : "inlet-${pair[0]}-${pair[1]}"]
    ))
    error_message = "other alarms"
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.gauge), values(aws_cloudwatch_metric_alarm.stream), values(aws_cloudwatch_metric_alarm.quota), values(aws_cloudwatch_metric_alarm.host)) :
      contains(alarm.alarm_actions, aws_sns_topic.alarms.arn) && strcontains(alarm.alarm_description, "docs/deploy.md")
    ])
    error_message = "an alarm tells nobody, or not what to do"
  }

  assert {
    condition     = aws_sns_topic_subscription.email[0].endpoint == "ops@example.com"
    error_message = "nobody is told"
  }

  assert {
    condition     = contains(aws_cloudwatch_metric_alarm.host["host"].alarm_actions, "arn:aws:automate:eu-central-1:ec2:recover") && aws_cloudwatch_metric_alarm.host["host"].metric_name == "StatusCheckFailed_System"
    error_message = "the instance does not recover by itself"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.gauge["backlog-age"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.gauge["backlog-age"].dimensions == tomap({ Deployment = "inlet" })
    error_message = "silence is taken for good news"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.gauge["certificate"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.gauge["certificate"].period * aws_cloudwatch_metric_alarm.gauge["certificate"].evaluation_periods == 3600
    error_message = "a certificate that never comes is not told, or the first order has no time"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.gauge["backlog-bytes"].metric_name == "JournalBacklogBytes" && aws_cloudwatch_metric_alarm.gauge["backlog-bytes"].threshold == 8053063680
    error_message = "a journal that fills is told too late"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.stream["track-freshness"].threshold == 900 && aws_cloudwatch_metric_alarm.stream["track-freshness"].dimensions == tomap({ DeliveryStreamName = "inlet-track" })
    error_message = "freshness is measured otherwise"
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 9
    error_message = "the dashboard has other panels"
  }
}

run "ha_watches_the_targets_of_the_balancer" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    profile     = "ha"
    instances   = { instance_id = null, group = "inlet", namespace = "inlet" }
    balancer    = { balancer = "net/inlet/1", targets = "targetgroup/inlet/1" }
    certificate = false
    alarm_email = null
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.balancer)) == toset(["unready", "none"]) && length(aws_cloudwatch_metric_alarm.host) == 0 && !contains(keys(aws_cloudwatch_metric_alarm.gauge), "certificate")
    error_message = "other alarms"
  }
}

run "without_streams_there_is_nothing_of_firehose" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    streams = {}
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.stream) + length(aws_cloudwatch_metric_alarm.quota) == 0 && !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "Firehose")
    error_message = "something of Firehose"
  }
}

run "parquet_watches_conversion" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    parquet = true
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.conversion) == 3
    error_message = "rows that do not convert are not told"
  }
}
