#!/bin/sh
# Reads the secret __SECRET_NAME__ from CyberArk Conjur (Secrets Manager).
#
# Store it first: declare the variable in a policy, then in bash:
#   read -rs VALUE && conjur variable set --id __SECRET_NAME__ --value "$VALUE"
# The identity of this program needs read and execute on that variable and on no other.
# Needs: curl and jq; CONJUR_APPLIANCE_URL, CONJUR_ACCOUNT, CONJUR_AUTHN_LOGIN (such as host/my-app) and
# CONJUR_AUTHN_API_KEY. A certificate authority of your own is named by CURL_CA_BUNDLE.
set -eu

fail() {
    echo "error: $1" >&2
    exit 1
}

encoded() {
    printf %s "$1" | jq --slurp --raw-input --raw-output @uri
}

for name in CONJUR_APPLIANCE_URL CONJUR_ACCOUNT CONJUR_AUTHN_LOGIN CONJUR_AUTHN_API_KEY; do
    eval "[ -n \"\${$name:-}\" ]" || fail "the environment variable $name is not set"
done
url=${CONJUR_APPLIANCE_URL%/}
account=$(encoded "$CONJUR_ACCOUNT")
login=$(encoded "$CONJUR_AUTHN_LOGIN")

# What is secret goes to curl on standard input: a command line can be read by every user of the machine. The status is
# the last line of what comes back.
request() {
    curl --silent --show-error --max-time 10 --write-out '\n%{http_code}' "$@" ||
        fail "cannot reach Conjur at CONJUR_APPLIANCE_URL"
}

# The API key buys a token that is good for some minutes.
answer=$(printf %s "$CONJUR_AUTHN_API_KEY" | request --data-binary @- "$url/authn/$account/$login/authenticate")
status=$(printf '%s\n' "$answer" | tail -n 1)
case $status in
    200) ;;
    401) fail "Conjur does not know this login or API key" ;;
    *) fail "Conjur failed to authenticate: status $status" ;;
esac
token=$(printf '%s\n' "$answer" | sed '$d')
token=$(printf %s "$token" | base64 | tr -d '\n')
answer=$(
    printf 'header = "Authorization: Token token=\\"%s\\""\n' "$token" |
        request --config - "$url/secrets/$account/variable/$(encoded __SECRET_NAME__)"
)
status=$(printf '%s\n' "$answer" | tail -n 1)
case $status in
    200) secret=$(printf '%s\n' "$answer" | sed '$d') ;;
    401 | 403) fail "Conjur does not let this identity read __SECRET_NAME__" ;;
    404) fail "there is no secret __SECRET_NAME__, or it has no value yet" ;;
    *) fail "Conjur failed to give __SECRET_NAME__: status $status" ;;
esac

# Use the secret here. Never print it, and never put it on a command line.
bytes=$(printf %s "$secret" | wc -c)
echo "read __SECRET_NAME__: $((bytes)) bytes"
