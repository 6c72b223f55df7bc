# The instances: one with an address of its own (single.tf), or several behind a load balancer (ha.tf). Both are made
# from the same image and the same user data.

locals {
  single      = var.profile == "single"
  acme        = local.single && var.domain != null
  group       = var.name
  hook        = "drain"
  namespace   = "inlet"
  target_port = var.tls_parameters == null ? 8080 : 443

  # What inlet is told; var.settings may add to it and change most of it. A quarter of the journal's disk is left for
  # spare segments, for the unused ends of segments, and for the file system.
  config = merge({
    "server.tls_cert"               = "/etc/inlet/tls/fullchain.pem"
    "server.tls_key"                = "/etc/inlet/tls/key.pem"
    "server.acme_webroot"           = "/var/lib/inlet/acme"
    "server.plain_post"             = !local.acme && var.tls_parameters == null
    "server.ack"                    = var.ack
    "limits.rate_per_address"       = 200
    "limits.burst_per_address"      = 2000
    "journal.dir"                   = "/var/lib/inlet/journal"
    "journal.max_bytes"             = "${var.journal_gib * 768}MiB"
    "sink.lake.enabled"             = false
    "sink.lake.dir"                 = "/var/lib/inlet/lake"
    "aws.region"                    = var.region
    "log.format"                    = "json"
    "metrics.cloudwatch.enabled"    = true
    "metrics.cloudwatch.namespace"  = local.namespace
    "metrics.cloudwatch.dimensions" = ["Deployment=${var.name}"]
  }, local.sink_config[var.sink], var.ack == "sink" ? { "server.ack_sink" = var.sink } : {}, var.settings)

  sink_config = {
    firehose = { "sink.firehose.enabled" = true, "sink.firehose.delivery_stream" = var.stream_template }
    s3       = { "sink.s3.enabled" = true, "sink.s3.bucket" = var.bucket }
  }

  # A dotted key a line: no table can be opened twice. JSON's texts, numbers and lists are TOML's too.
  config_toml = join("", [for key, value in local.config : "${key} = ${jsonencode(value)}\n"])

  user_data = templatefile("${path.module}/host/user-data.sh.tftpl", {
    region          = var.region
    bucket          = var.bucket
    package_key     = var.package_key
    package_sha256  = var.package_sha256
    volume          = local.single ? aws_ebs_volume.journal[0].id : "other"
    config          = local.config_toml
    domain          = local.acme ? var.domain : ""
    acme_email      = local.acme ? var.acme_email : ""
    acme_server     = var.acme_server
    tls_certificate = var.tls_parameters == null ? "" : var.tls_parameters.certificate
    tls_key         = var.tls_parameters == null ? "" : var.tls_parameters.key
    group           = local.single ? "" : local.group
    hook            = local.hook
    mount_journal   = file("${path.module}/host/mount-journal.sh")
  })
}

# Canonical publishes a new image every few weeks. This keeps the one of the first apply, so that an instance is only
# replaced when somebody wants it: terraform apply -replace='module.collector.terraform_data.image[0]'
data "aws_ssm_parameter" "image" {
  count = var.ami_id == null ? 1 : 0
  name  = "/aws/service/canonical/ubuntu/server/24.04/stable/current/${var.architecture == "arm64" ? "arm64" : "amd64"}/hvm/ebs-gp3/ami-id"
}

resource "terraform_data" "image" {
  count = var.ami_id == null ? 1 : 0
  input = nonsensitive(data.aws_ssm_parameter.image[0].value)

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  image = var.ami_id == null ? terraform_data.image[0].output : var.ami_id
}
