"""Delivery of a stream to a bucket: transformed, partitioned, as Parquet; what cannot be delivered is kept with its reason."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lake_constructs.delivery_plan import DeliveryPlan
from lake_constructs.delivery_role import DeliveryRole
from lake_constructs.log_group import log_group
from lake_constructs.nag import acknowledge

LOG_STREAMS = ("delivery", "backup")


@dataclass(frozen=True, kw_only=True)
class DeliveryTarget:
    """Where records go.

    Attributes:
        table: whose columns are the schema of the Parquet files.
        backup: prefix of the records as they came; None keeps no such copy.
    """

    bucket: s3.IBucket
    table: glue.CfnTable
    database: str
    table_name: str
    backup: str | None = None


class StreamDelivery(Construct):
    """A Firehose stream from a Kinesis stream to `<dataset>/stream/ingest_date=YYYY-MM-DD/`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        source: kinesis.IStream,
        transform: lambda_.IFunction,
        target: DeliveryTarget,
        plan: DeliveryPlan,
        encryption_key: kms.IKey,
        log_days: int,
    ) -> None:
        """Define the delivery.

        Args:
            name: literal name, by which alarms find it.
            transform: gives each record the partition keys of `plan`.
            log_days: days that the log of failed deliveries is kept.
        """
        super().__init__(scope, construct_id)
        plan.check()
        self._target, self._plan = target, plan
        self._log = self._log_group(name, encryption_key, log_days)
        role = DeliveryRole(
            self,
            "Access",
            name=name,
            source=source,
            transform=transform,
            bucket=target.bucket,
            prefixes=[*plan.written, *([f"{target.backup}*"] if target.backup else [])],
            tables=(target.database, target.table_name),
            log=self._log,
            encryption_key=encryption_key,
        )
        self._role = role.role
        delivery = firehose.CfnDeliveryStream
        resource = delivery(
            self,
            "Delivery",
            delivery_stream_name=name,
            delivery_stream_type="KinesisStreamAsSource",
            kinesis_stream_source_configuration=delivery.KinesisStreamSourceConfigurationProperty(
                kinesis_stream_arn=source.stream_arn, role_arn=self._role.role_arn
            ),
            extended_s3_destination_configuration=self._destination(transform),
        )
        # Firehose tries its role as soon as it is made: https://github.com/aws/aws-cdk/issues/34325
        resource.node.add_dependency(role, self._log, target.table)
        acknowledge(
            resource, "AwsSolutions-KDF1", "Its source is an encrypted Kinesis stream, with which it takes no encryption of its own."
        )

    def _destination(self, transform: lambda_.IFunction) -> firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty:
        delivery, target, plan = firehose.CfnDeliveryStream, self._target, self._plan
        return delivery.ExtendedS3DestinationConfigurationProperty(
            bucket_arn=target.bucket.bucket_arn,
            role_arn=self._role.role_arn,
            prefix=plan.prefix,
            error_output_prefix=plan.errors,
            buffering_hints=delivery.BufferingHintsProperty(size_in_m_bs=plan.buffer_mib, interval_in_seconds=plan.buffer_seconds),
            compression_format="UNCOMPRESSED",  # Parquet compresses itself, and Firehose takes no other with it
            cloud_watch_logging_options=self._logging("delivery"),
            dynamic_partitioning_configuration=delivery.DynamicPartitioningConfigurationProperty(
                enabled=True, retry_options=delivery.RetryOptionsProperty(duration_in_seconds=plan.retry_seconds)
            ),
            processing_configuration=delivery.ProcessingConfigurationProperty(
                enabled=True,
                processors=[delivery.ProcessorProperty(type="Lambda", parameters=self._parameters(transform))],
            ),
            data_format_conversion_configuration=self._conversion(),
            s3_backup_mode="Enabled" if target.backup else "Disabled",
            s3_backup_configuration=self._backup(target.backup) if target.backup else None,
        )

    def _parameters(self, transform: lambda_.IFunction) -> list[firehose.CfnDeliveryStream.ProcessorParameterProperty]:
        values = {
            "LambdaArn": f"{transform.function_arn}:$LATEST",
            "NumberOfRetries": str(self._plan.transform_retries),
            "RoleArn": self._role.role_arn,
            "BufferSizeInMBs": f"{self._plan.transform_buffer_mb:g}",
            "BufferIntervalInSeconds": str(self._plan.transform_buffer_seconds),
        }
        parameter = firehose.CfnDeliveryStream.ProcessorParameterProperty
        return [parameter(parameter_name=name, parameter_value=value) for name, value in values.items()]

    def _conversion(self) -> firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty:
        delivery, target, stack = firehose.CfnDeliveryStream, self._target, Stack.of(self)
        return delivery.DataFormatConversionConfigurationProperty(
            enabled=True,
            input_format_configuration=delivery.InputFormatConfigurationProperty(
                deserializer=delivery.DeserializerProperty(open_x_json_ser_de=delivery.OpenXJsonSerDeProperty())
            ),
            output_format_configuration=delivery.OutputFormatConfigurationProperty(
                serializer=delivery.SerializerProperty(parquet_ser_de=delivery.ParquetSerDeProperty(compression="SNAPPY"))
            ),
            schema_configuration=delivery.SchemaConfigurationProperty(
                catalog_id=stack.account,
                region=stack.region,
                database_name=target.database,
                table_name=target.table_name,
                version_id="LATEST",
                role_arn=self._role.role_arn,
            ),
        )

    def _backup(self, prefix: str) -> firehose.CfnDeliveryStream.S3DestinationConfigurationProperty:
        delivery = firehose.CfnDeliveryStream
        return delivery.S3DestinationConfigurationProperty(
            bucket_arn=self._target.bucket.bucket_arn,
            role_arn=self._role.role_arn,
            prefix=f"{prefix}ingest_date=!{{timestamp:yyyy-MM-dd}}/",
            error_output_prefix=f"{prefix}errors/!{{firehose:error-output-type}}/",  # wanted with every prefix that has an expression
            buffering_hints=delivery.BufferingHintsProperty(
                size_in_m_bs=self._plan.buffer_mib, interval_in_seconds=self._plan.buffer_seconds
            ),
            compression_format="GZIP",
            cloud_watch_logging_options=self._logging("backup"),
        )

    def _log_group(self, name: str, encryption_key: kms.IKey, days: int) -> logs.LogGroup:
        group = log_group(self, "Log", name=f"/aws/kinesisfirehose/{name}", encryption_key=encryption_key, days=days)
        for stream in LOG_STREAMS:
            logs.LogStream(group, stream.title(), log_group=group, log_stream_name=stream, removal_policy=RemovalPolicy.DESTROY)
        return group

    def _logging(self, stream: str) -> firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty:
        return firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty(
            enabled=True, log_group_name=self._log.log_group_name, log_stream_name=stream
        )
