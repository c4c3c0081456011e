"""The alarms of the machines that look after executions which ended badly, and of those that find what does not run; rows of the catalogue."""

from collections.abc import Iterator

from aws_cdk.aws_cloudwatch import ComparisonOperator, TreatMissingData

from lake_constructs.alarm_catalogue import HOUR, STATES
from lake_constructs.alarms import Alarm, Urgency

ENDS = {"failed": "ExecutionsFailed", "timed-out": "ExecutionsTimedOut"}  # nobody can stop an execution of an Express machine


def aftercare_alarms(before: str = "") -> Iterator[Alarm]:
    """Yield the alarms; `before` stands before the names of the machines, as `load-`."""
    part = before.replace("-", "_")
    for end, metric in ENDS.items():
        yield Alarm(
            name=f"{before}ended-{end}",
            fault="ended",
            namespace=STATES,
            metric=metric,
            dimensions={"StateMachineArn": f"{{{part}ended}}"},
            period_seconds=HOUR,
            urgency=Urgency.TODAY,
            runbook="ended-failed",
            meaning="An execution ended badly, and what it left behind may not be in order: its failure recorded and told, its lease handed on.",
        )
        yield Alarm(
            name=f"{before}sweep-{end}",
            fault="sweep",
            namespace=STATES,
            metric=metric,
            dimensions={"StateMachineArn": f"{{{part}sweep}}"},
            period_seconds=HOUR,
            urgency=Urgency.TODAY,
            runbook="sweep-failed",
            meaning="The sweep could not look at every dataset; what was forgotten of one may stay so.",
        )
    yield Alarm(
        name=f"{before}sweep-silent",
        fault="sweep",
        namespace=STATES,
        metric="ExecutionsStarted",
        dimensions={"StateMachineArn": f"{{{part}sweep}}"},
        period_seconds=HOUR,
        comparison=ComparisonOperator.LESS_THAN_THRESHOLD,
        missing=TreatMissingData.BREACHING,  # a machine that nobody starts sends nothing
        urgency=Urgency.TODAY,
        runbook="sweep-silent",
        meaning="For an hour nobody started the sweep; what no event brings about is not found.",
    )
