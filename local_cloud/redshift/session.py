"""One session of a warehouse: what a statement, or the statements of a batch, run in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from local_cloud.redshift.failure import NotTranslatedError, SqlError, from_duckdb
from local_cloud.redshift.spectrum import Spectrum
from local_cloud.redshift.system import SCHEMA

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Materialized:
    """A materialized view: its query, and whether it refreshes itself."""

    definition: str
    auto_refresh: bool


@dataclass(frozen=True)
class Session:
    """Attributes:
    database: its name, as statements may write it before a schema.
    user: whom Redshift takes the caller for.
    roles: ARNs of the roles of the namespace.
    default_role: the one that `iam_role default` means; None where there is none.
    search_path: schemas in which a name without one is looked for.
    in_batch: whether more statements share the transaction.
    """

    cursor: duckdb.DuckDBPyConnection
    spectrum: Spectrum
    database: str
    user: str
    roles: Sequence[str] = ()
    default_role: str | None = None
    search_path: Sequence[str] = ("public",)
    in_batch: bool = False

    def run(self, sql: str, values: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run a statement of DuckDB.

        Raises:
            SqlError: what Redshift would say of DuckDB's error, or of a grant that was missing.
        """
        try:
            return self.cursor.execute(sql, values)
        except duckdb.InterruptException:
            raise
        except duckdb.ParserException as error:  # the statement was parsed before, so it is the translation that is wrong
            raise NotTranslatedError("what this becomes in DuckDB", sql) from error
        except duckdb.Error as error:
            raise self.failed(error) from error

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query of DuckDB."""
        return self.run(sql, values).fetchall()

    def failed(self, error: duckdb.Error) -> SqlError:
        """Return why a statement failed: the grant that the role lacks, where it lacked one."""
        denied = self.spectrum.denied()
        return SqlError(f"Spectrum scan error: {denied}") if denied else from_duckdb(error)

    @property
    def home(self) -> str:
        """The schema in which something is made that names none: the first one of the search path that there is."""
        return next((name for name in self.search_path if self.has_schema(name)), "public")

    def is_temporary(self, name: str) -> bool:
        """Tell whether there is a temporary table."""
        return bool(self.rows("SELECT 1 FROM duckdb_tables() WHERE temporary AND table_name = ?", (name,)))

    def schema_of(self, name: str) -> str | None:
        """Return the schema of the search path that has a relation; None where none has, and for a temporary table."""
        if self.is_temporary(name):
            return None
        found = [schema for schema in self.search_path if self.late_view(schema, name) is not None or self.native(schema, name)]
        return found[0] if found else None

    def place(self, written: str) -> tuple[str, str]:
        """Return schema and name of a relation as it is written in a command."""
        schema, _, name = written.strip().replace('"', "").lower().rpartition(".")
        return schema or self.schema_of(name) or self.home, name

    def external_schemas(self) -> Mapping[str, tuple[str, str]]:
        """Return external schema -> database of the Glue catalog, ARN of the role that reads it."""
        return {name: (database, role) for name, database, role in self.rows(f"SELECT * FROM {SCHEMA}.external_schemas")}

    def external_streams(self) -> Mapping[str, str]:
        """Return external schema over the streams of Kinesis -> ARN of the role that reads them."""
        return dict(self.rows(f"SELECT * FROM {SCHEMA}.external_streams"))

    def materialized(self, schema: str, name: str) -> Materialized | None:
        """Return a materialized view; None where there is none."""
        query = f"SELECT definition, auto_refresh FROM {SCHEMA}.materialized_views WHERE schema_name = ? AND view_name = ?"
        found = self.rows(query, (schema, name))
        return Materialized(*found[0]) if found else None

    def role(self, written: str) -> str:
        """Return the ARN of a role of the namespace, written as `default` or in quotes.

        Raises:
            SqlError: it is none of them.
        """
        arn = written.strip("'") if written.lower() != "default" else self.default_role
        if arn is None:
            raise SqlError("IAM_ROLE default: the namespace has no default role")
        if arn not in self.roles:
            raise SqlError(f"the role {arn} is not one of the namespace's; it has {', '.join(self.roles) or 'none'}")
        return arn

    def late_view(self, schema: str, name: str) -> str | None:
        """Return the query of a view WITH NO SCHEMA BINDING; None where there is no such view."""
        found = self.rows(f"SELECT definition FROM {SCHEMA}.late_views WHERE schema_name = ? AND view_name = ?", (schema, name))
        return str(found[0][0]) if found else None

    def has_schema(self, name: str) -> bool:
        """Tell whether there is a schema, native or external."""
        native = "SELECT 1 FROM duckdb_schemas() WHERE database_name = current_database() AND schema_name = ?"
        return name in self.external_schemas() or name in self.external_streams() or bool(self.rows(native, (name,)))

    def native(self, schema: str, name: str) -> str | None:
        """Return whether a name is a `table` or a `view` of DuckDB's; None where it is neither."""
        found = "SELECT '{0}' FROM duckdb_{0}s() WHERE database_name = current_database() AND schema_name = ? AND {0}_name = ?"
        both = self.rows(" UNION ALL ".join(found.format(kind) for kind in ("table", "view")), (schema, name) * 2)
        return str(both[0][0]) if both else None

    def columns(self, schema: str | None, name: str) -> dict[str, str]:
        """Return column -> type in DuckDB's words of a native table or view; without a schema also of a temporary one."""
        places = "(schema_name = ? OR (? AND database_name = 'temp'))"
        query = f"SELECT column_name, data_type FROM duckdb_columns() WHERE {places} AND table_name = ?"
        return dict(self.rows(query, (schema, schema is None, name)))
