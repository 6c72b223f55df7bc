# What can be chosen. Every variable but `package` has a default. docs/deploy.md explains the choices.

# Where and what

variable "region" {
  description = "AWS region of everything."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is a name like eu-central-1."
  }
}

variable "name" {
  description = "Name of this deployment: every resource is named after it, and the delivery streams are NAME-track, NAME-alias and NAME-profile."
  type        = string
  default     = "inlet"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name))
    error_message = "name has 2 to 20 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "tags" {
  description = "Further tags of every resource, for example for the allocation of costs."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(key, "aws:") && !contains(["Name", "Project", "ManagedBy"], key)])
    error_message = "tags: Name, Project and ManagedBy are set already, and aws: is AWS's own."
  }
}

variable "profile" {
  description = "single: one instance with an address of its own. ha: several behind a load balancer, in two zones."
  type        = string
  default     = "single"
  nullable    = false

  validation {
    condition     = contains(["single", "ha"], var.profile)
    error_message = "profile is single or ha."
  }
}

variable "package" {
  description = "Path of the Debian package that deploy/build-deb.sh made."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.package, ".deb") && fileexists(var.package)
    error_message = "package is the path of a .deb that exists. deploy/build-deb.sh makes one and prints its path."
  }
}

variable "force_destroy" {
  description = "Whether destroy also removes the rows in the bucket, and the journal without a last snapshot. Apply it before you destroy."
  type        = bool
  default     = false
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of a policy that bounds every role made here."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/", var.permissions_boundary))
    error_message = "permissions_boundary is the ARN of a policy."
  }
}

# The lake

variable "sink" {
  description = "How rows get to the bucket. firehose: through Amazon Data Firehose, at least once. s3: written by inlet itself, exactly once."
  type        = string
  default     = "firehose"
  nullable    = false

  validation {
    condition     = contains(["firehose", "s3"], var.sink)
    error_message = "sink is firehose or s3."
  }
}

variable "one_stream" {
  description = "Whether one delivery stream, named NAME, takes all types of rows, instead of one for each. Then events cannot expire by themselves."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.one_stream || var.sink == "firehose"
    error_message = "one_stream is for sink = \"firehose\": inlet itself writes a folder for each type."
  }
}

variable "parquet" {
  description = "Whether Firehose converts rows to Parquet. Unknown members are dropped, and rows that do not convert go to the error prefix."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.parquet || (var.sink == "firehose" && !var.one_stream)
    error_message = "parquet needs sink = \"firehose\" and a stream for each type."
  }
}

variable "bucket" {
  description = "Name of the bucket. Default: NAME-ACCOUNT-REGION."
  type        = string
  default     = null

  validation {
    condition     = var.bucket == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket has 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "versioning" {
  description = "Whether the bucket keeps what is deleted for 30 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "access_log_bucket" {
  description = "Bucket that takes the access log of the lake. Default: no log."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "access_log_bucket is the name of a bucket."
  }
}

variable "kms_key_arn" {
  description = "ARN of a key of yours that encrypts bucket, streams, disks, logs of delivery and query results. Its policy must allow this account's roles, logs.REGION.amazonaws.com and, for profile = \"ha\", the service-linked role of Auto Scaling. Default: AWS's own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, not of an alias."
  }
}

variable "archive_after_days" {
  description = "When rows move to Glacier Instant Retrieval, which costs less to keep and more to read. 0: never."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.archive_after_days >= 0 && floor(var.archive_after_days) == var.archive_after_days
    error_message = "archive_after_days is a whole number of days, or 0."
  }
}

variable "expire_after_days" {
  description = "When events (type=track) are deleted. 0: never. Aliases and profiles stay: reports of later events need them."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.expire_after_days == 0 || (var.expire_after_days >= 7 && var.expire_after_days > var.archive_after_days)
    error_message = "expire_after_days is 0, or at least 7 and more than archive_after_days."
  }

  validation {
    condition     = var.expire_after_days == 0 || !var.one_stream
    error_message = "expire_after_days needs a stream for each type: with one_stream aliases and profiles, which must stay, are in the same objects."
  }
}

variable "buffer_mib" {
  description = "Firehose delivers an object when it has buffered so many MiB of rows."
  type        = number
  default     = 64
  nullable    = false

  validation {
    condition     = var.buffer_mib >= 1 && var.buffer_mib <= 128
    error_message = "buffer_mib is 1 to 128 (the limits of Firehose)."
  }

  validation {
    condition     = !var.parquet || var.buffer_mib >= 64
    error_message = "buffer_mib is at least 64 with parquet."
  }
}

variable "buffer_s" {
  description = "Firehose delivers an object when its first row is so many seconds old."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.buffer_s >= 60 && var.buffer_s <= 900
    error_message = "buffer_s is 60 to 900. Below that there would be very many small objects."
  }
}

