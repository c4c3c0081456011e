"""IAM as on AWS where ministack's evaluation differs from it."""

from collections.abc import Callable
from typing import Any

from local_cloud.authorization import context, encryption, glue, kinesis, logs
from local_cloud.replace import wrap

EVALUATOR = "ministack.core.iam_evaluator"
ACTIONS = "ministack.core.iam_actions"


def install() -> None:
    """Complete what ministack asks, and about what it asks, before it lets a request pass."""
    wrap(EVALUATOR, "_resolve_condition_key", loopback_is_secure, "take the loopback for a secure transport")
    wrap(ACTIONS, "extract_resource_arn", glue.name_the_resource, "name the Glue resource that a request is about")
    wrap(ACTIONS, "extract_resource_arn", kinesis.name_the_stream, "name the stream that an iterator is of")
    wrap(ACTIONS, "extract_resource_arn", logs.name_the_stream, "name the log stream that a request is about")
    wrap(ACTIONS, "request_tag_context", context.with_more_keys, "tell a policy which items and events a request is about")
    wrap(EVALUATOR, "enforce", enforce_all, "check every resource that a request touches")


def loopback_is_secure(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Plain http never leaves this machine; without this, every bucket that wants TLS would refuse every request."""

    def _resolve_condition_key(key: str, ctx: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else original(key, ctx)

    return _resolve_condition_key


def enforce_all(original: Callable[..., Any]) -> Callable[..., Any]:
    """Check what ministack checks, and then each further action and resource that AWS would check for the same request."""

    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        denied = original(access_key_id, iam_action, service, region, resource_arn, service_context)
        if denied:
            return denied
        further = [*glue.further_checks(service, iam_action, resource_arn), *encryption.further_checks(service, iam_action, resource_arn)]
        for check in further:
            denied = original(access_key_id, check.action, check.service, region, check.resource, service_context)
            if denied:
                return denied
        return None

    return enforce
