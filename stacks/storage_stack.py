"""State: what outlives every other stack."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.encryption import LakeKey
from lake_constructs.ledger import Ledger
from lake_constructs.storage import AccessLogBucket, QueryResultsBucket, ZoneBucket


class StorageStack(Stack):
    """Key, buckets and ledger; apart from the rest because they stay when everything else is replaced."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        contracts: Mapping[str, Contract],
        **stack: Any,
    ) -> None:
        kept = settings.storage
        super().__init__(scope, construct_id, termination_protection=kept.protected, **stack)
        self.removal_policy = removal = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if kept.protected else RemovalPolicy.DESTROY
        self.key: kms.IKey = (
            kms.Key.from_key_arn(self, "Key", settings.key_arn)
            if settings.key_arn
            else LakeKey(self, "Encryption", removal_policy=removal).key
        )
        logs = AccessLogBucket(self, "AccessLogs", removal_policy=removal).bucket
        zones = {
            zone: ZoneBucket(
                self,
                zone.value.title(),
                encryption_key=self.key,
                access_logs=logs,
                noncurrent_days=kept.retention(zone).noncurrent_days,
                cold_after_days=kept.retention(zone).cold_after_days,
                removal_policy=removal,
            )
            for zone in Zone
        }
        zones[Zone.RAW].announce_new_objects()
        zones[Zone.RAW].expire(
            {source.location: c.retention_days for c in contracts.values() if c.retention_days is not None for source in c.sources}
        )
        self.buckets = {zone: bucket.bucket for zone, bucket in zones.items()}
        self.query_results = QueryResultsBucket(
            self, "QueryResults", encryption_key=self.key, access_logs=logs, expire_days=settings.query.results_days, removal_policy=removal
        ).bucket
        self.ledger = Ledger(self, "Ledger", encryption_key=self.key, protected=kept.protected, removal_policy=removal).table

        for zone, bucket in self.buckets.items():
            CfnOutput(self, f"{zone.value.title()}Bucket", value=bucket.bucket_name)
        CfnOutput(self, "QueryResultsBucket", value=self.query_results.bucket_name)
        CfnOutput(self, "LedgerTable", value=self.ledger.table_name)
