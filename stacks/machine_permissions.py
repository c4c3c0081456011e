"""What the state machines may do, statement by statement."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import IConstruct

from lake_constructs.access import use_items
from stacks.storage_stack import StorageStack


class MachinePermissions:
    """Makes the statements of a machine's role."""

    def __init__(self, scope: IConstruct, *, name: str, storage: StorageStack, failures: sns.ITopic) -> None:
        self.stack, self.name, self.storage, self.failures = Stack.of(scope), name, storage, failures

    def machine_arn(self, machine: str) -> str:
        """Return the ARN of a machine by its literal name: a machine that names itself cannot take it from the resource."""
        return self.stack.format_arn(
            service="states", resource="stateMachine", resource_name=f"{self.name}-{machine}", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )

    def intake(self) -> list[iam.PolicyStatement]:
        """Return what intake needs."""
        executions = self.stack.format_arn(
            service="states", resource="execution", resource_name=f"{self.name}-refresh:*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        return [
            use_items("RecordArrivals", self.storage.ledger, None, ["dynamodb:PutItem", "dynamodb:UpdateItem"]),
            iam.PolicyStatement(sid="IsHolderAlive", actions=["states:DescribeExecution"], resources=[executions]),
            *self._shared(),
        ]

    def refresh(self, event_source: str) -> list[iam.PolicyStatement]:
        """Return what a refresh needs."""
        jobs = self.stack.format_arn(service="glue", resource="job", resource_name=f"{self.name}-*")
        bus = self.stack.format_arn(service="events", resource="event-bus", resource_name="default")
        return [
            use_items("KeepRuns", self.storage.ledger, None, ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"]),
            iam.PolicyStatement(
                sid="RunJobs",
                # https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
                actions=["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
                resources=[jobs],
            ),
            iam.PolicyStatement(
                sid="Announce",
                actions=["events:PutEvents"],
                resources=[bus],
                conditions={"ForAllValues:StringEquals": {"events:source": [event_source]}, "Null": {"events:source": "false"}},
            ),
            *self._shared(),
        ]

    def _shared(self) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(sid="StartRefresh", actions=["states:StartExecution"], resources=[self.machine_arn("refresh")]),
            iam.PolicyStatement(sid="TellOfFailure", actions=["sns:Publish"], resources=[self.failures.topic_arn]),
            iam.PolicyStatement(
                sid="UseKey",
                actions=["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                resources=[self.storage.key.key_arn],
            ),
        ]
