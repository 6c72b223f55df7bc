# Meaning, defaults and checks of these are in ../../variables.tf.
variable "name" { type = string }
variable "region" { type = string }
variable "account" { type = string }
variable "partition" { type = string }
variable "profile" { type = string }
variable "alarm_email" { type = string }
variable "parquet" { type = bool }
variable "buffer_s" { type = number }

variable "streams" {
  description = "Names of the delivery streams by type of row."
  type        = map(string)
}

variable "instances" {
  description = "The instance or the group, and the namespace of inlet's own gauges."
  type        = object({ instance_id = string, group = string, namespace = string })
}

variable "balancer" {
  description = "Names of load balancer and target group as CloudWatch knows them."
  type        = object({ balancer = string, targets = string })
}

variable "journal_max_bytes" {
  description = "What each journal may hold before clients get 503."
  type        = number
}

variable "certificate" {
  description = "Whether inlet itself has a certificate."
  type        = bool
}
