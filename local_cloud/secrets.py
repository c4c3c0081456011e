"""AWS Secrets Manager: what of it is not in the local cloud."""

from collections.abc import Callable
from typing import Any

from local_cloud.replace import borrow, wrap

MODULE = "ministack.services.secretsmanager"
ABSENT = {"_rotate_secret": "rotation of secrets", "_replicate_secret_to_regions": "replicas of secrets"}
"""ministack's function for an action that is refused -> what is said to be absent."""

_error = borrow(
    MODULE, "error_response_json", ("code", "message", "status", "extra", "message_key", "content_type"), "answer with an error"
)


def install() -> None:
    """Refuse by name what would be accepted and not done."""
    for name, what in ABSENT.items():
        wrap(MODULE, name, _refusing(what), f"refuse {what}")


def _refusing(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(_: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(data: Any) -> Any:
            return _error("NotInLocalCloud", f"{what} is not in the local cloud", 501)

        return refuse

    return around
