"""Histories of a dataset: objects and events in any order, runs that die, bookmarks that are turned back; and what must hold after each."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st

from awsglue.bookmark import Limits, S3Object
from awsglue.bookmark_store import BookmarkStore, VersionMismatchError
from awsglue.job_bookmark import JobBookmark, Option
from contracts.asked import ITEM, Ask
from contracts.contract import Contract, Load
from glue_jobs.common.accounts import Change, State
from glue_jobs.common.errors import LakeError
from glue_jobs.common.ledger import Ledger
from glue_jobs.common.objects import Objects
from glue_jobs.common.run import RawRun
from glue_jobs.common.steps import Steps
from glue_jobs.raw_to_processed import refresh
from tests.glue_jobs.fakes import START, FakeDynamoDB, FakeS3
from tests.glue_jobs.process import StoppedError, stop
from tests.glue_jobs.samples import HEADER, readings
from tests.glue_jobs.tables_in_memory import BROKEN, CONTRACT, ODD, Frame, Lines, MemoryQuarantine, MemoryTable, Order, Record, records

BAND = 15
"""Minutes by which a bookmark looks back."""
PREFIX = "s3://raw/"


@dataclass(frozen=True)
class Land:
    """An object becomes visible, or a new version of one.

    Attributes:
        age: minutes since the date that S3 gives it; a long upload is dated by its start.
        event: how often, and whether late, intake hears of it: `once`, `twice`, `late` or `never`.
    """

    name: str
    lines: tuple[str, ...]
    age: int = 0
    event: str = "once"


@dataclass(frozen=True)
class Delete:
    """An object is deleted, if it is there."""

    name: str


@dataclass(frozen=True)
class Run:
    """A refresh; after so many effects, if it has as many, it dies, or another one comes and goes before it goes on."""

    effects: int | None = None
    dies: bool = True


@dataclass(frozen=True)
class Wait:
    """Minutes pass."""

    minutes: int


@dataclass(frozen=True)
class Deliver:
    """All late events come."""


@dataclass(frozen=True)
class Rewind:
    """The bookmark goes back to the run before the last so many, or to nothing."""

    runs: int | None = None


@dataclass(frozen=True)
class Mend:
    """The contract takes what it refused so far."""


@dataclass(frozen=True)
class Redrive:
    """What is set apart of an object is asked for, of whichever versions of it."""

    name: str


@dataclass(frozen=True)
class Drop:
    """What is set apart of an object is not needed, of whichever versions of it."""

    name: str


@dataclass(frozen=True)
class Replay:
    """An object is to be read once more, in all versions that are known of it."""

    name: str


Step = Land | Delete | Run | Wait | Deliver | Rewind | Mend | Redrive | Drop | Replay


def histories() -> st.SearchStrategy[list[Step]]:
    lines = st.lists(st.sampled_from([f"{key},{value}" for key in "ab" for value in ("1", "2", BROKEN, ODD)]), max_size=3).map(tuple)
    ages, events = st.sampled_from([0, 0, 3, BAND + 5, 3 * BAND]), st.sampled_from(["once", "once", "twice", "late", "never"])
    steps = st.one_of(
        st.builds(Land, st.sampled_from("opq"), lines, ages, events),
        st.builds(Run, st.one_of(st.none(), st.integers(0, 14)), st.sampled_from([True, True, False])),
        st.builds(Delete, st.sampled_from("opq")),
        st.builds(Wait, st.sampled_from([1, BAND + 1])),
        st.just(Deliver()),
        st.builds(Rewind, st.one_of(st.none(), st.integers(1, 2))),
        st.just(Mend()),
        st.builds(Redrive, st.sampled_from("opq")),
        st.builds(Drop, st.sampled_from("opq")),
        st.builds(Replay, st.sampled_from("opq")),
    )
    return st.lists(steps, min_size=3, max_size=14)


class CountedDynamoDB(FakeDynamoDB):
    """Writes are effects."""

    def __init__(self, effect: Callable[[str], None]) -> None:
        super().__init__()
        self._effect = effect

    def update_item(self, **request: Any) -> None:
        super().update_item(**request)
        self._effect("ledger written")

    def delete_item(self, **request: Any) -> None:
        super().delete_item(**request)
        self._effect("ledger item deleted")


def as_csv(line: str) -> str:
    """Return a line as the contract of the samples has it: a level of a station."""
    key, value = line.split(",")
    return f"{key},2013-01-01,{value},"


@dataclass
class World:
    """A dataset, its objects, its events, its ledger, its bookmark, its table.

    Attributes:
        versions: all that ever was, by key and version: lines and date.
        announced: key and version of what intake has heard of, or will.
        replayed: key and version of what was to be read once more, though it was accounted for.
    """

    folder: Path
    load: Load
    minute: int = 4 * BAND
    runs: int = 0
    versions: dict[tuple[str, str], tuple[tuple[str, ...], datetime]] = field(default_factory=dict)
    announced: set[tuple[str, str]] = field(default_factory=set)
    late: list[tuple[str, str]] = field(default_factory=list)
    findable: set[tuple[str, str]] = field(default_factory=set)
    replayed: set[tuple[str, str]] = field(default_factory=set)
    effects_left: int | None = None
    name: str = "readings"
    at_that_effect: Callable[[], None] = stop

    def __post_init__(self) -> None:
        CONTRACT.takes_odd = False
        self.contract: Contract = readings(self.name, load=self.load, key=() if self.load is Load.APPEND else ("station",), rules=())
        self.s3, self.dynamodb = FakeS3(self.folder / "raw"), CountedDynamoDB(self.effect)
        self.ledger = Ledger(cast(Any, self.dynamodb), "ledger", self.name, clock=lambda: START)
        (self.folder / "bookmarks").mkdir(parents=True, exist_ok=True)
        self.store = BookmarkStore(self.folder / "bookmarks")
        self.table: Any = MemoryTable(self.effect)
        self.quarantine: Any = MemoryQuarantine(self.effect)

    def effect(self, _: str) -> None:
        """Count something that others could see; die where it was the last."""
        if self.effects_left is not None:
            self.effects_left -= 1
            if self.effects_left < 0:
                self.effects_left = None
                self.at_that_effect()

    def live(self, history: Sequence[Step]) -> None:
        """Go through a history, and through what makes every history end: late events come, and a run ends."""
        for step in [*history, Deliver(), Run()]:
            self.minute += 1
            self.take(step)

    def take(self, step: Step) -> None:
        match step:
            case Land():
                self._land(step)
            case Delete(name):
                self._delete(self._key(name))
            case Run():
                self.at_that_effect = stop if step.dies else self.run
                self.run(step.effects)
            case Wait(minutes):
                self.minute += minutes
            case Deliver():
                for arrived in self.late:
                    self._hear(*arrived)
                self.late.clear()
            case Rewind(runs):
                self._rewind(runs)
            case Mend():
                CONTRACT.takes_odd = True
                self.contract = replace(self.contract, version="1.1.0")
            case Redrive(name):
                self._ask(self._key(name), Ask.REDRIVE)
            case Drop(name):
                self._ask(self._key(name), Ask.DROP)
            case Replay(name):
                self._replay(self._key(name))

    def run(self, effects: int | None = None) -> None:
        """Refresh as the job's `main` does, and die after some effects; one that is not alone may fail."""
        self.runs += 1
        self.effects_left = effects
        try:
            self.refresh()
        except (StoppedError, LakeError, VersionMismatchError):
            pass
        finally:
            self.effects_left = None

    def refresh(self) -> None:
        bookmark = JobBookmark(self.store, "job", f"jr-{self.runs}", Option.ENABLE, _milliseconds(self.minute))
        run = self._run()
        outcome = refresh(run, lambda _: cast(Any, partial(self._increment, bookmark)))
        self.ledger.finish(run.id, outcome.status, outcome.facts)
        bookmark.commit()

    def body(self, uri: str) -> list[str]:
        key = uri.removeprefix(PREFIX)
        return [line for line in self.versions[key, self.current[key]][0] if line]

    @property
    def current(self) -> dict[str, str]:
        """The version of each object that is there."""
        return {key: version for key, (version, _) in self.s3.heads.items()}

    def seen_last(self, stored: dict[str, Record], batch: Lines) -> dict[str, Order]:
        """Return when a stored record was last seen, where an object of the batch is older than a repetition."""
        until, since = self.ledger.repeated(), min((record.arrived_at.isoformat() for record in batch.good), default="")
        if not until or not since or since > until:
            return {}
        seen: dict[str, Order] = {}
        for key, version in self.ledger.repeats(since):
            if self.current.get(key) == version:
                for record in records(self.body(f"{PREFIX}{key}"), _head(key, version, self.versions[key, version][1])):
                    if record.key in stored and record.value == stored[record.key].value:
                        seen[record.key] = max(seen.get(record.key, record.order), record.order)
        return seen

    def metadata(self, name: str) -> dict[str, Any] | None:
        """Return the metadata of a table as the catalog gives it: that of the quarantine has no branches."""
        refs = self.table.refs() if name == self.name else {}
        rows = [{"snapshot-id": snapshot, "summary": {"total-records": self.table.rows(snapshot)}} for snapshot in refs.values()]
        return {"refs": {name: {"snapshot-id": snapshot} for name, snapshot in refs.items()}, "snapshots": rows}

    def _run(self) -> RawRun:
        world = cast(Any, self)
        raw = Objects(cast(Any, self.s3), "raw")
        names: Any = {"id": f"run-{self.runs}", "database": "lake_processed", "warehouse": "s3://processed"}
        steps = Steps("run", write=lambda _: None)
        return RawRun(**names, session=lambda: world, contract=self.contract, catalog=world, ledger=self.ledger, raw=raw, steps=steps)

    def _increment(self, bookmark: JobBookmark, broken: Sequence[str]) -> Frame | None:
        heads = self.s3.heads.items()
        listed = [
            S3Object(round(dated.timestamp() * 1000), f"{PREFIX}{key}", len(self.body(f"{PREFIX}{key}"))) for key, (_, dated) in heads
        ]
        read = [item.uri for item in bookmark.select("readings_raw", listed, Limits(band=BAND * 60_000)) if item.uri not in broken]
        return Frame(self, read) if read else None

    def _land(self, land: Land) -> None:
        key, dated = self._key(land.name), max(0, self.minute - land.age)
        text = "".join(f"{line}\n" for line in (HEADER, *map(as_csv, land.lines))) if land.lines else ""
        # the bookmark knows an object by its name: that it was written again shows by a date after the last run alone
        is_found = land.age == 0 or (land.age < BAND and all(key != known for known, _ in self.versions))
        arrived = key, self.s3.put(key, text, dated)
        self.versions[arrived] = land.lines, self.s3.heads[key][1]
        if is_found and land.lines:  # nobody finds out that there is nothing in an object of which nobody heard
            self.findable.add(arrived)
        if land.event != "never":
            self.announced.add(arrived)
        if land.event == "late":
            self.late.append(arrived)
        for _ in range({"once": 1, "twice": 2}.get(land.event, 0)):
            self._hear(*arrived)

    def _hear(self, key: str, version: str) -> None:
        """Do what intake does with an event: a second one changes nothing."""
        item = f"object#{key}#{version}"
        if "state" not in self.dynamodb.items.get(item, {}):
            arrival = {"object": key, "version": version, "pending": item, "state": "arrived", "item": item}
            self.dynamodb.items[item] = {name: {"S": value} for name, value in arrival.items()}

    def _delete(self, key: str) -> None:
        if key in self.s3.heads:
            self.s3.delete(key)

    def _ask(self, key: str, what: Ask) -> None:
        """Do what the verb does: ask once of each version of which something is set apart, of a snapshot the newest alone."""
        newest = self.ledger.publication().get("newest", "")
        for item in _items(self):
            old = what is Ask.REDRIVE and self.load is Load.SNAPSHOT and f"{item.get('arrived_at', '')}#{item['object']}" < newest
            place = ITEM.format(key, item["version"])
            if item["object"] == key and (item["state"] == State.REFUSED or int(item.get("quarantined", 0))) and not old:
                asked = {"object": key, "version": item["version"], "ask": what.value, "of": item["run"], "by": "ada", "because": ""}
                self.dynamodb.items.setdefault(place, {name: {"S": value} for name, value in {**asked, "item": place}.items()})

    def _replay(self, key: str) -> None:
        """Do what the verb does: all that is known of an object waits again."""
        for item in _items(self):
            if item["object"] == key:
                self.ledger.wait_again(key, item["version"])
                if item["state"] == State.ACCOUNTED:
                    self.replayed.add((key, item["version"]))

    def _rewind(self, runs: int | None) -> None:
        committed = [entry["RunId"] for entry in self.store.entries("job")]
        if runs is None:
            self.store.reset("job")
        elif len(committed) > runs:
            self.store.reset("job", committed[-1 - runs])

    def _key(self, name: str) -> str:
        return f"{self.contract.source.location if self.contract.source else ''}{name}.csv"


