"""What became of every object and every row that a run found."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from glue_jobs.common.errors import AccountsOpenError


class State(StrEnum):
    """What became of an object in raw."""

    ACCOUNTED = "accounted"  # each of its rows is accounted for
    REFUSED = "refused"  # cannot be read; the reason says why
    SUPERSEDED = "superseded"  # a newer version, or a newer snapshot, took its place
    GONE = "gone"  # deleted before it was read
    DROPPED = "dropped"  # refused, and somebody said that nobody needs it


class Change(StrEnum):
    """What became of a row: the five ways add up to the rows that were read."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # stored like this already, or stored in a later state
    DUPLICATE = "duplicate"  # lost to a later record of the same key in the same run
    QUARANTINED = "quarantined"


TOTALS = ("read", *(change.value for change in Change))


@dataclass(frozen=True, kw_only=True)
class Account:
    """An object's account.

    Attributes:
        version: S3 version id.
        arrived_at: when S3 got it, ISO 8601 in UTC; None for a version that is no longer there to be asked.
        size: bytes; None likewise.
        read: rows counted before any of them was parsed.
        dropped: rows that were in quarantine until somebody said that nobody needs them.
    """

    object: str
    version: str
    state: State
    arrived_at: str | None = None
    size: int | None = None
    reason: str | None = None
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    quarantined: int = 0
    dropped: int = 0

    def to_item(self) -> dict[str, Any]:
        """Return the attributes that hold something."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Return the account that `to_item` wrote, whatever else stands beside it."""
        known = {field.name: item[field.name] for field in fields(cls) if field.name in item}
        numbers: dict[str, Any] = {
            name: int(known[name]) for name in ("size", "dropped", *TOTALS) if name in known
        }  # the ledger gives decimals
        return cls(**{**known, **numbers, "state": State(item["state"])})


def totals(accounts: Iterable[Account]) -> dict[str, int]:
    """Return the sums over all objects, by name."""
    listed = list(accounts)
    return {name: sum(getattr(account, name) for account in listed) for name in TOTALS}


def check_closed(accounts: Iterable[Account]) -> None:
    """Raise AccountsOpenError for the first object whose rows do not add up."""
    for account in accounts:
        ways = {change.value: getattr(account, change.value) for change in Change}
        if account.read != sum(ways.values()) + account.dropped:
            listed = ", ".join(f"{number} {way}" for way, number in ways.items())
            raise AccountsOpenError(
                f"{account.object}: {account.read} rows were read, but {sum(ways.values())} are accounted for ({listed}). "
                "Nothing was published; start the refresh again, and report it if it stays."
            )
