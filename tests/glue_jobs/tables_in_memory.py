"""Tables and frames in memory: what the steps of a refresh do to them, said in a few lines of Python instead of by Spark and Iceberg.

All else of a refresh is the job's own code: which objects are read, the ledger, the branch and its publication, the accounts, recovery.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.contract import Contract, Load, Source
from glue_jobs.common.accounts import Change, State, check_closed
from glue_jobs.common.arrivals import Arrivals, account_of
from glue_jobs.common.batch import Changes
from glue_jobs.common.errors import MainMovedError
from glue_jobs.common.objects import Head

BROKEN = "broken"
ODD = "odd"  # broken until the contract takes it
CONTRACT = SimpleNamespace(takes_odd=False)
Order = tuple[datetime, str, str]


@dataclass(frozen=True)
class Record:
    """A line of an object, as `key,value`."""

    key: str
    value: str
    arrived_at: datetime
    object: str
    version: str
    place: int
    """In its object."""

    @property
    def is_broken(self) -> bool:
        return self.value == BROKEN or (self.value == ODD and not CONTRACT.takes_odd)

    @property
    def said(self) -> str:
        """What a table tells of it."""
        return f"{self.key},{self.value} of {self.object} at {self.arrived_at}"

    @property
    def order(self) -> Order:
        """What tells the later of two: the value stands for the hash of the record."""
        return self.arrived_at, self.object, self.value


class Lines:
    """Records of objects."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = list(records)

    def where(self, same: tuple[str, str]) -> "Lines":
        """Return the records of one object."""
        return Lines([record for record in self.records if record.object == same[1]])

    @property
    def good(self) -> list[Record]:
        return [record for record in self.records if not record.is_broken]

    @property
    def broken(self) -> list[Record]:
        return [record for record in self.records if record.is_broken]


@dataclass(frozen=True)
class Frame:
    """Objects that a reader was told to read."""

    world: Any
    uris: Sequence[str]


class Rows(Lines):
    """A batch in which it is decided what becomes of each record."""

    def __init__(self, decided: Sequence[tuple[Record, Change]], stored: Sequence[Record]) -> None:
        super().__init__([record for record, _ in decided])
        self.decided = decided
        self.after = stored

    def unpersist(self) -> None:
        """Do nothing: nothing is kept."""


@dataclass
class MemoryTable:
    """An Iceberg table: rows by snapshot, main, and branches."""

    effect: Callable[[str], None]
    snapshots: dict[int, Sequence[Record]] = field(default_factory=dict)
    parents: dict[int, int | None] = field(default_factory=dict)
    heads: dict[str, int | None] = field(default_factory=dict)
    mains: list[int] = field(default_factory=list)
    name: str = "readings"

    def refs(self) -> dict[str, int]:
        return {name: snapshot for name, snapshot in self.heads.items() if snapshot is not None}

    def history(self) -> set[int]:
        return set(self.mains)

    def rows(self, snapshot: int | None) -> int:
        return len(self.snapshots[snapshot]) if snapshot is not None else 0

    def read(self, snapshot: int | None) -> Sequence[Record]:
        return self.snapshots[snapshot] if snapshot is not None else ()

    def has_any(self, _: str) -> bool:
        """Whether main has rows of a run whose snapshot its history has no more: here nothing ever expires."""
        return False

    def branch(self, _: str) -> None: ...

    def branch_identifier(self, branch: str) -> str:
        return branch

    def create_branch(self, branch: str, base: int | None) -> None:
        self.heads[branch] = base
        self.effect("branch created")

    def drop_branch(self, branch: str) -> None:
        if branch in self.heads:
            del self.heads[branch]
            self.effect("branch dropped")

    def write(self, branch: str, rows: Sequence[Record]) -> None:
        if branch not in self.heads:
            raise MainMovedError(f"{branch} is not there")
        snapshot = len(self.snapshots) + 1
        self.snapshots[snapshot], self.parents[snapshot] = rows, self.heads[branch]
        self.heads[branch] = snapshot
        self.effect("branch written")

    def fast_forward(self, branch: str) -> None:
        snapshot = self.refs().get(branch)
        if snapshot is None or self.parents[snapshot] != self.heads.get("main"):
            raise MainMovedError(f"{branch} does not begin at main")
        self.heads["main"] = snapshot
        self.mains.append(snapshot)
        self.effect("published")


