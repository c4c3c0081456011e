"""IAM as on AWS where ministack's evaluation differs from it."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from local_cloud.authorization import context, encryption, glue, kinesis, logs
from local_cloud.authorization.check import Check
from local_cloud.replace import wrap

EVALUATOR = "ministack.core.iam_evaluator"
ACTIONS = "ministack.core.iam_actions"
_denied: ContextVar[Check | None] = ContextVar("denied", default=None)
"""What was denied to the request at hand, if it is not what the request itself asks for."""


def install() -> None:
    """Complete what ministack asks, and about what it asks, before it lets a request pass."""
    wrap(EVALUATOR, "_resolve_condition_key", loopback_is_secure, "take the loopback for a secure transport")
    wrap(ACTIONS, "extract_resource_arn", glue.name_the_resource, "name the Glue resource that a request is about")
    wrap(ACTIONS, "extract_resource_arn", kinesis.name_the_stream, "name the stream that an iterator is of")
    wrap(ACTIONS, "extract_resource_arn", logs.name_the_stream, "name the log stream that a request is about")
    wrap(ACTIONS, "request_tag_context", context.with_more_keys, "tell a policy which items and events a request is about")
    wrap(EVALUATOR, "enforce", enforce_all, "check every resource that a request touches")
    wrap(ACTIONS, "access_denied_response", naming_what_was_denied, "name the action that is missing")


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
        _denied.set(None)
        denied = original(access_key_id, iam_action, service, region, resource_arn, service_context)
        if denied:
            return denied
        further = [*glue.further_checks(service, iam_action, resource_arn), *encryption.further_checks(service, iam_action, resource_arn)]
        checks = [(check, service_context) for check in further]
        if role := (service_context or {}).get(context.PASSED_ROLE):
            checks.append((Check("iam", "iam:PassRole", role), {"iam:passedtoservice": f"{service}.amazonaws.com"}))
        for check, keys in checks:
            denied = original(access_key_id, check.action, check.service, region, check.resource, keys)
            if denied:
                _denied.set(check)
                return denied
        return None

    return enforce


def naming_what_was_denied(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the answer to a request that was denied: it names what the caller lacks, which may be more than what was asked for."""

    def access_denied_response(
        service: str,
        action: str,
        principal_arn: str,
        request_id: str,
        *,
        error_code: str = "",
        message: str = "",
        headers: dict[str, str] | None = None,
        resource_arn: str = "*",
        explicit_deny: bool = False,
        resource_policy_arn: str = "",
    ) -> Any:
        check = None if error_code else _denied.get()
        if check and not message:
            reason = f"because no policy allows the {check.action} action"
            message = f"User: {principal_arn} is not authorized to perform: {check.action} on resource: {check.resource} {reason}"
        return original(
            service,
            action,
            principal_arn,
            request_id,
            error_code=error_code,
            message=message,
            headers=headers,
            resource_arn=resource_arn,
            explicit_deny=explicit_deny,
            resource_policy_arn=resource_policy_arn,
        )

    return access_denied_response
