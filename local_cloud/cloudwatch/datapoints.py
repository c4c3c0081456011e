"""From the values of metrics to the datapoints of an alarm.

Values are as ministack keeps them: `Timestamp` in seconds, `Value`, seen `Count` times, or `_stat` with a statistic set; and `Unit`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_cloud.clock import Clock
from local_cloud.cloudwatch.expressions import evaluate

STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")

Alarm = Mapping[str, Any]
Values = Sequence[Mapping[str, Any]]
Read = Callable[[str, str, Mapping[str, str]], Values]
"""Gives the values of a metric: (namespace, name, dimensions); those of exactly these dimensions."""


@dataclass(frozen=True)
class Moment:
    """When an alarm is looked at.

    Attributes:
        now: seconds, as the values are dated.
        clock: by which periods pass.
        since: when it was looked at before: what came after that is part of the newest period, so that nothing is ever passed over.
    """

    now: float
    clock: Clock = field(default_factory=Clock)
    since: float | None = None

    def falls_into(self, dated: float, period: float, number: int) -> bool:
        """Whether a date is part of a period, 0 for the newest."""
        end = self.clock.time(self.now) - number * period
        begin = end - period
        if number == 0 and self.since is not None:
            begin = min(begin, self.clock.time(self.since))
        return begin < self.clock.time(dated) <= end


def datapoints(alarm: Alarm, read: Read, moment: Moment) -> list[float | None]:
    """Return one value per period of an alarm, in the words of PutMetricAlarm, the newest first; None where there was no data."""
    numbers = range(alarm["EvaluationPeriods"])
    if not alarm.get("Metrics"):
        statistic = {"Statistic": alarm["Statistic"], "Unit": alarm.get("Unit"), "Period": alarm["Period"]}
        return [_datapoint(_values(alarm, read), statistic, moment, number) for number in numbers]
    return [_calculated(alarm["Metrics"], read, moment, number) for number in numbers]


def statistic_of(values: Values, statistic: str) -> float | None:
    """Return a statistic of values, None where there are none."""
    parts = [part for part in map(_parts, values) if part["SampleCount"] > 0]
    if not parts:
        return None
    count, total = (sum(part[name] for part in parts) for name in ("SampleCount", "Sum"))
    found = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min(part["Minimum"] for part in parts),
        "Maximum": max(part["Maximum"] for part in parts),
    }
    return found[statistic]


def _calculated(queries: Sequence[Mapping[str, Any]], read: Read, moment: Moment, number: int) -> float | None:
    """Return what the one query comes to whose data is returned."""
    known: dict[str, float | None] = {}
    for query in (query for query in queries if "MetricStat" in query):
        of = query["MetricStat"]
        statistic = {"Statistic": of["Stat"], "Unit": of.get("Unit"), "Period": of["Period"]}
        known[query["Id"]] = _datapoint(_values(of["Metric"], read), statistic, moment, number)
    for query in (query for query in queries if "Expression" in query):
        known[query["Id"]] = evaluate(query["Expression"], known)
    (returned,) = [query["Id"] for query in queries if query.get("ReturnData", True)]
    return known[returned]


def _values(metric: Mapping[str, Any], read: Read) -> Values:
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions") or []}
    return read(metric["Namespace"], metric["MetricName"], dimensions)


def _datapoint(values: Values, statistic: Mapping[str, Any], moment: Moment, number: int) -> float | None:
    unit, period = statistic["Unit"], statistic["Period"]
    found = [value for value in values if unit in (None, value["Unit"]) and moment.falls_into(value["Timestamp"], period, number)]
    return statistic_of(found, statistic["Statistic"])


def _parts(value: Mapping[str, Any]) -> dict[str, float]:
    if known := value.get("_stat"):
        return {name: float(known.get(name, 0)) for name in ("SampleCount", "Sum", "Minimum", "Maximum")}
    count = float(value.get("Count", 1))
    return {"SampleCount": count, "Sum": value["Value"] * count, "Minimum": value["Value"], "Maximum": value["Value"]}