def check(world: World) -> None:
    """Assert what must hold once a run has ended: the table is what one batch of all would be, and nothing is left out or taken twice."""
    settled = {(item["object"], item["version"]): item for item in _items(world)}
    waiting = [arrived for arrived, item in settled.items() if item["state"] == "arrived"]
    assert (waiting, world.ledger.pending(), world.ledger.prepared(), set(world.table.refs()) - {"main"}) == ([], [], {}, set())
    assert world.ledger.asked() == [], "something is asked still"
    there = set(world.current.items())
    assert (world.announced | (world.findable & there)) <= settled.keys(), "an object is unaccounted for"
    accounted = {arrived: item for arrived, item in settled.items() if item["state"] == State.ACCOUNTED}
    for arrived, item in accounted.items():
        assert int(item["read"]) == len(world.versions[arrived][0]) == sum(int(item[part]) for part in (*Change, "dropped")), (
            "accounts are open"
        )
        assert ("dropped_by" in item) == (int(item["dropped"]) > 0), "the account tells who dropped what was not, or not who did"
    every = [record for arrived in accounted for record in records(world.versions[arrived][0], _head(*arrived, world.versions[arrived][1]))]
    main = world.table.read(world.table.refs().get("main"))
    good = _check_quarantine(world, every, accounted)
    _check_rows(world, main, good)
    if world.load is not Load.SNAPSHOT:
        inserted = sum(int(item["inserted"]) for item in accounted.values())  # an object that is read again may find its rows there
        is_told = inserted <= len(main) if world.replayed else inserted == len(main)
        assert is_told, "the accounts do not say what the table has"


