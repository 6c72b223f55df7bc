locals {
  address = local.single ? aws_eip.this[0].public_ip : aws_lb.this[0].dns_name
  https   = local.acme || (!local.single && local.tls)
}

output "address" {
  value = local.address
}

output "endpoint" {
  value = "${local.https ? "https" : "http"}://${coalesce(var.domain, local.address)}"
}

output "connect" {
  value = local.single ? "aws ssm start-session --region ${var.region} --target ${aws_instance.this[0].id}" : "aws ssm start-session --region ${var.region} --target \"$(aws autoscaling describe-auto-scaling-groups --region ${var.region} --auto-scaling-group-names ${local.group} --query 'AutoScalingGroups[0].Instances[0].InstanceId' --output text)\""
}

# With these variables the role writes the same configuration as the user data.
output "ansible_inventory" {
  value = !local.single ? null : yamlencode({
    inlet = { hosts = { (var.name) = merge(
      { ansible_host = local.address, ansible_user = local.user },
      { inlet_sink = var.sink, inlet_aws_region = var.region, inlet_settings = local.config },
      var.sink == "firehose" ? { inlet_firehose_delivery_stream = var.stream_template } : {},
      var.sink == "s3" ? { inlet_s3_bucket = var.bucket } : {},
    ) } }
  })
}

output "journal_max_bytes" {
  description = "What the journal may hold; beyond it inlet answers 503."
  value       = local.journal_mib * 1048576
}

output "instances" {
  description = "What alarms look at: the instance, or the group."
  value = {
    instance_id = local.single ? aws_instance.this[0].id : null
    group       = local.single ? null : aws_autoscaling_group.this[0].name
    namespace   = local.namespace
  }
}

output "balancer" {
  description = "What alarms look at, with profile ha."
  value       = local.single ? null : { balancer = aws_lb.this[0].arn_suffix, targets = aws_lb_target_group.this[0].arn_suffix }
}

output "user_data" {
  value = local.user_data
}
