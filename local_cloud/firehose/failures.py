"""Records that Firehose could not deliver, in the form in which it writes them to the error prefix."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

DATA = "data"
"""What is delivered; other kinds are error-output-types, and the backup."""
BACKUP = "backup"
"""The source as it came."""
TRANSFORM = "processing-failed"
CONVERSION = "format-conversion-failed"


@dataclass(frozen=True)
class Failure:
    """Why a record is not delivered.

    Attributes:
        kind: the error-output-type.
        attempts: how often it was tried.
        more: further members of the document.
    """

    kind: str
    code: str
    message: str
    attempts: int = 1
    more: dict[str, Any] = field(default_factory=dict)

    def document(self, data: bytes, arrived: int) -> bytes:
        """Return the line for a record, which is kept as it came.

        https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html and
        https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html, which spell the members differently.
        """
        code, message = ("ErrorCode", "ErrorMessage") if self.kind == CONVERSION else ("errorCode", "errorMessage")
        told = {
            "attemptsMade": self.attempts,
            "arrivalTimestamp": arrived,
            code: self.code,
            message: self.message,
            "attemptEndingTimestamp": int(time.time() * 1000),
            "rawData": base64.b64encode(data).decode(),
        }
        return json.dumps(told | self.more).encode()
