#!/bin/sh
# Reads the secret __SECRET_NAME__ from AWS Secrets Manager.
#
# Store it first, in bash:
#   read -rs VALUE && printf %s "$VALUE" |
#       aws secretsmanager create-secret --name __SECRET_NAME__ --secret-string file:///dev/stdin
# The role that runs this needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own.
# Needs: the AWS command line (on Debian, apt install awscli). Credentials and region come from the role or from
# AWS_PROFILE, AWS_DEFAULT_REGION and so on.
set -eu

# The AWS command line says itself what went wrong. Requests are given up after the seconds named here.
if ! secret=$(
    aws secretsmanager get-secret-value --secret-id __SECRET_NAME__ --query SecretString --output text \
        --cli-connect-timeout 5 --cli-read-timeout 10
); then
    echo "error: cannot read __SECRET_NAME__ from AWS Secrets Manager: see above" >&2
    exit 1
fi

# Use the secret here. Never print it, and never put it on a command line, which every user of the machine can read:
# give it on standard input, as in
#   printf 'header = "Authorization: Bearer %s"\n' "$secret" | curl --config - https://example.com/
bytes=$(printf %s "$secret" | wc -c)
echo "read __SECRET_NAME__: $((bytes)) bytes"
