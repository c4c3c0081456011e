"""What the datapoints of an alarm come to.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. AWS also looks at a few datapoints before those that the alarm
names, and so leaves a state later than it says; here the alarm's own periods decide.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local_cloud.cloudwatch.datapoints import Alarm, Moment, Read, datapoints

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
MISSING = ("missing", "ignore", "breaching", "notBreaching")


@dataclass(frozen=True)
class Condition:
    """When an alarm begins.

    Attributes:
        comparison: one of `COMPARISONS`.
        datapoints: that must break the threshold.
        missing: one of `MISSING`: what a period without data counts as.
    """

    comparison: str
    threshold: float
    datapoints: int
    missing: str


@dataclass(frozen=True)
class Found:
    """What an alarm's datapoints came to.

    Attributes:
        state: None where the alarm stays as it is.
        reason: as its history tells it.
    """

    state: str | None
    reason: str


def look(alarm: Alarm, read: Read, moment: Moment) -> Found:
    """Return what an alarm, in the words of PutMetricAlarm, has to be now."""
    values = datapoints(alarm, read, moment)
    condition = Condition(
        comparison=alarm["ComparisonOperator"],
        threshold=alarm["Threshold"],
        datapoints=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        missing=alarm.get("TreatMissingData") or "missing",
    )
    shown = ", ".join("no data" if value is None else f"{value:g}" for value in values)
    what = "expression" if alarm.get("Metrics") else alarm["Statistic"]
    reason = f"{what} of the last {len(values)} periods, newest first: {shown}; {condition.comparison} {condition.threshold:g}"
    return Found(state(values, condition), reason)


def state(values: Sequence[float | None], condition: Condition) -> str | None:
    """Return the state that datapoints mean, None where it stays as it is.

    Args:
        values: one per period; None where there was no data.
    """
    broken = [COMPARISONS[condition.comparison](value, condition.threshold) for value in values if value is not None]
    lacking = len(values) - len(broken)
    match condition.missing:
        case "breaching":
            broken += [True] * lacking
        case "notBreaching":
            broken += [False] * lacking
        case "ignore" if not broken:
            return None
        case _ if not broken:
            return INSUFFICIENT_DATA
    return ALARM if sum(broken) >= min(condition.datapoints, len(broken)) else OK
