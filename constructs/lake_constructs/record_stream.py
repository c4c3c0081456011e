"""A stream of records, and those who read it at full speed."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from constructs import Construct

from lake_constructs.nag import acknowledge


class RecordStream(Construct):
    """A Kinesis stream under a customer key; who writes needs kms:GenerateDataKey of it, who reads kms:Decrypt."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        encryption_key: kms.IKey,
        shards: int | None,
        retention_hours: int,
        consumers: Sequence[str],
        removal_policy: RemovalPolicy,
    ) -> None:
        """Define the stream.

        Args:
            name: literal name, which producers write to.
            shards: provisioned ones; None lets the stream grow and shrink by itself.
            retention_hours: that a record can be read again.
            consumers: names of enhanced fan-out consumers, each of which is read to at 2 MB a second and shard of its own.
        """
        super().__init__(scope, construct_id)
        self.stream = kinesis.Stream(
            self,
            "Stream",
            stream_name=name,
            encryption=kinesis.StreamEncryption.KMS,
            encryption_key=encryption_key,
            stream_mode=kinesis.StreamMode.ON_DEMAND if shards is None else kinesis.StreamMode.PROVISIONED,
            shard_count=shards,
            retention_period=Duration.hours(retention_hours),
            removal_policy=removal_policy,
        )
        acknowledge(self.stream, "AwsSolutions-KDS3", "The lake's own key, since a policy of its own says who may use it.")
        self.consumers = {
            consumer: kinesis.CfnStreamConsumer(self, f"Consumer-{consumer}", consumer_name=consumer, stream_arn=self.stream.stream_arn)
            for consumer in consumers
        }
