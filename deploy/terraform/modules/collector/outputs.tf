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

output "ansible_inventory" {
  value = !local.single ? null : yamlencode({
    inlet = { hosts = { (var.name) = { ansible_host = local.address, ansible_user = "ubuntu" } } }
  })
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
