# Meaning, defaults and checks of these are in ../../variables.tf.
variable "name" { type = string }
variable "region" { type = string }
variable "account" { type = string }
variable "partition" { type = string }
variable "profile" { type = string }
variable "permissions_boundary" { type = string }
variable "kms_key_arn" { type = string }
variable "force_destroy" { type = bool }
variable "sink" { type = string }
variable "bucket" { type = string }
variable "vpc_cidr" { type = string }
variable "vpc_id" { type = string }
variable "subnet_ids" { type = list(string) }
variable "client_cidrs" { type = list(string) }
variable "ssh_cidrs" { type = list(string) }
variable "ssh_key_name" { type = string }
variable "instance_type" { type = string }
variable "architecture" { type = string }
variable "ami_id" { type = string }
variable "journal_gib" { type = number }
variable "min_size" { type = number }
variable "max_size" { type = number }
variable "settings" { type = any }
variable "ack" { type = string }
variable "domain" { type = string }
variable "acme_email" { type = string }
variable "acme_server" { type = string }
variable "zone_id" { type = string }
variable "certificate_arn" { type = string }
variable "tls_parameters" { type = object({ certificate = string, key = string }) }

variable "tags" {
  description = "For what the provider's default tags do not reach: what Auto Scaling makes."
  type        = map(string)
}

variable "stream_template" {
  description = "sink.firehose.delivery_stream"
  type        = string
}

variable "stream_arns" {
  description = "The streams that an instance may put records into."
  type        = list(string)
}

variable "streams" {
  description = "The same, known once they are there: instances are made after them and end before them."
  type        = list(string)
}

variable "destroy_wait_s" {
  description = "How long the streams stay after the last instance, so that they deliver what they took."
  type        = number
}

variable "package_key" {
  description = "Key of the Debian package in the bucket."
  type        = string
}

variable "package_sha256" {
  description = "What the package must be."
  type        = string
}
