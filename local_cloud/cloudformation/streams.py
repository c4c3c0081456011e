"""Streams of records and their delivery."""

from local_cloud.client import client
from local_cloud.cloudformation.resource import Own, Properties, ResourceType, properties
from local_cloud.firehose.definition import unsupported


def complete_stream(name: str, new: Properties, old: Properties) -> None:
    """Put the key of a stream, or take it away; ministack drops it."""
    kinesis = client("kinesis")
    encryption = new.get("StreamEncryption")
    if encryption:
        kinesis.start_stream_encryption(StreamName=name, EncryptionType=encryption["EncryptionType"], KeyId=encryption["KeyId"])
    elif "StreamEncryption" in old:
        kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=old["StreamEncryption"]["KeyId"])


def delete_stream(name: str, _: Properties) -> None:
    """Delete a stream with its records."""
    kinesis = client("kinesis")
    try:
        kinesis.delete_stream(StreamName=name)
    except kinesis.exceptions.ResourceNotFoundException:
        return  # deleted by hand: the stack has what it wants


def create_consumer(_: str, given: Properties, __: str) -> tuple[str, Properties]:
    """Register an enhanced fan-out consumer."""
    made = client("kinesis").register_stream_consumer(StreamARN=given["StreamARN"], ConsumerName=given["ConsumerName"])["Consumer"]
    created = str(made["ConsumerCreationTimestamp"])
    return made["ConsumerARN"], {**made, "ConsumerCreationTimestamp": created, "StreamARN": given["StreamARN"]}


def delete_consumer(arn: str, _: Properties) -> None:
    """Deregister a consumer, unless it is gone."""
    kinesis = client("kinesis")
    try:
        kinesis.deregister_stream_consumer(ConsumerARN=arn)
    except kinesis.exceptions.ResourceNotFoundException:
        return  # with its stream, or by hand: the stack has what it wants


def check_delivery(name: str, new: Properties, _: Properties) -> None:
    """Refuse a changed delivery that would not be in effect; a new one is looked at where it is made."""
    problems = unsupported(new)
    if problems:
        raise ValueError(f"delivery {name} is not in the local cloud: {'; '.join(problems)}")


TYPES = (
    ResourceType(
        "AWS::Kinesis::Stream",
        properties("Name RetentionPeriodHours ShardCount StreamEncryption StreamModeDetails Tags"),
        complete=complete_stream,
        delete=delete_stream,
    ),
    ResourceType("AWS::Kinesis::StreamConsumer", properties("ConsumerName StreamARN"), own=Own(create_consumer, delete_consumer)),
    ResourceType(
        "AWS::KinesisFirehose::DeliveryStream",
        properties(
            "DeliveryStreamName DeliveryStreamType ExtendedS3DestinationConfiguration KinesisStreamSourceConfiguration Tags",
        ),
        complete=check_delivery,
    ),
    ResourceType("AWS::Logs::LogStream", properties("LogGroupName LogStreamName")),
)
