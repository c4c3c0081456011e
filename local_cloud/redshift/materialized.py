"""Materialized views of streams: rows that a refresh adds to, with the place in each shard that it came to, in one transaction."""

from sqlglot import exp

from local_cloud.redshift.failure import NotTranslatedError, SqlError
from local_cloud.redshift.parsing import DIALECT, duckdb_sql, parse
from local_cloud.redshift.queries import Translator, placed
from local_cloud.redshift.session import Session
from local_cloud.redshift.stream import COLUMNS, Stream
from local_cloud.redshift.system import SCHEMA

ARRIVED = "_arrived_records"
"""The temporary table in which records lie that a refresh takes in."""
OF_VIEW = "schema_name = ? AND view_name = ?"


def is_asked_for(parsed: exp.Create) -> bool:
    """Tell whether CREATE VIEW says MATERIALIZED."""
    options = parsed.args["properties"].expressions if parsed.args.get("properties") else ()
    return any(isinstance(option, exp.MaterializedProperty) for option in options)


def create(session: Session, parsed: exp.Create) -> None:
    """CREATE MATERIALIZED VIEW over a stream; it is empty until it is refreshed."""
    auto = False
    for option in parsed.args["properties"].expressions:
        if isinstance(option, exp.AutoRefreshProperty):
            auto = option.name.upper() == "YES"
        elif not isinstance(option, exp.MaterializedProperty):
            raise NotTranslatedError(f"CREATE MATERIALIZED VIEW with {option.sql(DIALECT)}", parsed.sql(DIALECT))
    schema, name = placed(parsed.this, session, made=True)
    if session.native(schema, name) or session.late_view(schema, name) is not None:
        raise SqlError(f'Relation "{name}" already exists')
    _stream(session, parsed.expression).check()
    _empty(session)
    session.run(f'CREATE TABLE "{schema}"."{name}" AS {_over_arrived(session, parsed.expression)} LIMIT 0')
    session.run(f"INSERT INTO {SCHEMA}.materialized_views VALUES (?, ?, ?, ?)", (schema, name, parsed.expression.sql(DIALECT), auto))


def drop(session: Session, schema: str, name: str, *, missing_is_fine: bool) -> None:
    """DROP MATERIALIZED VIEW."""
    if session.materialized(schema, name) is None:
        if missing_is_fine:
            return
        raise SqlError(f'materialized view "{name}" does not exist')
    session.run(f'DROP TABLE "{schema}"."{name}"')
    for table in ("materialized_views", "read_shards"):
        session.run(f"DELETE FROM {SCHEMA}.{table} WHERE {OF_VIEW}", (schema, name))


def refresh(session: Session, schema: str, name: str) -> None:
    """REFRESH MATERIALIZED VIEW: take in what came since the last refresh.

    Raises:
        SqlError: there is no such view, or its stream cannot be read.
    """
    found = session.materialized(schema, name)
    if found is None:
        raise SqlError(f'materialized view "{name}" does not exist')
    query = parse(found.definition)
    read: dict[str, str] = dict(session.rows(f"SELECT shard, sequence_number FROM {SCHEMA}.read_shards WHERE {OF_VIEW}", (schema, name)))
    for batch in _stream(session, query).read(read):
        _empty(session)
        columns = [list(column) for column in zip(*batch.rows, strict=True)]
        values = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in COLUMNS.values())
        session.run(f"INSERT INTO {ARRIVED} SELECT {values}", columns)
        session.run(f'INSERT INTO "{schema}"."{name}" {_over_arrived(session, query.copy())}')
        session.run(f"DELETE FROM {SCHEMA}.read_shards WHERE {OF_VIEW} AND shard = ?", (schema, name, batch.shard))
        session.run(f"INSERT INTO {SCHEMA}.read_shards VALUES (?, ?, ?, ?)", (schema, name, batch.shard, batch.last))


def freshen(session: Session, schema: str, name: str) -> None:
    """Refresh a view that refreshes itself before it is read: AWS does so in the background, within seconds of a record."""
    found = session.materialized(schema, name)
    if found is not None and found.auto_refresh:
        refresh(session, schema, name)


def _stream(session: Session, query: exp.Expr) -> Stream:
    """Return the one stream that a query reads."""
    nodes = list(query.find_all(exp.Table))
    roles = [session.external_streams().get(node.db.lower()) for node in nodes]
    if len(nodes) != 1 or roles[0] is None:
        raise NotTranslatedError("a materialized view of anything but one stream", query.sql(DIALECT))
    return Stream(nodes[0].name, session.spectrum.keys(roles[0]))


def _empty(session: Session) -> None:
    session.run(f"CREATE OR REPLACE TEMP TABLE {ARRIVED} ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")


def _over_arrived(session: Session, query: exp.Expr) -> str:
    """Return DuckDB's SQL of a view's query, with what arrived in the place of the stream."""
    read = query.copy()
    for node in list(read.find_all(exp.Table)):
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
        node.replace(exp.Table(this=exp.to_identifier(ARRIVED), alias=alias))
    return duckdb_sql(Translator(session).translate(read))
