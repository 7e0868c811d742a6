# Lets the Scalr provider read its token from the environment: nothing of it is in the code or in the state.
#
# Store it first, one of:
#   - in a run of Scalr: nothing to do, each run has a SCALR_TOKEN of its own with the least permissions
#   - in CI: as a masked variable SCALR_TOKEN; better, no stored token at all (the last part of this file)
#   - at a prompt, in bash:  read -rs SCALR_TOKEN && export SCALR_TOKEN
# Terraform itself (backend, registry) reads the token for a host from TF_TOKEN_ and the host's name, in which each dot
# is an underscore and each hyphen two: for my-account.scalr.io it is TF_TOKEN_my__account_scalr_io.
# Needs: Terraform 1.3 or OpenTofu 1.6, or newer.

terraform {
  required_version = ">= 1.3"

  required_providers {
    scalr = {
      source = "registry.scalr.io/scalr/scalr"
    }
  }
}

# Both arguments, hostname and token, are read from SCALR_HOSTNAME and SCALR_TOKEN.
provider "scalr" {}

# OIDC instead of a token: a workflow of GitHub Actions may take the role of a service account for an hour, and nothing
# is stored that could leak. Apply this once. The workflow then asks GitHub for a token with the audience below, and
# exchanges it for a short-lived one of Scalr, for example by `scalr assume-service-account`.
variable "service_account_id" {
  type        = string
  description = "The service account whose role the workflow may take, such as sa-xxxxxxxxxx"
}

variable "repository" {
  type        = string
  description = "The repository whose workflows may do so, as owner/name"
}

resource "scalr_workload_identity_provider" "github" {
  name              = "github-actions"
  url               = "https://token.actions.githubusercontent.com"
  allowed_audiences = ["scalr-github-actions"]
}

resource "scalr_assume_service_account_policy" "github" {
  name                     = "github-actions"
  service_account_id       = var.service_account_id
  provider_id              = scalr_workload_identity_provider.github.id
  maximum_session_duration = 3600

  claim_condition {
    claim    = "repository"
    operator = "eq"
    value    = var.repository
  }

  # Without this one, workflows of pull requests and of every branch could take the role.
  claim_condition {
    claim    = "ref"
    operator = "eq"
    value    = "refs/heads/main"
  }
}
