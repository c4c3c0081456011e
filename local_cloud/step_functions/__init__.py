"""Step Functions: tasks call the services of the local cloud under the role of their state machine."""

import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace as with_changes
from typing import Any

from local_cloud.replace import borrow, replace, wrap
from local_cloud.step_functions import ends
from local_cloud.step_functions.execution import MODULE, Execution, current
from local_cloud.step_functions.tasks import invoke


def install() -> None:
    """Run tasks our way, let an execution that was aborted stay so, and end one that takes too long."""
    wrap(MODULE, "_execute_task", _for_its_execution, "know for which execution a task runs")
    replace(MODULE, "_invoke_resource", _invoke_resource, "run tasks")
    wrap(MODULE, "_invoke_resource_with_timeout", _with_deadline, "stop a job whose task times out")
    wrap(MODULE, "_emit_execution_status_event", ends.measured, "send metrics of executions")
    announce = borrow(MODULE, "_emit_execution_status_event", ("execution",), "tell that an execution timed out")
    wrap(MODULE, "_run_execution", ends.within_its_time(announce), "end an execution that takes too long")
    wrap(MODULE, "_fail_execution", _only_while_running, "let an aborted execution stay aborted")


def _for_its_execution(original: Callable[..., Any]) -> Callable[..., Any]:
    def _execute_task(state_def: Any, raw_input: Any, execution: dict[str, Any], ctx: Any) -> Any:
        context = copy_context()  # branches of a Map share a thread
        context.run(current.set, Execution(execution))
        return context.run(original, state_def, raw_input, execution, ctx)

    return _execute_task


def _invoke_resource(resource: str, input_data: Any) -> Any:
    return invoke(resource, input_data)


def _with_deadline(original: Callable[..., Any]) -> Callable[..., Any]:
    def _invoke_resource_with_timeout(resource: str, input_data: Any, timeout: float) -> Any:
        if not resource.endswith(".sync"):
            return original(resource, input_data, timeout)
        # It looks at the deadline itself, and stops what it waits for.
        context = copy_context()
        context.run(current.set, with_changes(current.get(), deadline=time.monotonic() + timeout))
        return context.run(invoke, resource, input_data)

    return _invoke_resource_with_timeout


def _only_while_running(original: Callable[..., None]) -> Callable[..., None]:
    def _fail_execution(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            original(execution, error, cause)

    return _fail_execution
