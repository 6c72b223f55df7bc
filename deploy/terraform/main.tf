# One deployment of inlet: a lake in S3, the instances that take events, and alarms. docs/deploy.md says how to use it.

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  bucket    = coalesce(var.bucket, "${var.name}-${local.account}-${var.region}")
  tags      = merge(var.tags, { Project = var.name, ManagedBy = "terraform" })
}

module "lake" {
  source = "./modules/lake"

  name                  = var.name
  region                = var.region
  account               = local.account
  partition             = local.partition
  bucket                = local.bucket
  sink                  = var.sink
  one_stream            = var.one_stream
  parquet               = var.parquet
  force_destroy         = var.force_destroy
  versioning            = var.versioning
  access_log_bucket     = var.access_log_bucket
  kms_key_arn           = var.kms_key_arn
  archive_after_days    = var.archive_after_days
  expire_after_days     = var.expire_after_days
  buffer_mib            = var.buffer_mib
  buffer_s              = var.buffer_s
  athena                = var.athena
  athena_scan_limit_gib = var.athena_scan_limit_gib
  first_day             = var.first_day
  log_retention_days    = var.log_retention_days
  permissions_boundary  = var.permissions_boundary
}

# The name follows from the content: another package is another object, and so another start of the instances.
resource "aws_s3_object" "package" {
  bucket      = module.lake.bucket
  key         = "packages/inlet-${substr(filesha256(var.package), 0, 16)}.deb"
  source      = var.package
  source_hash = filesha256(var.package)
}

module "collector" {
  source = "./modules/collector"

  name                 = var.name
  region               = var.region
  account              = local.account
  partition            = local.partition
  profile              = var.profile
  tags                 = local.tags
  permissions_boundary = var.permissions_boundary
  kms_key_arn          = var.kms_key_arn
  force_destroy        = var.force_destroy

  sink            = var.sink
  bucket          = local.bucket
  stream_template = var.one_stream ? var.name : "${var.name}-{type}"
  stream_arns     = values(module.lake.stream_arns)
  streams         = module.lake.streams
  destroy_wait_s  = coalesce(var.destroy_wait_s, var.buffer_s + 60)
  package_key     = aws_s3_object.package.key
  package_sha256  = filesha256(var.package)

  vpc_cidr     = var.vpc_cidr
  vpc_id       = var.vpc_id
  subnet_ids   = var.subnet_ids
  client_cidrs = var.client_cidrs
  ssh_cidrs    = var.ssh_cidrs
  ssh_key_name = var.ssh_key_name

  instance_type = var.instance_type
  architecture  = var.architecture
  ami_id        = var.ami_id
  journal_gib   = var.journal_gib
  min_size      = var.min_size
  max_size      = var.max_size
  settings      = var.settings
  ack           = var.ack

  domain          = var.domain
  acme_email      = var.acme_email
  acme_server     = var.acme_server
  zone_id         = var.zone_id
  certificate_arn = var.certificate_arn
  tls_parameters  = var.tls_parameters
}

module "monitoring" {
  source = "./modules/monitoring"

  name              = var.name
  region            = var.region
  account           = local.account
  partition         = local.partition
  profile           = var.profile
  alarm_email       = var.alarm_email
  streams           = module.lake.stream_names
  parquet           = var.parquet
  buffer_s          = var.buffer_s
  instances         = module.collector.instances
  balancer          = module.collector.balancer
  journal_max_bytes = module.collector.journal_max_bytes
  certificate       = var.domain != null && var.profile == "single" || var.tls_parameters != null
}
