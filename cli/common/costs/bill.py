"""What a lake costs, by stack, by driver and by what causes it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cli.common.costs.profile import Profile


class Cause(StrEnum):
    """What a cost follows from."""

    IDLE = "idle"  # is paid though nothing happens
    FILES = "files"  # what lands as files
    STREAM = "stream"  # records that come one by one
    KEPT = "kept"  # what lies in buckets and tables
    ASKED = "asked"  # queries


@dataclass(frozen=True)
class Charge:
    """A cost of a month.

    Attributes:
        stack: construct id, as `Monitoring`.
        driver: what is paid for, as `alarms`.
        quantity: how many units of the price; of those that stand they are counted, of the others computed from the profile.
        usd: US dollars a month.
    """

    stack: str
    driver: str
    cause: Cause
    quantity: float
    usd: float


@dataclass(frozen=True)
class Unknown:
    """A resource of which nobody has said what it costs."""

    stack: str
    name: str
    type: str
    why: str


@dataclass(frozen=True)
class Bill:
    """What a lake costs in a month of a profile's traffic."""

    charges: tuple[Charge, ...]
    unknown: tuple[Unknown, ...]
    profile: Profile

    def month(self, *causes: Cause) -> float:
        """Return the sum of a month, of some causes or of all."""
        return sum(charge.usd for charge in self.charges if charge.cause in (causes or tuple(Cause)))

    @property
    def idle(self) -> float:
        return self.month(Cause.IDLE)

    @property
    def per_gb(self) -> float:
        """US dollars for each GB that lands as files, to its products."""
        return self.month(Cause.FILES) / self.profile.files.gb

    @property
    def per_million(self) -> float:
        """US dollars for each million records of the stream, to its products; without the hours of the stream, which are idle cost."""
        return self.month(Cause.STREAM) / self.profile.stream.millions

    def by(self, key: Callable[[Charge], str]) -> Mapping[str, "Bill"]:
        """Return the parts of the bill, the dearest in a month first."""
        keys = {key(charge) for charge in self.charges}
        parts = {one: Bill(tuple(charge for charge in self.charges if key(charge) == one), (), self.profile) for one in keys}
        return dict(sorted(parts.items(), key=lambda part: (-part[1].month(), part[0])))


def merged(charges: Iterable[Charge]) -> tuple[Charge, ...]:
    """Return one charge for each stack, driver and cause."""
    found: dict[tuple[str, str, Cause], Charge] = {}
    for charge in charges:
        key = (charge.stack, charge.driver, charge.cause)
        other = found.get(key, Charge(*key, 0, 0))
        found[key] = Charge(*key, other.quantity + charge.quantity, other.usd + charge.usd)
    return tuple(found.values())
