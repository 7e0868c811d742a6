# Gives the Scalr provider a token from AWS Secrets Manager. An ephemeral resource is never written to plan or state.
#
# Store it first, in bash:
#   read -rs VALUE && printf %s "$VALUE" |
#     aws secretsmanager create-secret --name __SECRET_NAME__ --secret-string file:///dev/stdin
# The role that runs this needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own.
# Needs: Terraform 1.10 or OpenTofu 1.11, or newer.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
    scalr = {
      source = "registry.scalr.io/scalr/scalr"
    }
  }
}

ephemeral "aws_secretsmanager_secret_version" "scalr" {
  secret_id = "__SECRET_NAME__"
}

# The host is read from SCALR_HOSTNAME.
provider "scalr" {
  token = ephemeral.aws_secretsmanager_secret_version.scalr.secret_string
}
