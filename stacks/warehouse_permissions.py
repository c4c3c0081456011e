"""What the warehouse, its functions and its machines may do, statement by statement."""

from collections.abc import Iterable

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.access import CatalogTables, list_prefixes, use_catalog, use_items
from lake_constructs.warehouse import secret_arns
from stacks.names import LOAD, LOAD_REQUEST, STREAM, Names
from stacks.storage_stack import StorageStack
from warehouse.live import live

READ_STREAM = tuple(
    f"kinesis:{verb}" for verb in ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")
)
FIND_TABLES = ("glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables")
UNLOADED = "unload"  # the folder of the bucket of query results that the warehouse may write to


def streams(settings: Settings, contracts: Iterable[Contract]) -> bool:
    """Tell whether the warehouse reads the records of the stream."""
    return settings.warehouse.streams and bool(live(contracts))


def readable_zones(settings: Settings) -> list[Zone]:
    """Return the zones that the warehouse can read."""
    return [Zone.CONSUMER, *([Zone.PROCESSED] if settings.warehouse.processed else [])]


class WarehousePermissions:
    """Makes the statements of each role of the warehouse."""

    def __init__(self, scope: IConstruct, settings: Settings, storage: StorageStack) -> None:
        self.scope, self.stack, self.settings, self.storage = scope, Stack.of(scope), settings, storage
        self.names = Names(settings.name)

    def machine_arn(self, machine: str) -> str:
        """Return the ARN of a machine by its literal name."""
        return self.stack.format_arn(
            service="states", resource="stateMachine", resource_name=self.names.of(machine), arn_format=ArnFormat.COLON_RESOURCE_NAME
        )

    def reader(self, *, streams: bool) -> list[iam.PolicyStatement]:
        """Return what the warehouse needs to read the lake.

        Args:
            streams: whether it reads the records of the stream, too.
        """
        zones = readable_zones(self.settings)
        buckets = [self.storage.buckets[zone] for zone in zones]
        found = [
            use_catalog(f"Find{zone.title()}", self.scope, CatalogTables(f"{self.settings.name}_{zone}", ["*"]), FIND_TABLES)
            for zone in zones
        ]
        return [
            iam.PolicyStatement(
                sid="ListTables", actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[b.bucket_arn for b in buckets]
            ),
            iam.PolicyStatement(sid="ReadTables", actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*") for bucket in buckets]),
            *found,
            self._key("kms:Decrypt"),
            *(self._unload() if self.settings.warehouse.unload else []),
            *(self._read_stream() if streams else []),
        ]

    def _unload(self) -> list[iam.PolicyStatement]:
        """Redshift looks whether anything lies where it is to write: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html."""
        bucket = self.storage.query_results
        return [
            list_prefixes("ListUnloaded", bucket, [UNLOADED]),
            iam.PolicyStatement(
                sid="Unload", actions=["s3:PutObject", "s3:AbortMultipartUpload"], resources=[bucket.arn_for_objects(f"{UNLOADED}/*")]
            ),
            iam.PolicyStatement(sid="EncryptUnloaded", actions=["kms:GenerateDataKey"], resources=[self.storage.key.key_arn]),
        ]

    def _read_stream(self) -> list[iam.PolicyStatement]:
        """To list streams knows no resource: https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-streaming-ingestion-getting-started.html."""
        stream = self.stack.format_arn(service="kinesis", resource="stream", resource_name=self.names.of(STREAM))
        return [
            iam.PolicyStatement(sid="ReadStream", actions=list(READ_STREAM), resources=[stream]),
            iam.PolicyStatement(sid="ListStreams", actions=["kinesis:ListStreams"], resources=["*"]),
        ]

    def migrate(self, workgroup_arn: str, secret: str) -> list[iam.PolicyStatement]:
        """Return what the function needs that brings the warehouse to its plan."""
        return [
            iam.PolicyStatement(
                sid="RunStatements",
                actions=["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"],
                resources=[workgroup_arn],
            ),
            self._follow("redshift-data:GetStatementResult"),
            iam.PolicyStatement(
                sid="BeAdministrator", actions=["secretsmanager:GetSecretValue"], resources=[secret_arns(self.stack, secret)]
            ),
            iam.PolicyStatement(sid="RequestLoads", actions=["states:StartExecution"], resources=[self.machine_arn(LOAD_REQUEST)]),
            self._key("kms:Decrypt"),
        ]

    def limit(self) -> list[iam.PolicyStatement]:
        """Return what the function needs that limits usage; its actions take no resource that has a name beforehand."""
        actions = [f"redshift-serverless:{verb}UsageLimit" for verb in ("Create", "Delete", "Update")]
        return [iam.PolicyStatement(sid="LimitUsage", actions=[*actions, "redshift-serverless:ListUsageLimits"], resources=["*"])]

    def load(self, workgroup_arn: str, failures: str) -> list[iam.PolicyStatement]:
        """Return what a load needs."""
        return [
            iam.PolicyStatement(sid="RunTransactions", actions=["redshift-data:BatchExecuteStatement"], resources=[workgroup_arn]),
            iam.PolicyStatement(sid="BeLoader", actions=["redshift-serverless:GetCredentials"], resources=[workgroup_arn]),
            self._follow(),
            use_items("KeepRuns", self.storage.ledger, None, ["dynamodb:GetItem", "dynamodb:UpdateItem"]),
            iam.PolicyStatement(sid="TellOfFailure", actions=["sns:Publish"], resources=[failures]),
            iam.PolicyStatement(sid="StartLoad", actions=["states:StartExecution"], resources=[self.machine_arn(LOAD)]),
            self._key("kms:Decrypt", "kms:GenerateDataKey"),
        ]

    def load_request(self) -> list[iam.PolicyStatement]:
        """Return what a request for a load needs."""
        executions = self.stack.format_arn(
            service="states", resource="execution", resource_name=f"{self.names.of(LOAD)}:*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        return [
            use_items("KeepLease", self.storage.ledger, None, ["dynamodb:UpdateItem"]),
            iam.PolicyStatement(sid="IsHolderAlive", actions=["states:DescribeExecution"], resources=[executions]),
            iam.PolicyStatement(sid="StartLoad", actions=["states:StartExecution"], resources=[self.machine_arn(LOAD)]),
            self._key("kms:Decrypt"),
        ]

    def _follow(self, *more: str) -> iam.PolicyStatement:
        """A statement has no ARN: who began it may look at it and cancel it."""
        actions = ["redshift-data:CancelStatement", "redshift-data:DescribeStatement", *more]
        return iam.PolicyStatement(sid="FollowStatements", actions=actions, resources=["*"])

    def _key(self, *actions: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(sid="UseKey", actions=list(actions), resources=[self.storage.key.key_arn])