@dataclass
class MemoryQuarantine:
    """Broken records, each with the run that set it apart."""

    effect: Callable[[str], None]
    apart: list[tuple[str, Record]] = field(default_factory=list)

    @property
    def records(self) -> list[Record]:
        return [record for _, record in self.apart]

    def refs(self) -> dict[str, int]:
        return {"main": 1}

    def at(self, _: int) -> "MemoryQuarantine":
        return self

    def where(self, condition: str) -> list[Record]:
        """Return the records that a condition names by run, object and version."""
        return [record for run_id, record in self.apart if f"'{run_id}#{record.object}#{record.version}'" in condition]

    def delete(self, condition: str) -> None:
        gone = self.where(condition)
        if gone:
            self.apart = [each for each in self.apart if not any(each[1] is record for record in gone)]
            self.effect("rows deleted")

    def set_apart(self, run: Any, _: Any, batch: Lines, *__: Any) -> dict[tuple[str, str], str]:
        """What `quarantine` does."""
        if batch.broken:
            run.ledger.note_apart(run.id)
            self.apart.extend((run.id, record) for record in batch.broken)
            self.effect("rows set apart")
        return dict.fromkeys(((record.object, record.version) for record in batch.broken), BROKEN)

    def take_back(self, run: Any) -> None:
        """What `take_back` does."""
        for run_id in run.ledger.apart():
            versions = {(record.object, record.version) for owner, record in self.apart if owner == run_id}
            accounted = run.ledger.accounted_by(sorted(versions))
            gone = {version for version in versions if accounted[version] != run_id}
            if gone:
                self.apart = [each for each in self.apart if each[0] != run_id or (each[1].object, each[1].version) not in gone]
                self.effect("rows taken back")
            run.ledger.forget_apart(run_id)


def count_readable(read: Callable[[Sequence[str]], Frame | None], *_: Any) -> tuple[Frame | None, dict[str, int], dict[str, str]]:
    frame = read([])
    return frame, {uri: len(frame.world.body(uri)) for uri in frame.uris if frame.world.body(uri)} if frame else {}, {}


def with_object(run: Any, _: Any, heads: Mapping[str, Head]) -> Lines | None:
    return Lines([record for uri, head in heads.items() for record in records(run.spark.body(uri), head)]) if heads else None


def records(lines: Iterable[str], head: Head) -> Iterator[Record]:
    for place, line in enumerate(lines):
        key, value = line.split(",")
        yield Record(key, value, head.arrived_at, head.key, head.version, place)


def conform_batch(lines: Mapping[Source, Lines], *_: Any) -> Lines:
    return Lines([record for found in lines.values() for record in found.records])


def changes_at(run: Any, table: MemoryTable, base: int | None, batch: Lines, arrivals: Arrivals) -> Changes:
    rows = decide(batch, table.read(base), run)
    ways = [(record.object, record.version, change.value) for record, change in rows.decided]
    accounts = [
        account_of(
            head, State.ACCOUNTED, read=read, **{change.value: ways.count((head.key, head.version, change.value)) for change in Change}
        )
        for head, read in arrivals.counts.items()
    ]
    check_closed(accounts)
    deleted = len({record.key for record in table.read(base)} - {record.key for record in rows.after}) if batch.good else 0
    deleted = deleted if run.contract.load is Load.SNAPSHOT else 0
    return Changes(base=base, rows=rows, within=None, accounts=[*accounts, *arrivals.settled], deleted=deleted)  # type: ignore[arg-type]


def heads_of(rows: Sequence[Record], *_: Any) -> dict[tuple[str, str], tuple[Head, int]]:
    """What asked.py finds of the objects whose rows it takes again."""
    ways = [(record.object, record.version) for record in rows]
    return {
        (record.object, record.version): (
            Head(key=record.object, version=record.version, arrived_at=record.arrived_at, size=1),
            ways.count((record.object, record.version)),
        )
        for record in rows
    }


