"""Fields become the columns of the contract, and each broken row is told why."""

from collections.abc import Iterable, Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from contracts.contract import Column as ContractColumn
from contracts.contract import Contract, Field, Source
from contracts.times import TIMES
from glue_jobs.common.lines import LINE, SEQUENCE, UNKNOWN, field_order
from glue_jobs.common.objects import Head
from glue_jobs.common.parse import FAULT, RAW, parse
from glue_jobs.common.sql import name, text

REASONS = "_reasons"
RECORD = "_record"
HASH = "_record_hash"
_CASTS = "_casts"
_SEPARATOR = "\x1f"  # stands in no reason
IN_UTC = r"\A(?!0000)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z\z"
# Spark takes a time without a day for one of today, and five digits or more for a year; neither is what the record says
NO_TIME = r"\A\s*(?:T?\d{1,2}:|[+-]|0000|\d{5})"
LONGEST_VALUE = 100  # characters of a broken value that its reason shows


def conform_lines(lines: Mapping[Source, DataFrame], heads: Iterable[Head], contract: Contract) -> DataFrame:
    """Return the lines of all sources as typed, explained rows; an object's header may name its fields in an order of its own."""
    orders: dict[Source, set[tuple[str, ...]]] = {source: set() for source in lines}
    for head in heads:
        source = contract.source_of(head.key)
        if not head.is_blank and source in orders:
            orders[source].add(field_order(head.first_line, source))
    parsed = [parse(found, source, sorted(orders[source])) for source, found in lines.items()]
    first = next(iter(lines))  # the fields of all sources are the same
    return conform(reduce(DataFrame.unionByName, parsed), contract, first)


def conform(parsed: DataFrame, contract: Contract, source: Source) -> DataFrame:
    """Cast fields, derive columns, and explain broken rows.

    Args:
        parsed: what `parse` returns, with the object's columns `_object`, `_version` and `_arrived_at`.

    Returns:
        The contract's columns, the object's columns, `_sequence`, `_record_hash`, `_reasons` (null for a good row), `_record`, the original
        line of a broken row only, and `_unknown`.
    """
    kept = ["_object", "_version", "_arrived_at", SEQUENCE, LINE, RAW, FAULT, UNKNOWN]
    typed = parsed.select(*kept, *(_typed(field).alias(field.name) for field in source.fields))
    casts = [_cast_fault(field) for field in source.fields if field.type != "string"]
    conformed = typed.select(*kept, F.concat_ws(_SEPARATOR, *casts).alias(_CASTS), *(_column(column) for column in contract.columns))
    columns = [column.name for column in contract.columns]
    explained = conformed.withColumn(REASONS, _reasons(contract))
    record = F.when(F.col(REASONS).isNotNull(), F.col(LINE))
    return explained.select(*columns, *kept[:4], record_hash(columns).alias(HASH), REASONS, record.alias(RECORD), UNKNOWN)


def _reasons(contract: Contract) -> Column:
    """All that is wrong with a row; a line that is no record breaks nothing else, and a failed cast leaves nothing missing."""
    required = [column for column in contract.columns if column.required or column.name in contract.key]
    missing = [F.when(_is_missing(column), F.lit(f"{column.name} is missing")) for column in required]
    rules = [F.when(F.expr(rule.broken), F.lit(rule.name)) for rule in contract.row_rules]
    found = F.concat_ws(_SEPARATOR, F.when(F.col(_CASTS) != "", F.col(_CASTS)), *missing, *rules)
    return F.when(F.col(FAULT).isNotNull(), F.array(FAULT)).when(found != "", F.split(found, _SEPARATOR))


def _is_missing(column: ContractColumn) -> Column:
    own = F.col(f"{RAW}.{name(column.source or column.name)}").isNull() if column.expression is None else F.col(_CASTS) == ""
    return F.col(column.name).isNull() & own


def record_hash(columns: list[str]) -> Column:
    """Return a hash of all columns; the hash function skips nulls, so which columns are null is hashed beside them."""
    return F.xxhash64(*columns, *(F.col(column).isNull() for column in columns))


def _typed(field: Field) -> Column:
    value = f"{RAW}.{name(field.name)}"
    # Spark compiles two patterns for each zone that it meets, also for the Z of UTC, which says what a session in UTC assumes
    in_utc = f"when {value} rlike {text(IN_UTC)} then left({value}, length({value}) - 1) " if field.type == "timestamp" else ""
    time = f"case {in_utc}when not {value} rlike {text(NO_TIME)} then {value} end"
    return F.expr(f"try_cast({time if field.type in TIMES else value} as {field.type})")


def _cast_fault(field: Field) -> Column:
    value = F.col(f"{RAW}.{name(field.name)}")
    shown = F.concat(F.lit(f"{field.name}: '"), F.left(value, F.lit(LONGEST_VALUE)), F.lit(f"' is not {field.type}"))
    return F.when(value.isNotNull() & F.col(name(field.name)).isNull(), shown)


def _column(column: ContractColumn) -> Column:
    value = f"({column.expression})" if column.expression else name(column.source or column.name)
    return F.expr(f"try_cast({value} as {column.type})").alias(column.name)
