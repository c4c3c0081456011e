"""Whole lines out of objects: nothing inferred, nothing dropped."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import reduce
from operator import and_

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.contract import Source
from glue_jobs.common.sql import text

LINE = "_line"
URI = "_uri"
SEQUENCE = "_sequence"  # place of a record in its stream, as a text that sorts; null where it came by no stream
ORDER = "_order"  # names of the fields in the order of the object, joined by commas
UNKNOWN = "_unknown"  # names in a record that the contract does not know; null where there are none
BOM = "\ufeff"  # a byte order mark
# Patterns of a field, for Java, in which nothing is tried twice (*+): it would need a stack as deep as the field is long.
OPEN = r'"[^"]*+(?:""[^"]*+)*+'  # from a quote at its begin to the quote that closes it
PLAIN = r"(?:(?!{delimiter})[^\r\n])*+"  # up to the delimiter or the line's end

LONGEST_NAME, MOST_NAMES = 60, 40  # characters of a name, and names, of a header that a reason shows
MOST_UNKNOWN = 1000  # names of a header that the contract does not know; one with more is no header

Read = Callable[[Sequence[str]], DataFrame | None]
"""Reads objects except those whose addresses are given; None where there is nothing to read."""


def read_texts(spark: SparkSession, uris: Sequence[str], source: Source) -> DataFrame:
    """Read objects by address, without a bookmark."""
    texts = spark.read.text([escape_glob(uri) for uri in uris], wholetext=source.multiline)
    return whole_lines(texts.select(_records(source) if source.multiline else F.col("value"), F.col("_metadata.file_path").alias(URI)))


def _records(source: Source) -> Column:
    """Return the records of a whole text: what lies between line ends that stand in no quoted field."""
    delimiter = re.escape(source.delimiter)
    plain = PLAIN.format(delimiter=delimiter)
    field = rf'(?:{OPEN}(?:"{plain}|\z)|(?!"){plain})'  # a quote that is never closed takes all that follows
    return F.explode(F.expr(f"regexp_extract_all(value, {text(f'{field}(?:{delimiter}{field})*+')}, 0)")).alias("value")


def is_open(source: Source) -> Column:
    """True where a line ends within a quoted field."""
    delimiter = re.escape(source.delimiter)
    plain = PLAIN.format(delimiter=delimiter)
    pattern = rf'\A(?:(?:{OPEN}"{plain}|(?!"){plain}){delimiter})*+{OPEN}\z'
    return F.col(LINE).contains('"') & F.col(LINE).rlike(pattern)


def whole_lines(frame: DataFrame) -> DataFrame:
    """Return line and address of each row that is not blank; a line that its reader took apart at ctrl-A is put together again.

    Bytes that are not UTF-8 become U+FFFD here, whatever the reader left of them.
    """
    parts = [F.col(name) for name in frame.columns if name != URI]
    joined = frame.select((F.concat_ws("\x01", *parts) if len(parts) > 1 else parts[0]).alias(LINE), URI)
    # judged before the bytes are: who counts lines does not pay for that
    not_blank = joined.where(_begins_plainly() | (F.trim(_bare_line()) != ""))
    return not_blank.withColumn(LINE, F.decode(F.col(LINE).cast("binary"), "UTF-8")).select(_bare_line().alias(LINE), URI)


def _begins_plainly() -> Column:
    """True where a line begins with a visible letter of ASCII, as nearly every one does: it spares looking at the rest."""
    return F.ascii(LINE).between(ord("!"), ord("~"))


def _bare_line() -> Column:
    """Return the line without a byte order mark and without the carriage returns of its end.

    Asked for beforehand, since Spark's trim goes through all of a line whatever it ends in.
    """
    ended = F.when(F.col(LINE).endswith("\r"), F.expr(f"trim(trailing '\r' from {LINE})")).otherwise(F.col(LINE))
    return F.when(~F.col(LINE).startswith(BOM), ended).otherwise(F.expr(f"trim(leading '{BOM}' from trim(trailing '\r' from {LINE}))"))


def is_header(source: Source) -> Column:
    """True where a line holds the names of the source's fields, in any order, quoted or not; others may stand among them."""
    if not has_header(source):
        return F.lit(False)
    names = sorted(field.name for field in source.fields)
    bare = _bare(LINE)
    # this spares cleaning and taking apart every line
    contains_them = reduce(and_, (F.col(LINE).contains(name) for name in names))
    return contains_them & (F.size(F.array_except(F.array(*map(F.lit, names)), F.split(bare, re.escape(source.delimiter)))) == 0)


def _bare(line: str) -> Column:
    return F.translate(line, '"', "")


def has_header(source: Source) -> bool:
    return source.format == "csv" and source.header


def field_order(first_line: str, source: Source) -> tuple[str, ...]:
    """Return the names of an object's fields in the order that it has them: its header says so, or the contract."""
    if not has_header(source) or not first_line:
        return tuple(field.name for field in source.fields)
    return tuple(name.strip('"') for name in first_line.strip(f"\r\n{BOM}").split(source.delimiter))


def header_fault(first_line: str, source: Source) -> str | None:
    """Return what is wrong with an object's first line; None where it names the contract's fields, in whatever order, and maybe others."""
    found, wanted = list(field_order(first_line, source)), [field.name for field in source.fields]
    missing, unknown = [name for name in wanted if name not in found], [name for name in found if name not in wanted]
    twice = sorted({name for name in wanted if found.count(name) > 1})
    if not (missing or twice or len(unknown) > MOST_UNKNOWN):
        return None
    said = f"its header lacks {missing} and has {_shown(unknown)}, which the contract does not know; it is {_shown(found)}"
    if twice:
        said += f", with {twice} more than once"
    if len(found) == 1 < len(wanted):
        said += f"; the contract's delimiter is {source.delimiter!r}"
    return said


def _shown(names: Sequence[str]) -> str:
    """Return names for people: what is no header at all may be of any length."""
    short = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..." for name in names[:MOST_NAMES]]
    return f"{short}" if len(names) <= MOST_NAMES else f"{short} and {len(names) - MOST_NAMES:,} more"


def count_lines(lines: DataFrame, source: Source) -> tuple[dict[str, int], dict[str, str]]:
    """Count records before anything is parsed.

    Returns:
        The number of records by address, and by address why an object's headers contradict each other: a second header in another order
        would put every value after it into the wrong column.
    """
    records = F.count("*") if not has_header(source) else F.sum((~is_header(source)).cast("long"))
    headers = F.collect_set(F.when(is_header(source), _bare(LINE))) if has_header(source) else F.array()
    counted = lines.groupBy(URI).agg(records.alias("records"), headers.alias("headers")).collect()
    mixed = {row[URI]: f"it has headers in different orders: {sorted(row['headers'])}" for row in counted if len(row["headers"]) > 1}
    return {row[URI]: row["records"] for row in counted}, mixed


def count_readable(
    read: Read, source: Source, find_broken: Callable[[str, Collection[str]], Mapping[str, str]]
) -> tuple[DataFrame | None, dict[str, int], dict[str, str]]:
    """Read lines and count them, leaving out objects that cannot be read.

    Args:
        read: reads the objects except some.
        find_broken: gets the text of Spark's error and the addresses that were left out; returns the reason by address of each other
            object that cannot be read.

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
            more = {uri: reason for uri, reason in find_broken(str(error), broken).items() if uri not in broken}
            if not more:
                raise
        broken |= more


def escape_glob(uri: str) -> str:
    """Return an address as Spark takes it, which sees patterns in some letters."""
    return "".join(f"\\{letter}" if letter in "[]{}*?\\" else letter for letter in uri)
