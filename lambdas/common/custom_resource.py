"""Answers to CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

LONGEST_REASON = 1000  # characters; the whole answer may have 4096 bytes
ANSWER_SECONDS = 30

Event = Mapping[str, Any]


def is_request(event: Event) -> bool:
    """Whether CloudFormation asks, and waits for an answer at a URL."""
    return "ResponseURL" in event and "RequestType" in event


def answer(event: Event, act: Callable[[], str]) -> None:
    """Do what CloudFormation asked for and tell it how that went; whatever happens, it is told.

    Args:
        act: does it, and returns the physical id of the resource.
    """
    physical_id = str(event.get("PhysicalResourceId") or event["LogicalResourceId"])
    try:
        physical_id, status, reason = act(), "SUCCESS", ""
    except Exception as error:  # noqa: BLE001 - CloudFormation would wait for an hour for an answer that does not come
        status, reason = "FAILED", f"{type(error).__name__}: {error}"
    _tell(event, physical_id, status, reason)


def _tell(event: Event, physical_id: str, status: str, reason: str) -> None:
    body = {
        "Status": status,
        "Reason": reason[:LONGEST_REASON] or "done",
        "PhysicalResourceId": physical_id,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    data = json.dumps(body).encode()
    # the pre-signed URL was signed without a type
    request = urllib.request.Request(event["ResponseURL"], data=data, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
        response.read()
    print(json.dumps({"answered": status, "reason": reason, "id": physical_id}))
