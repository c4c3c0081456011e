"""What the warehouse's functions are given: their code, and the plan of what the warehouse is to hold."""

from collections.abc import Mapping

from config.settings import Settings
from contracts.contract import Contract
from contracts.document import ContractError
from lake_constructs.function import FunctionCode
from stacks.archive import archive
from stacks.names import STREAM, Names
from stacks.warehouse_permissions import readable_zones, streams
from warehouse.definitions import definitions, natives
from warehouse.loads import statements
from warehouse.migrations import read
from warehouse.plan import Definition, Plan, unfit

COMMON = ("lambdas/__init__.py", "lambdas/common/*.py")
MIGRATES = (*COMMON, "lambdas/migrate/*.py", *(f"warehouse/{module}.py" for module in ("__init__", "apply", "plan", "sql", "widening")))
LIMITS = (*COMMON, "lambdas/usage_limit/*.py")


def plan(settings: Settings, contracts: Mapping[str, Contract]) -> Plan:
    """Return what the warehouse is to hold.

    Raises:
        MigrationFileError: a migration that could not be applied.
        ContractError: a contract makes statements that the Data API does not take.
    """
    databases = {zone: f"{settings.name}_{zone}" for zone in readable_zones(settings)}
    stream = Names(settings.name).of(STREAM) if streams(settings, contracts.values()) else None
    made = tuple(definitions(contracts.values(), databases, settings.warehouse.share_with, stream))
    loads = (Definition(name=f"load:{contract.name}", statements=tuple(statements(contract))) for contract in natives(contracts.values()))
    if problems := unfit([*made, *loads]):
        raise ContractError(problems)
    return Plan(migrations=read(), definitions=made)


def migrating(made: Plan, environment: Mapping[str, str]) -> FunctionCode:
    """Return what the function runs that brings the warehouse to its plan."""
    code = archive(MIGRATES, {"plan.json": made.to_json()})
    return FunctionCode(archive=code, handler="lambdas.migrate.handler.handle", environment=environment)


def limiting() -> FunctionCode:
    """Return what the function runs that limits usage."""
    return FunctionCode(archive=archive(LIMITS), handler="lambdas.usage_limit.handler.handle")
