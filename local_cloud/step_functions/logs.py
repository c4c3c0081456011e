"""What a state machine writes to its log: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html.

Of an execution, its beginning, its failures and its end, when it is over: all that it does would fill this machine's memory with every schedule.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.glue.logs import deliver
from local_cloud.replace import borrow
from local_cloud.step_functions.execution import MODULE

FAILED = ("Failed", "TimedOut", "Aborted")
# level of a log -> what of an execution it has
LEVELS = {"ALL": ("ExecutionStarted", "ExecutionSucceeded", *FAILED), "ERROR": FAILED, "FATAL": tuple(f"Execution{end}" for end in FAILED)}

_machines = borrow(MODULE, "_state_machines", AccountRegionScopedDict, "know where a machine logs to")
_deliveries = ThreadPoolExecutor(max_workers=1, thread_name_prefix="machine-logs")  # one, so that lines keep their order


def log(execution: dict[str, Any]) -> None:
    """Write the log of an execution that is over, soon."""
    wanted = (_machines.get(execution["stateMachineArn"]) or {}).get("loggingConfiguration") or {}
    told = list(lines(execution, LEVELS.get(wanted.get("level", "OFF"), ())))
    for group in groups(wanted) if told else []:
        stream = f"states/{execution['stateMachineArn'].rpartition(':')[2]}/{execution['stopDate'][:10]}"
        _deliveries.submit(deliver, group, stream, told)


def groups(wanted: dict[str, Any]) -> list[str]:
    """Return the names of the log groups of a logging configuration."""
    arns = [one.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "") for one in wanted.get("destinations", [])]
    return [arn.partition(":log-group:")[2].removesuffix(":*") for arn in arns if arn]


def lines(execution: dict[str, Any], kinds: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of an execution, one for each event of these kinds."""
    for event in execution["events"]:
        if event["type"].endswith(kinds):
            details: Any = next((value for name, value in event.items() if name.endswith("EventDetails")), {})
            yield json.dumps(
                {
                    "id": str(event["id"]),
                    "type": event["type"],
                    "details": details,
                    "previous_event_id": str(event["id"] - 1),
                    "event_timestamp": str(round(datetime.fromisoformat(event["timestamp"]).timestamp() * 1000)),
                    "execution_arn": execution["executionArn"],
                    "redrive_count": "0",
                }
            )
