"""Redshift's queries to DuckDB's: where its tables come from, how it computes, what it calls its columns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from local_cloud.athena.catalog import CatalogTable
from local_cloud.redshift import system
from local_cloud.redshift.failure import NotTranslatedError, SqlError
from local_cloud.redshift.functions import as_duckdb
from local_cloud.redshift.parsing import DIALECT, parse
from local_cloud.redshift.session import Session
from local_cloud.redshift.spectrum import moment_of
from local_cloud.typed_sql import INTEGERS, NUMBER, annotated, numbered

SMALL = (exp.DataType.Type.SMALLINT, exp.DataType.Type.INT, exp.DataType.Type.TINYINT)
COMPUTED = (exp.Div, exp.Avg, exp.Sum)
OF_DUCKDB = ("information_schema", "pg_catalog", system.SCHEMA)
OF_PARSER = {"TS_OR_DS_ADD": "date_add", "TS_OR_DS_DIFF": "date_diff", "TIMESTAMP_TRUNC": "date_trunc"}  # its own names of functions
MOST_VIEWS = 32  # of views that are made of views; more is a circle


@dataclass
class Translator:
    """Puts what is in this database in the place of what a statement names.

    Attributes:
        freshen: called with schema and name of what is stored here, before it is read.
    """

    session: Session
    freshen: Callable[[Session, str, str], None] | None = None
    _types: dict[str, dict[str, dict[str, str | exp.DataType]]] = field(default_factory=dict)
    _scans: list[tuple[exp.Table, CatalogTable, str | None]] = field(default_factory=list)

    def translate(self, parsed: exp.Expr, target: exp.Expr | None = None) -> exp.Expr:
        """Return a statement for DuckDB.

        Args:
            target: the part that names what is written to, which stays as it is.

        Raises:
            SqlError: something that it names is not there, or is not in the local cloud.
        """
        untouched = {id(node) for node in target.find_all(exp.Table)} if target is not None else set()
        self._resolve(parsed, untouched, 0)
        as_duckdb(parsed)
        for query in _queries(parsed):
            self._compute_as_redshift(query)
        for node, table, moment in self._scans:
            _replace(node, self.session.spectrum.scan(table, moment))
        for column in parsed.find_all(exp.Column):
            column.set("db", None)  # a scan has an alias, and no schema
            column.set("catalog", None)
        return parsed

    def _resolve(self, parsed: exp.Expr, untouched: set[int], depth: int) -> None:
        if depth > MOST_VIEWS:
            raise SqlError("infinite recursion detected in the rules of views")
        external, streams = self.session.external_schemas(), self.session.external_streams()
        given = {found.alias.lower() for found in parsed.find_all(exp.CTE)}
        for node in [node for node in parsed.find_all(exp.Table) if id(node) not in untouched]:
            if not isinstance(node.this, exp.Identifier):
                raise NotTranslatedError(f"a read from {node.this.sql(DIALECT)}", parsed.sql(DIALECT))
            in_this_database(node, self.session.database)
            name = node.name.lower()
            if not node.db and name in given:
                continue
            if not node.db and (found := system.SCHEMA if name in system.VIEWS else self.session.schema_of(name)):
                node.set("db", exp.to_identifier(found))
            if node.db.lower() in streams:
                raise SqlError(f"{node.sql(DIALECT)}: a stream is read by a materialized view alone")
            if node.db.lower() in external:
                self._external(node, *external[node.db.lower()])
            else:
                self._native(node, node.db.lower(), name, depth)

    def _external(self, node: exp.Table, database: str, role: str) -> None:
        table = self.session.spectrum.table(database, node.name.lower(), role)
        columns = {name: exp.DataType.build(type_name, dialect="hive") for name, type_name, _ in table.columns}
        self._types.setdefault(node.db.lower(), {})[node.name.lower()] = dict(columns)
        self._scans.append((node, table, moment_of(node.args.get("version"))))

    def _native(self, node: exp.Table, schema: str, name: str, depth: int) -> None:
        definition = self.session.late_view(schema, name)
        if definition is None:
            self._stored(node, schema, name)
            return
        query = parse(definition)
        self._resolve(query, set(), depth + 1)
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
        node.replace(exp.Subquery(this=query, alias=alias))

    def _stored(self, node: exp.Table, schema: str, name: str) -> None:
        columns = self.session.columns(schema or None, name)
        if not columns and schema not in OF_DUCKDB and not name.startswith("pg_"):
            raise SqlError(f'relation "{".".join(filter(None, (schema, name)))}" does not exist')
        if self.freshen is not None:
            self.freshen(self.session, schema, name)
        if node.args.get("version"):
            raise SqlError(f"{node.sql(DIALECT)}: only Iceberg tables have earlier states")
        self._types.setdefault(schema, {})[name] = dict(columns)

    def _compute_as_redshift(self, query: exp.Expr) -> None:
        """Make `/` and `avg` of integers whole numbers, and `sum` of small ones a bigint, as Redshift does."""
        parts = numbered(query, COMPUTED)
        if not parts:
            return
        # what has no schema is a temporary table or one of `public`
        for typed in annotated(query, self._types, "", DIALECT, "duckdb"):
            part = parts[typed.meta[NUMBER]]
            if isinstance(typed, exp.Div) and typed.left.is_type(*INTEGERS) and typed.right.is_type(*INTEGERS):
                part.replace(exp.IntDiv(this=part.this, expression=part.expression))
            elif isinstance(typed, exp.Avg) and typed.this.is_type(*INTEGERS):
                part.replace(exp.cast(exp.func("trunc", part.copy()), "bigint"))
            elif isinstance(typed, exp.Sum) and typed.this.is_type(*SMALL):
                part.replace(exp.cast(part.copy(), "bigint"))


def placed(node: exp.Table, session: Session, *, made: bool = False) -> tuple[str, str]:
    """Return schema and name of what a statement is about; one without a schema gets that in which it is found, or `made`.

    The schema of a temporary table is an empty text.
    """
    in_this_database(node, session.database)
    name = node.name.lower()
    if not node.db and (made or not session.is_temporary(name)):
        node.set("db", exp.to_identifier(session.home if made else session.schema_of(name) or session.home))
    return node.db.lower(), name


def in_this_database(node: exp.Table, database: str) -> None:
    """Take the database away that a name begins with.

    Raises:
        SqlError: it is another one.
    """
    if node.catalog and node.catalog.lower() != database:
        raise SqlError(f'database "{node.catalog}" does not exist; this one is "{database}"')
    node.set("catalog", None)


def name_the_unnamed(query: exp.Expr) -> None:
    """Give the columns of a result the names that Redshift gives to what has none."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    for item in query.expressions if isinstance(query, exp.Select) else ():
        if not isinstance(item, exp.Alias | exp.Column | exp.Dot | exp.Star):
            item.replace(exp.alias_(item.copy(), _name(item), quoted=True))


def _name(item: exp.Expr) -> str:
    while isinstance(item, exp.Cast | exp.Paren | exp.Window):
        item = item.this
    if isinstance(item, exp.Column):
        return item.name
    if isinstance(item, exp.Case):
        return "case"
    if isinstance(item, exp.Anonymous):
        return item.name.lower()
    if not isinstance(item, exp.Func) or isinstance(item, exp.Binary):
        return "?column?"
    return OF_PARSER.get(item.sql_name(), item.sql_name().lower())


def _queries(parsed: exp.Expr) -> Iterable[exp.Expr]:
    """Return the queries of a statement that stand in no other one."""
    if isinstance(parsed, exp.Query):
        return [parsed]
    return [query for query in parsed.find_all(exp.Query) if not query.find_ancestor(exp.Query)]


def _replace(node: exp.Table, sql: str) -> None:
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
    node.set("this", exp.var(sql))
    for part in ("db", "catalog", "version"):
        node.set(part, None)
