"""Alarms of a lake that pulls from APIs.

Metrics of functions: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html. What a pull brought, it sends itself.
"""

from collections.abc import Iterator, Mapping

from aws_cdk.aws_cloudwatch import ComparisonOperator, TreatMissingData

from lake_constructs.alarms import Alarm, Urgency

PULL_METRICS = "Lake/Pull"
NEW_RECORDS = "NewRecords"
PULL_FAILED = "pull-failed"
HOUR = 3600


def pull_alarms(dead_letters: str, functions: Mapping[str, str], quiet_hours: Mapping[str, int]) -> Iterator[Alarm]:
    """Yield every alarm of the pulls.

    Args:
        dead_letters: name of the queue of what no repetition brought to its end.
        functions: dataset -> name of its function.
        quiet_hours: dataset -> hours without a new record that its contract allows.
    """
    yield Alarm(
        name="pulls-set-aside",
        fault="pulls",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": dead_letters},
        statistic="Maximum",
        urgency=Urgency.TODAY,
        runbook="pulls-set-aside",
        meaning="Pulls that failed at every repetition wait in the queue.",
    )
    for dataset, function in functions.items():
        yield Alarm(
            name=f"{PULL_FAILED}-{dataset}",
            fault="pulls",
            namespace="AWS/Lambda",
            metric="Errors",
            period_seconds=HOUR,
            dimensions={"FunctionName": function},
            urgency=Urgency.TODAY,
            runbook=PULL_FAILED,
            meaning=f"A pull of {dataset} failed; Lambda tries it again, from the same page.",
        )
        yield Alarm(
            name=f"nothing-pulled-{dataset}",
            fault="pulls",
            namespace=PULL_METRICS,
            metric=NEW_RECORDS,
            dimensions={"service": function},  # Powertools adds it to every metric
            period_seconds=HOUR,
            periods=quiet_hours[dataset],
            datapoints=quiet_hours[dataset],
            comparison=ComparisonOperator.LESS_THAN_THRESHOLD,
            missing=TreatMissingData.BREACHING,  # a pull that does not run sends nothing
            urgency=Urgency.NOW,
            runbook="nothing-pulled",
            meaning=f"No new record of {dataset} was pulled for {quiet_hours[dataset]} hours.",
        )
