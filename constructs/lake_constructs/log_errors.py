"""Error lines in logs: what counts them, and the alarms on what was counted.

Each log group of a machine, a function or the jobs of a domain has a filter, which sends a metric of the part that writes there. Such a metric has no
dimensions, since a filter takes them from the line alone, and so has the name of the part. It is sent, and paid, in hours with such a line only.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from aws_cdk import aws_logs as logs

from lake_constructs.alarm_catalogue import HOUR
from lake_constructs.alarms import Alarm, Urgency

NAMESPACE = "Lake/LogErrors"


class ErrorLine(StrEnum):
    """What an error line of a kind of part looks like, as a filter pattern."""

    # a task that fails and is not repeated with success ends its execution so: tests/edges shows it of each
    MACHINE = '{ ($.type = "ExecutionFailed") || ($.type = "ExecutionTimedOut") || ($.type = "ExecutionAborted") }'
    # of the runtime, of Powertools and of whoever ends it
    FUNCTION = '?ERROR ?"Task timed out" ?"Runtime exited"'
    # of Spark, and of Python
    JOB = '?ERROR ?"Traceback (most recent call last)"'


def count_errors(group: logs.LogGroup, part: str, line: ErrorLine) -> None:
    """Let the error lines of a log group be counted.

    Args:
        part: literal name of what writes there, as `lake-intake`; the metric has it.
    """
    logs.CfnMetricFilter(
        group,
        "Errors",
        log_group_name=group.log_group_name,
        filter_pattern=line.value,
        metric_transformations=[
            logs.CfnMetricFilter.MetricTransformationProperty(metric_name=part, metric_namespace=NAMESPACE, metric_value="1", unit="Count")
        ],
    )


def log_alarm(lake: str, part: str, fault: str | None) -> Alarm:
    """Return the alarm on the error lines of a part.

    Args:
        part: behind the name of the lake.
        fault: that the part's own alarms are of: what they tell of stands in the log too, and is told once.
    """
    return Alarm(
        name=f"log-errors-{part}",
        fault=fault,
        namespace=NAMESPACE,
        metric=f"{lake}-{part}",
        dimensions={},
        period_seconds=HOUR,
        urgency=Urgency.TODAY,
        runbook="log-errors",
        meaning=f"The log of {part} has lines of errors.",
    )


JOBS = "jobs"
"""The part that all jobs are."""
FAULTS = {JOBS: "refreshes", "refresh": "refreshes", "intake": "intake", "ended": "ended", "sweep": "sweep"}
"""Part of each lake -> the fault of its alarms. A machine that measures has none: where it fails, what it measures is missing, which is an alarm."""
LOAD_FAULTS = {"load": "loads", "load-request": "load-requests", "load-ended": "ended", "load-sweep": "sweep"}
"""The same of a lake with copies in a warehouse."""


def log_alarms(lake: str, faults: Mapping[str, str | None]) -> Iterator[Alarm]:
    """Yield the alarm of each part; `faults` is part -> its fault."""
    return (log_alarm(lake, part, fault) for part, fault in faults.items())
