"""Columns of a source that its contract does not know: they are in no table, and nobody is to find that out by chance.

Raw keeps them. Once the contract has such a column, a replay brings it in, as does landing the object again.
"""

from collections import Counter
from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from contracts.contract import NESTED_FORMATS, Source
from glue_jobs.common.arrivals import Arrivals
from glue_jobs.common.lines import UNKNOWN, field_order, has_header

MOST = 50  # names that a run's record has; those of most records
NAMELESS = "(no name)"


def unknown_columns(batch: DataFrame, arrivals: Arrivals) -> dict[str, int]:
    """Return how many of the records that were read have each column that the contract does not know, those of most records first.

    Of csv the header says it, and of JSON and Parquet each record.
    """
    found: Counter[str] = Counter()
    for source in arrivals.lines:
        if has_header(source):
            found.update(_in_headers(source, arrivals))
    if any(source.format in NESTED_FORMATS for source in arrivals.lines):
        told = batch.select(F.explode(UNKNOWN).alias("name")).groupBy("name").count()
        found.update({row["name"] or NAMELESS: row["count"] for row in told.collect()})
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MOST])


def drift_warnings(unknown: Mapping[str, int]) -> list[str]:
    """Return what a run says of such columns."""
    return [
        f"{name} is no column of the contract, and {number:,} records have it: it is in no table; raw keeps it"
        for name, number in unknown.items()
    ]


def unknown_fields(source: Source) -> Column:
    """Return the names in a record of JSON that the contract does not know; null where there are none. What lies within known ones is not looked at."""
    if source.format not in NESTED_FORMATS:
        return F.lit(None).cast("array<string>")
    known = sorted({source.path(field.name)[0] for field in source.fields})
    names = F.array_except(F.json_object_keys("_line"), F.array(*map(F.lit, known)))
    return F.when(F.size(names) > 0, names)


def _in_headers(source: Source, arrivals: Arrivals) -> Counter[str]:
    known = {field.name for field in source.fields}
    found: Counter[str] = Counter()
    for head in arrivals.fresh:
        if head.key.startswith(source.location) and not head.is_blank:
            found.update({name or NAMELESS: arrivals.counts[head] for name in set(field_order(head.first_line, source)) - known})
    return found
