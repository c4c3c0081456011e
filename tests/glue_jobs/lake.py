"""A lake of one dataset in folders and memory, to refresh as the job does."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
from boto3.dynamodb.types import TypeDeserializer
from pyspark.sql import DataFrame, SparkSession

from contracts.asked import ITEM, Ask
from contracts.contract import Contract, Source
from glue_jobs.common.catalog import Catalog
from glue_jobs.common.contents import name_fault
from glue_jobs.common.ledger import Ledger
from glue_jobs.common.lines import Read
from glue_jobs.common.objects import Objects
from glue_jobs.common.parquet import read_objects
from glue_jobs.common.run import Outcome, RawRun
from glue_jobs.common.steps import Steps
from glue_jobs.raw_to_processed import refresh
from tests.glue_jobs.fakes import FakeDynamoDB, FakeGlue, FakeS3

NOW = datetime(2014, 1, 1, tzinfo=UTC)


@dataclass
class Lake:
    """Lands objects and refreshes.

    Attributes:
        bookmark: whether the bookmarked read gives what landed since the last run that ended; else only the ledger knows of it.
        asked_for_spark: how often, since it was last set to zero.
    """

    spark: SparkSession
    buckets: Path
    contract: Contract
    bookmark: bool = True
    runs: int = 0
    asked_for_spark: int = 0
    fresh: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.s3, self.dynamodb, self.glue = FakeS3(self.buckets / "raw"), FakeDynamoDB(), FakeGlue()
        self.warehouse = FakeS3(self.buckets / "processed")
        client = cast(Any, self.dynamodb)
        self.ledger = Ledger(client, "ledger", self.contract.name, clock=lambda: NOW)

    def land(self, name: str, *lines: str, body: bytes | None = None, minute: int | None = None) -> str:
        """Put an object into raw, and its arrival into the ledger as intake does; return its key."""
        assert self.contract.source
        body = "".join(f"{line}\n" for line in lines).encode() if body is None else body
        return self._land(f"{self.contract.source.location}ingest_date=2013-01-01/{name}", body, minute)

    def stream(self, name: str, *rows: Mapping[str, str | None], minute: int | None = None) -> str:
        """Put an object of the stream into raw as Firehose does: Parquet, with the columns of the envelope; return its key."""
        assert self.contract.stream
        file = self.buckets / f"{self.contract.name}-{name}"
        columns = ("dataset", "event_time", "arrival_time", "sequence_number", "record")
        values = [[row.get(column) for column in columns] for row in rows]
        with duckdb.connect() as connection:
            connection.execute(f"create table rows ({', '.join(f'{column} varchar' for column in columns)})")
            connection.executemany("insert into rows values (?, ?, ?, ?, ?)", values)
            connection.execute(f"copy rows to '{file}' (format parquet)")
        return self._land(f"{self.contract.stream.location}ingest_date=2013-01-01/{name}", file.read_bytes(), minute)

    def deliver(self, name: str, body: bytes) -> str:
        """Put an object that Firehose wrote into raw; return its key."""
        assert self.contract.stream
        return self._land(f"{self.contract.stream.location}ingest_date=2013-01-01/{name}", body, None)

    def _land(self, key: str, body: bytes, minute: int | None) -> str:
        version = self.s3.put(key, body, minute)
        item = f"object#{key}#{version}"
        arrival = {"object": key, "version": version, "pending": item, "state": "arrived", "item": item}
        self.dynamodb.items[item] = {name: {"S": value} for name, value in arrival.items()}
        self.fresh.append(key)
        return key

    def run(self) -> RawRun:
        self.runs += 1
        run_id = f"{self.contract.name}-{self.runs}"
        return RawRun(
            id=run_id,
            session=self.session,
            contract=self.contract,
            database="lake_processed",
            warehouse="s3://processed",
            catalog=Catalog(cast(Any, self.glue), "lake_processed", Objects(cast(Any, self.warehouse), "processed")),
            ledger=self.ledger,
            raw=Objects(cast(Any, self.s3), "raw"),
            steps=Steps(run_id, write=lambda line: self.steps.append(json.loads(line))),
        )

    def session(self) -> SparkSession:
        """Return the Spark session, and count who asks for it."""
        self.asked_for_spark += 1
        return self.spark

    def refresh(self) -> Outcome:
        """Run the job from its first step to its commit."""
        outcome = refresh(self.run(), self.increment_of)
        self.fresh.clear()
        tables = [self.contract.name, f"{self.contract.name}_quarantine"]
        self.glue.tables |= {name: {"metadata_location": self.metadata(name)} for name in tables}
        return outcome

    def metadata(self, table: str) -> str:
        """Put the metadata of a table, which Iceberg keeps in memory here, where the catalog of Glue would have it; return its address."""
        jvm, session = cast(Any, self.spark._jvm), self.spark._jsparkSession
        stored = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(session, f"glue_catalog.lake_processed.{table}")
        key = f"{table}/metadata/newest.metadata.json"
        self.warehouse.put(key, jvm.org.apache.iceberg.TableMetadataParser.toJson(stored.operations().current()))
        return f"s3://processed/{key}"

    def increment_of(self, source: Source) -> Read:
        def read(broken: Sequence[str]) -> DataFrame | None:
            readable = [key for key in dict.fromkeys(self.fresh) if key.startswith(source.location) and not name_fault(key)]
            uris = [uri for key in readable if (uri := f"s3://raw/{key}") not in broken]
            return read_objects(self.spark, uris, source) if uris and self.bookmark else None

        return read

    def rows(self, columns: str, table: str | None = None) -> list[tuple[Any, ...]]:
        """Return some columns of the table that readers see, in their order."""
        frame = self.spark.sql(f"select {columns} from glue_catalog.lake_processed.{table or self.contract.name}")
        return sorted((tuple(row) for row in frame.collect()), key=repr)

    def item(self, item: str) -> dict[str, Any]:
        return {name: TypeDeserializer().deserialize(value) for name, value in self.dynamodb.items[item].items()}


def ask(lake: Lake, key: str, what: Ask = Ask.REDRIVE) -> None:
    """Ask something of what is set apart of an object, as the verb does."""
    (found,) = [item for name in lake.dynamodb.items if name.startswith(f"object#{key}#") and "run" in (item := lake.item(name))]
    place = ITEM.format(key, found["version"])
    asked = {
        "object": key,
        "version": found["version"],
        "ask": what.value,
        "of": found["run"],
        "by": "ada",
        "because": "a test",
        "item": place,
    }
    lake.dynamodb.items[place] = {name: {"S": value} for name, value in asked.items()}
