"""Statements that define: schemas, tables, views and what they are about."""

from collections.abc import Callable

from sqlglot import exp

from local_cloud.redshift import materialized
from local_cloud.redshift.failure import NotTranslatedError, SqlError
from local_cloud.redshift.parsing import DIALECT, duckdb_sql
from local_cloud.redshift.queries import Translator, in_this_database, placed
from local_cloud.redshift.session import Session
from local_cloud.redshift.system import SCHEMA
from local_cloud.redshift.tables import Table


def create(session: Session, parsed: exp.Create) -> None:
    """CREATE SCHEMA, TABLE or VIEW."""
    kinds: dict[str, Callable[[Session, exp.Create], None]] = {"SCHEMA": _schema, "TABLE": _table, "VIEW": _view}
    kind = str(parsed.args.get("kind", "")).upper()
    if kind not in kinds:
        raise NotTranslatedError(f"CREATE {kind}", parsed.sql(DIALECT))
    if isinstance(parsed.this, exp.Table) and kind == "SCHEMA":
        in_this_database(exp.Table(this=parsed.this.args.get("db"), db=parsed.this.args.get("catalog")), session.database)
    kinds[kind](session, parsed)


def drop(session: Session, parsed: exp.Drop) -> None:
    """DROP SCHEMA, TABLE or VIEW."""
    kind, sql = str(parsed.args.get("kind", "")).upper(), parsed.sql(DIALECT)
    named = parsed.args.get("tables") or [parsed.this]
    if kind not in ("SCHEMA", "TABLE", "VIEW") or len(named) != 1 or not isinstance(named[0], exp.Table):
        raise NotTranslatedError(f"DROP {kind} of {len(named)}", sql)
    node = named[0]
    if kind == "SCHEMA":
        _drop_schema(session, parsed, node.db.lower())
        return
    schema, name = placed(node, session)
    if parsed.args.get("materialized"):
        materialized.drop(session, schema, name, missing_is_fine=bool(parsed.args.get("exists")))
    elif session.materialized(schema, name) is not None:
        raise SqlError(f'"{name}" is a materialized view; use DROP MATERIALIZED VIEW')
    else:
        _drop_relation(session, parsed, kind, (schema, name))
    where = "schema_name = ? AND {}_name = ?"
    session.run(f"DELETE FROM {SCHEMA}.comments WHERE {where.format('relation')}", (schema, name))
    session.run(f"DELETE FROM {SCHEMA}.privileges WHERE {where.format('object')}", (schema, name))


def _drop_relation(session: Session, parsed: exp.Drop, kind: str, place: tuple[str, str]) -> None:
    if kind == "VIEW" and session.late_view(*place) is not None:
        session.run(f"DELETE FROM {SCHEMA}.late_views WHERE schema_name = ? AND view_name = ?", place)
    else:
        session.run(duckdb_sql(parsed))
        session.run(f"DELETE FROM {SCHEMA}.table_options WHERE schema_name = ? AND table_name = ?", place)


def alter(session: Session, parsed: exp.Alter) -> None:
    """ALTER TABLE: what DuckDB has of it."""
    node = parsed.this
    if str(parsed.args.get("kind", "")).upper() != "TABLE" or not isinstance(node, exp.Table):
        raise NotTranslatedError(f"ALTER {parsed.args.get('kind')}", parsed.sql(DIALECT))
    schema, name = placed(node, session)
    for definition in parsed.find_all(exp.ColumnDef):
        Table.without_storage(definition)
    session.run(duckdb_sql(parsed))
    for renamed in parsed.find_all(exp.AlterRename):
        place = (renamed.this.name.lower(), schema, name)
        for table, column in (("table_options", "table_name"), ("privileges", "object_name")):
            session.run(f"UPDATE {SCHEMA}.{table} SET {column} = ? WHERE schema_name = ? AND {column} = ?", place)


def comment(session: Session, parsed: exp.Comment) -> None:
    """COMMENT ON: kept by DuckDB for what it has, beside it for the rest."""
    kind, text = str(parsed.args.get("kind", "")).upper(), parsed.expression
    words = None if isinstance(text, exp.Null) else text.name
    if kind == "COLUMN":
        column, node = parsed.this, exp.Table(this=parsed.this.args.get("table"), db=parsed.this.args.get("db"))
        (schema, relation), name = placed(node, session), column.name
        column.set("db", node.args["db"])
    elif kind in ("TABLE", "VIEW"):
        (schema, relation), name = placed(parsed.this, session), None
    else:
        raise NotTranslatedError(f"COMMENT ON {kind}", parsed.sql(DIALECT))
    if session.late_view(schema, relation) is None:
        session.run(duckdb_sql(parsed))
        return
    place = (schema, relation, name)
    session.run(f"DELETE FROM {SCHEMA}.comments WHERE schema_name = ? AND relation_name = ? AND column_name IS NOT DISTINCT FROM ?", place)
    if words is not None:
        session.run(f"INSERT INTO {SCHEMA}.comments VALUES (?, ?, ?, ?)", (*place, words))


