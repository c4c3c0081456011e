"""What the Glue catalog and the bucket say about a table, before Iceberg is asked.

Iceberg's catalog takes a Glue table without `metadata_location` for no table at all, and would start an empty one in its place. That
attribute is lost when a table is declared in CloudFormation and its stack is updated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from glue_jobs.common.errors import LostTableError
from glue_jobs.common.objects import Objects, split_uri

if TYPE_CHECKING:  # the stubs are no part of Glue
    from mypy_boto3_glue.client import GlueClient


# all that a run leaves which dies while it creates a table: nobody has written to that table
FIRST_METADATA = "00000-"


class Catalog:
    """One Glue database whose tables lie under one bucket."""

    def __init__(self, client: GlueClient, database: str, bucket: Objects) -> None:
        self._client = client
        self._database = database
        self._bucket = bucket

    def check(self, table: str) -> None:
        """Raise LostTableError where creating `table`, or writing to it, would leave its rows behind."""
        self._location(table)

    def metadata(self, table: str) -> dict[str, Any] | None:
        """Return Iceberg's metadata of a table, as its specification has it: https://iceberg.apache.org/spec/#table-metadata.

        None where there is no table yet, or its metadata cannot be read like this.

        Raises:
            LostTableError: as `check` does.
        """
        location = self._location(table)
        try:
            found: dict[str, Any] = json.loads(self._bucket.text(split_uri(location)[1])) if location else {}
        except (ClientError, ValueError):
            return None
        return found or None

    def _location(self, table: str) -> str | None:
        """Return where the metadata of a table lies; None where there is no table."""
        try:
            found = self._client.get_table(DatabaseName=self._database, Name=table)["Table"]
        except self._client.exceptions.EntityNotFoundException:
            self._check_absent(table)
            return None
        location = found.get("Parameters", {}).get("metadata_location")
        if location is None:
            raise LostTableError(
                f"{self._database}.{table} has no metadata_location, so its rows cannot be found. "
                "Put the newest file of its metadata folder back with Iceberg's register_table, and declare no Iceberg table in a stack."
            )
        return location

    def _metadata(self, table: str) -> Iterator[str]:
        folder = f"{table}/metadata/"
        return (key.removeprefix(folder) for key in self._bucket.keys(folder))

    def _check_absent(self, table: str) -> None:
        if any(not name.startswith(FIRST_METADATA) for name in self._metadata(table)):
            raise LostTableError(
                f"{self._database} has no table {table}, but {self._bucket.uri(f'{table}/metadata/')} holds an Iceberg table's metadata. "
                "Bring it back with Iceberg's register_table, or move that folder away to start with an empty table."
            )
