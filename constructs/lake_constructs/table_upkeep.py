"""The upkeep of Iceberg tables by Glue's optimizers: what each is told, and the one role under which all of them work.

https://docs.aws.amazon.com/glue/latest/dg/table-optimizers.html
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lake_constructs.access import CatalogTables
from lake_constructs.nag import acknowledge_wildcards

COMPACTION, RETENTION, ORPHANS = "compaction", "retention", "orphan_file_deletion"
KINDS = (COMPACTION, RETENTION, ORPHANS)
LOG_GROUPS = tuple(f"/aws-glue/iceberg-{kind}/logs" for kind in ("compaction", "retention", "orphan-file-deletion"))


class TableUpkeep(Construct):
    """The optimizers that each table gets, and their role: the only one of the lake that may delete files of a table."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        buckets: Sequence[s3.IBucket],
        databases: Sequence[str],
        encryption_key: kms.IKey,
        snapshot_days: int,
        snapshots_kept: int,
        orphan_days: int,
    ) -> None:
        """Define the role.

        Args:
            buckets: where the tables lie.
            snapshot_days: a snapshot that is older expires.
            snapshots_kept: as many are kept, whatever their age.
            orphan_days: a file that no snapshot names is deleted when it is older.
        """
        super().__init__(scope, construct_id)
        self.databases = tuple(databases)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"), description="Keeps tables in shape.")
        statements = self._statements(buckets, encryption_key)
        for statement in statements:
            self.role.add_to_policy(statement)
        acknowledge_wildcards(self.role, statements, "The files and entries of every table; Glue names its log streams.")
        own = optimizers(snapshot_days, snapshots_kept, orphan_days)
        self.fingerprint = hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:12]
        shared = {"RoleArn": self.role.role_arn, "Enabled": True}
        self.optimizers = [{"Type": kind, "Configuration": shared | own[kind]} for kind in KINDS]

    def to_attach(self) -> list[iam.PolicyStatement]:
        """Return what whoever attaches the optimizers needs."""
        return [
            iam.PolicyStatement(
                sid="AttachUpkeep",
                # UpdateTable: https://docs.aws.amazon.com/glue/latest/dg/enable-compaction.html asks for it
                actions=["glue:CreateTableOptimizer", "glue:UpdateTableOptimizer", "glue:UpdateTable"],
                resources=self._tables(),
            ),
            iam.PolicyStatement(
                sid="PassUpkeepRole",
                actions=["iam:PassRole"],
                resources=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
            ),
        ]

    def _tables(self) -> list[str]:
        return list(dict.fromkeys(arn for database in self.databases for arn in CatalogTables(database, ["*"]).arns(self)))

    def _statements(self, buckets: Sequence[s3.IBucket], encryption_key: kms.IKey) -> list[iam.PolicyStatement]:
        """Return what https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html asks for."""
        stack = Stack.of(self)
        logs = [f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{group}:*" for group in LOG_GROUPS]
        return [
            iam.PolicyStatement(sid="ListFiles", actions=["s3:ListBucket"], resources=[bucket.bucket_arn for bucket in buckets]),
            iam.PolicyStatement(
                sid="RewriteFiles",
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[bucket.arn_for_objects("*") for bucket in buckets],
            ),
            iam.PolicyStatement(sid="Commit", actions=["glue:GetTable", "glue:UpdateTable"], resources=self._tables()),
            iam.PolicyStatement(sid="UseKey", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[encryption_key.key_arn]),
            iam.PolicyStatement(
                sid="WriteLog", actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], resources=logs
            ),
        ]


def optimizers(snapshot_days: int, snapshots_kept: int, orphan_days: int) -> Mapping[str, dict[str, Any]]:
    """Return what each kind of optimizer is told, as Step Functions spells it."""
    retention = {
        "SnapshotRetentionPeriodInDays": snapshot_days,
        "NumberOfSnapshotsToRetain": snapshots_kept,
        "CleanExpiredFiles": True,
    }
    return {
        COMPACTION: {},
        RETENTION: {"RetentionConfiguration": {"IcebergConfiguration": retention}},
        ORPHANS: {"OrphanFileDeletionConfiguration": {"IcebergConfiguration": {"OrphanFileRetentionPeriodInDays": orphan_days}}},
    }
