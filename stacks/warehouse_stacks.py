"""The warehouse and its network, in environments that have them."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns

from config.settings import Settings
from stacks.catalog_stack import CatalogStack
from stacks.network_stack import NetworkStack
from stacks.properties import properties
from stacks.warehouse_permissions import streams
from stacks.warehouse_stack import WarehouseStack


def warehouse_stacks(app: App, catalog: CatalogStack, failures: sns.ITopic, shared: Mapping[str, Any]) -> None:
    """Define them.

    Args:
        catalog: has the databases that the warehouse reads.
        failures: the topic that is told of a load that failed.
        shared: what every stack is given.
    """
    settings: Settings = shared["settings"]
    if settings.warehouse.enabled:
        network = None if settings.network.vpc_id else NetworkStack(app, "Network", **shared, **properties(settings, "network"))
        warehouse = WarehouseStack(app, "Warehouse", network=network, failures=failures, **shared, **properties(settings, "warehouse"))
        ingestion = app.node.try_find_child("Ingestion")
        if isinstance(ingestion, Stack) and streams(settings, shared["contracts"].values()):
            warehouse.add_stack_dependency(ingestion)  # a materialized view wants its stream to be there
        warehouse.add_stack_dependency(catalog)  # the external schema names its database by a literal, which orders nothing
