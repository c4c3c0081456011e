"""What the machine that measures ages may do."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from lake_constructs.machines.freshness import NAMESPACE
from stacks.storage_stack import StorageStack


def freshness_statements(stack: Stack, name: str, storage: StorageStack) -> list[iam.PolicyStatement]:
    """Return what it needs: to read the ledger and jobs, and to send one kind of metric."""
    return [
        iam.PolicyStatement(sid="ReadPublications", actions=["dynamodb:BatchGetItem"], resources=[storage.ledger.table_arn]),
        iam.PolicyStatement(sid="UseKey", actions=["kms:Decrypt"], resources=[storage.key.key_arn]),
        iam.PolicyStatement(
            sid="ReadJobs", actions=["glue:GetJob"], resources=[stack.format_arn(service="glue", resource="job", resource_name=f"{name}-*")]
        ),
        iam.PolicyStatement(
            sid="SendAges",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],  # it takes no resource, but a namespace
            conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
    ]
