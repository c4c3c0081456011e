"""How records arrive that come one by one."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.delivery_plan import DeliveryPlan
from lake_constructs.function import LakeFunction
from lake_constructs.record_stream import RecordStream
from lake_constructs.stream_delivery import DeliveryTarget, StreamDelivery
from stacks.catalog_stack import CatalogStack
from stacks.names import DELIVERY, ERRORS, REFUSED, STREAM, TRANSFORM, Names
from stacks.storage_stack import StorageStack
from stacks.stream_code import transforming
from stacks.stream_tables import StreamTables

BACKUP = "_backup/stream/"
TRANSFORM_SECONDS = 60


class IngestionStack(Stack):
    """The stream, its transform and its delivery to raw; apart because a lake of files alone has none."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        contracts: Mapping[str, Contract],
        storage: StorageStack,
        catalog: CatalogStack,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=settings.storage.protected, **stack)
        self.add_stack_dependency(catalog)  # a table names its database by a literal, which orders nothing
        names, chosen, raw, database = Names(settings.name), settings.stream, storage.buckets[Zone.RAW], catalog.databases[Zone.RAW]
        datasets = [contract.name for contract in contracts.values() if contract.stream is not None]
        log: dict[str, Any] = {"encryption_key": storage.key, "log_days": settings.logs.retention_days}
        stream = RecordStream(
            self,
            "Records",
            name=names.of(STREAM),
            encryption_key=storage.key,
            shards=chosen.shards,
            retention_hours=chosen.retention_hours,
            consumers=chosen.consumers,
            removal_policy=storage.removal_policy,
        ).stream
        tables = StreamTables(self, "Tables", database=database, bucket=raw, errors=ERRORS, refused=REFUSED)
        transform = LakeFunction(
            self,
            "Transform",
            name=names.of(TRANSFORM),
            code=transforming(datasets, names.of(TRANSFORM), settings.functions.powertools_layer),
            memory_mib=chosen.transform_memory_mib,
            timeout_seconds=TRANSFORM_SECONDS,
            **log,
        ).function
        StreamDelivery(
            self,
            "Delivery",
            name=names.of(DELIVERY),
            source=stream,
            transform=transform,
            target=DeliveryTarget(
                bucket=raw,
                table=tables.envelope,
                database=database,
                table_name="stream_envelope",
                backup=BACKUP if chosen.backup else None,
            ),
            # refused records fill files of their own
            plan=DeliveryPlan(datasets=len(datasets) + 1, buffer_mib=chosen.buffer_mib, buffer_seconds=chosen.buffer_seconds),
            **log,
        )

        outputs = {
            "StreamName": stream.stream_name,
            "DeliveryStreamName": names.of(DELIVERY),
            "ErrorPrefix": ERRORS,
            "RefusedPrefix": REFUSED,
        }
        for output, value in outputs.items():
            CfnOutput(self, output, value=value)
