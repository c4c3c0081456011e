"""Answers in the JSON protocol that Glue and Athena speak."""

import json
from typing import Any

Answer = tuple[int, dict[str, str], bytes]
_CONTENT_TYPE = "application/x-amz-json-1.1"


def answer(members: dict[str, Any]) -> Answer:
    """Return the answer to a request that was carried out."""
    return 200, {"Content-Type": _CONTENT_TYPE}, json.dumps(members).encode()


def refusal(code: str, message: str, **members: Any) -> Answer:
    """Return the answer to a request that was not; `members` are those of the exception in the service's model."""
    # Both spellings: which one an SDK reads depends on the service.
    body = {"__type": code, "message": message, "Message": message} | members
    return 400, {"Content-Type": _CONTENT_TYPE, "x-amzn-errortype": code}, json.dumps(body).encode()
