"""SQL over the lake and over copies of it, in Redshift."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_sns as sns
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from lake_constructs.warehouse import DATABASE, Warehouse, lake_reader_role
from stacks.names import LOAD, LOAD_REQUEST, WAREHOUSE, Names
from stacks.network_stack import NetworkStack
from stacks.storage_stack import StorageStack
from stacks.warehouse_administration import Migrations, UsageLimit
from stacks.warehouse_code import plan
from stacks.warehouse_loads import Loads
from stacks.warehouse_permissions import WarehousePermissions, streams
from warehouse.definitions import natives


class WarehouseStack(Stack):
    """Namespace, workgroup, what they hold, and the loads; apart because it costs by the hour, and a lake can do without.

    Whatever the warehouse holds is made of the lake and of files of the checkout, so nothing of it is retained.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        contracts: Mapping[str, Contract],
        storage: StorageStack,
        network: NetworkStack | None,
        failures: sns.ITopic,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=settings.storage.protected, **stack)
        names, limits, place = Names(settings.name), settings.warehouse, network or settings.network
        permissions = WarehousePermissions(self, settings, storage)
        log: dict[str, Any] = {"encryption_key": storage.key, "log_days": settings.logs.retention_days}
        role = lake_reader_role(self, "Reader", permissions.reader(streams=streams(settings, contracts.values())))
        warehouse = Warehouse(self, "Lake", name=names.of(WAREHOUSE), role=role, audit_log=limits.audit_log, **log)
        workgroup = warehouse.serve(
            base_rpus=limits.base_rpus,
            max_rpus=limits.max_rpus,
            statement_seconds=60 * limits.statement_timeout_minutes,
            subnet_ids=place.subnet_ids,
            security_group_ids=place.security_group_ids,
        )
        arn, copies = workgroup.attr_workgroup_workgroup_arn, natives(contracts.values())
        limit = UsageLimit(self, "Limit", names=names, workgroup_arn=arn, rpu_hours=limits.daily_rpu_hours, permissions=permissions, **log)
        loads = (
            Loads(self, "Loads", settings=settings, storage=storage, natives=copies, failures=failures, workgroup_arn=arn)
            if copies
            else None
        )
        migrations = Migrations(
            self,
            "Migrate",
            names=names,
            plan=plan(settings, contracts),
            workgroup_arn=arn,
            secret=warehouse.admin_secret,
            permissions=permissions,
            **log,
        )
        # after the limit, so that no statement is ever run without one
        migrations.resource.node.add_dependency(workgroup, limit, *([loads] if loads else []))

        told = {
            "WorkgroupName": warehouse.name,
            "NamespaceName": warehouse.name,
            "WarehouseDatabase": DATABASE,
            "AdminSecretName": warehouse.admin_secret,
            "MigrateFunctionName": migrations.name,
            **(
                {"LoadMachineArn": permissions.machine_arn(LOAD), "LoadRequestMachineArn": permissions.machine_arn(LOAD_REQUEST)}
                if loads
                else {}
            ),
        }
        for output, value in told.items():
            CfnOutput(self, output, value=value)
