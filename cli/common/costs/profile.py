"""The traffic profile: what passes through a lake in a month."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from cli.common.costs.prices import STRICT, Amount, read

SHIPPED = Path(__file__).with_name("profile.yaml")
Some = Annotated[float, Field(gt=0)]
MONTH_SECONDS = 730 * 3600
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Files:
    """What lands as files in a month: GB, objects, and how often each job then runs."""

    gb: Some
    objects: Some
    refreshes: Amount


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Stream:
    """What comes record by record; `jobs` run `refreshes` times a month because of it."""

    records_a_second: Some
    record_bytes: Annotated[int, Field(gt=0)]
    refreshes: Amount
    jobs: tuple[str, ...]

    @property
    def millions(self) -> float:
        """Records in a month, in millions."""
        return self.records_a_second * MONTH_SECONDS / MILLION


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Refresh:
    """A run of a job on the average."""

    minutes: Some
    workers: Some


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Asked:
    """What people ask in a month."""

    queries: Amount
    gb_scanned: Amount
    warehouse_hours: Amount
    loads: Amount
    native_gb: Amount


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Assumed:
    """What one thing makes of another; profile.yaml says each in words."""

    transitions_a_refresh: Amount
    express_seconds: Some
    writes_an_object: Amount
    reads_an_object: Amount
    puts_a_refresh: Amount
    gets_a_refresh: Amount
    key_requests_a_refresh: Amount
    log_kb_a_refresh: Amount
    log_kb_an_execution: Amount
    reads_a_measurement: Amount
    transformed_a_second: Some
    ledger_gb: Amount
    flow_log_gb: Amount


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Profile:
    """A month's traffic; `kept` is GB by a word of a bucket's name."""

    files: Files
    stream: Stream
    refresh: Refresh
    kept: dict[str, Amount]
    asked: Asked
    assumed: Assumed


def load(path: Path | None = None) -> Profile:
    """Return a profile, by default the one that is shipped.

    Raises:
        UserError: no such file, or not a profile; with what is wrong in it.
    """
    return read(path or SHIPPED, TypeAdapter(Profile), "a traffic profile")
