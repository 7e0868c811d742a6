#!/bin/sh
# Reads the secret __SECRET_NAME__ from a KV version 2 engine of HashiCorp Vault or OpenBao.
#
# Store it first, in bash (with bao instead of vault for OpenBao):
#   read -rs VALUE && printf %s "$VALUE" | vault kv put -mount=secret __SECRET_NAME__ value=-
# The token of this program needs a policy that allows read on secret/data/__SECRET_NAME__ and nothing else.
# Needs: curl and jq; VAULT_ADDR and VAULT_TOKEN, and VAULT_NAMESPACE if namespaces are used. Where vault is installed,
#   vault kv get -mount=secret -field=value __SECRET_NAME__
# does the same.
set -eu

mount=secret
key=value

fail() {
    echo "error: $1" >&2
    exit 1
}

[ -n "${VAULT_ADDR:-}" ] || fail "the environment variable VAULT_ADDR is not set"
[ -n "${VAULT_TOKEN:-}" ] || fail "the environment variable VAULT_TOKEN is not set"

# The token goes to curl on standard input: a command line can be read by every user of the machine. The status is the
# last line of what comes back.
answer=$(
    {
        printf 'header = "X-Vault-Request: true"\n'
        printf 'header = "X-Vault-Token: %s"\n' "$VAULT_TOKEN"
        if [ -n "${VAULT_NAMESPACE:-}" ]; then printf 'header = "X-Vault-Namespace: %s"\n' "$VAULT_NAMESPACE"; fi
    } | curl --config - --silent --show-error --max-time 10 --write-out '\n%{http_code}' \
        "${VAULT_ADDR%/}/v1/$mount/data/__SECRET_NAME__"
) || fail "cannot reach Vault at VAULT_ADDR"
status=$(printf '%s\n' "$answer" | tail -n 1)
case $status in
    200) ;;
    403) fail "Vault does not let this token read $mount/__SECRET_NAME__" ;;
    404) fail "there is no secret $mount/__SECRET_NAME__" ;;
    *) fail "Vault failed to give $mount/__SECRET_NAME__: status $status" ;;
esac
secret=$(
    printf '%s\n' "$answer" | sed '$d' |
        jq --exit-status --raw-output --arg key "$key" '.data.data[$key] | strings' 2>/dev/null
) || fail "$mount/__SECRET_NAME__ has no text under the key $key"

# Use the secret here. Never print it, and never put it on a command line.
bytes=$(printf %s "$secret" | wc -c)
echo "read __SECRET_NAME__: $((bytes)) bytes"
