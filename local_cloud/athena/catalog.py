"""The Glue catalog as Athena sees it."""

import re
from dataclasses import dataclass
from typing import Any

from local_cloud.athena.failure import QueryError
from local_cloud.client import client

CATALOG = "awsdatacatalog"


@dataclass(frozen=True)
class CatalogTable:
    """An Iceberg table.

    Attributes:
        metadata: s3:// address of the file that describes its current state.
        columns: name, type in Hive's words, comment.
    """

    database: str
    name: str
    metadata: str
    columns: tuple[tuple[str, str, str], ...]


def table(database: str, name: str, position: int | None = None) -> CatalogTable:
    """Return a table.

    Raises:
        QueryError: there is none of this name, or it is not an Iceberg table.
    """
    glue = client("glue")
    try:
        found = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException as error:
        if database not in databases():
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", position) from error
        raise QueryError("TABLE_NOT_FOUND", f"Table '{CATALOG}.{database}.{name}' does not exist", position) from error
    metadata = found.get("Parameters", {}).get("metadata_location")
    if not metadata:
        raise QueryError("NOT_SUPPORTED", f"the local cloud reads Iceberg tables; {database}.{name} has no metadata_location", position)
    columns = found.get("StorageDescriptor", {}).get("Columns", [])
    return CatalogTable(database, name, metadata, tuple((column["Name"], column["Type"], column.get("Comment", "")) for column in columns))


def databases() -> list[str]:
    """Return the names of all databases."""
    return sorted(database["Name"] for database in _pages("get_databases", "DatabaseList"))


def tables(database: str, pattern: str | None = None) -> list[str]:
    """Return the names of the tables of a database that match a regular expression, in which `*` stands for any characters, as Athena has it.

    Raises:
        QueryError: there is no such database.
    """
    if database not in databases():
        raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")
    wanted = re.compile((pattern or "*").replace("*", ".*"))
    return sorted(found["Name"] for found in _pages("get_tables", "TableList", DatabaseName=database) if wanted.fullmatch(found["Name"]))


def _pages(operation: str, member: str, **arguments: str) -> list[dict[str, Any]]:
    return [item for page in client("glue").get_paginator(operation).paginate(**arguments) for item in page[member]]