def with_lines(run: Any, lines: Mapping[Source, Lines], rows: Sequence[Record], heads: Iterable[Head]) -> dict[Source, Lines]:
    """What asked.py makes of rows that it takes again: copies, since each stands in the quarantine still."""
    wanted = {(head.key, head.version) for head in heads}
    again = [replace(record) for record in rows if (record.object, record.version) in wanted]
    read = [record for found in lines.values() for record in found.records]
    return {run.contract.sources[0]: Lines([*read, *again])} if read or again else {}


def decide(batch: Lines, stored: Sequence[Record], run: Any) -> Rows:
    """Return what becomes of each record, and the table after it."""
    contract: Contract = run.contract
    broken = [(record, Change.QUARANTINED) for record in batch.broken]
    if contract.load is Load.APPEND:
        return Rows([*broken, *((record, Change.INSERTED) for record in batch.good)], [*stored, *batch.good])
    last: dict[str, Record] = {}
    for record in sorted(batch.good, key=lambda record: (record.order, record.place)):
        last[record.key] = record
    before = {record.key: record for record in stored}
    seen = run.spark.seen_last(before, batch) if contract.load is Load.UPSERT else {}
    changes = {key: change_of(record, before.get(key), seen.get(key), contract.load) for key, record in last.items()}
    decided = [(record, changes[record.key] if last[record.key] is record else Change.DUPLICATE) for record in batch.good]
    kept = {key: record for key, record in before.items() if contract.load is Load.UPSERT or not last}
    written = {key: record for key, record in last.items() if contract.load is Load.SNAPSHOT or changes[key] is not Change.UNCHANGED}
    return Rows([*broken, *decided], list({**kept, **written}.values()))


def change_of(record: Record, stored: Record | None, seen: Order | None, load: Load | None) -> Change:
    if stored is None:
        return Change.INSERTED
    is_later = load is Load.SNAPSHOT or record.order > max(stored.order, seen or stored.order)
    return Change.UPDATED if record.value != stored.value and is_later else Change.UNCHANGED


def commit(_: Any, table: MemoryTable, changes: Any) -> Callable[[str], None]:
    return lambda branch: table.write(branch, changes.rows.after)


@contextmanager
def in_memory() -> Iterator[pytest.MonkeyPatch]:
    """Let a refresh work on these tables, whose world is the run's `spark`."""
    job, arrivals, refresh = "glue_jobs.raw_to_processed", "glue_jobs.common.arrivals", "glue_jobs.common.refresh"
    asked = "glue_jobs.common.asked"
    columns = SimpleNamespace(col=lambda name: _Column(name))
    stand_ins: dict[str, Any] = {
        f"{job}.ensure_table": lambda run: run.spark.table,
        f"{job}.ensure_quarantine_table": lambda run: run.spark.quarantine,
        f"{job}.quarantine": lambda run, apart, *rest: apart.set_apart(run, apart, *rest),
        f"{job}.conform_batch": conform_batch,
        f"{job}.unknown_columns": lambda *_: {},
        f"{job}.take_back": lambda run, apart: apart.take_back(run),
        f"{arrivals}.count_readable": count_readable,
        f"{arrivals}.read_objects": lambda world, uris, _: Frame(world, uris),
        f"{arrivals}.with_object": with_object,
        f"{arrivals}.F": columns,
        f"{asked}._heads": heads_of,
        f"{asked}._with_lines": with_lines,
        f"{refresh}.changes_at": changes_at,
        f"{refresh}.commit": commit,
        f"{refresh}.changed": lambda rows: rows,
    }
    with pytest.MonkeyPatch.context() as patch:
        for path, stand_in in stand_ins.items():
            patch.setattr(path, stand_in)
        yield patch


class _Column:
    def __init__(self, name: str) -> None:
        self._name = name

    def __eq__(self, other: object) -> Any:
        return self._name, other

    def __hash__(self) -> int:
        return hash(self._name)
