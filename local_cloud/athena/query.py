"""Answering a query."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from local_cloud.athena import catalog, engine
from local_cloud.athena.failure import ScanLimitError, from_duckdb
from local_cloud.athena.result import Result, Row
from local_cloud.athena.statement import Kind, Statement
from local_cloud.athena.translation import Translation, translate
from local_cloud.athena.values import Column, text

_FETCHED = 5000


@dataclass
class Query:
    """A query under way.

    Attributes:
        database: of tables that are named without one.
        most_bytes: that it may scan; None for no limit.
        bytes: of all data files of the tables that it reads: what it really scans is at most that.
    """

    statement: Statement
    database: str
    most_bytes: int | None = None
    bytes: int = 0
    _cursor: duckdb.DuckDBPyConnection | None = field(default=None, init=False)

    def answer(self) -> Result:
        """Return the result.

        Raises:
            QueryError: there is none, and why; also while rows are taken from a result.
        """
        statement = self.statement
        if statement.kind is Kind.DATABASES:
            return _names("database_name", catalog.databases())
        if statement.kind is Kind.TABLES:
            return _names("tab_name", catalog.tables(statement.database or self.database, statement.pattern))
        if statement.kind is Kind.COLUMNS:
            return _description(catalog.table((statement.database or self.database).lower(), (statement.table or "").lower()))
        return self._rows()

    def interrupt(self) -> None:
        """Stop it, if it is under way."""
        if self._cursor is not None:
            self._cursor.interrupt()

    def _rows(self) -> Result:
        assert self.statement.parsed is not None  # these kinds have one
        translation = translate(self.statement.parsed, self.database)
        self.bytes = translation.bytes
        if self.most_bytes is not None and self.bytes > self.most_bytes:
            raise ScanLimitError("EXCEEDED_SCAN_LIMIT", f"Bytes scanned limit was exceeded: {self.bytes} of {self.most_bytes}")
        self._cursor = engine.cursor()
        is_plan = self.statement.kind is Kind.PLAN
        try:
            self._cursor.execute(f"EXPLAIN {translation.sql}" if is_plan else translation.sql)
        except duckdb.Error as error:
            raise from_duckdb(error, self.statement.parsed) from error
        if is_plan:
            return Result([Column("Query Plan", "varchar")], [[line] for _, plan in self._cursor.fetchall() for line in plan.splitlines()])
        described = enumerate(self._cursor.description or [])
        columns = [Column.of_duckdb(Translation.name(number, found[0]), str(found[1])) for number, found in described]
        return Result(columns, self._fetch(self._cursor))

    def _fetch(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[Row]:
        assert self.statement.parsed is not None
        try:
            while rows := cursor.fetchmany(_FETCHED):
                for row in rows:
                    yield [text(value) for value in row]
        except duckdb.Error as error:
            raise from_duckdb(error, self.statement.parsed) from error


def _names(column: str, names: list[str]) -> Result:
    return Result([Column(column, "string")], [[name] for name in names])


def _description(table: catalog.CatalogTable) -> Result:
    columns = [Column(name, "string") for name in ("col_name", "data_type", "comment")]
    return Result(columns, table.columns)
