"""A Parquet file as a sample: it says its own types."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from cli.common.drafting.sample import TABLE, Sample, SampleField, first_words, literal, named, quoted
from cli.common.errors import UserError
from contracts.contract import PATH

# DuckDB's name -> Spark's
KINDS = {
    "BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint",
    "UTINYINT": "smallint", "USMALLINT": "int", "UINTEGER": "bigint", "UBIGINT": "decimal(20,0)",
    "FLOAT": "float", "DOUBLE": "double", "VARCHAR": "string", "ENUM": "string", "DATE": "date",
    "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamp",
}  # fmt: skip
NESTED = {"list": "a list", "array": "a list", "map": "a map"}
AS_TEXT = "{what}, kept as JSON text; a product's SQL takes it apart with from_json"
BYTES = "bytes, kept as Base64 text; unbase64 in a product's SQL gives them back"


def read(file: Path) -> Sample:
    """Return a Parquet file as a sample.

    Raises:
        UserError: not readable, or with a type that Spark does not read.
    """
    connection = duckdb.connect()
    try:
        relation = connection.sql(f"from read_parquet({literal(file)}, hive_partitioning=false)")
    except duckdb.Error as error:
        raise UserError(f"{file}: not a readable Parquet file: {first_words(error)}") from error
    columns = zip(relation.columns, relation.types, strict=True)
    leaves = [leaf for name, kind in columns for leaf in _leaves(file, (name,), kind)]
    texts = ", ".join(f"cast({'.'.join(map(quoted, path))} as varchar) as c{number}" for number, (path, _, _) in enumerate(leaves))
    connection.execute(f"create table {TABLE} as select {texts} from read_parquet({literal(file)}, hive_partitioning=false)")
    fields = [SampleField(name=named(path), kinds=(kind,), note=note, is_nested_text="JSON text" in note) for path, kind, note in leaves]
    return Sample(connection=connection, file=file, format="parquet", fields=fields)


def _leaves(file: Path, path: tuple[str, ...], kind: Any) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if kind.id == "struct":
        for name, inner in kind.children:
            if not PATH.fullmatch(named((*path, name))):
                raise UserError(f"{file}: field {name!r} within {'.'.join(path)} has a quote in its name; rename it")
            yield from _leaves(file, (*path, name), inner)
    elif kind.id in NESTED:
        yield path, "string", AS_TEXT.format(what=NESTED[kind.id])
    elif kind.id in ("blob", "uuid"):
        yield path, "string", BYTES
    elif kind.id == "decimal":
        yield path, str(kind).lower(), ""
    elif kind.id in ("enum", "timestamp_s", "timestamp_ms"):
        yield path, "string" if kind.id == "enum" else "timestamp", ""
    elif str(kind) in KINDS:
        yield path, KINDS[str(kind)], ""
    else:
        hint = "; with pandas: to_parquet(..., coerce_timestamps='us')" if str(kind) == "TIMESTAMP_NS" else ""
        raise UserError(
            f"{file}: {'.'.join(path)} is of type {kind}, which Spark does not read; write it as one of {', '.join(sorted(KINDS))}{hint}"
        )
