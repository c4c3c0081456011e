"""The plan: all that the warehouse is to hold, in the order in which it is made. The standard library only: it travels to Lambda."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html: of one BatchExecuteStatement, and of one statement of it
MOST_STATEMENTS, LONGEST_STATEMENT = 40, 100_000
LONGEST_TEXT = 65_535  # bytes of a varchar, in which the columns of a table are recorded
OWN_STATEMENTS = 4  # at most, of what surrounds the statements of a transaction


@dataclass(frozen=True, kw_only=True)
class Migration:
    """A numbered file: applied once, never changed after that."""

    name: str
    statements: tuple[str, ...]
    checksum: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A native table, as far as a changed definition has to know it.

    Attributes:
        name: quoted, without its schema.
        columns: name -> Redshift type, both as SQL.
        body: what stands behind `create table SCHEMA.NAME`.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    body: str


@dataclass(frozen=True, kw_only=True)
class Definition:
    """Something made of a contract: applied again whenever its text is another one.

    Attributes:
        once: made and never made again, as a role, which has no `create or replace`.
        alone: run outside of a transaction, where Redshift wants it so; it can be repeated.
        table: the table that it makes before its statements are run.
        load: the dataset that is loaded after it; None where nothing is.
    """

    name: str
    statements: tuple[str, ...]
    once: bool = False
    alone: bool = False
    table: Table | None = None
    load: str | None = None

    @property
    def checksum(self) -> str:
        return digest(json.dumps([self.statements, asdict(self.table) if self.table else None], sort_keys=True))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Migrations first, then definitions, each in its order."""

    migrations: tuple[Migration, ...] = ()
    definitions: tuple[Definition, ...] = field(default=())

    def to_json(self) -> str:
        """Return the plan as JSON: the same text for the same plan."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, written: str) -> "Plan":
        """Return the plan that `to_json` wrote."""
        raw: dict[str, Any] = json.loads(written)
        return cls(
            migrations=tuple(Migration(**{**one, "statements": tuple(one["statements"])}) for one in raw["migrations"]),
            definitions=tuple(
                Definition(**{**one, "statements": tuple(one["statements"]), "table": _table(one["table"])}) for one in raw["definitions"]
            ),
        )


def unfit(definitions: Collection[Definition]) -> list[str]:
    """Return what the Data API would not take of definitions: too long a statement, or too many where they cannot be parted."""
    problems = [
        f"{one.name} has a statement of {size} bytes, and the Data API takes {LONGEST_STATEMENT}: give it fewer columns, or shorter names"
        for one in definitions
        for statement in one.statements + ((one.table.body,) if one.table else ())
        if (size := len(statement.encode())) > LONGEST_STATEMENT
    ]
    problems += [
        f"{one.name} has columns whose names and types take {size} bytes, and their record takes {LONGEST_TEXT}: give it fewer, or shorter names"
        for one in definitions
        if one.table and (size := len(json.dumps(dict(one.table.columns)).encode())) > LONGEST_TEXT
    ]
    most = MOST_STATEMENTS - OWN_STATEMENTS
    return problems + [
        f"{one.name} is made once, in one transaction of {most} statements at most, and has {len(one.statements)}"
        for one in definitions
        if one.once and len(one.statements) > most
    ]


def digest(written: str) -> str:
    """Return the checksum of a text."""
    return hashlib.sha256(written.encode()).hexdigest()


def _table(raw: dict[str, Any] | None) -> Table | None:
    return Table(**{**raw, "key": tuple(raw["key"])}) if raw else None
