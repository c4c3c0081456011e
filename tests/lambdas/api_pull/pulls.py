"""Pulls of the tests: against a real HTTP server, into the local cloud's S3 and DynamoDB, and killed where a test says."""

import gzip
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.pull import PARTITION, Authentication, Order, Paging, Pull, Scheme, Watermark
from lambdas.api_pull.clock import SPARE_SECONDS, Clock
from lambdas.api_pull.raw import Raw
from lambdas.api_pull.run import Outcome, Places, Run
from lambdas.api_pull.source import Api as Asked
from lambdas.api_pull.source import Patience, headers_of
from lambdas.api_pull.state import ITEM, Ledger
from tests.lambdas.api_pull.api import SECRET, Api
from tests.lambdas.api_pull.conftest import BUCKET, TABLE
from tests.local_cloud.running import LocalCloud

numbers = itertools.count()
BEARER = Authentication(secret="lake/departures", scheme=Scheme.BEARER, header="Authorization")


class KilledError(BaseException):
    """The process was killed: nothing that is written after it runs."""


@dataclass(frozen=True)
class LaterClock(Clock):
    """A clock that begins at noon and goes ahead: no midnight falls between two runs where a test wants none."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC).replace(hour=12) + self.ahead


@dataclass
class Mortal:
    """Kills at one of the calls that go through it: before the call, or after it is done."""

    at: int = -1
    after: bool = False
    calls: list[str] = field(default_factory=list)

    def around(self, place: object) -> Any:
        return _Calls(place, self)

    def call(self, name: str, method: Callable[..., Any], *values: Any, **named: Any) -> Any:
        self.calls.append(name)
        dies = len(self.calls) - 1 == self.at
        if dies and not self.after:
            raise KilledError
        answer = method(*values, **named)
        if dies:
            raise KilledError
        return answer


@dataclass
class _Calls:
    place: object
    mortal: Mortal

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.place, name)
        return lambda *values, **named: self.mortal.call(f"{type(self.place).__name__}.{name}", method, *values, **named)


@dataclass
class Pulls:
    """The pulls of one dataset.

    Attributes:
        left: seconds that a run has.
    """

    lake: LocalCloud
    served: Api
    spec: Pull
    left: Callable[[], float] = lambda: 60
    ahead: timedelta = timedelta()
    waited: list[float] = field(default_factory=list)
    dataset: str = field(default_factory=lambda: f"departures_{next(numbers)}")

    def run(self, me: str = "run", mortal: Mortal | None = None) -> Outcome:
        chosen = mortal or Mortal()
        clock = LaterClock(remaining=lambda: self.left() + SPARE_SECONDS, sleep=self.waited.append, ahead=self.ahead)
        headers = headers_of(self.spec.authentication, SECRET)
        patience = Patience(tries=3, silence_seconds=1, answer_seconds=2)
        api = Asked(self.spec.url, headers=headers, requests_per_second=1000, most_bytes=1 << 20, clock=clock, patience=patience)
        raw = Raw(self.lake.client("s3"), BUCKET, f"{self.dataset}/api")
        ledger = Ledger(self.lake.client("dynamodb"), TABLE, self.dataset, me)
        places = Places(api=chosen.around(api), raw=chosen.around(raw), ledger=chosen.around(ledger), clock=clock)
        return Run(self.spec, places).pull()

    def state(self) -> dict[str, Any]:
        key = {"dataset": {"S": PARTITION.format(self.dataset)}, "item": {"S": ITEM}}
        return dict(self.lake.client("dynamodb").get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item", {}))

    def objects(self) -> list[str]:
        """Return the key of each version of each object."""
        found = self.lake.client("s3").list_object_versions(Bucket=BUCKET, Prefix=f"{self.dataset}/")
        return [version["Key"] for version in found.get("Versions", [])]

    def records(self) -> list[dict[str, Any]]:
        """Return every record in raw, once for each object that holds it."""
        s3 = self.lake.client("s3")
        bodies = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in sorted(self.objects())]
        return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]


def pulls(lake: LocalCloud, served: Api, paging: Paging = Paging.CURSOR, **other: Any) -> Pulls:
    """Return the pulls of a dataset of its own, paged as the API does it under the path of that name."""
    of_cursor = {"page_parameter": "cursor", "next": ("next",), "records": ("data", "departures")}
    spec = Pull(
        url=f"{served.url}/{paging}",
        schedule="rate(1 hour)",
        paging=paging,
        first_page=1,
        size_parameter="size",
        page_size=100,
        watermark=Watermark(parameter="since", field=("time_hour",), order=Order.TIME),
        authentication=BEARER,
        requests_per_second=1000,
        page_mib=1,
        quiet_hours=24,
        **(of_cursor if paging is Paging.CURSOR else {"page_parameter": "page", "next": (), "records": ()}),  # type: ignore[arg-type]
    )
    return Pulls(lake, served, replace(spec, **other))
