"""The role that Firehose delivers under, statement by statement."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lake_constructs.access import CatalogTables, use_catalog
from lake_constructs.nag import acknowledge_wildcards


class DeliveryRole(Construct):
    """What one delivery from a stream, through a function, by a table's columns, to a bucket needs, and no more.

    https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3. The constructs of CDK would let it delete objects.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        source: kinesis.IStream,
        transform: lambda_.IFunction,
        bucket: s3.IBucket,
        prefixes: Sequence[str],
        tables: tuple[str, str],
        log: logs.ILogGroup,
        encryption_key: kms.IKey,
    ) -> None:
        """Define the role.

        Args:
            prefixes: patterns of the objects that it writes, as `*/stream/*`.
            tables: database and name of the table whose columns are the schema.
        """
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("firehose.amazonaws.com", conditions={"StringEquals": {"sts:ExternalId": stack.account}}),
            description=f"Delivers {name}.",
        )
        database, table = tables
        statements = [
            iam.PolicyStatement(
                sid="ReadStream",
                actions=["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"],
                resources=[source.stream_arn],
            ),
            iam.PolicyStatement(
                sid="Transform",
                actions=["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"],
                resources=[f"{transform.function_arn}:$LATEST"],
            ),
            iam.PolicyStatement(
                sid="ListBucket",
                actions=["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                resources=[bucket.bucket_arn],
            ),
            iam.PolicyStatement(
                sid="Deliver",
                actions=["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
                resources=[bucket.arn_for_objects(prefix) for prefix in prefixes],
            ),
            use_catalog(
                "ReadSchema", self, CatalogTables(database, [table]), ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]
            ),
            iam.PolicyStatement(sid="WriteLog", actions=["logs:PutLogEvents"], resources=[log.log_group_arn]),
            iam.PolicyStatement(sid="UseKey", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[encryption_key.key_arn]),
        ]
        for statement in statements:
            self.role.add_to_policy(statement)
        acknowledge_wildcards(
            self.role, statements, "Every dataset of the stream has a folder of its own; a log group's streams follow its name."
        )
