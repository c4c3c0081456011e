"""What a lake is like at one moment, and what of it wants somebody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from contracts.contract import Contract

NO_DATA = re.compile(r"\bno data\b|no datapoints were received")  # in the reason that CloudWatch gives
ACCOUNTS = ("read", "inserted", "updated", "unchanged", "duplicate", "quarantined")  # of a refresh, as they are told
FIRST_MEASUREMENTS = timedelta(hours=1)  # that alarms look at; a lake that was deployed since has not filled it yet


class Health(StrEnum):
    """How one thing is; the worst first."""

    BAD = "bad"  # somebody has to look
    BUSY = "busy"  # at work
    NEW = "new"  # nothing has come yet
    GOOD = "good"


@dataclass(frozen=True)
class Run:
    """A refresh, as the ledger has it.

    Attributes:
        status: running, published, unchanged, waiting or failed.
        seconds: how long it took; None while it runs.
        counts: rows by what became of them; empty where the refresh ended before it knew.
    """

    name: str
    status: str
    started_at: datetime | None
    seconds: float | None
    counts: Mapping[str, int]
    cause: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def accounts(self) -> str:
        """What became of the rows, in words."""
        return ", ".join(f"{self.counts[name]:,} {name}" for name in ACCOUNTS if self.counts.get(name))


@dataclass(frozen=True)
class Dataset:
    """One dataset.

    Attributes:
        published_at: of what readers see; None before the first time.
        rows: that readers see.
        quarantined: rows in its quarantine; None for a product, and before its table is there.
        runs: the last refreshes, the newest first.
        arrived_at: of the newest object; None for a product.
        waiting: objects that no refresh has accounted for.
        doing: what is still to happen or happening, in words.
        failure: why its last refresh failed, or does not run.
    """

    contract: Contract
    published_at: datetime | None = None
    rows: int | None = None
    quarantined: int | None = None
    runs: tuple[Run, ...] = ()
    arrived_at: datetime | None = None
    waiting: int = 0
    doing: str | None = None
    failure: str | None = None

    @property
    def name(self) -> str:
        return self.contract.name

    def age(self, now: datetime) -> timedelta | None:
        return now - self.published_at if self.published_at else None

    def is_late(self, now: datetime) -> bool:
        """Return whether its contract allows no such age; one that was never published is new, not late."""
        age, hours = self.age(now), self.contract.freshness_hours
        return age is not None and hours is not None and age > timedelta(hours=hours)

    def health(self, now: datetime) -> Health:
        if self.failure or self.is_late(now):
            return Health.BAD
        if self.doing:
            return Health.BUSY
        return Health.GOOD if self.published_at else Health.NEW

    def word(self, now: datetime) -> str:
        """Return how it is in a word or two."""
        if self.failure:
            return "failed"
        if self.is_late(now):
            return "late"
        return self.doing or ("fresh" if self.published_at else "no data yet")


@dataclass(frozen=True)
class Alarm:
    """An alarm; `state` is OK, ALARM or INSUFFICIENT_DATA."""

    name: str
    state: str
    meaning: str
    reason: str

    @property
    def is_unmeasured(self) -> bool:
        """Whether it rings for want of data, and not for what the data says."""
        return self.state == "ALARM" and bool(NO_DATA.search(self.reason))


@dataclass(frozen=True)
class Stream:
    """The stream and its delivery; `undelivered` are objects with records that were set apart."""

    name: str
    status: str
    shards: int
    delivery: str
    undelivered: int


@dataclass(frozen=True)
class Copy:
    """The warehouse's copy of a product; `state` is up to date, behind or not loaded."""

    name: str
    state: str
    rows: int | None
    loaded_at: datetime | None


@dataclass(frozen=True)
class Warehouse:
    """The warehouse; `failure` says why it could not be asked."""

    copies: tuple[Copy, ...] = ()
    applied: int = 0
    pending: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class Problem:
    """Something that wants somebody: what, why, and what to do."""

    what: str
    why: str
    do: str


@dataclass(frozen=True)
class State:
    """A lake at one moment.

    Attributes:
        stream, warehouse: None where the environment has none.
        strays: objects in raw that belong to no dataset.
        watched_since: when monitoring was deployed; None where it is not.
    """

    environment: str
    name: str
    account: str
    region: str
    at: datetime
    datasets: tuple[Dataset, ...]
    alarms: tuple[Alarm, ...] = ()
    stream: Stream | None = None
    warehouse: Warehouse | None = None
    strays: int = 0
    watched_since: datetime | None = None

    def of(self, *healths: Health) -> list[Dataset]:
        return [dataset for dataset in self.datasets if dataset.health(self.at) in healths]

    @property
    def place(self) -> str:
        """The environment, as short as it can be said."""
        return Path(self.environment).stem

    @property
    def is_settling(self) -> bool:
        """Whether the lake is so young that alarms may ring for want of data."""
        return self.watched_since is not None and self.at - self.watched_since < FIRST_MEASUREMENTS

    @property
    def settling(self) -> list[Alarm]:
        """Alarms that wait for their first measurement."""
        return [alarm for alarm in self.alarms if self.is_settling and alarm.is_unmeasured]

    @property
    def ringing(self) -> list[Alarm]:
        return [alarm for alarm in self.alarms if alarm.state == "ALARM" and alarm not in self.settling]
