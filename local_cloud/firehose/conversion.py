"""From JSON to Parquet by the columns of a table of the catalog, as Firehose does with the OpenX JSON SerDe."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from local_cloud.firehose.failures import CONVERSION, Failure

CODECS = {"SNAPPY": "snappy", "GZIP": "gzip", "UNCOMPRESSED": "uncompressed"}
MEMORY = "256MB"
"""That a conversion may take, whatever the size of the buffer."""


class UnconvertibleError(Exception):
    """A record that does not fit the table; it has the failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[str(value).lower()]


TYPES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "string": ("VARCHAR", _text),
    "bigint": ("BIGINT", _whole),
    "int": ("INTEGER", _whole),
    "double": ("DOUBLE", float),
    "boolean": ("BOOLEAN", _truth),
}
"""Type of a column in the catalog -> DuckDB's, and how a value of JSON becomes one."""


@dataclass(frozen=True)
class Schema:
    """The columns of a table.

    Attributes:
        columns: name -> type, in the table's order.
        place: what an error says of the table.
        codec: of the Parquet files.
    """

    columns: dict[str, str]
    place: dict[str, Any]
    codec: str

    @classmethod
    def read(cls, glue: Any, conversion: dict[str, Any]) -> "Schema":
        """Return the schema that a conversion names.

        Args:
            glue: client under the role of the schema.

        Raises:
            ClientError: the role may not read the table, or there is none.
            ValueError: a column has a type that is not in the local cloud.
        """
        named = conversion["SchemaConfiguration"]
        found = glue.get_table(DatabaseName=named["DatabaseName"], Name=named["TableName"])["Table"]
        columns = {column["Name"]: column["Type"].lower() for column in found["StorageDescriptor"]["Columns"]}
        others = [f"{name} {kind}" for name, kind in columns.items() if kind not in TYPES]
        if others:
            raise ValueError(f"not in the local cloud: a conversion to {', '.join(others)}; it has {', '.join(TYPES)}")
        serializer = (conversion["OutputFormatConfiguration"]["Serializer"].get("ParquetSerDe")) or {}
        place = {
            "catalogId": named.get("CatalogId", ""),
            "databaseName": named["DatabaseName"],
            "tableName": named["TableName"],
            "region": named.get("Region", ""),
            "versionId": named.get("VersionId", "LATEST"),
        }
        return cls(columns, place, CODECS[serializer.get("Compression", "SNAPPY")])

    def rows(self, data: bytes) -> list[bytes]:
        """Return the rows in a record, each a line of JSON with the table's columns.

        Raises:
            UnconvertibleError: it holds something else.
        """
        try:
            return [self._row(document, text) for document, text in documents(data)]
        except UnicodeDecodeError as error:
            raise self._failed("ParseError", "Encountered malformed JSON.") from error
        except json.JSONDecodeError as error:
            raise self._failed("ParseError", "Encountered malformed JSON.") from error
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self._failed("MalformedData", f"Data does not match the schema. {error}") from error

    def _row(self, document: Any, text: str) -> bytes:
        if not isinstance(document, dict):
            raise TypeError("The top level must be an object.")
        if (
            self._is_text
            and document.keys() == self.columns.keys()
            and all(value is None or type(value) is str for value in document.values())
        ):
            # as nearly all are: a row as it stands, unless it has several lines, half of a surrogate pair, or a name twice
            return (text if type(document) is dict and "\n" not in text and "\\u" not in text else _encode(document)).encode()
        given = {key.lower(): value for key, value in document.items()}  # the SerDe does not tell cases apart unless it is told to
        values = {name: given.get(name.lower()) for name in self.columns}
        row = {name: None if value is None else TYPES[self.columns[name]][1](value) for name, value in values.items()}
        return _encode(row).encode()

    @cached_property
    def _is_text(self) -> bool:
        return all(kind == "string" for kind in self.columns.values())

    def _failed(self, code: str, message: str) -> UnconvertibleError:
        return UnconvertibleError(Failure(CONVERSION, f"DataFormatConversion.{code}", message, more={"dataCatalogTable": self.place}))

    def write(self, rows: Path, target: Path) -> None:
        """Write a Parquet file from lines of JSON."""
        columns = ", ".join(f"'{name}': '{TYPES[kind][0]}'" for name, kind in self.columns.items())
        with duckdb.connect(config={"memory_limit": MEMORY, "threads": 1, "preserve_insertion_order": True}) as connection:
            connection.execute(
                f"COPY (FROM read_json('{rows}', format='newline_delimited', columns={{{columns}}}, maximum_object_size=67108864)) "
                f"TO '{target}' (FORMAT PARQUET, COMPRESSION {self.codec})"
            )


class _Repeated(dict[str, Any]):
    """An object in which a name stands twice; the last one counts."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeated(found)


_decoder = json.JSONDecoder(object_pairs_hook=_object)
_encode = json.JSONEncoder(ensure_ascii=False).encode


def documents(data: bytes) -> Iterator[tuple[Any, str]]:
    """Yield the JSON documents in a record, one or several behind each other, each with its text."""
    text = data.decode()
    at, end = 0, len(text)
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        document, after = _decoder.raw_decode(text, at)
        yield document, text[at:after]
        at = after
