"""What stands in the place of an Iceberg table in DuckDB's SQL: a scan of its current state, of an earlier one, or of its history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from sqlglot import exp

from local_cloud.athena.catalog import CatalogTable
from local_cloud.athena.failure import QueryError

HISTORIES = ("history", "refs", "snapshots")


@dataclass(frozen=True)
class IcebergTable:
    """An Iceberg table and the file that describes it."""

    table: CatalogTable

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """The content of the file."""
        address = urlsplit(self._address)
        body = self.table.clients("s3").get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))["Body"].read()
        content: Mapping[str, Any] = json.loads(body)
        return content

    def size(self) -> int:
        """Return the bytes of all data files of the current state."""
        for snapshot in self.metadata.get("snapshots", []):
            if snapshot["snapshot-id"] == self.metadata.get("current-snapshot-id"):
                return int(snapshot["summary"].get("total-files-size", 0))
        return 0

    def scan(self, version: exp.Version | None) -> str:
        """Return DuckDB's SQL for the rows of the current state, or of that which `FOR VERSION` or `FOR TIMESTAMP` names."""
        location = literal(self._address)
        if version is None:
            return f"iceberg_scan({location})"
        if version.name.upper() == "TIMESTAMP":
            return f"iceberg_scan({location}, snapshot_from_timestamp = CAST({version.expression.sql('duckdb')} AS TIMESTAMP))"
        return f"iceberg_scan({location}, snapshot_from_id = {self._snapshot(version.expression)})"

    def history(self, kind: str) -> str:
        """Return DuckDB's SQL for one of the tables about the table."""
        rows = {"snapshots": self._snapshots, "history": self._history, "refs": self._refs}[kind]()
        structure = literal(json.dumps([_FIELDS[kind]]))
        return f"(SELECT unnest(from_json({literal(json.dumps(rows))}, {structure}), max_depth := 2))"

    @property
    def _address(self) -> str:
        assert self.table.metadata is not None  # else it is no Iceberg table
        return self.table.metadata

    def _snapshot(self, named: exp.Expr) -> int:
        references = self.metadata.get("refs", {})
        known = [snapshot["snapshot-id"] for snapshot in self.metadata.get("snapshots", [])]
        if named.is_string and named.name in references:
            return int(references[named.name]["snapshot-id"])
        if named.is_int and int(named.name) in known:
            return int(named.name)
        raise QueryError("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exist: {named.name}")

    def _snapshots(self) -> list[dict[str, Any]]:
        return [
            {
                "committed_at": _moment(snapshot["timestamp-ms"]),
                "snapshot_id": snapshot["snapshot-id"],
                "parent_id": snapshot.get("parent-snapshot-id"),
                "operation": snapshot["summary"]["operation"],
                "manifest_list": snapshot["manifest-list"],
                "summary": {name: value for name, value in snapshot["summary"].items() if name != "operation"},
            }
            for snapshot in self.metadata.get("snapshots", [])
        ]

    def _history(self) -> list[dict[str, Any]]:
        parents = {snapshot["snapshot-id"]: snapshot.get("parent-snapshot-id") for snapshot in self.metadata.get("snapshots", [])}
        ancestors, current = set(), self.metadata.get("current-snapshot-id")
        while current is not None and current not in ancestors:
            ancestors.add(current)
            current = parents.get(current)
        return [
            {
                "made_current_at": _moment(entry["timestamp-ms"]),
                "snapshot_id": entry["snapshot-id"],
                "parent_id": parents.get(entry["snapshot-id"]),
                "is_current_ancestor": entry["snapshot-id"] in ancestors,
            }
            for entry in self.metadata.get("snapshot-log", [])
        ]

    def _refs(self) -> list[dict[str, Any]]:
        references = self.metadata.get("refs", {})
        return [{"name": name, "type": found["type"].upper(), "snapshot_id": found["snapshot-id"]} for name, found in references.items()]


_FIELDS = {
    "snapshots": {
        "committed_at": "TIMESTAMPTZ",
        "snapshot_id": "BIGINT",
        "parent_id": "BIGINT",
        "operation": "VARCHAR",
        "manifest_list": "VARCHAR",
        "summary": "MAP(VARCHAR, VARCHAR)",
    },
    "history": {"made_current_at": "TIMESTAMPTZ", "snapshot_id": "BIGINT", "parent_id": "BIGINT", "is_current_ancestor": "BOOLEAN"},
    "refs": {"name": "VARCHAR", "type": "VARCHAR", "snapshot_id": "BIGINT"},
}


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def literal(value: str) -> str:
    """Return a text in DuckDB's SQL."""
    return "'" + value.replace("'", "''") + "'"
