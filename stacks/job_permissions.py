"""What each kind of job may do, statement by statement; nothing that a test has not seen to be necessary."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.access import CatalogTables, list_prefixes, use_catalog, use_items, use_objects
from stacks.catalog_stack import CatalogStack
from stacks.job_code import CodeObject
from stacks.storage_stack import StorageStack

QUARANTINE = "_quarantine"  # what the table of set-apart rows has behind the dataset's name
READ = ("s3:GetObject",)
WRITE = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload")
OWN_TABLES = ("glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable")
READ_TABLES = ("glue:GetDatabase", "glue:GetTable")
KEEP_ACCOUNTS = (
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)


class JobPermissions:
    """Makes the statements of a dataset's job."""

    def __init__(self, scope: IConstruct, storage: StorageStack, catalog: CatalogStack, contracts: Mapping[str, Contract]) -> None:
        self.scope, self.storage, self.catalog, self.contracts = scope, storage, catalog, contracts

    def of(self, contract: Contract, code: Sequence[CodeObject]) -> list[iam.PolicyStatement]:
        """Return what the job of `contract` needs, besides its own log, metrics and key."""
        own = [self._code(code), *self._own_tables(contract), self._ledger(contract)]
        return [*own, *(self._inputs(contract) if contract.is_product else self._raw(contract))]

    def _code(self, code: Sequence[CodeObject]) -> iam.PolicyStatement:
        # named one by one: `Asset.grant_read` gives the whole bucket
        return iam.PolicyStatement(sid="ReadCode", actions=list(READ), resources=[part.arn for part in code])

    def _raw(self, contract: Contract) -> list[iam.PolicyStatement]:
        raw, prefixes = self.storage.buckets[Zone.RAW], [source.location.rstrip("/") for source in contract.sources]
        return [list_prefixes("ListRaw", raw, prefixes), use_objects("ReadRaw", raw, prefixes, READ)]

    def _own_tables(self, contract: Contract) -> list[iam.PolicyStatement]:
        names = [contract.name] if contract.is_product else [contract.name, contract.name + QUARANTINE]
        bucket, tables = self.storage.buckets[contract.zone], CatalogTables(self.catalog.databases[contract.zone], names)
        return [
            list_prefixes("ListTables", bucket, names),
            use_objects("WriteTables", bucket, names, WRITE),
            use_catalog("OwnTables", self.scope, tables, OWN_TABLES),
        ]

    def _inputs(self, contract: Contract) -> list[iam.PolicyStatement]:
        statements: list[iam.PolicyStatement] = []
        for zone in (Zone.PROCESSED, Zone.CONSUMER):
            names = [name for name in contract.inputs if self.contracts[name].zone is zone]
            if names:
                tables = CatalogTables(self.catalog.databases[zone], names)
                statements.append(use_objects(f"Read{zone.value.title()}", self.storage.buckets[zone], names, READ))
                statements.append(use_catalog(f"Find{zone.value.title()}", self.scope, tables, READ_TABLES))
        return statements

    def _ledger(self, contract: Contract) -> iam.PolicyStatement:
        return use_items("KeepAccounts", self.storage.ledger, [contract.name], KEEP_ACCOUNTS)
