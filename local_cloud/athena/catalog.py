"""The Glue catalog as Athena sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.athena.failure import QueryError
from local_cloud.client import Clients, client

CATALOG = "awsdatacatalog"


@dataclass(frozen=True)
class CatalogTable:
    """A table: Iceberg's, or plain files that the catalog describes.

    Attributes:
        metadata: s3:// address of the file that describes the current state of an Iceberg table; None for plain files.
        columns: name, type in Hive's words, comment; those of partitions at the end.
        description: in the form of Glue's API.
        clients: in whose name it is read.
    """

    database: str
    name: str
    metadata: str | None
    columns: tuple[tuple[str, str, str], ...]
    description: Mapping[str, Any] = field(default_factory=dict)
    clients: Clients = field(default=client, compare=False)

    def partitions(self) -> list[dict[str, Any]]:
        """Return the partitions that the catalog has, in the form of Glue's API."""
        return _pages(self.clients, "get_partitions", "Partitions", DatabaseName=self.database, TableName=self.name)


def table(database: str, name: str, position: int | None = None, clients: Clients = client) -> CatalogTable:
    """Return a table.

    Args:
        clients: in whose name it is looked for, and read.

    Raises:
        QueryError: there is none of this name.
    """
    glue = clients("glue")
    try:
        found = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException as error:
        if database not in databases():
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", position) from error
        raise QueryError("TABLE_NOT_FOUND", f"Table '{CATALOG}.{database}.{name}' does not exist", position) from error
    metadata = found.get("Parameters", {}).get("metadata_location")
    columns = [*found.get("StorageDescriptor", {}).get("Columns", []), *found.get("PartitionKeys", [])]
    named = tuple((column["Name"], column["Type"], column.get("Comment", "")) for column in columns)
    return CatalogTable(database, name, metadata, named, found, clients)


def databases() -> list[str]:
    """Return the names of all databases."""
    return sorted(database["Name"] for database in _pages(client, "get_databases", "DatabaseList"))


def tables(database: str, pattern: str | None = None) -> list[str]:
    """Return the names of the tables of a database that match a regular expression, in which `*` stands for any characters, as Athena has it.

    Raises:
        QueryError: there is no such database.
    """
    if database not in databases():
        raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")
    wanted = re.compile((pattern or "*").replace("*", ".*"))
    return sorted(
        found["Name"] for found in _pages(client, "get_tables", "TableList", DatabaseName=database) if wanted.fullmatch(found["Name"])
    )


def _pages(clients: Clients, operation: str, member: str, **arguments: str) -> list[dict[str, Any]]:
    return [item for page in clients("glue").get_paginator(operation).paginate(**arguments) for item in page[member]]
