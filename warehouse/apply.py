"""What is still to be done, told from the plan and from what the warehouse says was done. The standard library only: it travels to Lambda."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.plan import MOST_STATEMENTS, OWN_STATEMENTS, Definition, Migration, Plan, Table
from warehouse.sql import name, text
from warehouse.widening import is_wider

RECORDS = "lake_admin.migrations"
BOOTSTRAP = (
    "create schema if not exists lake_admin",
    (
        f"create table if not exists {RECORDS} (name varchar(200) not null, kind varchar(20) not null, checksum varchar(64) not null,"
        " columns varchar(65535), applied_at timestamp not null, primary key (name))"
    ),
)
MIGRATION, DEFINITION = "migration", "definition"
ROOM = MOST_STATEMENTS - OWN_STATEMENTS  # of a transaction, for statements that are not its own
PART = re.compile(r"\d+/\d+:[0-9a-f]+")  # what stands for a checksum where only the first parts of a definition were applied


class PlanError(Exception):
    """The warehouse and the plan contradict each other; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the warehouse says was done.

    Attributes:
        columns: of a table: quoted name -> Redshift type as SQL, empty where an older version recorded the name alone.
    """

    name: str
    kind: str
    checksum: str
    columns: Mapping[str, str] = field(default_factory=dict)
    applied_at: str = ""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One thing to do.

    Attributes:
        before: run one by one, each by itself; they can be repeated.
        transactions: each run as one, in order; only a definition has more than one, and what it is about holds from the first one on.
        load: the dataset that is to be loaded after it.
    """

    name: str
    transactions: tuple[tuple[str, ...], ...]
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
    if problems := contradictions(plan.migrations, done.values()):
        raise PlanError("; ".join(problems))
    made = [_migration(migration) for migration in plan.migrations if migration.name not in done]
    for definition in plan.definitions:
        before = done.get(definition.name)
        if before is None or (before.checksum != definition.checksum and not definition.once):
            made.append(_definition(definition, before))
    wanted = {definition.name for definition in plan.definitions}
    gone = [record for record in done.values() if record.kind == DEFINITION and record.name not in wanted and _drop(record.name)]
    return [*made, *(_gone(record.name) for record in gone)]


