"""A file of JSON lines as a sample: objects are taken apart into the fields within them, lists stay texts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from cli.common.drafting.sample import TABLE, Sample, SampleField, first_words, literal, named, quoted
from cli.common.errors import UserError
from contracts.contract import PATH

# what DuckDB says of a value -> Spark types that it may have
KINDS = {
    "BOOLEAN": ("boolean",),
    "UBIGINT": ("int", "bigint", "double"),
    "BIGINT": ("int", "bigint", "double"),
    "HUGEINT": ("decimal(38,0)",),
    "DOUBLE": ("double",),
    "VARCHAR": ("date", "timestamp", "string"),  # what stands in quotes is no number to its producer
}
MOST_KEYS = 50  # an object with more of them is a map, whose keys are data
MIXED = "of several types, kept as text"
LIST = "a list, kept as JSON text; a product's SQL takes it apart: explode(from_json({name}, '<its type>'))"
MAP = "an object with {number} keys, kept as JSON text; get_json_object in a product's SQL reads one"

Path_ = tuple[str, ...]


def read(file: Path, head: bytes) -> Sample:
    """Return JSON lines as a sample.

    Raises:
        UserError: no JSON lines; with what makes them of it.
    """
    check_lines(file, head)
    connection = duckdb.connect()
    try:
        connection.execute(f"create table records as from read_ndjson_objects({literal(file)})")
        found = connection.sql("select json_group_structure(json) from records").fetchone()
    except duckdb.Error as error:
        raise UserError(f"{file}: not JSON lines to its end: {first_words(error)}") from error
    assert found is not None
    structure: Any = json.loads(found[0])
    if not isinstance(structure, dict):
        raise UserError(f"{file}: holds other things than objects; each line must be one object, as {{...}}")
    leaves = list(_leaves(structure, ()))
    lower = [named(path).lower() for path, _, _ in leaves]
    if twice := sorted({name for name in lower if lower.count(name) > 1}):
        raise UserError(f"{file}: has fields that differ in upper and lower case alone ({', '.join(twice)}), which Spark takes for one")
    texts = ", ".join(f"json_extract_string(json, {literal(_pointer(path))}) as c{number}" for number, (path, _, _) in enumerate(leaves))
    connection.execute(f"create table {TABLE} as select {texts} from records")
    fields = [
        SampleField(name=named(path), kinds=kinds, note=note, is_nested_text=note.startswith(("a list", "an object")))
        for path, kinds, note in leaves
    ]
    return Sample(connection=connection, file=file, format="json", fields=fields)


def check_lines(file: Path, head: bytes) -> None:
    """Raise UserError for a JSON file that has its records otherwise than one to a line."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().splitlines()[0]
    as_lines = f"duckdb -c \"copy (from '{file.name}') to '{file.name.partition('.')[0]}.jsonl' (format json)\""
    if first.startswith(b"["):
        raise UserError(f"{file}: is one JSON list; the lake reads one object per line. This makes lines of it: {as_lines}")
    try:
        json.loads(first)
    except ValueError as error:
        if len(first) < len(head) - 1 and len(head.splitlines()) > 1:
            raise UserError(
                f"{file}: its first line is no whole JSON object; the lake reads one per line. This makes lines of it: {as_lines}"
            ) from error


def _leaves(structure: dict[str, Any], above: Path_) -> Iterator[tuple[Path_, tuple[str, ...], str]]:
    for key, kind in structure.items():
        path = (*above, key)
        if isinstance(kind, dict) and 0 < len(kind) <= MOST_KEYS and all(PATH.fullmatch(named((*path, inner))) for inner in kind):
            yield from _leaves(kind, path)
        elif isinstance(kind, dict):
            yield path, ("string",), MAP.format(number=len(kind))
        elif isinstance(kind, list):
            yield path, ("string",), LIST
        else:
            yield path, KINDS.get(str(kind), ("string",)), MIXED if kind == "JSON" else ""


def _pointer(path: Path_) -> str:
    """Return where DuckDB finds a field."""
    return "$" + "".join(f".{quoted(key)}" for key in path)
