"""What CloudFormation has no type for, done by functions: the limit of what the warehouse uses, and what it holds."""

from typing import Any

from constructs import Construct

from lake_constructs.custom_resource import made_by
from lake_constructs.function import LakeFunction
from lake_constructs.warehouse import DATABASE
from stacks.names import LOAD_REQUEST, MIGRATE, USAGE_LIMIT, WAREHOUSE, Names
from stacks.warehouse_code import limiting, migrating
from stacks.warehouse_permissions import WarehousePermissions
from warehouse.plan import Plan, digest

MIGRATE_SECONDS, LIMIT_SECONDS = 900, 60
MEMORY_MIB = 256  # they wait for answers
WILDCARDS = "Statements and secrets, whose names others choose."


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
        function = LakeFunction(
            self, "Function", name=names.of(USAGE_LIMIT), code=limiting(), memory_mib=MEMORY_MIB, timeout_seconds=LIMIT_SECONDS, **log
        )
        function.allow(permissions.limit(), WILDCARDS)
        made_by(
            function,
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
        environment = {
            "WORKGROUP": names.of(WAREHOUSE),
            "DATABASE": DATABASE,
            "ADMIN_SECRET": secret,
            "LOAD_REQUESTS": permissions.machine_arn(LOAD_REQUEST),
        }
        code = migrating(plan, environment)
        function = LakeFunction(self, "Function", name=self.name, code=code, memory_mib=MEMORY_MIB, timeout_seconds=MIGRATE_SECONDS, **log)
        function.allow(permissions.migrate(workgroup_arn, secret), WILDCARDS)
        self.resource = made_by(function, "Plan", "LakeMigrations", {"Plan": digest(plan.to_json())})
