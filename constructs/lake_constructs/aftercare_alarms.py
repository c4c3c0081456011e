"""The alarms of the machines that look after executions which ended badly, and of those that find what does not run; rows of the catalogue."""

from collections.abc import Iterator

from lake_constructs.alarm_catalogue import STATES
from lake_constructs.alarms import Alarm, Urgency


def aftercare_alarms(before: str = "") -> Iterator[Alarm]:
    """Yield the alarms; `before` stands before the names of the machines, as `load-`."""
    part = before.replace("-", "_")
    yield Alarm(
        name=f"{before}ended-failed",
        namespace=STATES,
        metric="ExecutionsFailed",
        dimensions={"StateMachineArn": f"{{{part}ended}}"},
        urgency=Urgency.TODAY,
        runbook="ended-failed",
        meaning="An execution ended badly, and what it left behind may not be in order: its failure recorded and told, its lease handed on.",
    )
    yield Alarm(
        name=f"{before}sweep-failed",
        namespace=STATES,
        metric="ExecutionsFailed",
        dimensions={"StateMachineArn": f"{{{part}sweep}}"},
        urgency=Urgency.TODAY,
        runbook="sweep-failed",
        meaning="The sweep could not look at every dataset; what was forgotten of one may stay so.",
    )
