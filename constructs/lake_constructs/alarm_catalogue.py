"""Every alarm of the lake.

Metrics and dimensions: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html (rules on the default bus have RuleName alone) and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html.
These services send nothing where nothing happened, so missing data is no alarm, but for what somebody has to measure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from aws_cdk.aws_cloudwatch import ComparisonOperator, TreatMissingData

from lake_constructs.alarms import Alarm, Urgency
from lake_constructs.machines import upkeep
from lake_constructs.machines.freshness import MEASURED, METRIC, NAMESPACE, dimensions

PARTS = ("refresh", "intake", "arrived", "refreshed", "job_failed", "cut_off", "undelivered", "alarms_undelivered")
"""What the alarms are about: ARNs of machines, names of rules and queues."""

STATES = "AWS/States"
EVENTS = "AWS/Events"
QUEUES = "AWS/SQS"
REFRESH = {"StateMachineArn": "{refresh}"}
INTAKE = {"StateMachineArn": "{intake}"}
HOUR = 3600
"""Over which failures are counted that come again while their fault lasts, with the next event or the next sweep: counted by minutes, each would tell anew."""

CATALOGUE: tuple[Alarm, ...] = (
    Alarm(
        name="refresh-failed",
        period_seconds=HOUR,
        fault="refreshes",
        namespace=STATES,
        metric="ExecutionsFailed",
        dimensions=REFRESH,
        urgency=Urgency.TODAY,
        runbook="refresh-failed",
        meaning="A refresh failed; readers still have the last good version.",
    ),
    Alarm(
        name="refresh-timed-out",
        fault="refreshes",
        namespace=STATES,
        metric="ExecutionsTimedOut",
        dimensions=REFRESH,
        urgency=Urgency.NOW,
        runbook="refresh-ended-from-outside",
        meaning="A refresh ran out of time; it could not hand its lease on.",
    ),
    Alarm(
        name="refresh-aborted",
        fault="refreshes",
        namespace=STATES,
        metric="ExecutionsAborted",
        dimensions=REFRESH,
        urgency=Urgency.TODAY,
        runbook="refresh-ended-from-outside",
        meaning="Somebody stopped a refresh; it could not hand its lease on.",
    ),
    Alarm(
        name="intake-failed",
        period_seconds=HOUR,
        fault="intake",
        namespace=STATES,
        metric="ExecutionsFailed",
        dimensions=INTAKE,
        urgency=Urgency.NOW,
        runbook="intake-failed",
        meaning="An object that arrived may not be in the ledger.",
    ),
    Alarm(
        name="intake-timed-out",
        fault="intake",
        namespace=STATES,
        metric="ExecutionsTimedOut",
        dimensions=INTAKE,
        urgency=Urgency.NOW,
        runbook="intake-failed",
        meaning="Intake took longer than the five minutes that it has; an object that arrived may not be in the ledger.",
    ),
    Alarm(
        name="undelivered-events",
        fault="events",
        namespace=QUEUES,
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": "{undelivered}"},
        statistic="Maximum",
        urgency=Urgency.NOW,
        runbook="undelivered-events",
        meaning="Events that did not reach intake wait in the queue.",
    ),
    Alarm(
        name="undelivered-alarms",
        namespace=QUEUES,
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": "{alarms_undelivered}"},
        statistic="Maximum",
        urgency=Urgency.TODAY,
        runbook="undelivered-alarms",
        meaning="Messages of the monitoring itself did not reach their target.",
    ),
    *(
        Alarm(
            name=f"{rule}-not-delivered",
            fault="events",
            namespace=EVENTS,
            metric="FailedInvocations",
            dimensions={"RuleName": f"{{{rule}}}"},
            urgency=Urgency.NOW,
            runbook="events-not-delivered",
            meaning=f"The rule {rule} could not start intake.",
        )
        for rule in ("arrived", "refreshed")
    ),
    *(
        Alarm(
            name=f"{rule}-lost",
            fault="events",
            namespace=EVENTS,
            metric="InvocationsFailedToBeSentToDlq",
            dimensions={"RuleName": f"{{{rule}}}"},
            urgency=Urgency.NOW,
            runbook="events-lost",
            meaning=f"An event of the rule {rule} reached neither intake nor the queue of undelivered events.",
        )
        for rule in ("arrived", "refreshed")
    ),
    Alarm(
        name="job-failed",
        period_seconds=HOUR,
        fault="refreshes",
        namespace=EVENTS,
        metric="Invocations",
        dimensions={"RuleName": "{job_failed}"},
        urgency=Urgency.TODAY,
        runbook="job-failed",
        meaning="A run of a Glue job failed or timed out; its refresh may have tried again.",
    ),
    Alarm(
        name="query-cut-off",
        namespace=EVENTS,
        metric="Invocations",
        dimensions={"RuleName": "{cut_off}"},
        urgency=Urgency.TODAY,
        runbook="query-cut-off",
        meaning="A query was cancelled: by Athena, because it would have read more than a query may, or by whoever asked it.",
    ),
)


SILENT = "freshness-silent"
"""Tells in the place of all ages, which nobody knows then; a dataset of which alone nobody knows has its own alarm."""


def catalogue(
    lake: str, parts: Mapping[str, str], freshness_hours: Mapping[str, int], inputs: Mapping[str, Sequence[str]]
) -> Iterator[Alarm]:
    """Yield every alarm that each lake has.

    Args:
        parts: what each of `PARTS` is called.
        freshness_hours: dataset -> the greatest age that its contract allows.
        inputs: dataset -> the datasets that it is made of.
    """
    for alarm in CATALOGUE:
        yield alarm.about(parts)
    yield Alarm(
        name="upkeep-failed",
        namespace=upkeep.NAMESPACE,
        metric=upkeep.METRIC,
        dimensions={"Lake": lake},
        statistic="Maximum",
        period_seconds=HOUR,
        missing=TreatMissingData.BREACHING,
        urgency=Urgency.TODAY,
        runbook="upkeep-failed",
        meaning="An optimizer of a table failed, is off or is gone, or nobody looked for an hour.",
    )
    if freshness_hours:
        yield _silence(lake)
    faults = late_together(freshness_hours, inputs)
    for dataset, hours in freshness_hours.items():
        yield Alarm(
            name=f"age-{dataset}",
            namespace=NAMESPACE,
            metric=METRIC,
            dimensions=dimensions(lake, dataset),
            statistic="Minimum",  # all of an hour's measurements are too old; the first young one ends the alarm
            period_seconds=HOUR,
            threshold=hours,
            comparison=ComparisonOperator.GREATER_THAN_THRESHOLD,
            missing=TreatMissingData.BREACHING,
            urgency=Urgency.NOW,
            runbook="dataset-too-old",
            meaning=f"{dataset} was last published more than {hours} hours ago, or nobody knows when.",
            fault=faults[dataset],
            unless=SILENT,
        )


def _silence(lake: str) -> Alarm:
    """Return the alarm that begins before those of all ages do, where nobody measures any."""
    return Alarm(
        name=SILENT,
        namespace=NAMESPACE,
        metric=MEASURED,
        dimensions={"Lake": lake},
        period_seconds=HOUR // 2,
        comparison=ComparisonOperator.LESS_THAN_THRESHOLD,
        missing=TreatMissingData.BREACHING,
        urgency=Urgency.NOW,
        runbook=SILENT,
        meaning="For half an hour nobody measured the age of any dataset.",
    )


def late_together(datasets: Iterable[str], inputs: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return dataset -> fault, the same for datasets that are made of one another: where one is late, so are those that read it."""
    group = {dataset: {dataset} for dataset in sorted({*datasets, *inputs})}
    for dataset, read in inputs.items():
        joined = group[dataset].union(*(group.setdefault(one, {one}) for one in read))
        for member in joined:
            group[member] = joined
    return {dataset: f"late-{min(group[dataset])}" for dataset in datasets}
