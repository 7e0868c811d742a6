"""Reads the secret __SECRET_NAME__ from AWS Secrets Manager.

Store it first, in bash:
    read -rs VALUE && printf %s "$VALUE" |
        aws secretsmanager create-secret --name __SECRET_NAME__ --secret-string file:///dev/stdin
The role that runs this needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own.
Needs: pip install boto3. Credentials and region come from the role or from AWS_PROFILE, AWS_DEFAULT_REGION and so on.
"""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3})


class SecretError(Exception):
    """The secret could not be read. The message never has a secret in it."""


def read_secret(name: str = "__SECRET_NAME__") -> str:
    try:
        answer = boto3.client("secretsmanager", config=CONFIG).get_secret_value(SecretId=name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            raise SecretError(f"there is no secret {name} in this account and region") from None
        raise SecretError(f"AWS refused to give {name}: {code}") from None
    except BotoCoreError as error:
        # No credentials, no region, no connection.
        raise SecretError(f"cannot ask AWS for {name}: {error}") from None
    if "SecretString" not in answer:
        raise SecretError(f"{name} is binary: read SecretBinary instead")
    return answer["SecretString"]


def main() -> None:
    try:
        secret = read_secret()
    except SecretError as error:
        sys.exit(f"error: {error}")
    # Use the secret here. Never print it, log it or put it on a command line.
    print(f"read __SECRET_NAME__: {len(secret.encode())} bytes")


if __name__ == "__main__":
    main()
