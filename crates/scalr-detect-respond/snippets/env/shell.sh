#!/bin/sh
# Reads the secret __SECRET_NAME__ from the environment.
#
# Store it first: in the secret store of your platform or CI, which sets the variable for this program only. To try it,
# in bash:
#   read -rs __SECRET_NAME__ && export __SECRET_NAME__
# Needs: a POSIX shell.
set -eu

if [ -z "${__SECRET_NAME__:-}" ]; then
    echo "error: the environment variable __SECRET_NAME__ is not set, or empty" >&2
    exit 1
fi

# Use the secret here. Never print it, and never put it on a command line, which every user of the machine can read:
# give it on standard input, as in
#   printf 'header = "Authorization: Bearer %s"\n' "$__SECRET_NAME__" | curl --config - https://example.com/
bytes=$(printf %s "$__SECRET_NAME__" | wc -c)
echo "read __SECRET_NAME__: $((bytes)) bytes"
