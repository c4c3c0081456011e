"""Alarms as data, and the one place that makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

RUNBOOK = "docs/runbook.md"


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
    """Alarms that tell a topic when they begin and when they are over."""

    def __init__(self, scope: Construct, construct_id: str, *, lake: str, topic: sns.ITopic, alarms: Sequence[Alarm]) -> None:
        super().__init__(scope, construct_id)
        tell = actions.SnsAction(topic)
        self.alarms = {alarm.name: self._alarm(lake, alarm) for alarm in alarms}
        for made in self.alarms.values():
            made.add_alarm_action(tell)
            made.add_ok_action(tell)

    def _alarm(self, lake: str, alarm: Alarm) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            alarm.name,
            alarm_name=f"{lake}-{alarm.name}",
            alarm_description=f"Look {alarm.urgency}: {alarm.meaning} What to do: {RUNBOOK}#{alarm.runbook}",
            metric=alarm.of_metric(),
            threshold=alarm.threshold,
            comparison_operator=alarm.comparison,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.datapoints,
            treat_missing_data=alarm.missing,
        )
