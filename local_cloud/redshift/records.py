"""What Redshift Serverless keeps of a namespace, a workgroup or a usage limit, and how a request about it is refused."""

from collections.abc import Mapping
from typing import Any

from local_cloud.environment import ACCOUNT, REGION

Record = dict[str, Any]
ARN = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}"


class ServerlessError(Exception):
    """A request is refused.

    Attributes:
        code: the exception's name in the API.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def found(records: Mapping[str, Record], name: str, kind: str) -> Record:
    """Return a record, or raise a ServerlessError that names its kind."""
    if name not in records:
        raise ServerlessError("ResourceNotFoundException", f"There is no {kind} {name}")
    return records[name]


def check(problems: list[str]) -> None:
    """Raise a ServerlessError where there are problems."""
    if problems:
        raise ServerlessError("ValidationException", "; ".join(problems))
