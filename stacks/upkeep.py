"""The upkeep of the lake's Iceberg tables: who attaches it, and who looks whether it works."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.access import CatalogTables
from lake_constructs.machines.upkeep import NAMESPACE, Upkeep, watch
from lake_constructs.schedule import MachineSchedule
from lake_constructs.state_machine import LakeMachine
from lake_constructs.table_upkeep import KINDS, TableUpkeep
from stacks.job_permissions import QUARANTINE
from stacks.names import UPKEEP, Names
from stacks.storage_stack import StorageStack

ZONES = (Zone.PROCESSED, Zone.CONSUMER)
LOOK_MINUTES = 30  # the alarm looks at an hour, so one look may fail


def tables_of(names: Names, contracts: Mapping[str, Contract]) -> dict[str, Sequence[str]]:
    """Return dataset -> its Iceberg tables, each with its database before a dot."""
    return {
        contract.name: [
            f"{names.database(contract.zone)}.{contract.name}{suffix}" for suffix in ([""] if contract.is_product else ["", QUARANTINE])
        ]
        for contract in contracts.values()
    }


class LakeUpkeep(TableUpkeep):
    """The upkeep of all Iceberg tables of a lake, as its settings want it."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, storage: StorageStack) -> None:
        wanted, names = settings.upkeep, Names(settings.name)
        super().__init__(
            scope,
            construct_id,
            buckets=[storage.buckets[zone] for zone in ZONES],
            databases=[names.database(zone) for zone in ZONES],
            encryption_key=storage.key,
            snapshot_days=wanted.snapshot_days,
            snapshots_kept=wanted.snapshots_kept,
            orphan_days=wanted.orphan_days,
        )
        self.names = names

    def of(self, contracts: Mapping[str, Contract]) -> Upkeep:
        """Return what the refresh machine attaches."""
        return Upkeep(
            account=Stack.of(self).account,
            tables=tables_of(self.names, contracts),
            optimizers=self.optimizers,
            fingerprint=self.fingerprint,
        )


class UpkeepWatch(Construct):
    """A machine that counts, by a schedule, the optimizers that do not work."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        contracts: Mapping[str, Contract],
        storage: StorageStack,
    ) -> None:
        super().__init__(scope, construct_id)
        names, stack = Names(settings.name), Stack.of(self)
        tables = [arn for zone in ZONES for arn in CatalogTables(names.database(zone), ["*"]).arns(self)]
        machine = LakeMachine(
            self,
            "Watch",
            name=names.of(UPKEEP),
            kind=sfn.StateMachineType.EXPRESS,
            definition=watch(settings.name, storage.ledger.table_name, stack.account, tables=tables_of(names, contracts), kinds=KINDS),
            statements=[
                iam.PolicyStatement(sid="ReadPublications", actions=["dynamodb:BatchGetItem"], resources=[storage.ledger.table_arn]),
                iam.PolicyStatement(sid="UseKey", actions=["kms:Decrypt"], resources=[storage.key.key_arn]),
                iam.PolicyStatement(sid="ReadOptimizers", actions=["glue:GetTableOptimizer"], resources=list(dict.fromkeys(tables))),
                iam.PolicyStatement(
                    sid="SendCount",
                    actions=["cloudwatch:PutMetricData"],
                    resources=["*"],  # it takes no resource, but a namespace
                    conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
                ),
            ],
            encryption_key=storage.key,
            log_days=settings.logs.retention_days,
        ).machine
        MachineSchedule(self, "Look", name=names.of(UPKEEP), machine=machine, minutes=LOOK_MINUTES)
