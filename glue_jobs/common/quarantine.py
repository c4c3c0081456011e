"""Rows that break their contract: set apart with the reason and the original line."""

from collections.abc import Collection
from datetime import timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from glue_jobs.common.conform import REASONS
from glue_jobs.common.objects import Head
from glue_jobs.common.run import Run
from glue_jobs.common.sql import text, timestamp
from glue_jobs.common.table import Table, TableColumn

SUFFIX = "_quarantine"
COLUMNS = (
    TableColumn(name="_reasons", type="array<string>", description="What is wrong with the row."),
    TableColumn(name="_object", type="string", description="Key of the object in raw."),
    TableColumn(name="_version", type="string", description="S3 version of the object."),
    TableColumn(name="_arrived_at", type="timestamp", description="When S3 got the object, or the stream the record, UTC."),
    TableColumn(name="_run_id", type="string", description="The refresh that set the row apart."),
    TableColumn(name="_record", type="string", description="The original line."),
)
IN_STREAM = timedelta(days=366)  # a record may have waited in the stream, for 365 days at most, and the two clocks differ
PARTITION_BY = ("month(_arrived_at)",)


def quarantine(run: Run, table: Table, batch: DataFrame, objects: Collection[Head]) -> None:
    """Set apart the broken rows of a batch, once, however often its objects are read."""
    if "main" in table.refs():
        _forget(table, objects)
    broken = batch.where(F.col(REASONS).isNotNull())
    rows = broken.count()
    if rows:
        table.append(broken.withColumn("_run_id", F.lit(run.id)))
    run.steps.step("quarantined", rows=rows)


def _forget(table: Table, objects: Collection[Head]) -> None:
    """Delete what an earlier run, which died or failed, set apart from these objects."""
    arrivals = [head.arrived_at for head in objects]
    versions = ", ".join(text(f"{head.key}#{head.version}") for head in objects)
    # Iceberg skips files by the range of arrival; by the objects alone it could not
    arrived = f"_arrived_at between {timestamp(min(arrivals) - IN_STREAM)} and {timestamp(max(arrivals) + IN_STREAM)}"
    condition = f"{arrived} and concat_ws('#', _object, _version) in ({versions})"
    if table.has_any(condition):
        table.delete(condition)
