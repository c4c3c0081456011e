"""How a dataset is fetched from a paged HTTP API.

The standard library only: these classes travel to Lambda as they are.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

FOLDER = "api"  # the folder of raw below a dataset's own that its pages land in
PARTITION = "_pull#{}"  # of the ledger that holds the state of a dataset's pull; no dataset's name begins with _


class Paging(StrEnum):
    """How one page leads to the next."""

    PAGE = "page"  # a parameter counts pages; the first one without records is the end
    CURSOR = "cursor"  # an answer holds what the next request must name
    LINK = "link"  # an answer holds the URL of the next page, in its body or in its header Link


class Scheme(StrEnum):
    """How a secret is shown to the API."""

    BEARER = "bearer"  # Authorization: Bearer SECRET
    BASIC = "basic"  # Authorization: Basic, of a secret as `user:password`
    HEADER = "header"  # a header of the API's own, with the secret as it is


class Order(StrEnum):
    """How values of a watermark compare."""

    TIME = "time"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """What is asked for: records from the latest one on that is safely in raw.

    Attributes:
        parameter: of the request that names it.
        field: names that lead to it within a record.
        start: its value before the first pull; None asks for everything.
    """

    parameter: str
    field: tuple[str, ...]
    order: Order
    start: str | None = None


@dataclass(frozen=True, kw_only=True)
class Authentication:
    """What the API knows the lake by.

    Attributes:
        secret: name of the secret in Secrets Manager.
        header: that shows it.
    """

    secret: str
    scheme: Scheme
    header: str


@dataclass(frozen=True, kw_only=True)
class Pull:
    """A paged HTTP source.

    Attributes:
        url: of the first page, without the parameters below.
        schedule: when a pull starts, as EventBridge Scheduler takes it, in UTC.
        page_parameter: that names the page, or the cursor.
        first_page: number of the first page, where pages are counted.
        size_parameter: that names how many records a page may have; None where the API has none.
        page_size: its value.
        next: names that lead, in an answer, to the cursor or the URL of the next page; empty for the header Link.
        records: names that lead, in an answer, to the list of records; empty where the answer is that list.
        parameters: of every request, each with its value.
        requests_per_second: that the API is asked at most.
        page_mib: that an answer may have; a greater one fails the pull.
        quiet_hours: without a new record after which somebody is told.
    """

    url: str
    schedule: str
    paging: Paging
    page_parameter: str
    first_page: int
    size_parameter: str | None
    page_size: int
    next: tuple[str, ...]
    records: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...] = ()
    watermark: Watermark | None = None
    authentication: Authentication | None = None
    requests_per_second: float
    page_mib: int
    quiet_hours: int

    def to_json(self) -> str:
        """Return the same text for the same pull."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Pull":
        """Return the pull that `to_json` wrote."""
        return cls.from_plain(json.loads(text))

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> "Pull":
        """Return the pull whose fields `raw` holds as JSON has them."""
        mark, known_by = raw["watermark"], raw["authentication"]
        return cls(
            **{
                **raw,
                "paging": Paging(raw["paging"]),
                "next": tuple(raw["next"]),
                "records": tuple(raw["records"]),
                "parameters": tuple((name, value) for name, value in raw["parameters"]),
                "watermark": mark and Watermark(**{**mark, "field": tuple(mark["field"]), "order": Order(mark["order"])}),
                "authentication": known_by and Authentication(**{**known_by, "scheme": Scheme(known_by["scheme"])}),
            }
        )
