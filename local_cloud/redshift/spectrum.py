"""Redshift Spectrum: tables of the Glue catalog, read with the rights of a role of the namespace."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import duckdb
from botocore.exceptions import ClientError
from sqlglot import exp

from local_cloud import duck
from local_cloud.athena import catalog
from local_cloud.athena.catalog import CatalogTable
from local_cloud.athena.failure import QueryError
from local_cloud.athena.hive import HiveTable
from local_cloud.athena.relations import IcebergTable, literal
from local_cloud.client import client
from local_cloud.redshift.failure import SqlError


@dataclass(frozen=True)
class Keys:
    """Temporary credentials of a role."""

    access_key: str
    secret_key: str
    token: str | None

    def client(self, service: str) -> Any:
        """Return a client of a service that speaks for the role."""
        return client(service, self.access_key, self.secret_key, self.token)


class Roles(Protocol):
    """Gives and watches the credentials of roles."""

    def keys(self, role: str) -> Keys:
        """Return credentials of a role for Redshift.

        Raises:
            SqlError: it cannot be assumed.
        """

    def denied(self, keys: Keys) -> list[str]:
        """Return what has been denied to the holder of keys."""


@dataclass
class Spectrum:
    """What one session reads outside of the warehouse.

    DuckDB has one set of keys for S3, so one session reads with one role. They are given in the session's own transaction, since what another
    connection gives is not seen in it.
    """

    connection: duckdb.DuckDBPyConnection
    roles: Roles
    _role: str | None = None
    _keys: Keys | None = field(default=None, repr=False)

    def table(self, database: str, name: str, role: str) -> CatalogTable:
        """Return a table of the catalog, as the role sees it.

        Raises:
            SqlError: there is none, or the role may not see it.
        """
        try:
            return catalog.table(database, name, clients=self.keys(role).client)
        except QueryError as error:
            raise SqlError(f'relation "{database}.{name}" of the Glue catalog does not exist: {error}') from error
        except ClientError as error:
            raise SqlError(f"Spectrum scan error: {self.denied() or error}") from error

    def scan(self, table: CatalogTable, moment: str | None) -> str:
        """Return DuckDB's SQL for the rows of a table now, or as they were at a moment.

        Raises:
            SqlError: it cannot be read, or had no snapshot at the moment.
        """
        try:
            if not table.metadata:
                return _plain(table, moment)
            iceberg = IcebergTable(table)
            return iceberg.scan(None) if moment is None else as_of(iceberg, moment)
        except QueryError as error:
            raise SqlError(str(error)) from error
        except ClientError as error:
            raise SqlError(f"Spectrum scan error: {self.denied() or error}") from error

    def denied(self) -> str:
        """Return what has been denied to the role in this session; an empty text where nothing was."""
        return "; ".join(self.roles.denied(self._keys)) if self._keys else ""

    def keys(self, role: str) -> Keys:
        """Return the credentials with which this session acts for a role.

        Raises:
            SqlError: it acts for another one, or Redshift cannot assume this one.
        """
        if self._role not in (None, role):
            raise SqlError(f"one statement reads with one role in the local cloud: {self._role} and {role} are two")
        if self._keys is None:
            self._role, self._keys = role, self.roles.keys(role)
            duck.give_keys(self.connection, self._keys.access_key, self._keys.secret_key, self._keys.token)
        return self._keys


def _plain(table: CatalogTable, moment: str | None) -> str:
    if moment is not None:
        raise SqlError(f"{table.database}.{table.name} is no Iceberg table: it has no earlier states")
    return HiveTable(table).scan()


def as_of(iceberg: IcebergTable, moment: str) -> str:
    """Return DuckDB's SQL for main's snapshot at a moment: by when it became main, since it is written to a branch before.

    Raises:
        SqlError: there was none, or it has expired.
    """
    wanted = _milliseconds(moment)
    log = sorted(iceberg.metadata.get("snapshot-log", []), key=lambda entry: int(entry["timestamp-ms"]))
    before = [entry for entry in log if int(entry["timestamp-ms"]) <= wanted]
    name = f"{iceberg.table.database}.{iceberg.table.name}"
    if not before:
        raise SqlError(f"{name} has no snapshot as of timestamp {moment}")
    snapshot = int(before[-1]["snapshot-id"])
    if snapshot not in [int(found["snapshot-id"]) for found in iceberg.metadata.get("snapshots", [])]:
        raise SqlError(f"the snapshot of {name} as of timestamp {moment} has expired")
    return f"iceberg_scan({literal(iceberg.table.metadata or '')}, snapshot_from_id = {snapshot})"


def _milliseconds(moment: str) -> int:
    try:
        read = datetime.fromisoformat(moment)
    except ValueError as error:
        raise SqlError(f"invalid input syntax for type timestamp: {moment}") from error
    return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)


def moment_of(version: exp.Version | None) -> str | None:
    """Return the moment that a table is asked for; None for now.

    Raises:
        SqlError: it is no moment written out.
    """
    if version is None:
        return None
    written = version.expression.find(exp.Literal) if version.expression else None
    if version.name.upper() != "TIMESTAMP" or written is None:
        raise SqlError(f"a table is read as of a timestamp that is written out, not {version.sql('redshift')}")
    return str(written.name)
