# The instances: one with an address of its own (single.tf), or several behind a load balancer (ha.tf). Both are made
# from the same image and the same user data.

locals {
  single      = var.profile == "single"
  acme        = local.single && var.domain != null
  group       = var.name
  drain_hook  = "drain"
  launch_hook = "launch"
  namespace   = "inlet"
  journal_mib = var.journal_gib * 768
  target_port = var.tls_parameters == null ? 8080 : 443

  # What inlet is told; var.settings may add to it and change most of it. A quarter of the journal's disk is left (journal_mib)
  # for spare segments, for the unused ends of segments, and for the file system.
  config = merge({
    "server.tls_cert"               = "/etc/inlet/tls/fullchain.pem"
    "server.tls_key"                = "/etc/inlet/tls/key.pem"
    "server.acme_webroot"           = "/var/lib/inlet/acme"
    "server.plain_post"             = !local.acme && var.tls_parameters == null
    "server.ack"                    = var.ack
    "limits.rate_per_address"       = 200
    "limits.burst_per_address"      = 2000
    "journal.dir"                   = "/var/lib/inlet/journal"
    "journal.max_bytes"             = "${local.journal_mib}MiB"
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
    drain_hook      = local.single ? "" : local.drain_hook
    launch_hook     = local.single ? "" : local.launch_hook
    # Without its lines of comment: EC2 takes 16 KiB, which settings need too.
    mount_journal = replace(file("${path.module}/host/mount-journal.sh"), "/(?m)^ *# .*\n/", "")
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

data "aws_ami" "given" {
  count = var.ami_id == null ? 0 : 1

  filter {
    name   = "image-id"
    values = [var.ami_id]
  }
}

locals {
  image = var.ami_id == null ? terraform_data.image[0].output : var.ami_id
  # Of Canonical's images, or as the given one says: a disk under another name would be one more, not the root's.
  root_device = var.ami_id == null ? "/dev/sda1" : data.aws_ami.given[0].root_device_name
  # The first user of Debian's images, and of Ubuntu's.
  user = var.ami_id != null && startswith(lower(try(data.aws_ami.given[0].name, "")), "debian") ? "admin" : "ubuntu"
}

# What an instance needs from its first row to its last. Instances depend on this alone, so all of it is there before them and
# goes after them; between the last of them and the streams there is time for Firehose to deliver what it took.
resource "terraform_data" "way_out" {
  input = { streams = var.streams, wait_s = length(var.streams) == 0 ? 0 : var.destroy_wait_s }

  depends_on = [
    aws_iam_role_policy.instance, aws_iam_role_policy.lifecycle, aws_route.internet, aws_route_table_association.public,
    aws_vpc_endpoint.s3, aws_vpc_security_group_egress_rule.instance,
  ]

  provisioner "local-exec" {
    when    = destroy
    command = "sleep ${self.input.wait_s}"
  }
}
