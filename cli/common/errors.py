"""What a person is told when a verb cannot do what was asked."""

import traceback
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import (
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    LoginError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from cli.common.paths import LOGS, shown
from config.read import SettingsError
from contracts.document import ContractError

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
# what boto3 raises of this machine's sign-in and of its way to AWS; all else of its own is a request that was wrong, which is ours to mend
UNREACHED = (ConnectionError, HTTPClientError)
SIGN_IN = (CredentialRetrievalError, LoginError, MetadataRetrievalError, NoAuthTokenError, SSOError, TokenRetrievalError)
PROFILE = (ConfigNotFound, ConfigParseError, NoRegionError, ProfileNotFound)


class UserError(Exception):
    """A verb cannot go on; the text says in one or two lines what happened and what to do."""


def explained(error: Exception) -> str | None:
    """Return what to tell a person, or nothing for an error that nobody expected."""
    if isinstance(error, UNREACHED):
        return f"AWS was not reached: {error}"
    if isinstance(error, SIGN_IN):
        return f"the AWS credentials could not be had: {error}; sign in again, or choose another profile with AWS_PROFILE"
    if isinstance(error, PROFILE):
        return f"this machine's AWS configuration cannot be used: {error}; mend it, or choose another profile with AWS_PROFILE"
    match error:
        case UserError() | SettingsError() | ContractError():
            return str(error)
        case NoCredentialsError() | PartialCredentialsError():
            return "no AWS credentials; sign in, or choose a profile with AWS_PROFILE"
        case ClientError() if error.response["Error"]["Code"] in EXPIRED:
            return "the AWS credentials have expired; sign in again"
        case ClientError():
            return f"AWS refused {error.operation_name}: {error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return None


def recorded(error: Exception) -> Path:
    """Write the traceback of an error that nobody expected, and return where."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path


def kept(error: Exception) -> str:
    """Keep the traceback of an error that nobody expected, and return one line that says where it is; without a file, where it ended."""
    try:
        return f"The traceback is in {shown(recorded(error))}"
    except (OSError, ValueError) as failure:  # a folder that may not be written, a full disk, a text that is no text
        ends = traceback.extract_tb(error.__traceback__)[-1:]
        place = "".join(f"; the error came from {end.filename}:{end.lineno}, in {end.name}" for end in ends)
        return f"The traceback could not be kept ({type(failure).__name__}: {failure}){place}"