def _check_quarantine(world: World, every: Sequence[Record], accounted: Mapping[tuple[str, str], Mapping[str, str]]) -> list[Record]:
    """Check that broken records are in quarantine, each once, as the accounts say, and return the others: of odd ones, those that were taken in."""
    apart = Counter(record.said for record in world.quarantine.records)
    taken = []
    for record in every:
        if apart[record.said]:
            apart[record.said] -= 1
            assert record.value in (BROKEN, ODD), "a good record is set apart"
        else:
            taken.append(record)
    assert +apart == Counter(), "the quarantine has what nobody set apart, or has it twice"
    stand = Counter((record.object, record.version) for record in world.quarantine.records)
    assert +stand == +Counter({arrived: int(item["quarantined"]) for arrived, item in accounted.items()}), (
        "the accounts do not say what the quarantine has"
    )
    taken = [record for record in taken if not _is_dropped(record, every, int(accounted[record.object, record.version]["dropped"]))]
    assert [record for record in taken if record.is_broken] == [], "the quarantine is not what one batch would set apart"
    return taken


def _is_dropped(record: Record, every: Sequence[Record], dropped: int) -> bool:
    """Whether a record is one of those of its object that were dropped: all that was set apart of it, the odd ones too unless they were taken in."""
    broken = [each.value for each in every if (each.object, each.version) == (record.object, record.version)]
    with_odd = dropped > broken.count(BROKEN)
    assert dropped in (0, broken.count(BROKEN), broken.count(BROKEN) + broken.count(ODD)), "more or less is dropped than was set apart"
    return dropped > 0 and (record.value == BROKEN or (with_odd and record.value == ODD))


