"""A sample of what a producer delivers, opened by DuckDB: its fields, and its values as texts."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cli.common.errors import UserError

TABLE = "sample"
HEAD = 64 * 1024  # bytes that tell what a file is
UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, kw_only=True)
class SampleField:
    """A field of the source.

    Attributes:
        name: as the source has it, or the path to it.
        kinds: Spark types that it may have, narrowest first; one where the file says it.
        note: what a person should know of it.
        is_nested_text: whether it is a list or an object kept as JSON text.
    """

    name: str
    kinds: tuple[str, ...]
    note: str = ""
    is_nested_text: bool = False


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A file that was read.

    Attributes:
        connection: has the table `sample`, with a text column c0, c1... for each field.
        multiline: whether values hold line breaks.
        notes: what a person should know of the file.
    """

    connection: duckdb.DuckDBPyConnection
    file: Path
    format: str
    fields: Sequence[SampleField]
    delimiter: str = ","
    header: bool = True
    multiline: bool = False
    notes: Sequence[str] = ()

    def one(self, sql: str) -> tuple[object, ...]:
        """Return the one row that a query over `sample` gives."""
        row = self.connection.sql(sql).fetchone()
        assert row is not None
        return tuple(row)


def head(file: Path) -> bytes:
    """Return the first bytes of a file, unpacked.

    Raises:
        UserError: no file, an empty one, or one that the lake does not read.
    """
    if not file.is_file():
        raise UserError(f"{file}: {'is a folder; name one file in it' if file.is_dir() else 'no such file'}")
    if file.suffix in (".zip", ".zst", ".bz2", ".xz", ".7z", ".tar"):
        raise UserError(f"{file}: a sample in {file.suffix} is not read; unpack it, or pack it with gzip (not Parquet, which packs itself)")
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as content:
            found = content.read(HEAD)
    except (OSError, EOFError) as error:
        raise UserError(f"{file}: cannot be read: {error}") from error
    if not found.strip():
        raise UserError(f"{file}: is empty; take a file with records in it")
    if found.startswith(UTF16):
        raise UserError(f"{file}: is UTF-16, the lake reads UTF-8; iconv -f UTF-16 -t UTF-8 makes it so")
    return found


def literal(text: object) -> str:
    """Return a text as a literal of DuckDB's SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return an identifier of DuckDB's SQL."""
    return '"' + name.replace('"', '""') + '"'


def first_words(error: Exception) -> str:
    """Return the first line of what DuckDB says."""
    return str(error).strip().splitlines()[0]


def named(path: Sequence[str]) -> str:
    """Return a field's name as a contract has it: its own, or the path to it where it lies within others."""
    if len(path) == 1:
        return path[0]
    return "$" + "".join(f".{key}" if key.replace("_", "").isalnum() else f"['{key}']" for key in path)
