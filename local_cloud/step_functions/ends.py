"""How executions end: the metrics that tell of it, and the time that they may take at most."""

import json
import threading
from collections.abc import Callable
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.cloudwatch.metrics import record
from local_cloud.replace import borrow
from local_cloud.step_functions import logs
from local_cloud.step_functions.execution import MODULE

METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
EXPRESS_SECONDS = 300  # https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html

Record = dict[str, Any]

_machines = borrow(MODULE, "_state_machines", AccountRegionScopedDict, "know how long an execution may take")
_executions = borrow(MODULE, "_executions", AccountRegionScopedDict, "end an execution that takes too long")
_add_event = borrow(MODULE, "_add_event", ("execution", "event_type", "details"), "end an execution that takes too long")
_now = borrow(MODULE, "now_iso", (), "end an execution that takes too long")


def measured(original: Callable[[Record], None]) -> Callable[[Record], None]:
    """Wrap the event of a changed status: the metric of it goes along, and the log of one that is over."""

    def _emit_execution_status_event(execution: Record) -> None:
        record("AWS/States", METRICS[execution["status"]], {"StateMachineArn": execution["stateMachineArn"]})
        if execution["status"] != "RUNNING":
            logs.log(execution)
        original(execution)

    return _emit_execution_status_event


def within_its_time(announce: Callable[[Record], None]) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Return a wrapper that lets an execution run until its machine's time is over; `announce` tells that its status changed."""

    def around(original: Callable[[str], None]) -> Callable[[str], None]:
        def _run_execution(exec_arn: str) -> None:
            seconds = _longest(_executions[exec_arn]["stateMachineArn"])
            if seconds is None:
                original(exec_arn)
                return
            timer = threading.Timer(seconds, _time_out, (_executions[exec_arn], announce))
            timer.daemon = True
            timer.start()
            original(exec_arn)
            timer.cancel()

        return _run_execution

    return around


def _longest(machine_arn: str) -> float | None:
    machine = _machines.get(machine_arn) or {}
    own = json.loads(machine.get("definition", "{}")).get("TimeoutSeconds")
    return min(own or EXPRESS_SECONDS, EXPRESS_SECONDS) if machine.get("type") == "EXPRESS" else own


def _time_out(execution: Record, announce: Callable[[Record], None]) -> None:
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=_now())
    _add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    announce(execution)