variable "destroy_wait_s" {
  description = "How many seconds `destroy` waits between the end of the instances and the deletion of the streams, which deliver what they hold meanwhile. Less than buffer_s loses rows that clients got a 200 for. Apply it before you destroy. Default: buffer_s + 60."
  type        = number
  default     = null

  validation {
    condition     = var.destroy_wait_s == null || try(var.destroy_wait_s >= 0 && var.destroy_wait_s <= 3600 && floor(var.destroy_wait_s) == var.destroy_wait_s, false)
    error_message = "destroy_wait_s is a whole number, 0 to 3600."
  }
}

variable "athena" {
  description = "Whether there is a workgroup of Athena with the queries of docs/lake.md."
  type        = bool
  default     = true
  nullable    = false
}

variable "athena_scan_limit_gib" {
  description = "A query that would read more than this is cancelled."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.athena_scan_limit_gib >= 1 && var.athena_scan_limit_gib <= 10240
    error_message = "athena_scan_limit_gib is 1 to 10240."
  }
}

variable "first_day" {
  description = "The first day that queries look for."
  type        = string
  default     = "2026-01-01"
  nullable    = false

  validation {
    condition     = can(regex("^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", var.first_day)) && can(formatdate("YYYY", "${var.first_day}T00:00:00Z"))
    error_message = "first_day is a date like 2026-01-01."
  }
}

variable "log_retention_days" {
  description = "How long logs of failed deliveries are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days is one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731 (CloudWatch Logs knows no others)."
  }
}

# The network

variable "vpc_cidr" {
  description = "Addresses of the network that is made."
  type        = string
  default     = "10.20.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]), 0) >= 16 && try(tonumber(split("/", var.vpc_cidr)[1]), 99) <= 24
    error_message = "vpc_cidr is an IPv4 network of /16 to /24."
  }
}

variable "vpc_id" {
  description = "A network that exists. Default: one is made."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null || can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "vpc_id is an id like vpc-0123456789abcdef0."
  }

  validation {
    condition     = (var.vpc_id == null) == (length(var.subnet_ids) == 0)
    error_message = "vpc_id and subnet_ids go together."
  }
}

variable "subnet_ids" {
  description = "Public subnets in vpc_id: one for profile = \"single\", two or more in different zones for ha."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "subnet_ids are ids like subnet-0123456789abcdef0."
  }

  validation {
    condition     = length(var.subnet_ids) == 0 || length(var.subnet_ids) >= (var.profile == "ha" ? 2 : 1)
    error_message = "profile = \"ha\" needs at least two subnets."
  }
}

variable "client_cidrs" {
  description = "From where events are taken."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.client_cidrs) > 0 && alltrue([for cidr in var.client_cidrs : can(cidrnetmask(cidr))])
    error_message = "client_cidrs are IPv4 networks like 203.0.113.0/24, at least one."
  }
}

variable "ssh_cidrs" {
  description = "From where SSH is let in. Default: from nowhere; Session Manager needs no port."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_cidrs : can(cidrnetmask(cidr)) && try(tonumber(split("/", cidr)[1]), 0) >= 16])
    error_message = "ssh_cidrs are IPv4 networks of /16 or smaller. SSH is never open to the world."
  }
}

variable "ssh_key_name" {
  description = "Name of a key pair in EC2, for SSH."
  type        = string
  default     = null

  validation {
    condition     = var.ssh_key_name != "" && (var.ssh_key_name != null || length(var.ssh_cidrs) == 0)
    error_message = "ssh_cidrs needs ssh_key_name."
  }
}

# The instances

variable "instance_type" {
  description = "Type of the instances."
  type        = string
  default     = "t3.small"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "instance_type is a name like t3.small."
  }

  # On Xen: no disk has a name by which mount-journal would find it.
  validation {
    condition     = !can(regex("^(t1|t2|m[1-4]|c[134]|cc2|cr1|r[34]|x1e?|d2|i2|i3|h1|hs1|g2|g3s?|p[23]|f1)\\.", var.instance_type))
    error_message = "instance_type is one of the kind called Nitro (t3, m5, c5, r5 and later): by the names that their disks have the journal's is found."
  }
}

variable "architecture" {
  description = "Of the instances, and of the package: x86_64 or arm64. Only x86_64 has been tested."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture is x86_64 or arm64."
  }
}

variable "ami_id" {
  description = "An image of Ubuntu 24.04 or Debian 12. Debian's has no agent of Session Manager: a shell there needs ssh_cidrs. Default: Canonical's newest Ubuntu 24.04 at the first apply."
  type        = string
  default     = null

  validation {
    condition     = var.ami_id == null || can(regex("^ami-[0-9a-f]+$", var.ami_id))
    error_message = "ami_id is an id like ami-0123456789abcdef0."
  }
}

variable "journal_gib" {
  description = "Size of each journal's disk. It takes rows while they cannot be delivered: 20 GiB last for a day at 400 events a second of 300 bytes."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.journal_gib >= 4 && var.journal_gib <= 16384 && floor(var.journal_gib) == var.journal_gib
    error_message = "journal_gib is a whole number, 4 to 16384."
  }
}

