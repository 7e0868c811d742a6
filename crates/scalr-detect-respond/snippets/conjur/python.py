"""Reads the secret __SECRET_NAME__ from CyberArk Conjur (Secrets Manager).

Store it first: declare the variable in a policy, then in bash:
    read -rs VALUE && conjur variable set --id __SECRET_NAME__ --value "$VALUE"
The identity of this program needs read and execute on that variable and on no other.
Needs: pip install conjur-api; CONJUR_APPLIANCE_URL, CONJUR_ACCOUNT, CONJUR_AUTHN_LOGIN (such as host/my-app) and
CONJUR_AUTHN_API_KEY, and CONJUR_CERT_FILE if the certificate authority is your own.
"""

import asyncio
import os
import sys

from conjur_api import Client
from conjur_api.errors.errors import HttpError, HttpStatusError
from conjur_api.models import ConjurConnectionInfo, CredentialsData, SslVerificationMode
from conjur_api.providers import AuthnAuthenticationStrategy, SimpleCredentialsProvider


class SecretError(Exception):
    """The secret could not be read. The message never has a secret in it."""


def setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SecretError(f"the environment variable {name} is not set")
    return value


async def read_secret(name: str = "__SECRET_NAME__") -> str:
    url = setting("CONJUR_APPLIANCE_URL").rstrip("/")
    authority = os.environ.get("CONJUR_CERT_FILE")
    credentials = SimpleCredentialsProvider()
    credentials.save(
        CredentialsData(
            machine=url,
            username=setting("CONJUR_AUTHN_LOGIN"),
            api_key=setting("CONJUR_AUTHN_API_KEY"),
        )
    )
    client = Client(
        ConjurConnectionInfo(conjur_url=url, account=setting("CONJUR_ACCOUNT"), cert_file=authority),
        ssl_verification_mode=SslVerificationMode.CA_BUNDLE if authority else SslVerificationMode.TRUST_STORE,
        authn_strategy=AuthnAuthenticationStrategy(credentials),
    )
    try:
        secret = await client.get(name)
    except HttpStatusError as error:
        if error.status == 401:
            raise SecretError("Conjur does not know this login or API key") from None
        if error.status == 403:
            raise SecretError(f"Conjur does not let this identity read {name}") from None
        if error.status == 404:
            raise SecretError(f"there is no secret {name}, or it has no value yet") from None
        raise SecretError(f"Conjur failed to give {name}: status {error.status}") from None
    except (HttpError, OSError, asyncio.TimeoutError):
        raise SecretError("cannot reach Conjur at CONJUR_APPLIANCE_URL") from None
    return secret.decode()


def main() -> None:
    try:
        secret = asyncio.run(read_secret())
    except SecretError as error:
        sys.exit(f"error: {error}")
    # Use the secret here. Never print it, log it or put it on a command line.
    print(f"read __SECRET_NAME__: {len(secret.encode())} bytes")


if __name__ == "__main__":
    main()