def states(plan: Plan, records: Iterable[Record]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (name, kind, state, when it was applied); state is applied, in part, pending, changed, left or unknown."""
    done = {record.name: record for record in records}
    planned = {one.name: (MIGRATION, one.checksum) for one in plan.migrations} | {
        one.name: (DEFINITION, done[one.name].checksum if one.once and one.name in done else one.checksum) for one in plan.definitions
    }
    for known, (kind, checksum) in planned.items():
        record = done.get(known)
        yield known, kind, _state(record, checksum), record.applied_at if record else ""
    for record in done.values():
        if record.name not in planned:
            stays = record.kind == DEFINITION and not _drop(record.name)
            yield record.name, record.kind, "left" if stays else "unknown", record.applied_at


def _state(record: Record | None, checksum: str) -> str:
    if record is None:
        return "pending"
    if record.checksum == checksum:
        return "applied"
    return "in part" if PART.fullmatch(record.checksum) else "changed"


def contradictions(migrations: Sequence[Migration], records: Iterable[Record]) -> list[str]:
    """Return what keeps migrations from being applied, whatever they say: what was met, and what to do."""
    done = {record.name: record for record in records if record.kind == MIGRATION}
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
    return problems


def _migration(migration: Migration) -> Work:
    record = Record(name=migration.name, kind=MIGRATION, checksum=migration.checksum)
    return Work(name=migration.name, transactions=(_surrounded(migration.name, record, migration.statements, is_new=True),))


def _definition(definition: Definition, before: Record | None) -> Work:
    """What does not fit into one transaction goes into several: the first makes what there is to read, and grants; what is left are comments."""
    columns = definition.table.columns if definition.table else {}
    table = _remade(definition.table, before) if definition.table else ()
    statements = () if definition.alone else (*table, *definition.statements)
    parts = [statements[at : at + ROOM] for at in range(0, len(statements), ROOM)] or [()]
    marks = [*(f"{number}/{len(parts)}:{definition.checksum[:40]}" for number in range(1, len(parts))), definition.checksum]
    first = Record(name=definition.name, kind=DEFINITION, checksum=marks[0], columns=columns)
    return Work(
        name=definition.name,
        before=definition.statements if definition.alone else (),
        transactions=(
            _surrounded(definition.name, first, parts[0], is_new=before is None),
            *(_continued(definition.name, marks, number, part) for number, part in enumerate(parts[1:], 1)),
        ),
        load=definition.load,
    )


def _surrounded(known_as: str, record: Record | None, statements: Sequence[str], *, is_new: bool = False) -> tuple[str, ...]:
    """Return a whole transaction: alone at its work, once where it is new, and recorded."""
    begins = _guard(known_as, "count(*) = 0", text(known_as)) if is_new else f"delete from {RECORDS} where name = {text(known_as)}"
    noted = (
        (
            (
                f"insert into {RECORDS} (name, kind, checksum, columns, applied_at) values ({text(known_as)}, {text(record.kind)}, {text(record.checksum)},"
                f" {text(json.dumps(dict(record.columns))) if record.columns else 'null'}, getdate())"
            ),
        )
        if record
        else ()
    )
    return (f"lock {RECORDS}", begins, *statements, *noted)


def _continued(known_as: str, marks: Sequence[str], number: int, statements: Sequence[str]) -> tuple[str, ...]:
    """Return a further transaction of a definition: it fails where somebody applied another version of it since the one before."""
    mine = f"{text(known_as)} and checksum in ({', '.join(text(mark) for mark in marks)})"
    recorded = f"update {RECORDS} set checksum = {text(marks[number])}, applied_at = getdate() where name = {text(known_as)}"
    return (f"lock {RECORDS}", _guard(known_as, "count(*) = 1", mine), *statements, recorded)


def _guard(known_as: str, condition: str, named: str) -> str:
    """Return a query that fails the transaction where a condition on its record does not hold: a text that is no number cannot be cast."""
    already = f"'{known_as.replace(chr(39), '')} was applied meanwhile'"
    return f"select cast(case when {condition} then '0' else {already} end as integer) as is_new from {RECORDS} where name = {named}"


def _remade(table: Table, before: Record | None) -> tuple[str, ...]:
    """Return how a table is made; one that there is already keeps its rows, so that its readers go on until it is loaded again.

    It begins empty where its rows lack a column of the key, or where a value of theirs might not go into a column's new type.
    """
    if before is None:
        return (f"create table native.{table.name} {table.body}",)
    following = name(table.name[1:-1] + "__next")
    kept = [column for column in table.columns if column in before.columns]
    copied = f"insert into native.{following} ({', '.join(kept)}) select {', '.join(f'cast({column} as {table.columns[column]})' for column in kept)}"
    goes_on = set(table.key) <= set(kept) and all(is_wider(table.columns[column], before.columns[column]) for column in kept)
    return (
        f"create table native.{following} {table.body}",
        *([f"{copied} from native.{table.name}"] if goes_on else []),
        f"drop table native.{table.name}",
        f"alter table native.{following} rename to {table.name}",
    )


def _gone(known_as: str) -> Work:
    drop, is_alone = _drop(known_as), known_as.startswith("records:")
    return Work(name=known_as, before=drop if is_alone else (), transactions=(_surrounded(known_as, None, () if is_alone else drop),))


def _drop(known_as: str) -> tuple[str, ...]:
    kind, _, what = known_as.partition(":")
    drops = {
        "view": f"drop view if exists lake.{name(what)}",
        "table": f"drop table if exists native.{name(what)}",
        "live": f"drop view if exists live.{name(what)}",
        "records": 'drop materialized view if exists live."_records"',
    }
    return (drops[kind],) if kind in drops else ()  # a role may be somebody's still, and a schema another's
