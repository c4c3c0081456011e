"""One statement, from its text to its result."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from local_cloud.redshift import commands, definitions, materialized, unload
from local_cloud.redshift.failure import NotTranslatedError, SqlError
from local_cloud.redshift.parsing import DIALECT, duckdb_sql, parse, with_parameters
from local_cloud.redshift.queries import Translator, name_the_unnamed, placed
from local_cloud.redshift.session import Session
from local_cloud.redshift.values import Column
from local_cloud.redshift.values import field as field_of

_FETCHED = 5000
CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
DEFINITIONS: dict[type[exp.Expr], Callable[[Session, Any], None]] = {
    exp.Create: definitions.create,
    exp.Drop: definitions.drop,
    exp.Alter: definitions.alter,
    exp.Comment: definitions.comment,
}
logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it warns of is refused below, by name


@dataclass(frozen=True)
class Outcome:
    """What a statement gave.

    Attributes:
        columns: empty where it has no result set.
        changed: rows that it inserted, updated or deleted; -1 where that is no question.
    """

    columns: list[Column] = field(default_factory=list)
    rows: Iterator[list[dict[str, Any]]] = field(default_factory=lambda: iter(()))
    changed: int = -1


def run(session: Session, sql: str, parameters: Mapping[str, str]) -> Outcome:
    """Run a statement in the transaction that its session is in.

    Raises:
        SqlError: it failed, and why; also while rows are taken from the outcome.
    """
    if unloading := unload.of(sql, materialized.freshen):
        return Outcome(changed=unloading(session))
    if command := commands.of(sql):
        command(session)
        return Outcome()
    parsed = with_parameters(parse(sql), parameters)
    if isinstance(parsed, exp.Query):
        return _query(session, parsed)
    if isinstance(parsed, CHANGES):
        return _change(session, parsed)
    if isinstance(parsed, exp.TruncateTable):
        return _truncate(session, parsed)
    if define := DEFINITIONS.get(type(parsed)):
        define(session, parsed)
        return Outcome()
    if isinstance(parsed, exp.Transaction | exp.Commit | exp.Rollback):
        raise SqlError(f"{parsed.sql(DIALECT)}: a statement, and a batch of them, is a transaction by itself")
    raise NotTranslatedError(" ".join(sql.split()[:3]).upper(), sql)


def _query(session: Session, parsed: exp.Expr) -> Outcome:
    name_the_unnamed(parsed)
    translated = Translator(session, materialized.freshen).translate(parsed)
    for node in list(translated.find_all(exp.CurrentUser)):
        node.replace(exp.Literal.string(session.user))
    cursor = session.run(duckdb_sql(translated))
    columns = [Column.of_duckdb(found[0].lower(), str(found[1])) for found in cursor.description or []]
    return Outcome(columns, _rows(session, cursor))


def _rows(session: Session, cursor: duckdb.DuckDBPyConnection) -> Iterator[list[dict[str, Any]]]:
    try:
        while rows := cursor.fetchmany(_FETCHED):
            for row in rows:
                yield [field_of(value) for value in row]
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise session.failed(error) from error


def _change(session: Session, parsed: exp.Expr) -> Outcome:
    _check_target(session, parsed)
    translated = Translator(session, materialized.freshen).translate(parsed, target=parsed.this)
    counted = session.rows(duckdb_sql(translated))
    return Outcome(changed=int(counted[0][0]) if counted else -1)


def _truncate(session: Session, parsed: exp.TruncateTable) -> Outcome:
    if session.in_batch:
        raise SqlError("TRUNCATE commits the transaction that it runs in, and a batch would be two; use DELETE")
    for node in parsed.expressions:
        placed(node, session)
        session.run(f"DELETE FROM {node.sql('duckdb')}")
    return Outcome()


def _check_target(session: Session, parsed: exp.Expr) -> None:
    node = parsed.this.find(exp.Table)
    schema, name = placed(node, session)
    if schema in session.external_schemas():
        raise NotTranslatedError("writes to external tables", parsed.sql(DIALECT))
    if session.late_view(schema, name) is not None:
        raise SqlError(f'cannot change "{node.name}": it is a view')
    if session.materialized(schema, name) is not None:
        raise SqlError(f'cannot change "{node.name}": it is a materialized view')
