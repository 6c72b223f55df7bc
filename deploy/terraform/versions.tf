# 5.100.0 is the version of the provider that the tests run with, and that the lock file names.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.73, < 7"
    }
  }
}