def _check_rows(world: World, main: Sequence[Record], good: Sequence[Record]) -> None:
    if world.load is Load.APPEND:
        there_now, wanted = (Counter((record.object, record.version, record.said) for record in rows) for rows in (main, good))
        again = {row: number for row, number in (there_now - wanted).items() if row in wanted and row[:2] in world.replayed}
        # without a key nobody knows a row that was there before: an object that is replayed brings its own a second time
        assert there_now - Counter(again) == wanted, "the table is not what one batch would make of all objects"
        return
    if world.load is Load.SNAPSHOT:
        _check_superseded(world)
        newest = max((_age(record) for record in good), default="")
        good = [record for record in good if _age(record) == newest]
    found = {record.key: record.value for record in main}
    assert len(found) == len(main), "a key stands twice"
    there = set(world.current.items())
    for key in {record.key for record in good} | found.keys():
        ordered = sorted((record for record in good if record.key == key), key=lambda record: record.order, reverse=True)
        assert found.get(key) in list(_allowed(ordered, there)), "the table is not what one batch would make of all objects"


def _check_superseded(world: World) -> None:
    items = [(f"{item['arrived_at']}#{item['object']}", item) for item in _items(world) if "arrived_at" in item]
    newest = max((age for age, item in items if item["state"] == State.ACCOUNTED), default="")
    wrongly = [age for age, item in items if item.get("reason", "").startswith("a newer object") and age >= newest]
    assert wrongly == [], "the newest snapshot was taken for an older one"


def _allowed(ordered: Sequence[Record], there: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the values that a key may have: the last one, and what came before repetitions whose objects are gone and cannot be asked."""
    for record in ordered:
        yield record.value
        if (record.object, record.version) in there:
            return


def _age(record: Record) -> str:
    return f"{record.arrived_at.isoformat()}#{record.object}"


def _items(world: World) -> list[dict[str, str]]:
    found = [item for name, item in world.dynamodb.items.items() if name.startswith("object#")]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in found]


def _head(key: str, version: str, dated: datetime) -> Any:
    return type("Dated", (), {"key": key, "version": version, "arrived_at": dated})


def _milliseconds(minute: int) -> int:
    return round(START.timestamp() * 1000) + minute * 60_000


_numbers = itertools.count()


def lived(folder: Path, load: Load, history: Sequence[Step]) -> World:
    """Return the world after a history."""
    world = World(folder / str(next(_numbers)), load)
    world.live(history)
    return world
