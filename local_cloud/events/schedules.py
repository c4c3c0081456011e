"""EventBridge Scheduler: schedules that start state machines or invoke functions; any other target, and what would not be in effect, is refused by name."""

from collections.abc import Callable
from typing import Any

from local_cloud.replace import borrow

MODULE = "ministack.services.scheduler"
TARGET_MEMBERS = {"Arn", "RoleArn", "Input", "RetryPolicy"}

_error = borrow(MODULE, "_error", ("status", "code", "message"), "answer with an error")


def unsupported(schedule: dict[str, Any]) -> list[str]:
    """Return what of a schedule is not in the local cloud."""
    target = schedule.get("Target") or {}
    problems = [f"{member} of a schedule's target" for member in sorted(target.keys() - TARGET_MEMBERS)]
    if target.get("Arn", "").split(":")[2:3] not in (["states"], ["lambda"]):
        problems.append(f"the target {target.get('Arn')} of a schedule; it has state machines and functions")
    if schedule.get("ScheduleExpressionTimezone", "UTC") not in ("UTC", "Etc/UTC"):
        problems.append(f"the time zone {schedule['ScheduleExpressionTimezone']} of a schedule; it has UTC")
    if (schedule.get("FlexibleTimeWindow") or {}).get("Mode") != "OFF":
        problems.append("a flexible time window; it has OFF")
    return problems


def checked(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the creation or the update of a schedule."""

    def change(name: str, body: dict[str, Any]) -> Any:
        problems = unsupported(body)
        return _error(400, "ValidationException", f"not in the local cloud: {'; '.join(problems)}") if problems else original(name, body)

    return change
