"""Where Lambda puts what a function writes: CloudWatch Logs, under the function's own role, and metrics that are embedded in it."""

import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.cloudwatch.metrics import record
from local_cloud.credentials import NotAssumableError
from local_cloud.functions.function import Function
from local_cloud.functions.process import Outcome
from local_cloud.functions.speakers import speaker

_BATCH = 1000
_logger = logging.getLogger(__name__)
_deliveries = ThreadPoolExecutor(max_workers=1, thread_name_prefix="function-logs")  # one, so that lines keep their order


def deliver(function: Function, stream: str, request_id: str, outcome: Outcome) -> None:
    """Write the log of an invocation soon; a failure is logged and changes nothing for the function, as on AWS."""
    _deliveries.submit(_try, function, stream, lines(function, request_id, outcome))


def finish() -> None:
    """Wait until all logs are written."""
    _deliveries.shutdown()


def lines(function: Function, request_id: str, outcome: Outcome) -> list[str]:
    """Return the log of an invocation with the lines that Lambda puts around it."""
    milliseconds = outcome.seconds * 1000
    size = function.configuration.get("MemorySize", 128)
    return [
        f"START RequestId: {request_id} Version: {function.configuration.get('Version', '$LATEST')}",
        *outcome.log,
        *([] if outcome.succeeded else [f"[ERROR] {outcome.body.decode()}"]),
        f"END RequestId: {request_id}",
        f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {milliseconds:.0f} ms\tMemory Size: {size} MB",
    ]


def _try(function: Function, stream: str, told: list[str]) -> None:
    try:
        _write(function, stream, told)
        for line in told:
            for metric in embedded(line):
                record(**metric)
    except (BotoCoreError, ClientError, NotAssumableError) as problem:
        _logger.warning("the log of %s is lost: %s", function.name, problem)
    except Exception:
        _logger.exception("the log of %s is lost", function.name)


def _write(function: Function, stream: str, told: list[str]) -> None:
    logs = speaker("logs", function)
    now = int(time.time() * 1000)
    for start in range(0, len(told), _BATCH):
        events = [{"timestamp": now, "message": line} for line in told[start : start + _BATCH]]
        given = {"logGroupName": function.log_group, "logStreamName": stream, "logEvents": events}
        try:
            logs.put_log_events(**given)
        except logs.exceptions.ResourceNotFoundException:  # the first of its process, or somebody deleted the group
            _make_stream(logs, function.log_group, stream)
            logs.put_log_events(**given)


def _make_stream(logs: Any, group: str, stream: str) -> None:
    try:
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceNotFoundException:
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def embedded(line: str) -> Iterator[dict[str, Any]]:
    """Yield the metrics in a line of a log: "Embedded metric format specification" in the CloudWatch user guide."""
    if '"_aws"' not in line:
        return
    try:
        found = json.loads(line)
        directives = found["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return  # a line like any other
    for directive in directives:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(found[name]) for name in names if name in found}
            for metric in directive["Metrics"]:
                values = found.get(metric["Name"], [])
                for value in values if isinstance(values, list) else [values]:
                    yield {"namespace": directive["Namespace"], "metric": metric["Name"], "dimensions": dimensions, "value": value}
