"""The pull of a paged HTTP source: a schedule that starts a function, and a queue for what it could not do."""

from dataclasses import dataclass

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from lake_constructs.function import FunctionCode, LakeFunction

REPETITIONS = 2  # the most that Lambda takes; each goes on from the page that the one before noted
EVENT_HOURS = 1  # that Lambda tries an event again; later, the schedule has long started another one


@dataclass(frozen=True, kw_only=True)
class PullPlaces:
    """What a pull may use.

    Attributes:
        folder: of `bucket` that its pages land in, as `departures/api`.
        partition: of the table that holds its state, and nothing else.
        secret: name of the secret that it shows; None for an API that asks for none.
        encryption_key: of bucket, table, queue and log; of the secret too, unless that has Secrets Manager's own.
    """

    bucket: s3.IBucket
    folder: str
    table: dynamodb.ITable
    partition: str
    secret: str | None
    dead_letters: sqs.IQueue
    encryption_key: kms.IKey


class ApiPull(Construct):
    """One source's function, its schedule and what becomes of its failures.

    There is no reserved concurrency: the lease in the table lets one run at a time, and an account may have none to reserve.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        code: FunctionCode,
        schedule: str,
        places: PullPlaces,
        memory_mib: int,
        timeout_seconds: int,
        log_days: int,
    ) -> None:
        """Define the pull.

        Args:
            name: literal name of function and schedule, by which alarms and verbs find them.
            schedule: as EventBridge Scheduler takes it.
            timeout_seconds: that a run has; it hands over shortly before.
        """
        super().__init__(scope, construct_id)
        made = LakeFunction(
            self,
            "Pull",
            name=name,
            code=code,
            memory_mib=memory_mib,
            timeout_seconds=timeout_seconds,
            encryption_key=places.encryption_key,
            log_days=log_days,
        )
        made.allow(self._statements(name, places), "The pages of its own dataset; Secrets Manager adds six characters to a secret's name.")
        self.function = made.function
        lambda_.CfnEventInvokeConfig(
            self,
            "Repetitions",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=REPETITIONS,
            maximum_event_age_in_seconds=Duration.hours(EVENT_HOURS).to_seconds(),
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=places.dead_letters.queue_arn)
            ),
        )
        self._start(name, schedule)

    def _statements(self, name: str, places: PullPlaces) -> list[iam.PolicyStatement]:
        stack = Stack.of(self)
        # by its literal name: the function waits for its role's policy, which so cannot wait for the function
        own = stack.format_arn(service="lambda", resource="function", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME)
        statements = [
            iam.PolicyStatement(sid="PutPages", actions=["s3:PutObject"], resources=[places.bucket.arn_for_objects(f"{places.folder}/*")]),
            iam.PolicyStatement(
                sid="KeepState",
                actions=["dynamodb:UpdateItem"],
                resources=[places.table.table_arn],
                conditions={
                    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [places.partition]},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            ),
            iam.PolicyStatement(sid="HandOver", actions=["lambda:InvokeFunction"], resources=[own]),
            iam.PolicyStatement(sid="SetAside", actions=["sqs:SendMessage"], resources=[places.dead_letters.queue_arn]),
            iam.PolicyStatement(sid="UseKey", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[places.encryption_key.key_arn]),
        ]
        if places.secret is None:
            return statements
        secret = stack.format_arn(
            service="secretsmanager", resource="secret", resource_name=f"{places.secret}-??????", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        return [*statements, iam.PolicyStatement(sid="ReadSecret", actions=["secretsmanager:GetSecretValue"], resources=[secret])]

    def _start(self, name: str, schedule: str) -> None:
        """Start the function by schedule; a start that is lost is not made up for: the next one goes on where the last one stopped."""
        role = iam.Role(
            self,
            "StartRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
            ),
            description=f"Starts {name}.",
        )
        role.add_to_policy(iam.PolicyStatement(sid="Start", actions=["lambda:InvokeFunction"], resources=[self.function.function_arn]))
        resource = scheduler.CfnSchedule
        starts = resource(
            self,
            "Schedule",
            name=name,
            description=f"Starts {name}.",
            schedule_expression=schedule,
            schedule_expression_timezone="UTC",
            flexible_time_window=resource.FlexibleTimeWindowProperty(mode="OFF"),
            target=resource.TargetProperty(
                arn=self.function.function_arn,
                role_arn=role.role_arn,
                input="{}",
                retry_policy=resource.RetryPolicyProperty(
                    maximum_event_age_in_seconds=Duration.hours(EVENT_HOURS).to_seconds(), maximum_retry_attempts=REPETITIONS
                ),
            ),
        )
        starts.node.add_dependency(role)  # its policy too, which the schedule does not name
