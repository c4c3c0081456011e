"""The lake as a CDK app: settings and contracts in, one line per stack, the company's extension, synth."""

import gc
import sys
from collections.abc import Mapping
from typing import Any

if __name__ == "__main__":
    gc.disable()  # all that is made lives until the end, a few seconds on; to look through it for garbage took a sixth of Python's time

from aws_cdk import App

from company.extend import extend
from config import read as config
from config.datasets import dataset_folders
from config.settings import Settings
from contracts import read as contracts_of
from contracts.contract import Contract
from contracts.document import ContractError
from lake_constructs.delivery_plan import ImpossibleDeliveryError
from stacks.api_pull_stack import ApiPullStack
from stacks.catalog_stack import CatalogStack
from stacks.checks import check
from stacks.ingestion_stack import IngestionStack
from stacks.monitoring_stack import MonitoringStack
from stacks.orchestration_stack import OrchestrationStack
from stacks.processing_stack import ProcessingStack
from stacks.properties import properties, tag
from stacks.storage_stack import StorageStack
from stacks.warehouse_stacks import warehouse_stacks


def lake(app: App, settings: Settings, contracts: Mapping[str, Contract]) -> None:
    """Define every stack of the lake in `app`."""
    shared: dict[str, Any] = {"settings": settings, "contracts": contracts}
    shared["storage"] = StorageStack(app, "Storage", **shared, **properties(settings, "storage"))
    catalog = CatalogStack(app, "Catalog", **shared, **properties(settings, "catalog"))
    if any(contract.stream is not None for contract in contracts.values()):
        IngestionStack(app, "Ingestion", catalog=catalog, **shared, **properties(settings, "ingestion"))
    if any(contract.pull is not None for contract in contracts.values()):
        ApiPullStack(app, "ApiPull", **shared, **properties(settings, "api-pull"))
    for area in sorted({contract.domain for contract in contracts.values()}):
        ProcessingStack(app, f"Processing-{area}", domain=area, catalog=catalog, **shared, **properties(settings, f"processing-{area}"))
    flow = OrchestrationStack(app, "Orchestration", **shared, **properties(settings, "orchestration"))
    warehouse_stacks(app, catalog, flow.failures, shared)
    MonitoringStack(app, "Monitoring", **shared, **properties(settings, "monitoring"))
    tag(app, settings)
    extend(app, settings)
    check(app)


if __name__ == "__main__":
    app = App()
    try:
        settings = config.settings(app.node.try_get_context("env") or "dev")
        lake(app, settings, contracts_of.read(dataset_folders(settings)))
    except (config.SettingsError, ContractError, ImpossibleDeliveryError) as error:
        sys.exit(str(error))
    app.synth()
