# Several instances in two zones behind a network load balancer. One that is to end is first emptied: a lifecycle hook
# holds it until inlet has delivered what its journal holds.

resource "aws_security_group" "balancer" {
  count       = local.single ? 0 : 1
  name        = "${var.name}-balancer"
  description = "Load balancer of ${var.name}"
  vpc_id      = local.vpc_id
  tags        = { Name = "${var.name}-balancer" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each          = local.single ? toset([]) : toset(var.client_cidrs)
  security_group_id = aws_security_group.balancer[0].id
  description       = "Clients"
  ip_protocol       = "tcp"
  from_port         = local.listener_port
  to_port           = local.listener_port
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  for_each                     = local.single ? toset([]) : toset(distinct(["8080", tostring(local.target_port)]))
  security_group_id            = aws_security_group.balancer[0].id
  description                  = "Instances"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.value)
  to_port                      = tonumber(each.value)
  referenced_security_group_id = aws_security_group.instance.id
}

locals {
  tls           = var.certificate_arn != null || var.tls_parameters != null
  listener_port = local.tls ? 443 : 80
}

resource "aws_lb" "this" {
  count                            = local.single ? 0 : 1
  name                             = var.name
  load_balancer_type               = "network"
  subnets                          = local.subnet_ids
  security_groups                  = [aws_security_group.balancer[0].id]
  enable_cross_zone_load_balancing = true
}

# Whoever does not answer /health/ready with 200 (its journal is full or cannot be written, it stops) gets no new
# connections.
resource "aws_lb_target_group" "this" {
  count                  = local.single ? 0 : 1
  name                   = "${var.name}-${local.target_port}"
  vpc_id                 = local.vpc_id
  protocol               = "TCP"
  port                   = local.target_port
  target_type            = "instance"
  preserve_client_ip     = true
  deregistration_delay   = 30
  connection_termination = true

  health_check {
    protocol            = "HTTP"
    port                = "8080"
    path                = "/health/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  lifecycle {
    create_before_destroy = true
  }
}

# TLS ends here with a certificate of ACM, or in inlet.
resource "aws_lb_listener" "this" {
  count             = local.single ? 0 : 1
  load_balancer_arn = aws_lb.this[0].arn
  port              = local.listener_port
  protocol          = var.certificate_arn == null ? "TCP" : "TLS"
  certificate_arn   = var.certificate_arn
  ssl_policy        = var.certificate_arn == null ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[0].arn
  }
}

resource "aws_launch_template" "this" {
  count                  = local.single ? 0 : 1
  name                   = var.name
  image_id               = local.image
  instance_type          = var.instance_type
  key_name               = var.ssh_key_name
  ebs_optimized          = true
  update_default_version = true
  user_data              = base64encode(local.user_data)

  iam_instance_profile {
    arn = aws_iam_instance_profile.instance.arn
  }

  network_interfaces {
    associate_public_ip_address = true # there is no NAT gateway
    security_groups             = [aws_security_group.instance.id]
    delete_on_termination       = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  block_device_mappings {
    device_name = local.root_device

    ebs {
      volume_type           = "gp3"
      volume_size           = 10
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = true
    }
  }

  # The journal's disk outlives its instance: should that end without having been emptied, its rows are still there.
  # docs/deploy.md tells how to find such disks, and what to do with them.
  block_device_mappings {
    device_name = "/dev/sdf"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.journal_gib
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = false
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = var.name })
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.user_data) <= 16384
      error_message = "The user data is longer than the 16 KiB that EC2 takes: shorten settings."
    }
  }
}

resource "aws_autoscaling_group" "this" {
  count               = local.single ? 0 : 1
  name                = local.group
  min_size            = var.min_size
  max_size            = var.max_size
  vpc_zone_identifier = local.subnet_ids
  target_group_arns   = [aws_lb_target_group.this[0].arn]
  depends_on          = [terraform_data.way_out]

  # Not "ELB": an instance whose journal is full is not ready, and to end it for that would make things worse.
  health_check_type         = "EC2"
  health_check_grace_period = 300
  default_instance_warmup   = 180
  wait_for_capacity_timeout = "20m" # longer than an instance has to get ready

  launch_template {
    id      = aws_launch_template.this[0].id
    version = aws_launch_template.this[0].latest_version
  }

  # Part of the group from its first to its last instance, also while the group is destroyed. inlet sends heartbeats
  # while it delivers; one that has died is waited for no longer than this.
  initial_lifecycle_hook {
    name                 = local.drain_hook
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    heartbeat_timeout    = 600
    default_result       = "CONTINUE"
  }

  # A new instance counts once its user data says that inlet is ready. One on which that never happens (a bad setting, a bad
  # package) is given up, so that a refresh does not go on to the instances that work.
  initial_lifecycle_hook {
    name                 = local.launch_hook
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    heartbeat_timeout    = 900
    default_result       = "ABANDON"
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 150
      auto_rollback          = false
    }
  }

  dynamic "tag" {
    for_each = merge(var.tags, { Name = var.name })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false # the launch template does it
    }
  }

  timeouts {
    delete = "60m" # every instance is emptied first
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_autoscaling_policy" "cpu" {
  count                  = local.single ? 0 : 1
  name                   = "cpu"
  autoscaling_group_name = aws_autoscaling_group.this[0].name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

resource "aws_route53_record" "ha" {
  count   = !local.single && var.zone_id != null ? 1 : 0
  zone_id = var.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = aws_lb.this[0].dns_name
    zone_id                = aws_lb.this[0].zone_id
    evaluate_target_health = true
  }
}
