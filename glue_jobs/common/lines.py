"""Whole lines out of objects: nothing inferred, nothing dropped."""

import re
from collections.abc import Callable, Mapping, Sequence

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.contract import Source

LINE = "_line"
URI = "_uri"
ORDER = "_order"  # names of the fields in the order of the object, joined by commas

Read = Callable[[Sequence[str]], DataFrame | None]
"""Reads objects except those whose addresses are given; None where there is nothing to read."""


def read_texts(spark: SparkSession, uris: Sequence[str]) -> DataFrame:
    """Read objects by address, without a bookmark."""
    return whole_lines(spark.read.text([escape_glob(uri) for uri in uris]).select("value", F.col("_metadata.file_path").alias(URI)))


def whole_lines(frame: DataFrame) -> DataFrame:
    """Return line and address of each row that is not blank; a line that its reader took apart at ctrl-A is put together again.

    Bytes that are not UTF-8 become U+FFFD here, whatever the reader left of them.
    """
    parts = [F.col(name) for name in frame.columns if name != URI]
    joined = frame.select(F.concat_ws("\x01", *parts).alias(LINE), URI)
    # judged before the bytes are: who counts lines does not pay for that
    not_blank = joined.where(F.trim(F.expr(r"trim(trailing '\r' from _line)")) != "")
    return not_blank.select(F.expr(r"trim(trailing '\r' from decode(encode(_line, 'UTF-8'), 'UTF-8'))").alias(LINE), URI)


def is_header(source: Source) -> Column:
    """True where a line holds the names of the source's fields, in any order, quoted or not."""
    if not has_header(source):
        return F.lit(False)
    names = sorted(field.name for field in source.fields)
    bare = _bare(LINE)
    # these two spare cleaning and taking apart every line
    has_one_of_them = F.col(LINE).contains(names[0])
    has_their_length = F.length(bare) == len(source.delimiter.join(names))
    return has_one_of_them & has_their_length & (F.array_sort(F.split(bare, re.escape(source.delimiter))) == F.array(*map(F.lit, names)))


def _bare(line: str) -> Column:
    return F.translate(line, '"\ufeff', "")


def has_header(source: Source) -> bool:
    return source.format == "csv" and source.header


def field_order(first_line: str | None, source: Source) -> tuple[str, ...]:
    """Return the names of an object's fields in the order that it has them: its header says so, or the contract."""
    if not has_header(source) or first_line is None:
        return tuple(field.name for field in source.fields)
    return tuple(name.strip('"') for name in first_line.strip("\r\n\ufeff").split(source.delimiter))


def header_fault(first_line: str | None, source: Source) -> str | None:
    """Return what is wrong with an object's first line; None where it names the contract's fields, in whatever order."""
    if first_line is None:
        return "not a readable gzip file: its first bytes cannot be decompressed"
    found, wanted = list(field_order(first_line, source)), [field.name for field in source.fields]
    if sorted(found) == sorted(wanted):
        return None
    missing, unknown = [name for name in wanted if name not in found], [name for name in found if name not in wanted]
    return f"its header lacks {missing} and has {unknown}, which the contract does not know; it is {found}"


def count_lines(lines: DataFrame, source: Source) -> tuple[dict[str, int], dict[str, str]]:
    """Count records before anything is parsed.

    Returns:
        The number of records by address, and by address why an object's headers contradict each other: a second header in another order
        would put every value after it into the wrong column.
    """
    records = F.sum((~is_header(source)).cast("long")).alias("records")
    headers = F.collect_set(F.when(is_header(source), _bare(LINE))).alias("headers")
    counted = lines.groupBy(URI).agg(records, headers).collect()
    mixed = {row[URI]: f"it has headers in different orders: {sorted(row['headers'])}" for row in counted if len(row["headers"]) > 1}
    return {row[URI]: row["records"] for row in counted}, mixed


def count_readable(
    read: Read, source: Source, find_broken: Callable[[str], Mapping[str, str]]
) -> tuple[DataFrame | None, dict[str, int], dict[str, str]]:
    """Read lines and count them, leaving out objects that cannot be read.

    Args:
        read: reads the objects except some.
        find_broken: gets the text of Spark's error and returns the reason by address of each object that cannot be read.

    Returns:
        The lines, their count by address, and the reason by address of each object that was left out.
    """
    broken: dict[str, str] = {}
    while True:
        try:
            lines = read(sorted(broken))
            counts, more = count_lines(lines, source) if lines is not None else ({}, {})
            if not more:
                return lines, counts, broken
        except (PySparkException, Py4JJavaError) as error:
            more = {uri: reason for uri, reason in find_broken(str(error)).items() if uri not in broken}
            if not more:
                raise
        broken |= more


def escape_glob(uri: str) -> str:
    """Return an address as Spark takes it, which sees patterns in some letters."""
    return "".join(f"\\{letter}" if letter in "[]{}*?\\" else letter for letter in uri)
