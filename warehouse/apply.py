"""What is still to be done, told from the plan and from what the warehouse says was done. The standard library only: it travels to Lambda."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from warehouse.plan import Definition, Migration, Plan, Table
from warehouse.sql import name, text

RECORDS = "lake_admin.migrations"
BOOTSTRAP = (
    "create schema if not exists lake_admin",
    (
        f"create table if not exists {RECORDS} (name varchar(200) not null, kind varchar(20) not null, checksum varchar(64) not null,"
        " columns varchar(65535), applied_at timestamp not null, primary key (name))"
    ),
)
MIGRATION, DEFINITION = "migration", "definition"


class PlanError(Exception):
    """The warehouse and the plan contradict each other; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the warehouse says was done.

    Attributes:
        columns: of a table, by their quoted names.
    """

    name: str
    kind: str
    checksum: str
    columns: tuple[str, ...] = ()
    applied_at: str = ""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One thing to do.

    Attributes:
        before: run one by one, each by itself; they can be repeated.
        transaction: run as one.
        load: the dataset that is to be loaded after it.
    """

    name: str
    transaction: tuple[str, ...]
    before: tuple[str, ...] = ()
    load: str | None = None


def work(plan: Plan, records: Iterable[Record]) -> list[Work]:
    """Return what is to be done, in order.

    What was applied and is not in the plan is a later version's, as after a rollback: a migration of it stays, a definition of it goes.
    A role, a schema or a share stays, and so does its record: it is there already when a plan names it again.

    Raises:
        PlanError: an applied migration was changed, or a new one stands before an applied one.
    """
    done = {record.name: record for record in records}
    _check(plan.migrations, done)
    made = [_migration(migration) for migration in plan.migrations if migration.name not in done]
    for definition in plan.definitions:
        before = done.get(definition.name)
        if before is None or (before.checksum != definition.checksum and not definition.once):
            made.append(_definition(definition, before))
    wanted = {definition.name for definition in plan.definitions}
    gone = [record for record in done.values() if record.kind == DEFINITION and record.name not in wanted and _drop(record.name)]
    return [*made, *(_gone(record.name) for record in gone)]


def states(plan: Plan, records: Iterable[Record]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (name, kind, state, when it was applied); state is applied, pending, changed, left or unknown."""
    done = {record.name: record for record in records}
    planned = {one.name: (MIGRATION, one.checksum) for one in plan.migrations} | {
        one.name: (DEFINITION, done[one.name].checksum if one.once and one.name in done else one.checksum) for one in plan.definitions
    }
    for known, (kind, checksum) in planned.items():
        record = done.get(known)
        state = "pending" if record is None else "applied" if record.checksum == checksum else "changed"
        yield known, kind, state, record.applied_at if record else ""
    for record in done.values():
        if record.name not in planned:
            stays = record.kind == DEFINITION and not _drop(record.name)
            yield record.name, record.kind, "left" if stays else "unknown", record.applied_at


def _check(migrations: Sequence[Migration], done: Mapping[str, Record]) -> None:
    problems = [
        f"{migration.name} was changed after it was applied (it was {done[migration.name].checksum[:12]}, it is {migration.checksum[:12]}): "
        "put it back as it was, and write the change as a new migration"
        for migration in migrations
        if migration.name in done and done[migration.name].checksum != migration.checksum
    ]
    waiting: dict[str, Migration] = {}
    for migration in migrations:
        folder = migration.name.rpartition("/")[0]
        if migration.name not in done:
            waiting.setdefault(folder, migration)
        elif folder in waiting:
            problems.append(f"{waiting[folder].name} comes before {migration.name}, which is applied already: give it a higher number")
            del waiting[folder]
    if problems:
        raise PlanError("; ".join(problems))


def _migration(migration: Migration) -> Work:
    record = Record(name=migration.name, kind=MIGRATION, checksum=migration.checksum)
    return Work(name=migration.name, transaction=_surrounded(migration.name, record, migration.statements, is_new=True))


def _definition(definition: Definition, before: Record | None) -> Work:
    columns = tuple(definition.table.columns) if definition.table else ()
    record = Record(name=definition.name, kind=DEFINITION, checksum=definition.checksum, columns=columns)
    table = _remade(definition.table, before) if definition.table else ()
    within = () if definition.alone else (*table, *definition.statements)
    return Work(
        name=definition.name,
        before=definition.statements if definition.alone else (),
        transaction=_surrounded(definition.name, record, within, is_new=before is None),
        load=definition.load,
    )


def _surrounded(known_as: str, record: Record | None, statements: Sequence[str], *, is_new: bool = False) -> tuple[str, ...]:
    """Return a whole transaction: alone at its work, once where it is new, and recorded."""
    already = f"'{known_as.replace(chr(39), '')} was applied meanwhile'"
    guard = (
        f"select cast(case when count(*) = 0 then '0' else {already} end as integer) as is_new from {RECORDS} where name = {text(known_as)}"
    )
    noted = (
        (
            (
                f"insert into {RECORDS} (name, kind, checksum, columns, applied_at) values ({text(known_as)}, {text(record.kind)}, {text(record.checksum)},"
                f" {text(json.dumps(record.columns)) if record.columns else 'null'}, getdate())"
            ),
        )
        if record
        else ()
    )
    return (f"lock {RECORDS}", guard if is_new else f"delete from {RECORDS} where name = {text(known_as)}", *statements, *noted)


def _remade(table: Table, before: Record | None) -> tuple[str, ...]:
    """Return how a table is made; one that there is already keeps its rows, so that its readers go on until it is loaded again."""
    if before is None:
        return (f"create table native.{table.name} {table.body}",)
    following = name(table.name[1:-1] + "__next")
    kept = [column for column in table.columns if column in before.columns]
    copied = f"insert into native.{following} ({', '.join(kept)}) select {', '.join(f'cast({column} as {table.columns[column]})' for column in kept)}"
    return (
        f"create table native.{following} {table.body}",
        *([f"{copied} from native.{table.name}"] if set(table.key) <= set(kept) else []),
        f"drop table native.{table.name}",
        f"alter table native.{following} rename to {table.name}",
    )


def _gone(known_as: str) -> Work:
    drop, is_alone = _drop(known_as), known_as.startswith("records:")
    return Work(name=known_as, before=drop if is_alone else (), transaction=_surrounded(known_as, None, () if is_alone else drop))


def _drop(known_as: str) -> tuple[str, ...]:
    kind, _, what = known_as.partition(":")
    drops = {
        "view": f"drop view if exists lake.{name(what)}",
        "table": f"drop table if exists native.{name(what)}",
        "live": f"drop view if exists live.{name(what)}",
        "records": 'drop materialized view if exists live."_records"',
    }
    return (drops[kind],) if kind in drops else ()  # a role may be somebody's still, and a schema another's
