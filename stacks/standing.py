"""Who looks for what stands still in the ledger."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config.settings import Settings
from lake_constructs.machines.standing import NAMESPACE, standing
from lake_constructs.schedule import MachineSchedule
from lake_constructs.state_machine import LakeMachine
from stacks.names import STANDING, Names
from stacks.storage_stack import StorageStack

LOOK_MINUTES = 15  # an alarm looks at an hour, so three looks may fail in a row


class StandingWatch(Construct):
    """A machine that looks, by a schedule, for leases that are held for long and for objects that wait."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, datasets: Sequence[str], hours: int, storage: StorageStack
    ) -> None:
        super().__init__(scope, construct_id)
        name, ledger = Names(settings.name).of(STANDING), storage.ledger
        machine = LakeMachine(
            self,
            "Watch",
            name=name,
            kind=sfn.StateMachineType.EXPRESS,
            definition=standing(settings.name, ledger.table_name, datasets=datasets, hours=hours),
            statements=[
                iam.PolicyStatement(sid="ReadLeases", actions=["dynamodb:BatchGetItem"], resources=[ledger.table_arn]),
                iam.PolicyStatement(sid="CountWaiting", actions=["dynamodb:Query"], resources=[f"{ledger.table_arn}/index/pending"]),
                iam.PolicyStatement(sid="UseKey", actions=["kms:Decrypt"], resources=[storage.key.key_arn]),
                iam.PolicyStatement(
                    sid="SendCounts",
                    actions=["cloudwatch:PutMetricData"],
                    resources=["*"],  # it takes no resource, but a namespace
                    conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
                ),
            ],
            encryption_key=storage.key,
            log_days=settings.logs.retention_days,
        ).machine
        MachineSchedule(self, "Look", name=name, machine=machine, minutes=LOOK_MINUTES)
