"""Alarms as data, and the one place that makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

RUNBOOK = "docs/runbook.md"
FAULTS_SECTION = "one-fault-several-alarms"
WAIT_SECONDS, EXTENSION_SECONDS = 120, 300
MOST_CHILDREN = 100  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html


class Urgency(StrEnum):
    """How soon somebody must look."""

    NOW = "now"  # data is lost, or readers have data older than promised
    TODAY = "today"  # the lake goes on, or mends itself


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm.

    Attributes:
        name: behind the name of the lake.
        dimensions: of the metric; a value may hold `{part}`, which `about` fills.
        period_seconds: over which one datapoint is made.
        datapoints: that must break the threshold.
        periods: among which they are counted.
        comparison: of a datapoint with the threshold that means alarm.
        missing: what a period without data counts as.
        urgency: how soon somebody must look.
        runbook: the section of the runbook.
        meaning: one sentence for whoever gets the message.
        fault: what the alarms of one fault have in common; one message tells of all of them. None for one that is a fault by itself.
        unless: name of the alarm that has told of the cause already: while it is on, the fault is on and tells nobody; the same for all of a fault.
    """

    name: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    urgency: Urgency
    runbook: str
    meaning: str
    statistic: str = "Sum"
    period_seconds: int = 300
    datapoints: int = 1
    periods: int = 1
    threshold: float = 1
    comparison: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING
    fault: str | None = None
    unless: str | None = None

    def about(self, parts: Mapping[str, str]) -> "Alarm":
        """Return the alarm with its dimensions filled."""
        return replace(self, dimensions={name: value.format_map(parts) for name, value in self.dimensions.items()})

    def of_metric(self) -> cloudwatch.Metric:
        """Return the metric that it watches."""
        return cloudwatch.Metric(
            namespace=self.namespace,
            metric_name=self.metric,
            dimensions_map=dict(self.dimensions),
            statistic=self.statistic,
            period=_seconds(self.period_seconds),
        )


@lru_cache
def _seconds(number: int) -> Duration:
    return Duration.seconds(number)


class AlarmSet(Construct):
    """Alarms of which each fault tells a topic once when it begins and once when it is over.

    An alarm that shares its fault with others is told of by a composite alarm, which is in alarm while any of them is; so is one that another
    may keep quiet, which only composite alarms can be.
    """

    def __init__(self, scope: Construct, construct_id: str, *, lake: str, topic: sns.ITopic, alarms: Sequence[Alarm]) -> None:
        super().__init__(scope, construct_id)
        self._lake, self._tell = lake, actions.SnsAction(topic)
        self.alarms = {alarm.name: self._alarm(alarm) for alarm in alarms}
        for name, members in by_fault(alarms).items():
            alone = len(members) == 1 and members[0].unless is None
            self._act(self.alarms[members[0].name] if alone else self._composite(name, members))

    def _alarm(self, alarm: Alarm) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            alarm.name,
            alarm_name=f"{self._lake}-{alarm.name}",
            alarm_description=f"Look {alarm.urgency}: {alarm.meaning} What to do: {RUNBOOK}#{alarm.runbook}",
            metric=alarm.of_metric(),
            threshold=alarm.threshold,
            comparison_operator=alarm.comparison,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.datapoints,
            treat_missing_data=alarm.missing,
        )

    def _composite(self, fault: str, members: Sequence[Alarm]) -> cloudwatch.CompositeAlarm:
        urgency = Urgency.NOW if any(member.urgency is Urgency.NOW for member in members) else Urgency.TODAY
        made = cloudwatch.CompositeAlarm(
            self,
            f"fault-{fault}",
            composite_alarm_name=f"{self._lake}-fault-{fault}",
            alarm_description=f"Look {urgency}: {_of(members)} What to do: {RUNBOOK}#{FAULTS_SECTION}",
            # by name: a hundred ARNs may be longer than a rule
            alarm_rule=cloudwatch.AlarmRule.from_string(" OR ".join(f'ALARM("{self._lake}-{member.name}")' for member in members)),
            **self._quiet(members[0].unless),
        )
        made.node.add_dependency(*(self.alarms[member.name] for member in members))
        return made

    def _quiet(self, unless: str | None) -> dict[str, Any]:
        """Return what keeps a composite alarm quiet while another alarm is on.

        Both may begin, and be over, by the same data, and CloudWatch looks at each alarm once a minute: so it waits for the other to begin, and goes
        on to be quiet for a while once that is over. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
        """
        if unless is None:
            return {}
        return {
            "actions_suppressor": self.alarms[unless],
            "actions_suppressor_wait_period": _seconds(WAIT_SECONDS),
            "actions_suppressor_extension_period": _seconds(EXTENSION_SECONDS),
        }

    def _act(self, alarm: cloudwatch.AlarmBase) -> None:
        alarm.add_alarm_action(self._tell)
        alarm.add_ok_action(self._tell)


def _of(members: Sequence[Alarm]) -> str:
    if len(members) == 1:
        return members[0].meaning
    return f"at least one of {len(members)} alarms that have one cause as a rule."


def by_fault(alarms: Sequence[Alarm]) -> dict[str, list[Alarm]]:
    """Return fault -> its alarms, in parts where there are more than a composite alarm takes."""
    whole: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        whole.setdefault(alarm.fault or alarm.name, []).append(alarm)
    return {
        name if start == 0 else f"{name}-{start // MOST_CHILDREN + 1}": members[start : start + MOST_CHILDREN]
        for name, members in whole.items()
        for start in range(0, len(members), MOST_CHILDREN)
    }
