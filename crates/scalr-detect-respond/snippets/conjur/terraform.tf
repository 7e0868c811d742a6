# Gives the Scalr provider a token from CyberArk Conjur (Secrets Manager). An ephemeral resource is never written to
# plan or state.
#
# Store it first: declare the variable in a policy, then in bash:
#   read -rs VALUE && conjur variable set --id __SECRET_NAME__ --value "$VALUE"
# The identity of this configuration needs read and execute on that variable and on no other.
# Needs: Terraform 1.10 or OpenTofu 1.11, or newer; CONJUR_APPLIANCE_URL, CONJUR_ACCOUNT, CONJUR_AUTHN_LOGIN and
# CONJUR_AUTHN_API_KEY, which the provider reads.

terraform {
  required_version = ">= 1.10"

  required_providers {
    conjur = {
      source = "cyberark/conjur"
    }
    scalr = {
      source = "registry.scalr.io/scalr/scalr"
    }
  }
}

ephemeral "conjur_secret" "scalr" {
  name = "__SECRET_NAME__"
}

# The host is read from SCALR_HOSTNAME.
provider "scalr" {
  token = ephemeral.conjur_secret.scalr.value
}
