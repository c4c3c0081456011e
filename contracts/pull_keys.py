"""The keys of `lake.pull`, and what they make of a server of type `api`."""

import re
from collections.abc import Iterator
from dataclasses import field

from open_data_contract_standard.model import Server
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from contracts import schedule
from contracts.contract import PATH, Load, Source, steps
from contracts.document import Location
from contracts.pull import Authentication, Order, Paging, Pull, Scheme, Watermark

CHECKED = ConfigDict(extra="forbid")
API = "api"  # the type of server, in the standard's words, that pages are pulled from
# a secret never travels in the clear; what listens on this machine is a test
URL = re.compile(r"https://[^\s?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#]*)?")
SECRET = re.compile(r"[\w/+=.@-]{1,512}")  # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
ORDERS = {
    **dict.fromkeys(("timestamp", "date"), Order.TIME),
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), Order.NUMBER),
    "string": Order.TEXT,
}
MOST_QUIET_HOURS = 7 * 24  # an alarm looks no further back


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class WatermarkKeys:
    """From which record on a pull asks.

    Attributes:
        parameter: of the request that names it.
        field: of the source, by the name that its column has as physicalName.
        start: its value before the first pull; without it, the first pull asks for everything.
    """

    parameter: str
    field: str
    start: str | None = None

    def watermark(self, source: Source) -> Watermark:
        types = {known.name: known.type for known in source.fields}
        return Watermark(parameter=self.parameter, field=source.path(self.field), order=ORDERS[types[self.field]], start=self.start)


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class AuthenticationKeys:
    """What the API knows the lake by.

    Attributes:
        secret: name of a secret in Secrets Manager, which somebody has made.
        scheme: how it is shown.
        header: that shows it.
    """

    secret: str
    scheme: Scheme = Scheme.BEARER
    header: str = "Authorization"


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class PullKeys:
    """How the pages of an API are asked for.

    Attributes:
        paging: how one page leads to the next.
        schedule: cron(...) or rate(...), in UTC.
        parameter: that names the page, or the cursor.
        firstPage: number of the first page, where pages are counted.
        sizeParameter: that names how many records a page may have; without it, the API decides.
        pageSize: its value.
        next: path in an answer to the cursor or the URL of the next page; without it, the header Link names the URL.
        records: path in an answer to the list of records; without it, the answer is that list.
        parameters: of every request.
        watermark: from which record on a pull asks; without it, each pull asks for everything.
        authentication: what the API knows the lake by; without it, anybody may ask.
        requestsPerSecond: that the API is asked at most.
        pageMib: that an answer may have.
        quietHours: without a new record after which somebody is told.
    """

    paging: Paging
    schedule: str
    parameter: str = "page"
    firstPage: int = Field(default=1, ge=0)  # noqa: N815 - the keys of the standard are camel case, and these stand among them
    sizeParameter: str | None = None  # noqa: N815
    pageSize: int = Field(default=500, ge=1)  # noqa: N815
    next: str | None = None
    records: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    watermark: WatermarkKeys | None = None
    authentication: AuthenticationKeys | None = None
    requestsPerSecond: float = Field(default=5, gt=0, le=1000)  # noqa: N815
    pageMib: int = Field(default=16, ge=1, le=64)  # noqa: N815
    quietHours: int = Field(default=24, ge=1, le=MOST_QUIET_HOURS)  # noqa: N815

    def pull(self, url: str, source: Source) -> Pull:
        """Return the pull of `url`, whose records are the `source`'s; `problems` has found nothing."""
        known_by = self.authentication
        return Pull(
            url=url,
            schedule=self.schedule,
            paging=self.paging,
            page_parameter=self.parameter,
            first_page=self.firstPage,
            size_parameter=self.sizeParameter,
            page_size=self.pageSize,
            next=steps(self.next) if self.next else (),
            records=steps(self.records) if self.records else (),
            parameters=tuple(self.parameters.items()),
            watermark=self.watermark.watermark(source) if self.watermark else None,
            authentication=Authentication(secret=known_by.secret, scheme=known_by.scheme, header=known_by.header) if known_by else None,
            requests_per_second=self.requestsPerSecond,
            page_mib=self.pageMib,
            quiet_hours=self.quietHours,
        )

    def problems(self, source: Source) -> Iterator[tuple[Location, str]]:
        """Yield what is wrong, each with the keys that lead to it."""
        for key in ("next", "records"):
            path = getattr(self, key)
            if path is not None and not PATH.fullmatch(path):
                yield (key,), f"{key} is {path!r}, expected a path in an answer, as $.data.items"
        if self.paging is Paging.CURSOR and self.next is None:
            yield ("paging",), "paging cursor needs next: the path in an answer to the cursor, as $.next"
        if self.paging is Paging.PAGE and self.next is not None:
            yield ("next",), "next means nothing where pages are counted: take it away, or use paging: cursor or link"
        if problem := schedule.start_problem(self.schedule):
            yield ("schedule",), f"schedule {problem}"
        if self.watermark:
            yield from _watermark(self.watermark, source)
        if self.authentication and not SECRET.fullmatch(self.authentication.secret):
            secret = self.authentication.secret
            yield ("authentication", "secret"), f"secret is {secret!r}, expected the name of a secret: letters, digits and / _ + = . @ -"


def problems(keys: PullKeys | None, server: Server | None, source: Source | None, load: Load | None) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with how an API is pulled, each with its place under `lake`.

    Args:
        server: of type `api`, if the contract has one.
        source: what its pages become in raw.
    """
    if keys is None:
        if server is not None:
            yield ("pull",), "a server of type api needs lake.pull, which says how its pages are asked for"
        return
    if server is None or source is None:
        yield ("pull",), "lake.pull needs a server of type api, which says where the pages are"
        return
    if not URL.fullmatch(str(server.location)):
        yield ("pull",), f"location is {server.location!r}, expected https://... without parameters, which stand in lake.pull.parameters"
    if load is not Load.UPSERT:
        yield ("load",), f"load is {load}, but an API gives a record again, so it is known by its key alone: use load: upsert"
    yield from ((("pull", *place), message) for place, message in keys.problems(source))


def _watermark(keys: WatermarkKeys, source: Source) -> Iterator[tuple[Location, str]]:
    types = {known.name: known.type for known in source.fields}
    place = ("watermark", "field")
    if keys.field not in types:
        yield place, f"watermark names {keys.field}, which is no field of the source: {', '.join(sorted(types))}"
    elif types[keys.field] not in ORDERS:
        yield place, f"watermark {keys.field} has type {types[keys.field]}, expected one of {', '.join(ORDERS)}"
