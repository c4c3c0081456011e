"""Raw tables in the catalog, as a crawler writes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from local_cloud.crawlers.layout import CrawlError, Folder
from local_cloud.crawlers.sample import Sample
from local_cloud.crawlers.schema import Columns, Csv

OWNER = "UPDATED_BY_CRAWLER"
_BATCH = 100
_HIVE = "org.apache.hadoop.hive"
_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat")
_PARQUET = (f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat", f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat")


def table_input(folder: Folder, name: str, columns: Columns, samples: Sequence[Sample], csv: Csv | None) -> dict[str, Any]:
    """Return the table of a folder in the form of Glue's API.

    Raises:
        CrawlError: a column has the name of a partition column.
    """
    twice = sorted({column for column, _ in columns} & set(folder.keys))
    if twice:
        raise CrawlError(f"{', '.join(twice)} of {folder.location} is a column in the objects and a partition column too")
    kind = samples[0].classification
    input_format, output_format = _PARQUET if kind == "parquet" else _TEXT
    parameters = {"classification": kind, "compressionType": samples[0].compression, "typeOfData": "file"}
    if kind == "csv" and csv is not None:
        parameters |= {"delimiter": csv.delimiter} | ({} if csv.header else {"skip.header.line.count": "1"})
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in folder.keys],
        "Parameters": parameters,
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": type_name} for column, type_name in columns],
            "Location": folder.location,
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": _serde(kind, columns, csv),
            "Parameters": parameters,
        },
    }


def _serde(kind: str, columns: Columns, csv: Csv | None) -> dict[str, Any]:
    if kind == "parquet":
        return {"SerializationLibrary": f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe", "Parameters": {"serialization.format": "1"}}
    if kind == "json":
        return {
            "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
            "Parameters": {"paths": ",".join(column for column, _ in columns)},
        }
    assert csv is not None  # there are no columns of CSV without it
    if csv.quote:
        parameters = {"separatorChar": csv.delimiter, "quoteChar": csv.quote}
        return {"SerializationLibrary": f"{_HIVE}.serde2.OpenCSVSerde", "Parameters": parameters}
    return {"SerializationLibrary": f"{_HIVE}.serde2.lazy.LazySimpleSerDe", "Parameters": {"field.delim": csv.delimiter}}


@dataclass(frozen=True)
class Catalog:
    """One database, written with the rights of a role.

    Attributes:
        glue: client of that role.
        crawler: name, which is left on each table.
    """

    glue: Any
    database: str
    crawler: str

    def write(self, table: dict[str, Any], folder: Folder) -> str:
        """Write a table and its partitions; return what was done.

        Raises:
            CrawlError: the table is somebody else's, or a partition was refused.
        """
        known = self._known(table["Name"])
        own = {**table, "Parameters": {**table["Parameters"], OWNER: self.crawler}}
        if known is None:
            self.glue.create_table(DatabaseName=self.database, TableInput=own)
        elif OWNER not in known.get("Parameters", {}):
            raise CrawlError(f"table {self.database}.{table['Name']} is there and was made by no crawler; nothing is owned twice")
        elif _changed(known, own):
            self.glue.update_table(DatabaseName=self.database, TableInput=own)
        new = self._partitions(table, folder)
        done = "created" if known is None else "updated" if _changed(known, own) else "unchanged"
        return f"table {self.database}.{table['Name']} {done}, {new} of {len(folder.partitions)} partitions added"

    def _known(self, name: str) -> dict[str, Any] | None:
        try:
            known: dict[str, Any] = self.glue.get_table(DatabaseName=self.database, Name=name)["Table"]
        except self.glue.exceptions.EntityNotFoundException:
            return None
        return known

    def _partitions(self, table: dict[str, Any], folder: Folder) -> int:
        named = {"DatabaseName": self.database, "TableName": table["Name"]}
        pages = self.glue.get_paginator("get_partitions").paginate(**named)
        known = {tuple(found["Values"]): found for page in pages for found in page["Partitions"]}
        wanted = {values: _partition(table, values, location) for values, location in folder.partitions.items()}
        # a partition inherits what its table has now
        stale = [made for values, made in wanted.items() if values in known and _changed(known[values], made)]
        for batch in _batches([made for values, made in wanted.items() if values not in known]):
            _check(self.glue.batch_create_partition(**named, PartitionInputList=batch))
        for batch in _batches(stale):
            entries = [{"PartitionValueList": made["Values"], "PartitionInput": made} for made in batch]
            _check(self.glue.batch_update_partition(**named, Entries=entries))
        return len(wanted.keys() - known.keys())


def _partition(table: dict[str, Any], values: tuple[str, ...], location: str) -> dict[str, Any]:
    storage = {**table["StorageDescriptor"], "Location": location}
    return {"Values": list(values), "StorageDescriptor": storage, "Parameters": table["Parameters"]}


def _changed(known: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return any(known.get(member) != wanted[member] for member in ("StorageDescriptor", "Parameters", "PartitionKeys") if member in wanted)


def _batches(given: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(given)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _check(answer: dict[str, Any]) -> None:
    if errors := answer.get("Errors"):
        raise CrawlError(f"{len(errors)} partitions were refused, the first of them: {errors[0]['ErrorDetail']['ErrorMessage']}")
