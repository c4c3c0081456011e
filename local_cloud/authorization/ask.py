"""Ask IAM about what the local cloud does itself on behalf of a role."""

from importlib import import_module
from typing import Any

from local_cloud.authorization.check import Check
from local_cloud.authorization.encryption import further_checks
from local_cloud.credentials import Credentials
from local_cloud.environment import REGION
from local_cloud.replace import borrow

MODULE = "ministack.core.iam_evaluator"
borrow(MODULE, "enforce", type(borrow), "ask what a role may do")


class DeniedError(Exception):
    """A role may not do what it would have to; the text names it, the action and the resource."""


def denial(access_key: str, action: str, resource: str) -> str | None:
    """Return None where a caller may do an action, such as `kinesis:GetRecords`, to the resource with this ARN, else the denial in IAM's words.

    What the resource is encrypted with counts, too, and is named where it is what misses.
    """
    service = action.partition(":")[0]
    checks = [*further_checks(service, action, resource), Check(service, action, resource)]
    # not borrowed as a value: what other parts put around it counts
    enforce: Any = import_module(MODULE).enforce
    for check in checks:
        denied = enforce(access_key, check.action, check.service, REGION, check.resource, {})
        if denied:
            who = getattr(denied, "principal_arn", "") or "the caller"
            return f"User: {who} is not authorized to perform: {check.action} on resource: {check.resource}"
    return None


def require(credentials: Credentials, action: str, resource: str) -> None:
    """Raise DeniedError unless a session may do an action to the resource with this ARN, its key included."""
    if denied := denial(credentials.access_key, action, resource):
        raise DeniedError(f"AccessDeniedException: {denied}")
