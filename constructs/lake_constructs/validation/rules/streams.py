"""Streams: that what delivers them may, and can."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lake_constructs.validation.policies import of_role, role_allows
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

# https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
READ_STREAM = ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards")
TRANSFORM = ("lambda:InvokeFunction", "lambda:GetFunctionConfiguration")
OF_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
OF_OBJECTS = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
READ_SCHEMA = ("glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions")
WRITE_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
SMALLEST_MIB, SHORTEST_SECONDS = 64, 60
EXPRESSION = re.compile(r"!\{[^}]*\}")
TO_S3 = "ExtendedS3DestinationConfiguration"


@rule("AWS::KinesisFirehose::DeliveryStream", mend="allow it in the policy of the role that it delivers under")
def role_may_deliver_the_stream(templates: Templates, delivery: Resource) -> Iterator[str]:
    """Firehose tries its role when it is created, and gives up; or delivers for months, and fails at the first error that it should write."""
    lost: set[tuple[str, str, str]] = set()
    for part, action, resource in _wanted(templates, delivery):
        role = templates.target(delivery.stack, part.get("RoleARN"))
        if role and not role_allows(of_role(templates, role), action, resource):
            lost.add((str(role), action, resource))
    yield from (f"its role {role} may not call {action} on {resource}" for role, action, resource in sorted(lost))


def _wanted(templates: Templates, delivery: Resource) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """Yield what is done: the part of the configuration that names the role, the action, and the resource."""
    source, to_s3 = delivery.properties.get("KinesisStreamSourceConfiguration", {}), delivery.properties.get(TO_S3, {})
    stream = templates.text(delivery.stack, source.get("KinesisStreamARN", ""))
    yield from ((source, action, stream) for action in READ_STREAM if source)
    for part in [part for part in (to_s3, to_s3.get("S3BackupConfiguration", {})) if part]:
        bucket = templates.text(delivery.stack, part["BucketARN"])
        yield from ((part, action, bucket) for action in OF_BUCKET)
        for prefix in {part.get("Prefix", ""), part.get("ErrorOutputPrefix", "")} - {""}:
            yield from ((part, action, f"{bucket}/{EXPRESSION.sub('x', prefix)}object") for action in OF_OBJECTS)
        logging = part.get("CloudWatchLoggingOptions", {})
        group = templates.target(delivery.stack, logging.get("LogGroupName"))
        if logging.get("Enabled") and group:
            stream_of_log = f"{templates.identity(group).removesuffix(':*')}:log-stream:{logging.get('LogStreamName')}"
            yield part, "logs:PutLogEvents", stream_of_log
    for function in _functions(delivery):
        yield from ((to_s3, action, templates.text(delivery.stack, function)) for action in TRANSFORM)
    schema = to_s3.get("DataFormatConversionConfiguration", {}).get("SchemaConfiguration")
    if schema:
        database, table = (templates.text(delivery.stack, schema[name]) for name in ("DatabaseName", "TableName"))
        glue = f"arn:aws:glue:{delivery.stack.region}:{delivery.stack.account}"
        for resource in (f"{glue}:catalog", f"{glue}:database/{database}", f"{glue}:table/{database}/{table}"):
            yield from ((schema, action, resource) for action in READ_SCHEMA)


def _functions(delivery: Resource) -> Iterator[Any]:
    processing = delivery.properties.get(TO_S3, {}).get("ProcessingConfiguration", {})
    for processor in processing.get("Processors", []):
        yield from (
            parameter["ParameterValue"] for parameter in processor.get("Parameters", []) if parameter["ParameterName"] == "LambdaArn"
        )


@rule(
    "AWS::KinesisFirehose::DeliveryStream",
    mend="take a setting that Firehose takes; lake_constructs.delivery_plan has each rule with its page",
)
def delivery_settings_agree(templates: Templates, delivery: Resource) -> Iterator[str]:
    """Firehose refuses settings that exclude each other when the stream is created, half an hour into a deploy."""
    found = delivery.properties.get(TO_S3, {})
    converts = found.get("DataFormatConversionConfiguration", {}).get("Enabled", "DataFormatConversionConfiguration" in found)
    partitions = found.get("DynamicPartitioningConfiguration", {}).get("Enabled", False)
    hints = found.get("BufferingHints", {})
    if (converts or partitions) and hints.get("SizeInMBs", SMALLEST_MIB) < SMALLEST_MIB:
        yield f"it converts or partitions, and its buffer is {hints['SizeInMBs']} MiB; at least {SMALLEST_MIB} are needed"
    if partitions and hints.get("IntervalInSeconds", SHORTEST_SECONDS) < SHORTEST_SECONDS:
        yield f"it partitions, and its buffer is written after {hints['IntervalInSeconds']} seconds; at least {SHORTEST_SECONDS} are needed"
    if converts and found.get("CompressionFormat", "UNCOMPRESSED") != "UNCOMPRESSED":
        yield f"it converts, and its CompressionFormat is {found['CompressionFormat']}; the format compresses itself"
    if "KinesisStreamSourceConfiguration" in delivery.properties and "DeliveryStreamEncryptionConfigurationInput" in delivery.properties:
        yield "it has an encryption of its own beside a Kinesis stream as its source, which is encrypted itself"
    if partitions and "!{partitionKey" not in found.get("Prefix", ""):
        yield f"it partitions, and its prefix {found.get('Prefix', '')!r} has no partition key"
    errors = found.get("ErrorOutputPrefix", "")
    yield from _errors_have_a_place("its", found)
    if found.get("S3BackupMode") == "Enabled":
        yield from _errors_have_a_place("its backup's", found.get("S3BackupConfiguration", {}))
    if "!{partitionKey" in errors:
        yield f"its ErrorOutputPrefix {errors!r} has a partition key, which a record that failed may not have"


def _errors_have_a_place(whose: str, destination: Mapping[str, Any]) -> Iterator[str]:
    errors = destination.get("ErrorOutputPrefix", "")
    if "!{" in destination.get("Prefix", "") and "!{firehose:error-output-type}" not in errors:
        yield f"{whose} prefix has expressions, and {whose} ErrorOutputPrefix {errors!r} has no !{{firehose:error-output-type}}"


@rule("AWS::Lambda::Function", mend="allow it on the log group in the policy of the function's role, and no more of logs")
def function_may_write_its_log(templates: Templates, function: Resource) -> Iterator[str]:
    """A function that may not write its log works, and nobody knows how."""
    role = templates.target(function.stack, function.properties.get("Role"))
    group = templates.target(function.stack, function.properties.get("LoggingConfig", {}).get("LogGroup"))
    if role is None or role.type != "AWS::IAM::Role":
        return
    name = templates.identity(group).removesuffix(":*") if group else _own_group(templates, function)
    for action in WRITE_LOG:
        if not role_allows(of_role(templates, role), action, f"{name}:log-stream:one"):
            yield f"its role {role} may not call {action} on {name}"


def _own_group(templates: Templates, function: Resource) -> str:
    return f"arn:aws:logs:{function.stack.region}:{function.stack.account}:log-group:/aws/lambda/{templates.identity(function, None)}"
