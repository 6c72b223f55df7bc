output "endpoint" {
  description = "Where clients POST to."
  value       = module.collector.endpoint
}

output "ui" {
  description = "The API's page, to try it in a browser."
  value       = "${module.collector.endpoint}/ui/"
}

output "address" {
  description = "What the DNS record of `domain` must point to: an A record to the address, or a CNAME to the name of the load balancer."
  value       = module.collector.address
}

output "bucket" {
  description = "The bucket of the lake."
  value       = module.lake.bucket
}

output "streams" {
  description = "Names of the delivery streams."
  value       = module.lake.stream_names
}

output "stream_arns" {
  description = "ARNs of the delivery streams."
  value       = module.lake.stream_arns
}

output "workgroup" {
  description = "The workgroup of Athena with the saved queries."
  value       = module.lake.workgroup
}

output "database" {
  description = "The database of Glue with the table inlet_lines."
  value       = module.lake.database
}

output "connect" {
  description = "A shell on an instance, by Session Manager."
  value       = module.collector.connect
}

output "curl" {
  description = "Sends one event."
  value       = "curl -sS ${module.collector.endpoint}/track -H 'Content-Type: application/json' -d '{\"userId\":\"ana\",\"events\":[{\"eventName\":\"Hello World!\",\"metadata\":{},\"timestampUTC\":'$(date +%s)'}]}'"
}

output "ansible_inventory" {
  description = "Inventory for deploy/ansible (profile single), with the same configuration as the user data. SSH gets in only with ssh_cidrs and ssh_key_name. Shown by terraform output -raw alone: settings may hold keys."
  value       = module.collector.ansible_inventory
  sensitive   = true
}

output "alarm_topic" {
  description = "ARN of the topic that gets the alarms."
  value       = module.monitoring.topic
}

output "dashboard" {
  description = "The dashboard, in a browser."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${var.name}"
}
