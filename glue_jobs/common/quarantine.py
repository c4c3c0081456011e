"""Rows that break their contract: set apart with the reason and the original line."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from glue_jobs.common.conform import REASONS
from glue_jobs.common.objects import Head
from glue_jobs.common.run import Run
from glue_jobs.common.sql import text, timestamp
from glue_jobs.common.table import Table, TableColumn

SUFFIX = "_quarantine"
MOST_REASONS = 3  # of an object that its account names; all stand in the table
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


def quarantine(run: Run, table: Table, batch: DataFrame, objects: Collection[Head]) -> dict[str, str]:
    """Set apart the broken rows of a batch, once, however often its objects are read; return what is wrong with them by object."""
    if "main" in table.refs():
        _forget(table, objects)
    broken = batch.where(F.col(REASONS).isNotNull())
    rows = broken.count()
    if rows:
        table.append(broken.withColumn("_run_id", F.lit(run.id)))
    reasons = summaries(broken) if rows else {}
    run.steps.step("quarantined", rows=rows)
    return reasons


def summaries(broken: DataFrame) -> dict[str, str]:
    """Return, by object, the commonest reasons, each with the number of its rows and, of the values that it names, one."""
    kind = F.regexp_replace("reason", "(?s)'.*'", "").alias("kind")
    told = broken.select("_object", F.explode(REASONS).alias("reason")).groupBy("_object", kind)
    reasons: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in told.agg(F.count("*").alias("rows"), F.min("reason").alias("example")).collect():
        reasons[row["_object"]].append((-row["rows"], row["example"]))
    return {key: _summary(sorted(found)) for key, found in reasons.items()}


def _summary(found: Sequence[tuple[int, str]]) -> str:
    told = [f"{reason} ({-rows:,})" for rows, reason in found[:MOST_REASONS]]
    more = len(found) - MOST_REASONS
    return "; ".join([*told, *([f"and {more} other reasons"] if more > 0 else [])])


def _forget(table: Table, objects: Collection[Head]) -> None:
    """Delete what an earlier run, which died or failed, set apart from these objects."""
    arrivals = [head.arrived_at for head in objects]
    versions = ", ".join(text(f"{head.key}#{head.version}") for head in objects)
    # Iceberg skips files by the range of arrival; by the objects alone it could not
    arrived = f"_arrived_at between {timestamp(min(arrivals) - IN_STREAM)} and {timestamp(max(arrivals) + IN_STREAM)}"
    condition = f"{arrived} and concat_ws('#', _object, _version) in ({versions})"
    if table.has_any(condition):
        table.delete(condition)
