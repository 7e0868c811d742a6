"""Reads the secret __SECRET_NAME__ from a KV version 2 engine of HashiCorp Vault or OpenBao.

Store it first, in bash (with bao instead of vault for OpenBao):
    read -rs VALUE && printf %s "$VALUE" | vault kv put -mount=secret __SECRET_NAME__ value=-
The token of this program needs a policy that allows read on secret/data/__SECRET_NAME__ and nothing else.
Needs: pip install hvac; VAULT_ADDR and VAULT_TOKEN, and VAULT_NAMESPACE if namespaces are used.
"""

import os
import sys

import hvac
import requests
from hvac.exceptions import Forbidden, InvalidPath, VaultError

MOUNT = "secret"
KEY = "value"


class SecretError(Exception):
    """The secret could not be read. The message never has a secret in it."""


def read_secret(path: str = "__SECRET_NAME__") -> str:
    for name in ("VAULT_ADDR", "VAULT_TOKEN"):
        if not os.environ.get(name):
            raise SecretError(f"the environment variable {name} is not set")
    # It reads address, token and namespace from the environment.
    client = hvac.Client(namespace=os.environ.get("VAULT_NAMESPACE"), timeout=10, allow_redirects=False)
    try:
        answer = client.secrets.kv.v2.read_secret_version(
            path=path, mount_point=MOUNT, raise_on_deleted_version=True
        )
    except InvalidPath:
        raise SecretError(f"there is no secret {MOUNT}/{path}") from None
    except Forbidden:
        raise SecretError(f"Vault does not let this token read {MOUNT}/{path}") from None
    except VaultError as error:
        raise SecretError(f"Vault failed to give {MOUNT}/{path}: {type(error).__name__}") from None
    except requests.RequestException as error:
        raise SecretError(f"cannot reach Vault at VAULT_ADDR: {type(error).__name__}") from None
    if not isinstance(answer, dict):
        # Such as a redirect, which would carry the token elsewhere.
        raise SecretError("the answer of Vault is not what KV version 2 answers")
    secret = answer["data"]["data"].get(KEY)
    if not isinstance(secret, str):
        raise SecretError(f"{MOUNT}/{path} has no text under the key {KEY}")
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
