"""Alarms and dashboards: that what they watch exists. One that watches nothing stays green, or empty, for ever."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

# namespace -> metric -> its dimensions, as far as a lake watches them; each from the service's own page on its CloudWatch metrics
_EXECUTIONS = (
    "ExecutionsAborted",
    "ExecutionsFailed",
    "ExecutionsStarted",
    "ExecutionsSucceeded",
    "ExecutionsTimedOut",
    "ExecutionThrottled",
    "ExecutionTime",
)
_MESSAGES = (
    "NumberOfMessagesDeleted",
    "NumberOfMessagesReceived",
    "NumberOfMessagesSent",
    "ApproximateAgeOfOldestMessage",
    "SentMessageSize",
)
_VISIBLE = (
    "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "NumberOfEmptyReceives",
)
_RULES = (
    "Invocations",
    "FailedInvocations",
    "InvocationsFailedToBeSentToDlq",
    "InvocationsSentToDlq",
    "MatchedEvents",
    "ThrottledRules",
    "TriggeredRules",
)
_TOPICS = ("NumberOfMessagesPublished", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed", "PublishSize")
_TABLES = (
    "ConsumedReadCapacityUnits",
    "ConsumedWriteCapacityUnits",
    "ThrottledRequests",
    "UserErrors",
    "SystemErrors",
    "ReadThrottleEvents",
    "WriteThrottleEvents",
    "SuccessfulRequestLatency",
)
_FUNCTIONS = ("Duration", "Errors", "Invocations", "Throttles", "ConcurrentExecutions", "DeadLetterErrors", "IteratorAge")
_STREAMS = (
    "GetRecords.Bytes",
    "GetRecords.IteratorAgeMilliseconds",
    "GetRecords.Latency",
    "GetRecords.Records",
    "GetRecords.Success",
    "IncomingBytes",
    "IncomingRecords",
    "PutRecords.FailedRecords",
    "PutRecords.ThrottledRecords",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
)
_DELIVERIES = (
    "ActivePartitionsLimit",
    "BackupToS3.DataFreshness",
    "BackupToS3.Success",
    "DataReadFromKinesisStream.Bytes",
    "DataReadFromKinesisStream.Records",
    "DeliveryToS3.Bytes",
    "DeliveryToS3.DataFreshness",
    "DeliveryToS3.ObjectCount",
    "DeliveryToS3.Records",
    "DeliveryToS3.Success",
    "ExecuteProcessing.Duration",
    "ExecuteProcessing.Success",
    "FailedConversion.Records",
    "KinesisMillisBehindLatest",
    "PartitionCount",
    "PartitionCountExceeded",
    "SucceedConversion.Records",
    "SucceedProcessing.Records",
    "ThrottledDescribeStream",
    "ThrottledGetRecords",
    "ThrottledGetShardIterator",
)
_QUERIES = (
    "DPUAllocated",
    "EngineExecutionTime",
    "ProcessedBytes",
    "QueryPlanningTime",
    "QueryQueueTime",
    "ServiceProcessingTime",
    "TotalExecutionTime",
)
# https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-monitoring.html
_WAREHOUSES = (
    "ComputeCapacity",
    "ComputeSeconds",
    "QueriesFailed",
    "QueriesQueued",
    "QueriesRunning",
    "UsageLimitAvailable",
    "UsageLimitConsumed",
)
_LOG_GROUPS = ("IncomingBytes", "IncomingLogEvents", "ForwardedBytes", "ForwardedLogEvents", "DeliveryErrors", "DeliveryThrottling")
_JOBS = (
    "glue.driver.aggregate.bytesRead",
    "glue.driver.aggregate.elapsedTime",
    "glue.driver.aggregate.numCompletedStages",
    "glue.driver.aggregate.numCompletedTasks",
    "glue.driver.aggregate.numFailedTasks",
    "glue.driver.aggregate.numKilledTasks",
    "glue.driver.aggregate.recordsRead",
    "glue.driver.aggregate.shuffleBytesWritten",
    "glue.driver.aggregate.shuffleLocalBytesRead",
)
METRICS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "AWS/States": (_EXECUTIONS, ("StateMachineArn",)),
    "AWS/SQS": ((*_MESSAGES, *_VISIBLE), ("QueueName",)),
    "AWS/Events": (_RULES, ("EventBusName", "RuleName")),
    "AWS/SNS": (_TOPICS, ("TopicName",)),
    "AWS/DynamoDB": (_TABLES, ("GlobalSecondaryIndexName", "Operation", "TableName")),
    "AWS/Lambda": (_FUNCTIONS, ("FunctionName", "Resource")),
    "AWS/Athena": (_QUERIES, ("QueryState", "QueryType", "WorkGroup")),
    "AWS/Kinesis": (_STREAMS, ("StreamName",)),
    "AWS/Firehose": (_DELIVERIES, ("DeliveryStreamName",)),
    "AWS/Redshift-Serverless": (_WAREHOUSES, ("Database", "QueryType", "UsageLimitId", "UsageType", "Workgroup")),
    "AWS/Logs": (_LOG_GROUPS, ("DestinationType", "FilterName", "LogGroupName")),
    # https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
    "Glue": (_JOBS, ("JobName", "JobRunId", "Type")),
    "AWS/S3": (("BucketSizeBytes", "NumberOfObjects"), ("BucketName", "StorageType")),
}
# dimension -> the type of what it names
NAMED = {
    "StateMachineArn": "AWS::StepFunctions::StateMachine",
    "QueueName": "AWS::SQS::Queue",
    "JobName": "AWS::Glue::Job",
    "TopicName": "AWS::SNS::Topic",
    "TableName": "AWS::DynamoDB::Table",
    "FunctionName": "AWS::Lambda::Function",
    "RuleName": "AWS::Events::Rule",
    "StreamName": "AWS::Kinesis::Stream",
    "DeliveryStreamName": "AWS::KinesisFirehose::DeliveryStream",
    "WorkGroup": "AWS::Athena::WorkGroup",
    "Workgroup": "AWS::RedshiftServerless::Workgroup",
    "BucketName": "AWS::S3::Bucket",
    "LogGroupName": "AWS::Logs::LogGroup",
}


@rule("AWS::CloudWatch::Alarm", mend="name a metric that the service sends, with its own dimensions, of a resource of this app")
def alarm_watches_what_exists(templates: Templates, alarm: Resource) -> Iterator[str]:
    """CloudWatch takes any name of a metric; one that nothing sends never alarms."""
    for query in [alarm.properties, *(found.get("MetricStat", {}).get("Metric", {}) for found in alarm.properties.get("Metrics", []))]:
        if "MetricName" in query:
            dimensions = {d["Name"]: templates.text(alarm.stack, d["Value"]) for d in query.get("Dimensions", [])}
            yield from _metric(templates, query.get("Namespace", ""), query["MetricName"], dimensions)


@rule("AWS::CloudWatch::Dashboard", mend="correct the body; a widget names `[namespace, metric, dimension, value, ...]`")
def dashboard_shows_what_exists(templates: Templates, dashboard: Resource) -> Iterator[str]:
    """A body that is not JSON is refused at the deploy; a widget of a metric that nothing sends stays empty."""
    try:
        body = json.loads(templates.text(dashboard.stack, dashboard.properties.get("DashboardBody", "")))
    except ValueError as error:
        yield f"its body is not JSON: {error}"
        return
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not widgets:
        yield "its body has no widgets"
    for row in (row for widget in widgets or [] for row in _rows(widget)):
        if len(row) >= 2:  # a row of an expression holds no text
            yield from _metric(templates, row[0], row[1], dict(zip(row[2::2], row[3::2], strict=False)))


def _rows(widget: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the metrics of a widget; a dot stands for what the row above has there."""
    above: list[str] = []
    for row in widget.get("properties", {}).get("metrics", []):
        names = [part for part in row if isinstance(part, str)]
        names = [above[position] if part == "." and position < len(above) else part for position, part in enumerate(names)]
        above = names
        yield names


def _metric(templates: Templates, namespace: str, name: str, dimensions: Mapping[str, Any]) -> Iterator[str]:
    if namespace.startswith("AWS/") and namespace not in METRICS:
        return
    names, known = METRICS.get(namespace, ((), ()))
    if known and name not in names:
        yield f"{namespace} has no metric {name}; it has {', '.join(names)}"
    for dimension, value in dimensions.items():
        if known and dimension not in known:
            yield f"{namespace} {name} has no dimension {dimension}; it has {', '.join(known)}"
        elif known and dimension in NAMED and not _exists(templates, NAMED[dimension], str(value)):
            yield f"{dimension} is {value}, but no {NAMED[dimension]} of these templates is"


def _exists(templates: Templates, kind: str, value: str) -> bool:
    found = templates.resources(kind)
    known = [name for resource in found for name in (templates.identity(resource), templates.identity(resource, None))]
    return any(value in (name, f"{name}.QueueName", f"{name}.TopicName", f"{name}.Name") for name in known)
