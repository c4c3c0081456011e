"""What readers and writers share: databases, the crawlers of raw, and the way to query them."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_glue as glue
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.query import QueryWorkgroup
from stacks.names import Names
from stacks.raw_crawlers import RawCrawlers
from stacks.storage_stack import StorageStack


class CatalogStack(Stack):
    """One database per zone, a crawler per dataset of raw, one Athena workgroup; apart because every job and every reader names them.

    Tables are not here: a crawler owns its raw table, and a job owns its Iceberg table. One that CloudFormation owns loses its metadata on the next update
    (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2495).
    """

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
        super().__init__(scope, construct_id, termination_protection=settings.storage.protected, **stack)
        name = settings.name
        self.databases = {zone: Names(name).database(zone) for zone in Zone}
        for zone, database in self.databases.items():
            resource = glue.CfnDatabase(
                self,
                f"{zone.value.title()}Database",
                catalog_id=self.account,
                database_input=glue.CfnDatabase.DatabaseInputProperty(
                    name=database, location_uri=f"s3://{storage.buckets[zone].bucket_name}/", description=f"Tables of the {zone} zone."
                ),
            )
            # a database that goes takes its tables along, and they are the only way to the data
            resource.apply_removal_policy(storage.removal_policy)
        RawCrawlers(
            self,
            "Crawlers",
            name=name,
            contracts=contracts,
            bucket=storage.buckets[Zone.RAW],
            database=self.databases[Zone.RAW],
            encryption_key=storage.key,
        )
        QueryWorkgroup(
            self,
            "Query",
            name=name,
            results=storage.query_results,
            encryption_key=storage.key,
            scan_limit_gib=settings.query.scan_limit_gib,
        )

        for zone, database in self.databases.items():
            CfnOutput(self, f"{zone.value.title()}DatabaseName", value=database)
        CfnOutput(self, "Workgroup", value=name)
