"""Athena's SQL to DuckDB's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from local_cloud.athena import catalog
from local_cloud.athena.catalog import CatalogTable
from local_cloud.athena.failure import QueryError
from local_cloud.athena.hive import HiveTable
from local_cloud.athena.relations import HISTORIES, IcebergTable
from local_cloud.athena.statement import DIALECT
from local_cloud.typed_sql import INTEGERS, NUMBER, annotated, numbered

_UNNAMED = "_unnamed_"


@dataclass(frozen=True)
class Translation:
    """A query for DuckDB.

    Attributes:
        bytes: of all data files of the tables that it reads; what it really scans is at most that.
    """

    sql: str
    bytes: int

    @staticmethod
    def name(position: int, name: str) -> str:
        """Return what Athena calls the result column that DuckDB calls `name`."""
        return f"_col{position}" if name.startswith(_UNNAMED) else name.lower()


def translate(parsed: exp.Expr, database: str) -> Translation:
    """Return `parsed` for DuckDB; tables without a database are in `database`.

    Raises:
        QueryError: a table is not there or not readable.
    """
    query = parsed.copy()
    references = [(node, _find(node, database)) for node in _references(query)]
    tables = {(table.table.database, table.table.name): table for _, table in references}
    _divide_integers_as_integers(query, [table.table for table in tables.values()], database)
    for node, table in references:
        _put_in_place(node, table)
    for column in query.find_all(exp.Column):
        column.set("db", None)  # a scan has an alias, and no database
        column.set("catalog", None)
    _name_the_unnamed(query)
    for estimate in list(query.find_all(exp.ApproxDistinct)):
        # DuckDB's estimate is far off for a few values, where Athena's is exact.
        estimate.replace(exp.Count(this=exp.Distinct(expressions=[estimate.this])))
    for decoded in list(query.find_all(exp.Decode)):
        # bytes that are not UTF-8 fail no query of Athena's: from_utf8 puts another letter in their place, here a question mark
        decoded.replace(exp.Anonymous(this="decode", expressions=[decoded.this, exp.Literal.string("replace")]))
    return Translation(query.sql("duckdb"), sum(table.size() for table in tables.values()))


def _references(query: exp.Expr) -> Iterator[exp.Table]:
    """Yield what names a table of the catalog: all but the names that WITH gives, where they are in scope."""
    for scope in traverse_scope(query) if isinstance(query, exp.Query) else ():
        for node in scope.tables:
            if node.db or node.name not in scope.cte_sources:
                yield node


def _find(node: exp.Table, database: str) -> IcebergTable | HiveTable:
    position = node.parts[0].meta.get("start")
    if node.catalog and node.catalog.lower() != catalog.CATALOG:
        raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{node.catalog}' does not exist", position)
    name, _, about = node.name.lower().partition("$")
    if about and about not in HISTORIES:
        raise QueryError("NOT_SUPPORTED", f"the local cloud has no {node.name}; of a table it has {', '.join(HISTORIES)}", position)
    found = catalog.table((node.db or database).lower(), name, position)
    if found.metadata:
        return IcebergTable(found)
    if about or node.args.get("version"):
        raise QueryError("NOT_SUPPORTED", f"{found.database}.{name} is no Iceberg table: it has no history", position)
    return HiveTable(found)


def _put_in_place(node: exp.Table, table: IcebergTable | HiveTable) -> None:
    about = node.name.lower().partition("$")[2]
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
    node.set("this", exp.var(_rows_of(table, about, node.args.get("version"))))
    for part in ("db", "catalog", "version"):
        node.set(part, None)


def _rows_of(table: IcebergTable | HiveTable, about: str, version: exp.Version | None) -> str:
    if isinstance(table, HiveTable):
        return table.scan()
    return table.history(about) if about else table.scan(version)


def _name_the_unnamed(query: exp.Expr) -> None:
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    for number, item in enumerate(query.expressions if isinstance(query, exp.Select) else ()):
        if not isinstance(item, exp.Alias | exp.Column | exp.Dot | exp.Star):
            item.replace(exp.alias_(item.copy(), f"{_UNNAMED}{number}"))


def _divide_integers_as_integers(query: exp.Expr, tables: Sequence[CatalogTable], database: str) -> None:
    """Make `/` between integers, which DuckDB answers with a fraction, the division that Athena makes of it."""
    divisions = numbered(query, (exp.Div,))
    if not divisions:
        return
    tables_of: dict[str, dict[str, dict[str, str]]] = {}
    for table in tables:
        tables_of.setdefault(table.database, {})[table.name] = {name: type_name for name, type_name, _ in table.columns}
    for typed in annotated(query, tables_of, database, DIALECT, "hive"):
        if isinstance(typed, exp.Div) and typed.left.is_type(*INTEGERS) and typed.right.is_type(*INTEGERS):
            division = divisions[typed.meta[NUMBER]]
            division.replace(exp.IntDiv(this=division.this, expression=division.expression))
