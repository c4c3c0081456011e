"""The machines by which the warehouse's copies follow their products."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Tags
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from lake_constructs.event_rule import MachineRule
from lake_constructs.machines.load import LoadTargets, load
from lake_constructs.machines.load_request import load_request
from lake_constructs.notification import UndeliveredQueue
from lake_constructs.state_machine import LakeMachine
from lake_constructs.warehouse import DATABASE, tags_of_database_roles
from stacks.aftercare import LOADS as CARED
from stacks.aftercare import Aftercare, of_loads
from stacks.names import LOAD, LOAD_REQUEST, LOADS, LOADS_UNDELIVERED, WAREHOUSE, Names
from stacks.storage_stack import StorageStack
from stacks.warehouse_permissions import WarehousePermissions
from warehouse.definitions import LOADER
from warehouse.loads import statements

WAIT_MINUTES = 5  # for capacity, before the time of a statement runs


class Loads(Construct):
    """A load starts with each `Dataset Refreshed` of a product that the warehouse keeps a copy of."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        storage: StorageStack,
        natives: Sequence[Contract],
        failures: sns.ITopic,
        workgroup_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        names, ledger = Names(settings.name), storage.ledger.table_name
        permissions = WarehousePermissions(self, settings, storage)
        load_arn = permissions.machine_arn(LOAD)
        targets = LoadTargets(
            ledger=ledger,
            load=load_arn,
            failures=failures.topic_arn,
            workgroup=names.of(WAREHOUSE),
            database=DATABASE,
            timeout_seconds=60 * (settings.warehouse.statement_timeout_minutes + WAIT_MINUTES),
        )
        log: Mapping[str, Any] = {"encryption_key": storage.key, "log_days": settings.logs.retention_days}
        loading = LakeMachine(
            self,
            "Load",
            name=names.of(LOAD),
            kind=sfn.StateMachineType.STANDARD,
            definition=load(targets, statements={contract.name: statements(contract) for contract in natives}),
            statements=permissions.load(workgroup_arn, failures.topic_arn),
            **log,
        )
        for key, value in tags_of_database_roles(LOADER).items():
            Tags.of(loading.role).add(key, value)
        requests = LakeMachine(
            self,
            "Request",
            name=names.of(LOAD_REQUEST),
            kind=sfn.StateMachineType.EXPRESS,
            definition=load_request(ledger, load_arn),
            statements=permissions.load_request(),
            **log,
        ).machine
        undelivered = UndeliveredQueue(self, "Undelivered", name=names.of(LOADS_UNDELIVERED), encryption_key=storage.key).queue
        role = iam.Role(self, "RuleRole", assumed_by=iam.ServicePrincipal("events.amazonaws.com"), description="Requests loads.")
        pattern = events.EventPattern(
            source=[names.event_source],
            detail_type=["Dataset Refreshed", "Load Requested"],
            detail={"dataset": [contract.name for contract in natives]},
        )
        MachineRule(self, "Rule", name=names.of(LOADS), pattern=pattern, machine=requests, undelivered=undelivered, role=role)
        told: Mapping[str, Any] = {"failures": failures, "undelivered": undelivered}
        Aftercare(self, "After", settings=settings, storage=storage, cared=CARED, datasets=of_loads(natives), **told)
