output "topic" {
  value = aws_sns_topic.alarms.arn
}

output "alarms" {
  description = "Names of all alarms."
  value = concat(
    [for alarm in aws_cloudwatch_metric_alarm.gauge : alarm.alarm_name], [for alarm in aws_cloudwatch_metric_alarm.stream : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.quota : alarm.alarm_name], [for alarm in aws_cloudwatch_metric_alarm.conversion : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.host : alarm.alarm_name], [for alarm in aws_cloudwatch_metric_alarm.balancer : alarm.alarm_name]
  )
}
