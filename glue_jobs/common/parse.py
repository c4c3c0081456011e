"""A line becomes the fields of its source, all of them still text."""

import re
from collections.abc import Iterable, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from contracts.contract import NESTED_FORMATS, Source
from glue_jobs.common.drift import unknown_fields
from glue_jobs.common.lines import LINE, ORDER, UNKNOWN, is_open
from glue_jobs.common.sql import name

RAW = "_raw"
FAULT = "_fault"
_CORRUPT = "_corrupt"
_QUOTED = '"[^"]*+"'  # a quote within quotes, which is written twice, is the end of one quoted piece and the begin of the next
MOST_FIELDS = 20480  # of a line that Spark's parser takes; one more fails the whole read


def parse(lines: DataFrame, source: Source, orders: Sequence[Sequence[str]]) -> DataFrame:
    """Add `_raw`, a struct with the text of each field, null where the source wrote nothing, `_fault`, why a line is no record,
    and `_unknown`, the names in it that the contract does not know.

    Args:
        lines: with `_order`, the names of the object's fields as it has them.
        orders: every such order there is; one for a well-behaved source.
    """
    fault = _json_fault() if source.format in NESTED_FORMATS else _csv_fault(source, orders)
    parsed = lines.withColumns({f"_parsed{index}": _parsed(source, order) for index, order in enumerate(orders)})
    raw, corrupt = _first_of(parsed, source, orders)
    invalid = F.when(F.col(LINE).contains("\ufffd"), F.lit("the line holds bytes that are not UTF-8"))
    taken_apart = parsed.select(*lines.columns, raw.alias(RAW), corrupt.alias(_CORRUPT))
    fault = F.coalesce(invalid, fault).alias(FAULT)
    return taken_apart.select(*lines.columns, RAW, fault, unknown_fields(source).alias(UNKNOWN))


def _parsed(source: Source, order: Sequence[str]) -> Column:
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": _CORRUPT}
    if source.format in NESTED_FORMATS:
        return F.from_json(LINE, _nested([source.path(field) for field in order] + [(_CORRUPT,)]), options)
    known = {field.name for field in source.fields}
    # names that the contract does not know may be none, or stand twice
    named = [field if field in known else f"_unknown{place}" for place, field in enumerate(order)]
    schema = ", ".join(f"{name(field)} string" for field in [*named, _CORRUPT])
    options |= {"sep": source.delimiter, "quote": '"', "escape": '"', "maxColumns": str(MOST_FIELDS)}
    # a quote inside quotes is written twice, as RFC 4180 has it
    return F.from_csv(F.when(~_is_too_wide(source), F.col(LINE)), schema, options)


def _is_too_wide(source: Source) -> Column:
    # the length spares nearly every line from being taken apart
    return (F.octet_length(LINE) >= MOST_FIELDS) & (_number_of_fields(source) > MOST_FIELDS)


def _number_of_fields(source: Source) -> Column:
    return F.size(F.split(_unquoted(), re.escape(source.delimiter)))


def _unquoted() -> Column:
    return F.regexp_replace(F.col(LINE), _QUOTED, "")


def _nested(paths: Iterable[Sequence[str]], separator: str = " ") -> str:
    """Return the schema that has a text at the end of each path, and structures on the way there."""
    within: dict[str, list[Sequence[str]]] = {}
    for first, *rest in paths:
        within.setdefault(first, []).append(rest)
    return ", ".join(
        f"{name(first)}{separator}" + (f"struct<{_nested(rests, ': ')}>" if any(rests) else "string") for first, rests in within.items()
    )


def _first_of(parsed: DataFrame, source: Source, orders: Sequence[Sequence[str]]) -> tuple[Column, Column]:
    """Return the fields in the contract's order, and the line where it is no record, from what was parsed in the object's order."""
    raw, corrupt = F.lit(None), F.lit(None)
    for index, order in enumerate(orders):
        parsed_as = f"_parsed{index}"
        # a row that was set apart before the contract had a field has none of it
        known = [field.name for field in source.fields if field.name in order]
        texts = {field.name: F.lit(None).cast("string") for field in source.fields}
        texts |= {field: F.col(".".join([parsed_as, *map(name, source.path(field))])) for field in known}
        fields = [_present(text, source).alias(field) for field, text in texts.items()]
        is_own = F.lit(True) if len(orders) == 1 else F.col(ORDER) == ",".join(order)
        raw, corrupt = (
            F.when(is_own, F.struct(*fields)).otherwise(raw),
            F.when(is_own, F.when(F.col(parsed_as).isNull(), F.col(LINE)).otherwise(F.col(f"{parsed_as}.{_CORRUPT}"))).otherwise(corrupt),
        )
    return raw, corrupt


def _present(field: Column, source: Source) -> Column:
    nothing = ["", *([source.null_value] if source.null_value is not None else [])]
    return F.when(~field.isin(nothing), field)


def _json_fault() -> Column:
    is_whole = F.get_json_object(LINE, "$").isNotNull() & F.ltrim(LINE).startswith("{")
    shape = F.when(is_whole, F.lit("a field that others lie within is no object here")).otherwise(F.lit("the line is not a JSON object"))
    return F.when(F.col(_CORRUPT).isNotNull() | ~F.ltrim(LINE).startswith("{"), shape)


def _csv_fault(source: Source, orders: Sequence[Sequence[str]]) -> Column:
    found, wanted, told = _number_of_fields(source), F.lit(len(source.fields)), F.lit(f"the contract has {len(source.fields)}")
    for order in (order for order in orders if len(order) != len(source.fields)):
        is_own = F.lit(True) if len(orders) == 1 else F.col(ORDER) == ",".join(order)
        wanted = F.when(is_own, F.lit(len(order))).otherwise(wanted)
        told = F.when(is_own, F.lit(f"the header has {len(order)}")).otherwise(told)
    count = F.concat(F.lit("the line has "), found.cast("string"), F.lit(" fields, but "), told)
    advice = "" if source.multiline else "; where values hold line breaks, the contract says so with lake.source.multiline"
    quotes = F.lit(f"the line's quotes do not match{advice}")
    reason = F.when(_unquoted().contains('"') | (found == wanted), quotes).otherwise(count)
    # the parser takes an end within quotes for the end of the value
    return F.when(F.col(_CORRUPT).isNotNull(), reason).when(is_open(source), quotes)
