"""The columns that samples have, found by DuckDB and named in Hive's types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from local_cloud.crawlers.layout import CrawlError
from local_cloud.crawlers.sample import Sample

Columns = list[tuple[str, str]]
_LITTLE = "128MB"
# JSON has no such types, and a table says no more than its files do
_TEXTS = {
    exp.DType.DATE,
    exp.DType.TIME,
    exp.DType.TIMESTAMP,
    exp.DType.TIMESTAMPNTZ,
    exp.DType.TIMESTAMPTZ,
    exp.DType.UUID,
    exp.DType.JSON,
}


@dataclass(frozen=True)
class Csv:
    """How a classifier says that CSV is read.

    Attributes:
        quote: None for objects without quotes.
        header: names of the columns; empty where the first line has them.
    """

    delimiter: str = ","
    quote: str | None = None
    header: Sequence[str] = field(default_factory=tuple)

    @classmethod
    def from_classifier(cls, given: Mapping[str, object]) -> "Csv":
        """Return how a CSV classifier in the form of Glue's API reads.

        Raises:
            CrawlError: it leaves to a guess whether there is a header.
        """
        contains, header = given.get("ContainsHeader"), given.get("Header") or []
        assert isinstance(header, list)
        if contains not in ("PRESENT", "ABSENT") or (contains == "ABSENT") != bool(header):
            raise CrawlError(
                f"classifier {given.get('Name')} has ContainsHeader {contains} with {len(header)} names; the local cloud has PRESENT, and ABSENT with Header"
            )
        quote = given.get("QuoteSymbol")
        return cls(str(given.get("Delimiter") or ","), str(quote) if quote else None, tuple(header))


def columns(samples: Sequence[Sample], csv: Csv | None) -> Columns:
    """Return name and Hive type of each column that any sample has.

    Raises:
        CrawlError: the samples cannot be read as what they begin as.
    """
    kind = samples[0].classification
    try:
        with duckdb.connect(config={"memory_limit": _LITTLE, "threads": "1"}) as connection:
            described = connection.execute(f"DESCRIBE SELECT * FROM {_scan(kind, samples, csv)}").fetchall()
    except duckdb.Error as error:
        raise CrawlError(str(error).splitlines()[0]) from error
    return [(str(row[0]).lower(), hive_type(str(row[1]), texts=kind == "json")) for row in described]


def hive_type(duckdb_type: str, *, texts: bool = False) -> str:
    """Return a type of DuckDB in Hive's words.

    Args:
        texts: whether dates and the like, at any depth, are strings.
    """
    parsed = exp.DataType.build(duckdb_type, dialect="duckdb")
    for node in list(parsed.find_all(exp.DataType)) if texts else ():
        if node.this in _TEXTS:
            node.set("this", exp.DType.TEXT)
    for node in parsed.find_all(exp.DataType):
        if node.this in (exp.DType.INT128, exp.DType.UBIGINT, exp.DType.UINT):
            node.set("this", exp.DType.BIGINT)
    # Glue writes types without blanks, and names without quotes
    return parsed.sql("hive").lower().replace(": ", ":").replace(", ", ",").replace("`", "")


def _scan(kind: str, samples: Sequence[Sample], csv: Csv | None) -> str:
    files = "[" + ", ".join(_literal(str(sample.file)) for sample in samples) + "]"
    if kind == "parquet":
        return f"read_parquet({files}, union_by_name = true)"
    if kind == "json":
        return f"read_json({files}, format = 'newline_delimited', union_by_name = true, sample_size = -1, map_inference_threshold = -1)"
    if csv is None:
        raise CrawlError("the local cloud reads CSV by a classifier alone: name an AWS::Glue::Classifier in the crawler's Classifiers")
    return f"read_csv({files}, {_csv(csv)}, union_by_name = true, null_padding = true, strict_mode = false)"


def _csv(csv: Csv) -> str:
    names = f"header = false, names = [{', '.join(map(_literal, csv.header))}]" if csv.header else "header = true"
    # a quoted field is read by a SerDe whose columns are all strings
    quote = f"quote = {_literal(csv.quote)}, all_varchar = true" if csv.quote else "quote = ''"
    return f"delim = {_literal(csv.delimiter)}, {quote}, {names}"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
