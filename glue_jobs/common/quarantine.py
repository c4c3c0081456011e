"""Rows that break their contract: set apart with the reason and the original line."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from contracts.contract import Contract
from glue_jobs.common.conform import REASONS
from glue_jobs.common.lines import SEQUENCE, has_header
from glue_jobs.common.objects import Head
from glue_jobs.common.run import Run
from glue_jobs.common.sql import text
from glue_jobs.common.table import Table, TableColumn

SUFFIX = "_quarantine"
HEADER = "_header"
MOST_REASONS = 3  # of an object that its account names; all stand in the table
COLUMNS = (
    TableColumn(name="_reasons", type="array<string>", description="What is wrong with the row."),
    TableColumn(name="_object", type="string", description="Key of the object in raw."),
    TableColumn(name="_version", type="string", description="S3 version of the object."),
    TableColumn(name="_arrived_at", type="timestamp", description="When S3 got the object, or the stream the record, UTC."),
    TableColumn(name="_run_id", type="string", description="The refresh that set the row apart."),
    TableColumn(name="_record", type="string", description="The original line."),
    TableColumn(name=SEQUENCE, type="string", description="Place of the record in its stream."),
    TableColumn(name=HEADER, type="string", description="First line of the object, where it names the fields."),
)
_VERSION = "concat_ws('#', _object, _version)"
PARTITION_BY = ("month(_arrived_at)",)


def quarantine(run: Run, table: Table, batch: DataFrame, heads: Collection[Head]) -> dict[tuple[str, str], str]:
    """Set apart the broken rows of a batch, and return what is wrong with them by object and version.

    That they are there is noted first, so that a later run takes back what this one, should it die or fail, has not accounted for.
    """
    broken = batch.where(F.col(REASONS).isNotNull())
    rows = broken.count()
    if rows:
        run.ledger.note_apart(run.id)
        table.append(with_header(broken, heads, run.contract).withColumn("_run_id", F.lit(run.id)))
    reasons = summaries(broken) if rows else {}
    run.steps.step("quarantined", rows=rows)
    return reasons


def with_header(broken: DataFrame, heads: Collection[Head], contract: Contract) -> DataFrame:
    """Add the first line of each row's object, where it names the fields: without it, nobody could read the row again."""
    named = {(head.key, head.version): head.first_line for head in heads if not head.is_blank and has_header(contract.source_of(head.key))}
    if len(set(named.values())) <= 1 and len(named) in (0, len(heads)):
        return broken.withColumn(HEADER, F.lit(next(iter(named.values()), None)).cast("string"))
    rows = [(key, version, line) for (key, version), line in named.items()]
    lines = broken.sparkSession.createDataFrame(rows, f"_object string, _version string, {HEADER} string")
    return broken.join(F.broadcast(lines), on=["_object", "_version"], how="left")


def take_back(run: Run, table: Table) -> None:
    """Delete the rows of runs that died or failed: of objects that no run has accounted for, or another run."""
    for run_id in run.ledger.apart():
        mine = f"_run_id = {text(run_id)}"
        versions = table.distinct(mine, "_object", "_version")
        accounted = run.ledger.accounted_by(versions)
        others = [version for version in versions if accounted[version] != run_id]
        if others:
            table.delete(f"{mine} and {_is_one_of(others)}")
        run.ledger.forget_apart(run_id)


def _is_one_of(versions: Sequence[tuple[str, str]]) -> str:
    return f"{_VERSION} in ({', '.join(text(f'{key}#{version}') for key, version in versions)})"


def summaries(broken: DataFrame) -> dict[tuple[str, str], str]:
    """Return, by object and version, the commonest reasons, each with the number of its rows and, of the values that it names, one."""
    kind = F.regexp_replace("reason", "(?s)'.*'", "").alias("kind")
    told = broken.select("_object", "_version", F.explode(REASONS).alias("reason")).groupBy("_object", "_version", kind)
    reasons: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for row in told.agg(F.count("*").alias("rows"), F.min("reason").alias("example")).collect():
        reasons[row["_object"], row["_version"]].append((-row["rows"], row["example"]))
    return {version: _summary(sorted(found)) for version, found in reasons.items()}


def _summary(found: Sequence[tuple[int, str]]) -> str:
    told = [f"{reason} ({-rows:,})" for rows, reason in found[:MOST_REASONS]]
    more = len(found) - MOST_REASONS
    return "; ".join([*told, *([f"and {more} other reasons"] if more > 0 else [])])
