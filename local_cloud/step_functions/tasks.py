"""What the resource of a task stands for."""

from collections.abc import Callable
from typing import Any

from local_cloud.step_functions import glue, services
from local_cloud.step_functions.errors import TaskError
from local_cloud.step_functions.execution import Execution, current
from local_cloud.step_functions.services import SDK, Arguments

PREFIX = "arn:aws:states:::"

INTEGRATIONS: dict[str, Callable[[Execution, Arguments], Any]] = {
    "glue:startJobRun": glue.start_job_run,
    "glue:startJobRun.sync": glue.start_job_run_and_wait,
    "events:putEvents": services.put_events,
    "sns:publish": services.publish,
    "sqs:sendMessage": services.send_message,
    **{f"dynamodb:{action}": services.of_dynamodb(action) for action in ("getItem", "putItem", "updateItem", "deleteItem")},
}


def invoke(resource: str, arguments: Any) -> Any:
    """Run a task for the current execution and return its result.

    Raises:
        TaskError: the resource is not in the local cloud, or the task failed.
    """
    execution, name = current.get(), resource.removeprefix(PREFIX)
    given: Arguments = arguments or {}
    match name.split(":"):
        case ["aws-sdk", service, action] if service.lower() in SDK:
            return services.call(execution, SDK[service.lower()], action, given)
        case _ if name in INTEGRATIONS:
            return INTEGRATIONS[name](execution, given)
        case _:
            known = [*sorted(INTEGRATIONS), *(f"aws-sdk:{service}:..." for service in sorted(SDK))]
            raise TaskError("States.Runtime", f"{resource} is not in the local cloud; it has {', '.join(known)}")
