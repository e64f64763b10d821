# A studio's access control, as its administrator would keep it under version control: who works there, what the
# service role of MediaConvert may do, and the limits of both. The server is found by AWS_ENDPOINT_URL.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
  s3_use_path_style       = true

  default_tags {
    tags = { managed-by = "terraform" }
  }
}

variable "description" {
  description = "Of the service role."
  type        = string
  default     = "Reads films and writes renditions."
}

variable "team" {
  description = "Tags everybody and everything."
  type        = string
  default     = "film"
}

variable "output_actions" {
  description = "What the service role may do where renditions go."
  type        = list(string)
  default     = ["s3:PutObject"]
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

output "account" {
  value = data.aws_caller_identity.current.account_id
}