variable "min_size" {
  description = "Least number of instances, with profile = \"ha\"."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.min_size >= 2 && floor(var.min_size) == var.min_size
    error_message = "min_size is at least 2."
  }
}

variable "max_size" {
  description = "Greatest number of instances, with profile = \"ha\"."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.max_size >= var.min_size && var.max_size <= 100
    error_message = "max_size is min_size to 100."
  }
}

variable "settings" {
  description = "Further settings of inlet by their names in docs/configuration.md, for example { \"server.cors_origins\" = [\"https://www.example.com\"] }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = can(keys(var.settings)) && alltrue([for key in try(keys(var.settings), []) : can(regex("^[a-z0-9_]+(\\.[a-z0-9_]+)+$", key))])
    error_message = "settings is a map whose keys are names like \"server.cors_origins\"."
  }

  validation {
    condition = alltrue([for key in try(keys(var.settings), []) : !can(regex(join("", ["^(", join("|", [
      "journal[.](dir|max_bytes)", "aws[.]region", "metrics[.]cloudwatch[.].*", "server[.](listen|tls_.*|acme_webroot|proxy_protocol|ack|ack_sink)",
      "sink[.]lake[.](enabled|dir)", "sink[.]firehose[.](enabled|delivery_stream|compression)", "sink[.]s3[.](enabled|bucket|prefix|sse|kms_key_id)",
    ]), ")$"]), key))])
    error_message = "settings: where inlet listens, where the journal is and how large, where rows go and in which form, what is acknowledged and which gauges alarms read follows from the other variables."
  }
}

variable "ack" {
  description = "When a client gets its 200. journal: when the rows are safe on the instance's disk. sink: when they have left it, which takes some 0.3 s and survives the loss of an instance."
  type        = string
  default     = "journal"
  nullable    = false

  validation {
    condition     = contains(["journal", "sink"], var.ack)
    error_message = "ack is journal or sink."
  }
}

# HTTPS

variable "domain" {
  description = "Name by which clients reach the deployment. With profile = \"single\" inlet gets a certificate for it from Let's Encrypt."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain is a name like events.example.com, in lower case."
  }

  validation {
    condition     = var.domain == null || var.profile == "single" || var.certificate_arn != null || var.tls_parameters != null
    error_message = "With profile = \"ha\" a domain needs certificate_arn or tls_parameters."
  }
}

variable "acme_email" {
  description = "Where Let's Encrypt writes to if the certificate has a problem."
  type        = string
  default     = null

  validation {
    condition     = var.acme_email == null || can(regex("^[^@\\s\"'\\\\$]+@[^@\\s\"'\\\\$]+\\.[^@\\s\"'\\\\$]+$", var.acme_email))
    error_message = "acme_email is a mail address."
  }

  validation {
    condition     = var.acme_email != null || var.domain == null || var.profile == "ha"
    error_message = "domain needs acme_email. By setting it you agree to the terms of Let's Encrypt."
  }
}

variable "acme_server" {
  description = "Directory of the authority that gives the certificate. For trials: https://acme-staging-v02.api.letsencrypt.org/directory"
  type        = string
  default     = "https://acme-v02.api.letsencrypt.org/directory"
  nullable    = false

  validation {
    condition     = can(regex("^https://[^\\s\"'\\\\$]+$", var.acme_server))
    error_message = "acme_server is an https URL."
  }
}

variable "zone_id" {
  description = "Hosted zone of Route 53 that holds domain. Default: you make the DNS record yourself, from the output `address`."
  type        = string
  default     = null

  validation {
    condition     = var.zone_id == null || (can(regex("^Z[A-Z0-9]+$", var.zone_id)) && var.domain != null)
    error_message = "zone_id is an id like Z0123456789ABCDEFGHIJ, and needs domain."
  }
}

variable "certificate_arn" {
  description = "Certificate of ACM with which the load balancer ends TLS, for profile = \"ha\"."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || (can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/", var.certificate_arn)) && var.profile == "ha")
    error_message = "certificate_arn is the ARN of a certificate of ACM, for profile = \"ha\"."
  }
}

variable "tls_parameters" {
  description = "Names of two parameters of SSM (SecureString) with certificate chain and key in PEM, for profile = \"ha\": the load balancer passes TLS through to inlet."
  type        = object({ certificate = string, key = string })
  default     = null

  validation {
    condition     = var.tls_parameters == null || (alltrue([for name in values(coalesce(var.tls_parameters, { certificate = "", key = "" })) : can(regex("^/[A-Za-z0-9_./-]+$", name))]) && var.profile == "ha" && var.certificate_arn == null)
    error_message = "tls_parameters are names like /inlet/tls/key, for profile = \"ha\" without certificate_arn."
  }
}

# Alarms

variable "alarm_email" {
  description = "Who gets the alarms. AWS asks this address once to confirm. Default: nobody; the topic is there."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email is a mail address."
  }
}
