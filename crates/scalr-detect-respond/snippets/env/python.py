"""Reads the secret __SECRET_NAME__ from the environment.

Store it first: in the secret store of your platform or CI, which sets the variable for this program only. To try it:
    read -rs __SECRET_NAME__ && export __SECRET_NAME__
Needs: Python 3.8 or newer.
"""

import os
import sys


class SecretError(Exception):
    """The secret could not be read. The message never has a secret in it."""


def read_secret(name: str = "__SECRET_NAME__") -> str:
    secret = os.environ.get(name, "")
    if not secret:
        raise SecretError(f"the environment variable {name} is not set, or empty")
    return secret


def main() -> None:
    try:
        secret = read_secret()
    except SecretError as error:
        sys.exit(f"error: {error}")
    # Use the secret here. Never print it, log it or put it on a command line.
    print(f"read __SECRET_NAME__: {len(secret.encode())} bytes")


if __name__ == "__main__":
    main()
