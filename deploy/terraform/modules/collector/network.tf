# The network: two public subnets in two zones, or what is given. No NAT gateway: instances have public addresses, and
# their security groups let in nothing but clients. S3 is reached through a gateway endpoint, which costs nothing.

data "aws_availability_zones" "available" {
  count = local.makes_vpc ? 1 : 0
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

# Not every zone has every type: one of us-east-1 has few of today's.
data "aws_ec2_instance_type_offerings" "zones" {
  count         = local.makes_vpc ? 1 : 0
  location_type = "availability-zone"

  filter {
    name   = "instance-type"
    values = [var.instance_type]
  }
}

data "aws_subnet" "given" {
  count = length(var.subnet_ids)
  id    = var.subnet_ids[count.index]
}

locals {
  makes_vpc  = var.vpc_id == null
  vpc_id     = local.makes_vpc ? aws_vpc.this[0].id : var.vpc_id
  subnet_ids = local.makes_vpc ? aws_subnet.public[*].id : var.subnet_ids
  offered    = local.makes_vpc ? [for zone in data.aws_availability_zones.available[0].names : zone if contains(data.aws_ec2_instance_type_offerings.zones[0].locations, zone)] : []
  zones      = local.makes_vpc ? aws_subnet.public[*].availability_zone : data.aws_subnet.given[*].availability_zone
}

resource "aws_vpc" "this" {
  count                = local.makes_vpc ? 1 : 0
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_internet_gateway" "this" {
  count  = local.makes_vpc ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  count             = local.makes_vpc ? 2 : 0
  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.offered[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)
  tags              = { Name = "${var.name}-public-${count.index}" }

  lifecycle {
    # What AWS offers today says where a subnet is made, never where one that is there should be.
    ignore_changes = [availability_zone]

    precondition {
      condition     = length(local.offered) >= 2
      error_message = "${var.instance_type} is offered in fewer than two zones of ${var.region}: choose another instance_type."
    }
  }
}

resource "aws_route_table" "public" {
  count  = local.makes_vpc ? 1 : 0
  vpc_id = aws_vpc.this[0].id
  tags   = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  count                  = local.makes_vpc ? 1 : 0
  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  count          = local.makes_vpc ? 2 : 0
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_vpc_endpoint" "s3" {
  count             = local.makes_vpc ? 1 : 0
  vpc_id            = aws_vpc.this[0].id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.public[0].id]
  tags              = { Name = "${var.name}-s3" }

  # Nobody can bring something to another bucket through it.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      Resource  = ["arn:${var.partition}:s3:::${var.bucket}/packages/*", "arn:${var.partition}:s3:::${var.bucket}/raw/*"]
      Condition = { StringEquals = { "aws:PrincipalAccount" = var.account } }
    }]
  })
}

# In AWS's own default group everything may talk to everything: nothing here is in it, and it is emptied.
resource "aws_default_security_group" "this" {
  count   = local.makes_vpc ? 1 : 0
  vpc_id  = aws_vpc.this[0].id
  ingress = []
  egress  = []
  tags    = { Name = "${var.name}-default" }
}

# Who may talk to an instance

resource "aws_security_group" "instance" {
  name        = "${var.name}-instance"
  description = "Instances of ${var.name}"
  vpc_id      = local.vpc_id
  tags        = { Name = "${var.name}-instance" }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  # single: clients reach the instance itself. Port 80 answers the authority of certificates, and clients without TLS.
  client_rules = { for pair in setproduct(local.single ? [80, 443] : [], var.client_cidrs) : "${pair[0]} ${pair[1]}" => { port = pair[0], cidr = pair[1] } }
  # Let's Encrypt asks from addresses that it does not tell.
  authority_rules = local.acme && !contains(var.client_cidrs, "0.0.0.0/0") ? { "80 0.0.0.0/0" = { port = 80, cidr = "0.0.0.0/0" } } : {}
  ssh_rules       = { for cidr in var.ssh_cidrs : "22 ${cidr}" => { port = 22, cidr = cidr } }
}

resource "aws_vpc_security_group_ingress_rule" "instance" {
  for_each          = merge(local.client_rules, local.authority_rules, local.ssh_rules)
  security_group_id = aws_security_group.instance.id
  description       = each.value.port == 22 ? "SSH" : "Clients"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr
}

# ha: only the load balancer reaches instances, for events and for /health/ready.
resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  for_each                     = local.single ? toset([]) : toset(distinct(["8080", tostring(local.target_port)]))
  security_group_id            = aws_security_group.instance.id
  description                  = "The load balancer"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.value)
  to_port                      = tonumber(each.value)
  referenced_security_group_id = aws_security_group.balancer[0].id
}

# To Firehose, Session Manager, CloudWatch, the package archive and the authority of certificates.
resource "aws_vpc_security_group_egress_rule" "instance" {
  for_each          = { https = ["tcp", 443], http = ["tcp", 80], dns = ["udp", 53], ntp = ["udp", 123] }
  security_group_id = aws_security_group.instance.id
  description       = "Out: ${each.key}"
  ip_protocol       = each.value[0]
  from_port         = each.value[1]
  to_port           = each.value[1]
  cidr_ipv4         = "0.0.0.0/0"
}
