"""How records arrive that somebody has to ask for."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.pull import PARTITION, Pull
from contracts.zone import Zone
from lake_constructs.api_pull import ApiPull, PullPlaces
from lake_constructs.function import FunctionCode
from lake_constructs.notification import UndeliveredQueue
from lake_constructs.pull_alarms import PULL_METRICS
from stacks.archive import archive
from stacks.names import PULLS_SET_ASIDE, Names
from stacks.storage_stack import StorageStack

PULLS = ("lambdas/__init__.py", "lambdas/api_pull/*.py", "contracts/__init__.py", "contracts/pull.py")


class ApiPullStack(Stack):
    """A function per dataset that is pulled, each under a role of its own; apart because a lake that pulls nothing has none."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        contracts: Mapping[str, Contract],
        storage: StorageStack,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        self._settings, self._storage, self._names = settings, storage, Names(settings.name)
        self._archive = archive(PULLS)
        queue = UndeliveredQueue(self, "SetAside", name=self._names.of(PULLS_SET_ASIDE), encryption_key=storage.key).queue
        for contract in contracts.values():
            if contract.pull is not None and contract.source is not None:
                folder = contract.source.location.rstrip("/")
                known_by = contract.pull.authentication
                ApiPull(
                    self,
                    contract.name,
                    name=self._names.pull(contract.name),
                    code=self._code(contract.name, contract.pull, folder),
                    schedule=contract.pull.schedule,
                    places=PullPlaces(
                        bucket=storage.buckets[Zone.RAW],
                        folder=folder,
                        table=storage.ledger,
                        partition=PARTITION.format(contract.name),
                        secret=known_by.secret if known_by else None,
                        dead_letters=queue,
                        encryption_key=storage.key,
                    ),
                    memory_mib=settings.pull.memory_mib,
                    timeout_seconds=settings.pull.timeout_seconds,
                    log_days=settings.logs.retention_days,
                )
        CfnOutput(self, "SetAsideQueueUrl", value=queue.queue_url)

    def _code(self, dataset: str, pull: Pull, folder: str) -> FunctionCode:
        """Return what the function of a dataset runs: the code of all, told apart by its variables."""
        environment = {
            "DATASET": dataset,
            "PULL": pull.to_json(),
            "RAW_BUCKET": self._storage.buckets[Zone.RAW].bucket_name,
            "FOLDER": folder,
            "LEDGER_TABLE": self._storage.ledger.table_name,
            "POWERTOOLS_SERVICE_NAME": self._names.pull(dataset),
            "POWERTOOLS_METRICS_NAMESPACE": PULL_METRICS,
        }
        layers = [self._settings.functions.powertools_layer]
        return FunctionCode(archive=self._archive, handler="lambdas.api_pull.handler.handler", layers=layers, environment=environment)
