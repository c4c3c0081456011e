"""What CloudFormation has no type for, done by functions: the limit of what the warehouse uses, and what it holds."""

from typing import Any

from constructs import Construct

from lake_constructs.administration import AdministrationFunction
from lake_constructs.warehouse import DATABASE
from stacks.names import LOAD_REQUEST, MIGRATE, USAGE_LIMIT, WAREHOUSE, Names
from stacks.warehouse_code import limiting, migrating
from stacks.warehouse_permissions import WarehousePermissions
from warehouse.plan import Plan, digest

MIGRATE_MINUTES, LIMIT_MINUTES = 15, 1


class UsageLimit(Construct):
    """Refuses user queries for the rest of a day on which they used what they may."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        workgroup_arn: str,
        rpu_hours: int,
        permissions: WarehousePermissions,
        **log: Any,
    ) -> None:
        super().__init__(scope, construct_id)
        function = AdministrationFunction(
            self,
            "Function",
            name=names.of(USAGE_LIMIT),
            code=limiting(),
            handler="lambdas.usage_limit.handler.handle",
            environment={},
            statements=permissions.limit(),
            minutes=LIMIT_MINUTES,
            **log,
        )
        function.resource(
            "Daily",
            "LakeUsageLimit",
            {"WorkgroupArn": workgroup_arn, "RpuHours": str(rpu_hours), "Period": "daily", "BreachAction": "deactivate"},
        )


class Migrations(Construct):
    """Brings the warehouse to its plan at each deploy that changes the plan, and whenever a person asks for it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        plan: Plan,
        workgroup_arn: str,
        secret: str,
        permissions: WarehousePermissions,
        **log: Any,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = names.of(MIGRATE)
        function = AdministrationFunction(
            self,
            "Function",
            name=self.name,
            code=migrating(plan),
            handler="lambdas.migrate.handler.handle",
            environment={
                "WORKGROUP": names.of(WAREHOUSE),
                "DATABASE": DATABASE,
                "ADMIN_SECRET": secret,
                "LOAD_REQUESTS": permissions.machine_arn(LOAD_REQUEST),
            },
            statements=permissions.migrate(workgroup_arn, secret),
            minutes=MIGRATE_MINUTES,
            **log,
        )
        self.resource = function.resource("Plan", "LakeMigrations", {"Plan": digest(plan.to_json())})
