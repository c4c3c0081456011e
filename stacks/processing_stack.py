"""The jobs of one business domain."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.glue_job import DPUS, GlueSecurity, JobLogs, SparkJob
from lake_constructs.log_errors import JOBS
from lake_constructs.run_alarms import RUN_METRICS
from stacks.catalog_stack import CatalogStack
from stacks.job_code import JobCode
from stacks.job_permissions import JobPermissions
from stacks.storage_stack import StorageStack


class ProcessingStack(Stack):
    """One Glue job per dataset of a domain; a stack per domain, so that hundreds of datasets stay under 500 resources each."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        domain: str,
        settings: Settings,
        contracts: Mapping[str, Contract],
        storage: StorageStack,
        catalog: CatalogStack,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        self._catalog, self._contracts = catalog, contracts
        # asked for once, not for each job: each question is a message to the CDK's node process
        self._ledger = storage.ledger.table_name
        self._buckets = {zone: bucket.bucket_name for zone, bucket in storage.buckets.items()}
        name, run, days = settings.name, settings.processing, settings.logs.retention_days
        security = GlueSecurity(self, "Security", name=f"{name}-{domain}", encryption_key=storage.key)
        logs = JobLogs(self, "Logs", name=f"{name}-{domain}", part=f"{name}-{JOBS}", encryption_key=storage.key, log_days=days)
        permissions = JobPermissions(self, storage, catalog, contracts)
        code = JobCode(self, "Code")
        for contract in contracts.values():
            if contract.domain == domain:
                script, own = code.script(contract), code.contract(contract)
                job = SparkJob(
                    self,
                    contract.name,
                    name=f"{name}-{contract.name}",
                    script=script.uri,
                    arguments={
                        "--extra-py-files": code.shared.uri,
                        "--contract": own.uri,
                        "--lake": name,
                        "--dpus": str(DPUS[run.worker_type] * run.workers),
                        **self._arguments(contract),
                    },
                    security=security,
                    logs=logs,
                    glue_version=run.glue_version,
                    worker_type=run.worker_type,
                    workers=run.workers,
                    timeout_minutes=run.timeout_minutes,
                    metrics=[RUN_METRICS],
                )
                job.allow(permissions.of(contract, [script, code.shared, own]), "The objects of its own datasets, whatever their names.")

    def _arguments(self, contract: Contract) -> dict[str, str]:
        """Return where a job reads and writes."""
        places = {
            "--database": self._catalog.databases[contract.zone],
            "--ledger_table": self._ledger,
            "--warehouse": f"s3://{self._buckets[contract.zone]}",
        }
        if contract.is_product:
            databases = {name: self._catalog.databases[self._contracts[name].zone] for name in contract.inputs}
            return {**places, "--inputs": ",".join(f"{database}.{name}" for name, database in databases.items())}
        return {
            **places,
            "--raw_bucket": self._buckets[Zone.RAW],
            "--job-bookmark-option": "job-bookmark-enable",
        }