def _schema(session: Session, parsed: exp.Create) -> None:
    name = parsed.this.db.lower()
    if parsed.args.get("properties"):
        raise NotTranslatedError("CREATE SCHEMA with options", parsed.sql(DIALECT))
    if name in session.external_schemas() and not parsed.args.get("exists"):
        raise SqlError(f'Schema "{name}" already exists')
    if name not in session.external_schemas():
        session.run(duckdb_sql(parsed))


def _drop_schema(session: Session, parsed: exp.Drop, name: str) -> None:
    if name in session.external_schemas() or name in session.external_streams():
        for table in ("external_schemas", "external_streams"):
            session.run(f"DELETE FROM {SCHEMA}.{table} WHERE schema_name = ?", (name,))
    else:
        if session.rows(f"SELECT 1 FROM {SCHEMA}.late_views WHERE schema_name = ?", (name,)) and not parsed.args.get("cascade"):
            raise SqlError(f"cannot drop schema {name} because other objects depend on it")
        session.run(duckdb_sql(parsed))
        for table in ("late_views", "table_options", "comments", "materialized_views", "read_shards"):
            session.run(f"DELETE FROM {SCHEMA}.{table} WHERE schema_name = ?", (name,))
    session.run(f"DELETE FROM {SCHEMA}.privileges WHERE schema_name = ?", (name,))


def _table(session: Session, parsed: exp.Create) -> None:
    node = parsed.find(exp.Table)
    assert node is not None  # the parser wants a name
    table = Table.of(parsed)
    schema, name = ("", node.name.lower()) if table.temporary else placed(node, session, made=True)
    if schema in session.external_schemas():
        raise NotTranslatedError("the making of an external table", parsed.sql(DIALECT))
    if session.late_view(schema, name) is not None:
        raise SqlError(f'Relation "{name}" already exists')
    is_there = session.native(schema, name) is not None
    if parsed.expression:
        Translator(session).translate(parsed, target=parsed.this)
    session.run(duckdb_sql(parsed))
    if not is_there and not table.temporary:
        options = (schema, name, table.distribution, table.sort_keys, table.encodings)
        session.run(f"INSERT INTO {SCHEMA}.table_options VALUES (?, ?, ?, ?, ?)", options)


def _view(session: Session, parsed: exp.Create) -> None:
    if materialized.is_asked_for(parsed):
        materialized.create(session, parsed)
        return
    node = parsed.find(exp.Table)
    assert node is not None  # the parser wants a name
    schema, name = placed(node, session, made=True)
    is_late = bool(parsed.args.get("no_schema_binding"))
    others = list(parsed.args["properties"].expressions) if parsed.args.get("properties") else []
    if others or isinstance(parsed.this, exp.Schema):
        raise NotTranslatedError("a view with a list of columns or options", parsed.sql(DIALECT))
    there = session.native(schema, name) or ("view" if session.late_view(schema, name) is not None else None)
    if there == "table" or (there and not parsed.args.get("replace")):
        raise SqlError(f'Relation "{name}" already exists')
    if not session.has_schema(schema):
        raise SqlError(f'schema "{schema}" does not exist')
    session.run(f"DELETE FROM {SCHEMA}.late_views WHERE schema_name = ? AND view_name = ?", (schema, name))
    if is_late:
        _check_it_is_qualified(parsed.expression)
        session.run(f'DROP VIEW IF EXISTS "{schema}"."{name}"')
        session.run(f"INSERT INTO {SCHEMA}.late_views VALUES (?, ?, ?)", (schema, name, parsed.expression.sql(DIALECT)))
        return
    read = {found.db.lower() for found in parsed.expression.find_all(exp.Table)}
    if outside := sorted(read & set(session.external_schemas())):
        raise SqlError(f"External tables are not supported in views: {', '.join(outside)}; say WITH NO SCHEMA BINDING")
    Translator(session).translate(parsed, target=parsed.this)
    session.run(duckdb_sql(parsed))


def _check_it_is_qualified(query: exp.Expr) -> None:
    given = {found.alias.lower() for found in query.find_all(exp.CTE)}
    for node in query.find_all(exp.Table):
        if not node.db and node.name.lower() not in given:
            raise SqlError(f"all the relations of a view WITH NO SCHEMA BINDING must be qualified with a schema name: {node.name}")
