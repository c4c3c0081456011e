"""The crawlers of raw: one per dataset that arrives as files."""

from collections.abc import Mapping

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contracts.contract import STREAM, Contract, Source
from lake_constructs.crawler import CrawlerRole, CsvClassifier, FolderCrawler
from lake_constructs.glue_job import GlueSecurity


class RawCrawlers(Construct):
    """A crawler per dataset, since a schedule is the contract's own; one role for all, since the raw database is."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        contracts: Mapping[str, Contract],
        bucket: s3.IBucket,
        database: str,
        encryption_key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        self._classifiers: dict[str, CsvClassifier] = {}
        sources = {contract: contract.source for contract in contracts.values() if contract.source is not None}
        if not sources:
            return
        role = CrawlerRole(self, "Access", bucket=bucket, database=database, encryption_key=encryption_key)
        security = GlueSecurity(self, "Security", name=f"{name}-raw-crawlers", encryption_key=encryption_key)
        for contract, source in sources.items():
            FolderCrawler(
                self,
                contract.name,
                name=f"{name}-raw-{contract.name}",
                bucket=bucket,
                # the dataset's folder, one above the source's: the last part names the table
                folder=contract.name,
                database=database,
                role=role,
                security=security,
                # what the stream delivers has other columns, and a table of its own
                exclusions=[f"{STREAM}/**"] if contract.stream else [],
                classifier=self._classifier(contract.name, source) if source.format == "csv" else None,
                schedule=contract.crawl,
            )

    def _classifier(self, dataset: str, source: Source) -> CsvClassifier:
        """Return the classifier of a dataset: objects with a header share the one of their delimiter."""
        kind = f"delimited-by-{'-'.join(f'{ord(character):x}' for character in source.delimiter)}" if source.header else dataset
        if kind not in self._classifiers:
            header = None if source.header else [field.name for field in source.fields]
            self._classifiers[kind] = CsvClassifier(
                self, f"Csv-{kind}", name=f"{self._name}-raw-csv-{kind}", delimiter=source.delimiter, header=header
            )
        return self._classifiers[kind]
