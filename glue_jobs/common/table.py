"""An Iceberg table: made, evolved, written on a branch, published by moving main."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.released import is_wider
from glue_jobs.common.errors import MainMovedError, SchemaConflictError
from glue_jobs.common.sql import name, text

CATALOG = "glue_catalog"
PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    # without it two writers can both insert one key
    "write.merge.isolation-level": "serializable",
    "write.merge.mode": "copy-on-write",
    "write.update.mode": "copy-on-write",
    "write.delete.mode": "copy-on-write",
}


@dataclass(frozen=True, kw_only=True)
class TableColumn:
    """A column of a stored table; every one may be null there, since the job enforces what is required.

    Attributes:
        former: the name that it had before.
    """

    name: str
    type: str
    description: str | None = None
    former: str | None = None

    @property
    def ddl(self) -> str:
        comment = f" comment {text(self.description)}" if self.description else ""
        return f"{name(self.name)} {self.type}{comment}"


class Table:
    """A table of the Iceberg catalog, with `main` for readers and a branch for each run that writes."""

    def __init__(self, spark: SparkSession, database: str, table: str) -> None:
        self._spark = spark
        self.name = f"{database}.{table}"
        self.identifier = f"{CATALOG}.{name(database)}.{name(table)}"

    def exists(self) -> bool:
        return self._spark.catalog.tableExists(self.identifier)

    def ensure(self, columns: Sequence[TableColumn], partition_by: Sequence[str], location: str) -> None:
        """Create the table if it is absent, and add the columns that it lacks."""
        if self.exists():
            self._evolve(columns)
            return
        partitions = f"partitioned by ({', '.join(partition_by)})" if partition_by else ""
        properties = ", ".join(f"{text(key)} = {text(value)}" for key, value in PROPERTIES.items())
        self._spark.sql(
            f"create table {self.identifier} ({', '.join(column.ddl for column in columns)}) using iceberg {partitions} "
            f"location {text(location)} tblproperties ({properties})"
        )

    def refs(self) -> dict[str, int]:
        """Return the snapshot of main, if there is one yet, and of each branch."""
        return {row["name"]: row["snapshot_id"] for row in self._metadata("refs", "name", "snapshot_id") if row["name"]}

    def history(self) -> set[int]:
        """Return the snapshots that main is or once was."""
        return {row["snapshot_id"] for row in self._metadata("history", "snapshot_id")}

    def summaries(self) -> dict[int, dict[str, str]]:
        """Return what Iceberg and its writer noted with each snapshot, the newest first."""
        rows = self._metadata("snapshots", "committed_at", "snapshot_id", "summary")
        return {row["snapshot_id"]: dict(row["summary"]) for row in sorted(rows, key=lambda row: row["committed_at"], reverse=True)}

    def rows(self, snapshot: int | None) -> int:
        """Return the number of rows at a snapshot; nothing here writes delete files, so that the total is exact."""
        return 0 if snapshot is None else int(self.summaries()[snapshot]["total-records"])

    def at(self, snapshot: int) -> DataFrame:
        """Return the table as it was at a snapshot."""
        return self._spark.sql(f"select * from {self.identifier} version as of {snapshot}")

    def branch(self, branch: str) -> DataFrame:
        """Return the table as a branch has it."""
        return self._spark.table(self.branch_identifier(branch))

    def branch_identifier(self, branch: str) -> str:
        return f"{self.identifier}.{name('branch_' + branch)}"

    def create_branch(self, branch: str, base: int | None) -> None:
        """Start a branch at snapshot `base`, or at nothing for a table without one."""
        at = "" if base is None else f"as of version {base}"
        self._spark.sql(f"alter table {self.identifier} create branch {name(branch)} {at}")

    def drop_branch(self, branch: str) -> None:
        self._spark.sql(f"alter table {self.identifier} drop branch if exists {name(branch)}")

    def fast_forward(self, branch: str) -> None:
        """Make a branch's head the head of main; raise MainMovedError if main is no longer where the branch began."""
        try:
            self._spark.sql(f"call {CATALOG}.system.fast_forward(table => {text(self.name)}, branch => 'main', to => {text(branch)})")
        except (PySparkException, Py4JJavaError) as error:
            if "fast-forward" in str(error) or "CommitFailedException" in str(error):
                raise MainMovedError(f"{self.name}: another writer committed while this run was writing") from error
            raise

    def align(self, rows: DataFrame) -> DataFrame:
        """Return the rows with the table's columns in its order, null where a column has left the contract."""
        stored = self._spark.table(self.identifier).schema
        return rows.select(*(F.col(f.name) if f.name in rows.columns else F.lit(None).cast(f.dataType).alias(f.name) for f in stored))

    def append(self, rows: DataFrame, branch: str | None = None) -> None:
        self.align(rows).writeTo(self.branch_identifier(branch) if branch else self.identifier).append()

    def overwrite(self, rows: DataFrame, branch: str, noted: Mapping[str, str]) -> None:
        """Replace all rows of a branch, and note something with the snapshot."""
        writer = self.align(rows).writeTo(self.branch_identifier(branch))
        for key, value in noted.items():
            writer = writer.option(f"snapshot-property.{key}", value)
        writer.overwrite(F.lit(True))

    def distinct(self, condition: str, *columns: str) -> list[tuple[Any, ...]]:
        """Return the different values of some columns in the rows that meet a condition."""
        rows = self._spark.table(self.identifier).where(condition).select(*columns).distinct()
        return sorted(tuple(row) for row in rows.collect())

    def has_any(self, condition: str) -> bool:
        return not self._spark.table(self.identifier).where(condition).isEmpty()

    def delete(self, condition: str) -> None:
        self._spark.sql(f"delete from {self.identifier} where {condition}")

    def merge(self, rows: DataFrame, branch: str, key: Sequence[str], within: str) -> None:
        """Update the rows of a branch whose key is among `rows`, insert the others; only rows `within` a condition are looked at."""
        self.align(rows).createOrReplaceTempView("changes")
        same_key = " and ".join(f"stored.{name(column)} = changes.{name(column)}" for column in key)
        self._spark.sql(
            f"merge into {self.branch_identifier(branch)} stored using changes on {within} and {same_key} "
            "when matched then update set * when not matched then insert *"
        )

    def _metadata(self, kind: str, *columns: str) -> list[dict[str, Any]]:
        return [row.asDict() for row in self._spark.table(f"{self.identifier}.{kind}").select(*columns).collect()]

    def _evolve(self, columns: Sequence[TableColumn]) -> None:
        """Rename, widen and add columns: changes of Iceberg's metadata alone, which rewrite no row."""
        stored = {field.name: field.dataType.simpleString() for field in self._spark.table(self.identifier).schema}
        for column in columns:
            if column.former in stored and column.name not in stored:
                self._spark.sql(f"alter table {self.identifier} rename column {name(column.former or '')} to {name(column.name)}")
                stored[column.name] = stored.pop(column.former or "")
        types = self._types(columns)
        changed = [column for column, type_ in types.items() if stored.get(column, type_) != type_]
        conflicts = [
            f"{column} is {stored[column]} and should be {types[column]}"
            for column in changed
            if not is_wider(stored[column], types[column])
        ]
        if conflicts:
            raise SchemaConflictError(f"{self.name}: {'; '.join(conflicts)}. Give the column a new name, or rebuild the table.")
        for wider in changed:
            self._spark.sql(f"alter table {self.identifier} alter column {name(wider)} type {types[wider]}")
        missing = [column.ddl for column in columns if column.name not in stored]
        if missing:
            self._spark.sql(f"alter table {self.identifier} add columns ({', '.join(missing)})")

    def _types(self, columns: Sequence[TableColumn]) -> dict[str, str]:
        """Return the types that columns have in a table: Iceberg has no integers smaller than int."""
        nulls = ", ".join(f"cast(null as {column.type}) as {name(column.name)}" for column in columns)
        found = {field.name: field.dataType.simpleString() for field in self._spark.sql(f"select {nulls}").schema}
        return {column: "int" if kind in ("tinyint", "smallint") else kind for column, kind in found.items()}
