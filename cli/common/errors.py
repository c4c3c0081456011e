"""What a person is told when a verb cannot do what was asked."""

import traceback
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)

from cli.common.paths import LOGS
from config.read import SettingsError
from contracts.document import ContractError

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}


class UserError(Exception):
    """A verb cannot go on; the text says in one or two lines what happened and what to do."""


def explained(error: Exception) -> str | None:
    """Return what to tell a person, or nothing for an error that nobody expected."""
    match error:
        case UserError() | SettingsError() | ContractError():
            return str(error)
        case NoCredentialsError() | PartialCredentialsError():
            return "no AWS credentials; sign in, or choose a profile with AWS_PROFILE"
        case ClientError() if error.response["Error"]["Code"] in EXPIRED:
            return "the AWS credentials have expired; sign in again"
        case ClientError():
            return f"AWS refused {error.operation_name}: {error.response['Error']['Code']}: {error.response['Error']['Message']}"
        case EndpointConnectionError() | ConnectionError() | BotoCoreError():
            return f"AWS was not reached: {error}"
    return None


def recorded(error: Exception) -> Path:
    """Write the traceback of an error that nobody expected, and return where."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path
