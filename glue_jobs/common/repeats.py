"""Records that repeat what is stored: they change no row, and yet the row has been seen later than it says.

A row keeps the time of the first of its repetitions, so that landing a file twice writes nothing. Where an object comes late, older than
a repetition, the row's own time would let it win over the later record. Then the objects that repeated it are read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from contracts.contract import Contract, Load
from glue_jobs.common.arrivals import Arrivals, key_of, with_object
from glue_jobs.common.changes import order_columns
from glue_jobs.common.conform import HASH, REASONS, conform_lines
from glue_jobs.common.lines import count_lines
from glue_jobs.common.objects import Head
from glue_jobs.common.parquet import read_objects
from glue_jobs.common.run import RawRun

CLOCKS = timedelta(minutes=15)  # by which the stream's clock may be ahead of S3's


@dataclass(frozen=True)
class Seen:
    """The stored rows that a batch may change, each with the time at which it was seen last.

    Attributes:
        stored: None for an empty table.
        gone: repetitions that cannot be asked any more, since their objects were overwritten or deleted.
    """

    stored: DataFrame | None
    gone: Sequence[str] = ()

    @property
    def warnings(self) -> list[str]:
        if not self.gone:
            return []
        shown = ", ".join(self.gone[:3])
        return [f"records came late, and {len(self.gone)} objects that may have repeated later ones are gone from raw: {shown}"]


def as_last_seen(run: RawRun, stored: DataFrame, batch: DataFrame, arrivals: Arrivals) -> Seen:
    """Give the stored rows the time of their last repetition, where an object of the batch is older than one."""
    until = run.ledger.repeated() if run.contract.load is Load.UPSERT else None
    since = _earliest(batch, arrivals, run.contract) if until else None
    if until is None or since is None or since > datetime.fromisoformat(until):
        return Seen(stored)
    objects = run.ledger.repeats(since.isoformat())
    heads = run.raw.heads(key for key, _ in objects)
    there = [head for key, version in objects if (head := heads[key]) and head.version == version]
    gone = [key for key, version in objects if (head := heads[key]) is None or head.version != version]
    run.steps.step("repeated", objects=len(there), gone=len(gone))
    repeats = _records(run, there)
    return Seen(stored if repeats is None else _latest(stored, repeats, run.contract), gone)


def _earliest(batch: DataFrame, arrivals: Arrivals, contract: Contract) -> datetime | None:
    """Return a time before which nothing in the batch arrived: of records in the stream, which waited there, the batch has to say it."""
    if not contract.stream:
        return min((head.arrived_at for head in arrivals.counts), default=None)
    seconds = batch.where(F.col(REASONS).isNull()).agg(F.min(F.unix_micros("_arrived_at"))).collect()[0][0]
    return None if seconds is None else datetime.fromtimestamp(0, UTC) + timedelta(microseconds=seconds) - CLOCKS


def _records(run: RawRun, heads: Sequence[Head]) -> DataFrame | None:
    """Return the records of objects as the job conforms them; None where they have none."""
    lines = {source: found for source in run.contract.sources if (found := _lines(run.reading(source), heads)) is not None}
    # kept, since Spark cannot prune by the partitions of the stored rows what it has yet to parse
    return conform_lines(lines, heads, run.contract).persist() if lines else None


def _lines(run: RawRun, heads: Sequence[Head]) -> DataFrame | None:
    mine = {head.key: head for head in heads if run.contract.source_of(head.key) == run.source and not head.is_blank}
    if not mine:
        return None
    lines = read_objects(run.spark, [run.raw.uri(key) for key in mine], run.source)
    addresses, _ = count_lines(lines, run.source)
    return with_object(run, [lines], {uri: mine[key_of(uri, mine)] for uri in addresses})


def _latest(stored: DataFrame, repeats: DataFrame, contract: Contract) -> DataFrame:
    """Return key and order of each stored row, or of its last repetition: the same record, hash for hash."""
    key, order = contract.key, order_columns(contract)
    columns = list(dict.fromkeys([*key, *order]))
    repetitions = repeats.where(F.col(REASONS).isNull()).join(stored.select(*key, HASH), on=[*key, HASH], how="left_semi")
    seen = stored.select(*columns).unionByName(repetitions.select(*columns)).groupBy(*key).agg(F.max(F.struct(*order)).alias("_last"))
    return seen.select(*key, *(F.col(f"_last.{column}").alias(column) for column in order if column not in key))
