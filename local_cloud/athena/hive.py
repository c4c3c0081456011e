"""What stands in the place of a table of plain files in DuckDB's SQL: the objects of each partition that the catalog has.

A partition that is not in the catalog is not seen, as in Athena; an object that came into a known one is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from sqlglot import exp

from local_cloud.athena.catalog import CatalogTable
from local_cloud.athena.failure import QueryError
from local_cloud.athena.relations import literal

Columns = list[tuple[str, str]]


@dataclass(frozen=True)
class Files:
    """The objects of one partition.

    Attributes:
        values: of the partition columns.
    """

    values: tuple[str, ...]
    addresses: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class HiveTable:
    """A table of CSV, JSON lines or Parquet."""

    table: CatalogTable

    @cached_property
    def files(self) -> list[Files]:
        """The objects of all partitions, or of the table where it has none."""
        if not self._keys:
            return [_files(self.table.clients("s3"), (), self._storage["Location"])]
        found = self.table.partitions()
        s3 = self.table.clients("s3")
        return [_files(s3, tuple(one["Values"]), one["StorageDescriptor"]["Location"]) for one in found]

    def size(self) -> int:
        """Return the bytes of all objects."""
        return sum(found.size for found in self.files)

    def scan(self) -> str:
        """Return DuckDB's SQL for the rows.

        Raises:
            QueryError: its files are in no format that is here.
        """
        serde = self._storage["SerdeInfo"]
        reader = _READERS.get(serde.get("SerializationLibrary", "").rpartition(".")[2].lower())
        if reader is None:
            name = f"{self.table.database}.{self.table.name}"
            raise QueryError(
                "NOT_SUPPORTED", f"{name} is read by {serde.get('SerializationLibrary')}; the local cloud has {', '.join(_READERS)}"
            )
        columns = [(name, type_name) for name, type_name, _ in self.table.columns[: len(self.table.columns) - len(self._keys)]]
        lines = int(
            {**self._storage.get("Parameters", {}), **self.table.description.get("Parameters", {})}.get("skip.header.line.count", 0)
        )
        parts = [
            f"SELECT {', '.join([*reader.select(columns), *self._constants(found)])} FROM {reader.read(found, columns, serde.get('Parameters', {}), lines)}"
            for found in self.files
            if found.addresses
        ]
        return f"({' UNION ALL '.join(parts or [self._nothing()])})"

    @property
    def _storage(self) -> Mapping[str, Any]:
        storage: Mapping[str, Any] = self.table.description["StorageDescriptor"]
        return storage

    @property
    def _keys(self) -> Columns:
        return [(key["Name"], key["Type"]) for key in self.table.description.get("PartitionKeys", [])]

    def _constants(self, found: Files) -> list[str]:
        pairs = zip(self._keys, found.values, strict=True)
        return [f"CAST({literal(value)} AS {_duckdb(type_name)}) AS {_name(name)}" for (name, type_name), value in pairs]

    def _nothing(self) -> str:
        return f"SELECT {', '.join(f'CAST(NULL AS {_duckdb(kind)}) AS {_name(name)}' for name, kind, _ in self.table.columns)} WHERE false"


@dataclass(frozen=True)
class Reader:
    """How a SerDe's files are read.

    Attributes:
        select: gives the columns of the table from what `read` gives.
        read: gives DuckDB's table function for files, columns, parameters of the SerDe, and lines to leave out.
    """

    select: Callable[[Columns], list[str]]
    read: Callable[[Files, Columns, Mapping[str, str], int], str]


def _names(columns: Columns) -> list[str]:
    return [_name(name) for name, _ in columns]


def _tried(columns: Columns) -> list[str]:
    # what LazySimpleSerDe cannot read as the column's type is null
    return [f"TRY_CAST({_name(name)} AS {_duckdb(type_name)}) AS {_name(name)}" for name, type_name in columns]


def _read(columns: Columns) -> list[str]:
    # what OpenCSVSerde cannot read as the column's type is an error
    return [f"CAST({_name(name)} AS {_duckdb(type_name)}) AS {_name(name)}" for name, type_name in columns]


def _open_csv(found: Files, columns: Columns, parameters: Mapping[str, str], lines: int) -> str:
    quote, separator = parameters.get("quoteChar", '"'), parameters.get("separatorChar", ",")
    # an empty field is an empty text, and no null
    return _csv(
        found, columns, f"delim = {literal(separator)}, quote = {literal(quote)}, escape = {literal(quote)}, nullstr = '\\N'", lines
    )


def _lazy(found: Files, columns: Columns, parameters: Mapping[str, str], lines: int) -> str:
    separator = parameters.get("field.delim", parameters.get("serialization.format", "\x01"))
    return _csv(found, columns, f"delim = {literal(separator)}, quote = '', escape = '', nullstr = '\\N'", lines)


def _csv(found: Files, columns: Columns, dialect: str, lines: int) -> str:
    names = ", ".join(f"{literal(name)}: 'VARCHAR'" for name, _ in columns)
    more = "auto_detect = false, header = false, null_padding = true, strict_mode = false, ignore_errors = false"
    return f"read_csv({_list(found)}, columns = {{{names}}}, {dialect}, skip = {lines}, {more})"


def _members(columns: Columns) -> list[str]:
    if not _are_single(columns):
        return _names(columns)
    return [
        f"CAST(list_filter(members, lambda member: member.name = {literal(name)})[-1].text AS {_duckdb(type_name)}) AS {_name(name)}"
        for name, type_name in columns
    ]


def _json(found: Files, columns: Columns, _: Mapping[str, str], __: int) -> str:
    if _are_single(columns):
        # the SerDe takes names of members in any case, DuckDB in their own alone
        pointer = "'/' || replace(replace(name, '~', '~0'), '/', '~1')"
        members = (
            f"list_transform(json_keys(json), lambda name: struct_pack(name := lower(name), text := json_extract_string(json, {pointer})))"
        )
        return f"(SELECT {members} AS members FROM read_ndjson_objects({_list(found)}))"
    types = ", ".join(f"{literal(name)}: {literal(_duckdb(type_name))}" for name, type_name in columns)
    return f"read_json({_list(found)}, format = 'newline_delimited', columns = {{{types}}})"


def _are_single(columns: Columns) -> bool:
    """Whether each column is one value: those with values within values are read by their own names."""
    return not any(type_name.startswith(("array", "map", "struct")) for _, type_name in columns)


def _parquet(found: Files, _: Columns, __: Mapping[str, str], ___: int) -> str:
    return f"read_parquet({_list(found)}, union_by_name = true, hive_partitioning = false)"


_READERS = {
    "opencsvserde": Reader(_read, _open_csv),
    "lazysimpleserde": Reader(_tried, _lazy),
    "jsonserde": Reader(_members, _json),
    "parquethiveserde": Reader(_read, _parquet),
}


def _files(s3: Any, values: tuple[str, ...], location: str) -> Files:
    place = urlsplit(location)
    prefix = place.path.strip("/") + "/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=prefix)
    found = [listed for page in pages for listed in page.get("Contents", []) if listed["Size"] and not _hidden(listed["Key"])]
    if packed := [listed["Key"] for listed in found if listed["Key"].endswith(".bz2")]:
        raise QueryError("NOT_SUPPORTED", f"{packed[0]} is compressed with bzip2, which the local cloud does not query")
    return Files(values, tuple(f"s3://{place.netloc}/{listed['Key']}" for listed in found), sum(listed["Size"] for listed in found))


def _hidden(key: str) -> bool:
    return key.rpartition("/")[2].startswith(("_", "."))


def _list(found: Files) -> str:
    return "[" + ", ".join(map(literal, found.addresses)) + "]"


def _name(name: str) -> str:
    return str(exp.to_identifier(name, quoted=True).sql("duckdb"))


def _duckdb(hive_type: str) -> str:
    return exp.DataType.build(hive_type, dialect="hive").sql("duckdb")
