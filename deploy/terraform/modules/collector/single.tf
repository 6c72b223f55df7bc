# One instance with an address of its own. The journal's disk is a resource of its own: it stays when the instance is
# replaced, and leaves a snapshot behind when it is destroyed.

resource "aws_ebs_volume" "journal" {
  count             = local.single ? 1 : 0
  availability_zone = local.zones[0]
  type              = "gp3"
  size              = var.journal_gib
  encrypted         = true
  kms_key_id        = var.kms_key_arn
  final_snapshot    = !var.force_destroy
  tags              = { Name = "${var.name}-journal" }

  lifecycle {
    # In another zone it would be another disk, without the rows.
    ignore_changes = [availability_zone]
  }
}

resource "aws_instance" "this" {
  count                       = local.single ? 1 : 0
  ami                         = local.image
  instance_type               = var.instance_type
  subnet_id                   = local.subnet_ids[0]
  vpc_security_group_ids      = [aws_security_group.instance.id]
  iam_instance_profile        = aws_iam_instance_profile.instance.name
  key_name                    = var.ssh_key_name
  ebs_optimized               = true
  user_data                   = local.user_data
  user_data_replace_on_change = true
  tags                        = { Name = var.name }
  depends_on                  = [terraform_data.way_out]

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 10
    encrypted   = true
    kms_key_id  = var.kms_key_arn
    tags        = merge(var.tags, { Name = "${var.name}-root" })
  }

  lifecycle {
    precondition {
      condition     = length(local.user_data) <= 16384
      error_message = "The user data is longer than the 16 KiB that EC2 takes: shorten settings."
    }

    precondition {
      condition     = local.zones[0] == aws_ebs_volume.journal[0].availability_zone
      error_message = "The journal's disk is in ${aws_ebs_volume.journal[0].availability_zone}, and the subnet in ${local.zones[0]}: a disk cannot leave its zone."
    }
  }
}

# The instance is stopped before its disk is taken away, so inlet ends cleanly and the file system is unmounted. Until then
# it keeps its address, without which it could not deliver what it still holds.
resource "aws_volume_attachment" "journal" {
  count                          = local.single ? 1 : 0
  device_name                    = "/dev/sdf"
  volume_id                      = aws_ebs_volume.journal[0].id
  instance_id                    = aws_instance.this[0].id
  stop_instance_before_detaching = true
  depends_on                     = [aws_eip_association.this]
}

resource "aws_eip" "this" {
  count  = local.single ? 1 : 0
  domain = "vpc"
  tags   = { Name = var.name }
}

resource "aws_eip_association" "this" {
  count         = local.single ? 1 : 0
  allocation_id = aws_eip.this[0].id
  instance_id   = aws_instance.this[0].id
}

resource "aws_route53_record" "single" {
  count   = local.single && var.zone_id != null ? 1 : 0
  zone_id = var.zone_id
  name    = var.domain
  type    = "A"
  ttl     = 300
  records = [aws_eip.this[0].public_ip]
}
