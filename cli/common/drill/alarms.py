"""The alarms of a lake as a drill sees them: what they watch, who tells of them, and what became of them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.common.session import Lake

CHILD = re.compile(r'ALARM\("?([^")]+)"?\)')


@dataclass(frozen=True)
class Alarm:
    """An alarm on a metric.

    Attributes:
        name: without the lake's.
        definition: as DescribeAlarms gives it.
        tellers: names of the alarms that tell somebody when it begins: its own, or that of the one over it; or the one that keeps this one quiet, by
            telling in its place.
    """

    name: str
    definition: Mapping[str, Any]
    tellers: Sequence[str]

    @property
    def metric(self) -> tuple[str, str]:
        return self.definition["Namespace"], self.definition["MetricName"]

    @property
    def about(self) -> str:
        """What the first of its dimensions names."""
        return str(next((dimension["Value"] for dimension in self.definition.get("Dimensions", [])), ""))

    @property
    def begins_by_silence(self) -> bool:
        return self.definition.get("TreatMissingData") == "breaching"

    def value(self, *, bad: bool) -> float:
        """Return a value that breaks the threshold, or one that does not."""
        threshold, below = float(self.definition["Threshold"]), str(self.definition["ComparisonOperator"]).startswith("LessThan")
        return threshold + 1 if bad != below else threshold / 2 - 1 if not below else threshold - 1


def alarms(lake: Lake) -> list[Alarm]:
    """Return all alarms of a lake on metrics."""
    prefix = f"{lake.settings.name}-"
    pages = [
        *lake.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    ]
    over = [(CHILD.findall(one["AlarmRule"]), one) for page in pages for one in page["CompositeAlarms"]]
    every = {one["AlarmName"]: one for page in pages for one in (*page["MetricAlarms"], *page["CompositeAlarms"])}
    return [
        Alarm(name.removeprefix(prefix), one, _telling(every, one, [above for names, above in over if name in names]))
        for name, one in every.items()
        if "AlarmRule" not in one
    ]


def composites(lake: Lake) -> dict[str, list[str]]:
    """Return the alarms under each composite alarm, all by their names without the lake's."""
    prefix = f"{lake.settings.name}-"
    pages = lake.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, AlarmTypes=["CompositeAlarm"])
    return {
        one["AlarmName"].removeprefix(prefix): [name.removeprefix(prefix) for name in CHILD.findall(one["AlarmRule"])]
        for page in pages
        for one in page["CompositeAlarms"]
    }


def states(lake: Lake) -> dict[str, str]:
    """Return the state of each alarm on a metric by its name without the lake's."""
    return {alarm.name: alarm.definition["StateValue"] for alarm in alarms(lake)}


def put(lake: Lake, alarm: Alarm, *, bad: bool) -> None:
    """Send a value to the metric of an alarm."""
    namespace, metric = alarm.metric
    datum = {"MetricName": metric, "Dimensions": alarm.definition.get("Dimensions", []), "Value": alarm.value(bad=bad)}
    lake.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])


@dataclass(frozen=True)
class History:
    """What alarms became since the drill began.

    Attributes:
        before: how many changes there were in the same second already, by alarm.
    """

    lake: Lake
    since: datetime
    before: Mapping[str, int]

    @classmethod
    def begin(cls, lake: Lake) -> "History":
        now = datetime.now(UTC).replace(microsecond=0)
        return cls(lake, now, {name: len(found) for name, found in cls(lake, now, {}).changes().items()})

    def changes(self) -> dict[str, list[str]]:
        """Return the states that each alarm went into, the oldest first."""
        pages = self.lake.cloudwatch.get_paginator("describe_alarm_history").paginate(
            HistoryItemType="StateUpdate", StartDate=self.since, ScanBy="TimestampAscending", PaginationConfig={"PageSize": 100}
        )
        prefix = f"{self.lake.settings.name}-"
        found: dict[str, list[str]] = {}
        for item in (item for page in pages for item in page["AlarmHistoryItems"]):
            state = json.loads(item["HistoryData"])["newState"]["stateValue"]
            found.setdefault(item["AlarmName"].removeprefix(prefix), []).append(state)
        return {name: listed[self.before.get(name, 0) :] for name, listed in found.items()}


def _telling(every: Mapping[str, Mapping[str, Any]], alarm: Mapping[str, Any], over: Sequence[Mapping[str, Any]]) -> list[str]:
    quieting = [one["ActionsSuppressor"].rpartition(":alarm:")[2] for one in over if one.get("ActionsSuppressor")]
    candidates = [alarm, *over, *(every[name] for name in quieting if name in every)]
    return [one["AlarmName"] for one in candidates if one.get("AlarmActions") and one.get("ActionsEnabled", True)]
