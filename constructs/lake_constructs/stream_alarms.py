"""Alarms of a lake that records stream into.

Metrics and dimensions: https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html,
https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html and
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html.
"""

from collections.abc import Iterator, Mapping

from aws_cdk.aws_cloudwatch import ComparisonOperator, TreatMissingData

from lake_constructs.alarms import Alarm, Urgency

STREAM_PARTS = ("stream", "delivery", "delivery_log", "stream_transform", "not_delivered")
"""What the alarms are about: names of the stream, of its delivery, of the delivery's log group, of the function, and of the rule that sees what was not delivered."""

KINESIS = "AWS/Kinesis"
FIREHOSE = "AWS/Firehose"
LAMBDA = "AWS/Lambda"
OF_STREAM = {"StreamName": "{stream}"}
OF_DELIVERY = {"DeliveryStreamName": "{delivery}"}
OF_TRANSFORM = {"FunctionName": "{stream_transform}"}
BEHIND_MINUTES = 15  # a delivery that keeps up is seconds behind
OLD_MINUTES = 45  # "end-to-end delay of a batch of records might be 1.5 times of the configured buffering hint time", 15 minutes at most
HOUR = 3600

STREAM_CATALOGUE: tuple[Alarm, ...] = (
    Alarm(
        name="stream-behind",
        fault="delivery",
        namespace=KINESIS,
        metric="GetRecords.IteratorAgeMilliseconds",
        dimensions=OF_STREAM,
        statistic="Maximum",
        threshold=BEHIND_MINUTES * 60 * 1000,
        urgency=Urgency.NOW,
        runbook="stream-behind",
        meaning=f"Who reads the stream is more than {BEHIND_MINUTES} minutes behind; what stays unread to the end of the retention is lost.",
    ),
    Alarm(
        name="stream-writes-throttled",
        fault="throttled",
        namespace=KINESIS,
        metric="WriteProvisionedThroughputExceeded",
        dimensions=OF_STREAM,
        urgency=Urgency.TODAY,
        runbook="stream-throttled",
        meaning="Producers send more than the stream takes; they have to send again what was refused.",
    ),
    Alarm(
        name="stream-reads-throttled",
        fault="throttled",
        namespace=KINESIS,
        metric="ReadProvisionedThroughputExceeded",
        dimensions=OF_STREAM,
        urgency=Urgency.TODAY,
        runbook="stream-throttled",
        meaning="Readers of the stream take each other's speed.",
    ),
    Alarm(
        name="delivery-old",
        fault="delivery",
        namespace=FIREHOSE,
        metric="DeliveryToS3.DataFreshness",
        dimensions=OF_DELIVERY,
        statistic="Maximum",
        threshold=OLD_MINUTES * 60,
        urgency=Urgency.NOW,
        runbook="delivery-old",
        meaning=f"The oldest record that is not yet in raw came more than {OLD_MINUTES} minutes ago.",
    ),
    Alarm(
        name="delivery-failing",
        fault="delivery",
        namespace=FIREHOSE,
        metric="DeliveryToS3.Success",
        dimensions=OF_DELIVERY,
        statistic="Minimum",
        comparison=ComparisonOperator.LESS_THAN_THRESHOLD,
        urgency=Urgency.NOW,
        runbook="delivery-failing",
        meaning="Firehose cannot write to raw.",
    ),
    Alarm(
        name="delivery-partitions",
        fault="delivery",
        namespace=FIREHOSE,
        metric="PartitionCountExceeded",
        dimensions=OF_DELIVERY,
        statistic="Maximum",
        urgency=Urgency.NOW,
        runbook="delivery-partitions",
        meaning="More datasets and days are open than Firehose allows; further records are not delivered.",
    ),
    Alarm(
        name="stream-transform-failed",
        fault="delivery",
        namespace=LAMBDA,
        metric="Errors",
        dimensions=OF_TRANSFORM,
        urgency=Urgency.NOW,
        runbook="stream-transform-failed",
        meaning="The transform of the stream died or took too long; after its retries the whole batch is not delivered.",
    ),
    Alarm(
        name="stream-transform-throttled",
        fault="delivery",
        namespace=LAMBDA,
        metric="Throttles",
        dimensions=OF_TRANSFORM,
        urgency=Urgency.TODAY,
        runbook="stream-transform-failed",
        meaning="The transform of the stream could not start: other functions of the account take all there is.",
    ),
    Alarm(
        name="delivery-logged",
        fault="delivery",
        namespace="AWS/Logs",
        metric="IncomingLogEvents",
        dimensions={"LogGroupName": "{delivery_log}"},
        urgency=Urgency.TODAY,
        runbook="delivery-logged",
        meaning="Firehose wrote to its log, where it writes errors alone.",
    ),
    Alarm(
        name="not-delivered",
        namespace="AWS/Events",
        metric="Invocations",
        dimensions={"RuleName": "{not_delivered}"},
        urgency=Urgency.TODAY,
        runbook="records-not-delivered",
        meaning="Records of the stream were set apart because they could not be delivered.",
    ),
)


BACKUP_FAILING = Alarm(
    name="backup-failing",
    fault="delivery",
    namespace=FIREHOSE,
    metric="BackupToS3.Success",
    dimensions=OF_DELIVERY,
    statistic="Minimum",
    comparison=ComparisonOperator.LESS_THAN_THRESHOLD,
    urgency=Urgency.TODAY,
    runbook="backup-failing",
    meaning="Firehose cannot write the copy of the records as they came; the records themselves arrive.",
)


def stream_alarms(parts: Mapping[str, str], silence_hours: int, backup: bool) -> Iterator[Alarm]:
    """Yield every alarm of a stream.

    Args:
        parts: what each of `STREAM_PARTS` is called.
        backup: whether records are kept as they came, too.
        silence_hours: that nothing may arrive.
    """
    for alarm in (*STREAM_CATALOGUE, *([BACKUP_FAILING] if backup else [])):
        yield alarm.about(parts)
    yield Alarm(
        name="nothing-arrived",
        namespace=KINESIS,
        metric="IncomingRecords",
        dimensions={"StreamName": parts["stream"]},
        period_seconds=HOUR,
        periods=silence_hours,
        datapoints=silence_hours,
        comparison=ComparisonOperator.LESS_THAN_THRESHOLD,
        missing=TreatMissingData.BREACHING,  # a stream that nobody writes to sends nothing
        urgency=Urgency.NOW,
        runbook="nothing-arrived",
        meaning=f"No record came to the stream for {silence_hours} hours.",
    )
