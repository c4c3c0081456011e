"""States of a lake as the pages may meet them; the contracts are those that are shipped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cli.common.overview.state import Alarm, Copy, Dataset, Run, State, Stream, Warehouse
from cli.common.paths import ROOT
from contracts import read
from contracts.contract import Contract

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=30)
NO_DATA = "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching]."


@cache
def contracts() -> dict[str, Contract]:
    return read.read(sorted(file.parent for file in (ROOT / "datasets").glob("*/contract.yaml")))


def run(status: str = "published", **changes: object) -> Run:
    counts = {"read": 1200, "inserted": 1196, "quarantined": 4, "rows": 336_777}
    return replace(Run("flights-1", status, NOW - timedelta(minutes=4), 31.5, counts), **changes)  # type: ignore[arg-type]


def dataset(contract: Contract) -> Dataset:
    return Dataset(
        contract=contract,
        published_at=NOW - timedelta(minutes=3),
        rows=336_777,
        quarantined=None if contract.is_product else 4,
        runs=(run(), run("unchanged", started_at=NOW - timedelta(hours=2))),
        arrived_at=None if contract.is_product else NOW - timedelta(minutes=5),
    )


def well() -> State:
    """A lake in which all is as it should be."""
    known = contracts()
    return State(
        environment="local",
        name="lake",
        account="000000000000",
        region="us-east-1",
        at=NOW,
        datasets=tuple(dataset(contract) for contract in known.values()),
        alarms=(Alarm("lake-age-flights", "OK", "Look now: flights is old. What to do: docs/runbook.md#dataset-too-old", "1 datapoint"),),
        stream=Stream("lake-stream", "ACTIVE", 4, "ACTIVE", 0),
        warehouse=Warehouse((Copy("daily_punctuality", "up to date", 5432, NOW - timedelta(minutes=2)),), 12),
        watched_since=OLD,
    )


def changed(name: str, **changes: object) -> State:
    """The lake that is well but for one dataset."""
    state = well()
    return replace(
        state,
        datasets=tuple(replace(one, **changes) if one.name == name else one for one in state.datasets),  # type: ignore[arg-type]
    )


def ill() -> State:
    """A lake with all that can be wrong at once, and text that would be markup if it were not escaped."""
    state = changed("flights", failure="<script>alert('cause')</script> (job run jr_1)", runs=(run("failed", cause="<b>no rows</b>"),))
    late = tuple(replace(one, published_at=NOW - timedelta(days=3)) if one.name == "weather" else one for one in state.datasets)
    return replace(
        state,
        datasets=late,
        alarms=(
            Alarm(
                "lake-refresh-failed",
                "ALARM",
                "Look today: A refresh failed. What to do: docs/runbook.md#refresh-failed",
                "1 of 1 datapoints",
            ),
            Alarm("lake-age-weather", "ALARM", "Look now: weather is old. What to do: docs/runbook.md#dataset-too-old", NO_DATA),
            Alarm("lake-age-flights", "INSUFFICIENT_DATA", "Look now: flights is old.", "unchecked"),
        ),
        stream=Stream("lake-stream", "ACTIVE", 4, "ACTIVE", 2),
        warehouse=Warehouse((Copy("daily_punctuality", "behind", None, None),), 11, ("0012 is not applied",)),
        strays=1,
    )


def empty() -> State:
    """A lake that was deployed a minute ago."""
    state = well()
    return replace(
        state,
        datasets=tuple(Dataset(one.contract) for one in state.datasets),
        alarms=(Alarm("lake-age-flights", "ALARM", "Look now: flights is old. What to do: docs/runbook.md#dataset-too-old", NO_DATA),),
        warehouse=Warehouse((Copy("daily_punctuality", "not loaded", None, None),), 12),
        watched_since=NOW - timedelta(minutes=1),
    )
