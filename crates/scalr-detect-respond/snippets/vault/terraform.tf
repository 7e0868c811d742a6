# Gives the Scalr provider a token from a KV version 2 engine of HashiCorp Vault or OpenBao. An ephemeral resource is
# never written to plan or state.
#
# Store it first, in bash (with bao instead of vault for OpenBao):
#   read -rs VALUE && printf %s "$VALUE" | vault kv put -mount=secret __SECRET_NAME__ value=-
# The token of this configuration needs a policy that allows read on secret/data/__SECRET_NAME__ and nothing else.
# Needs: Terraform 1.10 or OpenTofu 1.11, or newer; VAULT_ADDR and VAULT_TOKEN, which the provider reads.

terraform {
  required_version = ">= 1.10"

  required_providers {
    scalr = {
      source = "registry.scalr.io/scalr/scalr"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0"
    }
  }
}

ephemeral "vault_kv_secret_v2" "scalr" {
  mount = "secret"
  name  = "__SECRET_NAME__"
}

# The host is read from SCALR_HOSTNAME.
provider "scalr" {
  token = ephemeral.vault_kv_secret_v2.scalr.data.value
}
