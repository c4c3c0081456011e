"""What a batch does to a table: each row is classified once."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from contracts.contract import Contract, Load
from glue_jobs.common.accounts import Change
from glue_jobs.common.conform import HASH, REASONS, RECORD
from glue_jobs.common.lines import SEQUENCE
from glue_jobs.common.sql import name, text

CHANGE = "_change"
_RANK = "_rank"
_ORDER = "_order"
_IS_PART = "_is_part"  # whether a row's object is not read whole


def order_columns(contract: Contract) -> list[str]:
    """Return the columns that tell the later of two stored rows with one key: the order is total and lies in the rows."""
    return [*contract.latest_by, "_arrived_at", "_object", HASH]


def batch_order_columns(contract: Contract) -> list[str]:
    """Return the same for records of a batch: within an object, which is always read whole, the place in the stream decides before the hash."""
    *others, last = order_columns(contract)
    return [*others, SEQUENCE, last]


def rank(batch: DataFrame, contract: Contract) -> DataFrame:
    """Add `_rank`: 0 for a broken row, 1 for the last good record of its key, more for the others."""
    broken = F.col(REASONS).isNotNull()
    if not contract.key:
        return batch.withColumn(_RANK, F.when(broken, F.lit(0)).otherwise(F.lit(1)))
    # broken rows are spread by their own text: all those without a key would meet in one task
    apart = F.when(broken, F.xxhash64(RECORD))
    latest_first = [F.col(column).desc_nulls_last() for column in batch_order_columns(contract)]
    number = F.row_number().over(Window.partitionBy(*contract.key, apart).orderBy(*latest_first))
    return batch.withColumn(_RANK, F.when(broken, F.lit(0)).otherwise(number))


def classify(ranked: DataFrame, stored: DataFrame | None, contract: Contract, parts: Collection[tuple[str, str]] = ()) -> DataFrame:
    """Add `_change`, what becomes of each row.

    Args:
        ranked: what `rank` returns.
        stored: the table's rows that may share a key with the batch; None for an empty table or one without a key.
        parts: key and version of objects that are not read whole.
    """
    if stored is None:
        return ranked.withColumn(CHANGE, _change(F.lit(Change.INSERTED.value))).drop(_RANK)
    is_part = F.concat_ws("#", "_object", "_version").isin([f"{key}#{version}" for key, version in parts]) if parts else F.lit(False)
    batch = ranked.withColumn(_ORDER, _order(contract)).withColumn(_IS_PART, is_part)
    known = stored.select(*contract.key, F.col(HASH).alias("_stored_hash"), _order(contract).alias("_stored_order"))
    known = known.join(_winners(batch, contract), on=list(contract.key), how="left_semi")
    same_key = [batch[key] == known[key] for key in contract.key]
    joined = batch.join(known, on=[batch[_RANK] == 1, *same_key], how="left")
    change = _change(_against_stored(contract)).alias(CHANGE)
    return joined.select(*(batch[column] for column in ranked.columns if column != _RANK), change)


@dataclass(frozen=True)
class KeyRange:
    """From the lowest to the highest value of the leading key column in a batch.

    As a condition in literals, so that Iceberg skips the files whose statistics lie outside it.
    """

    column: str
    type: str
    lowest: str | None
    highest: str | None

    def condition(self, alias: str = "") -> str:
        if self.lowest is None or self.highest is None:
            return "false"
        column = f"{alias}.{name(self.column)}" if alias else name(self.column)
        lowest, highest = (f"cast({text(value)} as {self.type})" for value in (self.lowest, self.highest))
        return f"{column} >= {lowest} and {column} <= {highest}"


def key_range(ranked: DataFrame, contract: Contract) -> KeyRange:
    """Return the range that holds the key of every good row of the batch."""
    leading = contract.key[0]
    # as text, since Python would turn timestamps into the time zone of its machine
    ends = [end(leading).cast("string") for end in (F.min, F.max)]
    lowest, highest = ranked.where(F.col(_RANK) == 1).agg(*ends).collect()[0]
    return KeyRange(leading, ranked.schema[leading].dataType.simpleString(), lowest, highest)


def absent(stored: DataFrame, ranked: DataFrame, contract: Contract) -> DataFrame:
    """Return the stored rows whose key no good row of the batch has."""
    return stored.join(_winners(ranked, contract), on=list(contract.key), how="left_anti")


def changed(changes: DataFrame) -> DataFrame:
    """Return the rows that are inserted or updated."""
    return changes.where(F.col(CHANGE).isin(Change.INSERTED.value, Change.UPDATED.value))


def to_write(changes: DataFrame, contract: Contract, run_id: str) -> DataFrame:
    """Return the rows to write: those that change the table, and the unchanged ones too where a snapshot is the whole table."""
    rows = changed(changes)
    if contract.load is Load.SNAPSHOT:
        rows = changes.where(~F.col(CHANGE).isin(Change.DUPLICATE.value, Change.QUARANTINED.value))
    return rows.withColumn("_run_id", F.lit(run_id)).drop(CHANGE, REASONS, RECORD, SEQUENCE, "_version")


def _winners(ranked: DataFrame, contract: Contract) -> DataFrame:
    """Return the key of every good row, each once."""
    return ranked.where(F.col(_RANK) == 1).select(*contract.key)


def _order(contract: Contract) -> Column:
    return F.struct(*order_columns(contract))


def _change(first_of_key: Column) -> Column:
    return (
        F.when(F.col(_RANK) == 0, F.lit(Change.QUARANTINED.value))
        .when(F.col(_RANK) > 1, F.lit(Change.DUPLICATE.value))
        .otherwise(first_of_key)
    )


def _against_stored(contract: Contract) -> Column:
    differs = F.col(HASH) != F.col("_stored_hash")
    # the newest snapshot is right whatever its rows say
    is_later = F.lit(True) if contract.load is Load.SNAPSHOT else (F.col(_ORDER) > F.col("_stored_order")) | _is_read_again(contract)
    return (
        F.when(F.col("_stored_hash").isNull(), F.lit(Change.INSERTED.value))
        .when(differs & is_later, F.lit(Change.UPDATED.value))
        .otherwise(F.lit(Change.UNCHANGED.value))
    )


def _is_read_again(contract: Contract) -> Column:
    """True where the stored row is of the same object, which is read whole again: under another contract the same record has another hash."""
    *place, _ = order_columns(contract)
    same = (F.col(_ORDER)[column].eqNullSafe(F.col("_stored_order")[column]) for column in place)
    return ~F.col(_IS_PART) & reduce(and_, same)
