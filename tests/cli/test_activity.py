"""When a lake is quiet, judged from what its ledger says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.common.activity import Activity, Dataset, judge
from cli.common.errors import UserError
from cli.common.ledger import Item
from cli.wait import until_quiet

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ARN = "arn:aws:states:us-east-1:000000000000:execution:lake-refresh:flights-1"


def iso(seconds_ago: float) -> str:
    return (NOW - timedelta(seconds=seconds_ago)).isoformat().replace("+00:00", "Z")


def published_by(seconds_ago: float, announced: str = "7") -> Item:
    return {"snapshot": "7", "announced": announced, "published_at": iso(seconds_ago)}


def activity(*datasets: Dataset, running: frozenset[str] = frozenset()) -> Activity:
    return judge({dataset.name: dataset for dataset in datasets}, set(running), NOW)


def test_a_dataset_that_nobody_ever_asked_for_is_quiet() -> None:
    assert activity(Dataset("flights")) == Activity({}, {}, {})


def test_a_served_request_is_quiet() -> None:
    assert activity(Dataset("flights", lease={"requested": 3, "served": 3})) == Activity({}, {}, {})


def test_a_request_that_is_not_served_is_busy() -> None:
    assert activity(Dataset("flights", lease={"requested": 1})).busy == {"flights": "requested"}


def test_a_lease_held_by_a_running_execution_is_busy() -> None:
    held = Dataset("flights", lease={"requested": 1, "owner": ARN})
    assert activity(held, running=frozenset({ARN})).busy == {"flights": "refreshing"}


def test_a_lease_held_by_an_execution_that_ended_is_stuck() -> None:
    stuck = activity(Dataset("flights", lease={"requested": 1, "owner": ARN})).stuck
    assert stuck == {"flights": "its execution flights-1 ended without a word; the next arrival takes over"}


def test_an_object_that_no_refresh_accounted_for_is_busy() -> None:
    assert activity(Dataset("flights", arrived=(NOW, NOW))).busy == {"flights": "2 objects arriving"}


@pytest.mark.parametrize(("seconds_ago", "busy"), [(20, False), (5, True)])
def test_after_a_failure_only_what_came_later_is_busy(seconds_ago: int, busy: bool) -> None:
    failed = {"status": "failed", "started_at": iso(10), "cause": "no grant"}
    dataset = Dataset("flights", run=failed, arrived=(NOW - timedelta(seconds=seconds_ago),))
    assert bool(activity(dataset).busy) == busy


@pytest.mark.parametrize(
    ("published", "started", "busy"),
    [
        (10, 20, True),  # published after the product's last refresh began
        (20, 10, False),
        (3600, 7200, False),  # so long ago that the event is not on its way any more
    ],
)
def test_a_product_is_busy_from_its_inputs_publication_until_its_own_refresh(published: int, started: int, busy: bool) -> None:
    flights = Dataset("flights", publication=published_by(published))
    product = Dataset("punctuality", inputs=("flights",), lease={"started_at": iso(started)})
    assert bool(activity(flights, product).busy) == busy


def test_a_product_that_never_ran_is_busy_once_its_input_is_published() -> None:
    flights = Dataset("flights", publication=published_by(1))
    assert activity(flights, Dataset("punctuality", inputs=("flights",))).busy == {"punctuality": "its input was refreshed"}


def test_a_product_does_not_wait_for_an_announcement_that_was_never_made() -> None:
    flights = Dataset("flights", publication=published_by(1, announced="6"), run={"status": "failed", "cause": "no grant"})
    assert activity(flights, Dataset("punctuality", inputs=("flights",))).busy == {}


def test_only_a_failed_last_refresh_is_told_with_its_cause() -> None:
    failed = activity(Dataset("flights", run={"status": "failed", "cause": "no grant"}), Dataset("airlines", run={"status": "published"}))
    assert failed.failed == {"flights": "no grant"}


BUSY = Activity({"flights": "refreshing"}, {}, {})
STUCK = Activity({}, {"flights": "its execution ended"}, {})
QUIET = Activity({}, {}, {"airlines": "no grant"})


def wait(*looks: Activity, timeout: float = 100) -> tuple[dict[str, str], list[str]]:
    """Wait on a lake that does as told, a second from look to look."""
    seen, said, seconds = iter(looks), list[str](), iter(range(1000))
    return until_quiet(lambda: next(seen), timeout, said.append, lambda: None, lambda: next(seconds)), said


def test_waiting_ends_when_nothing_is_busy_and_tells_what_failed() -> None:
    assert wait(BUSY, BUSY, QUIET) == ({"airlines": "no grant"}, ["flights: refreshing", "flights: refreshing", ""])


def test_waiting_longer_than_the_timeout_is_an_error_that_says_what_is_going_on() -> None:
    with pytest.raises(UserError, match=r"not quiet after 3 s \(flights: refreshing\); wait longer with --timeout"):
        wait(*[BUSY] * 10, timeout=3)


def test_a_lease_that_is_taken_but_not_started_yet_is_waited_for() -> None:
    assert wait(*[STUCK] * 10, BUSY, *[STUCK] * 10, QUIET)[0] == {"airlines": "no grant"}


def test_a_lease_whose_execution_is_gone_for_good_is_an_error() -> None:
    with pytest.raises(UserError, match="flights waits: its execution ended"):
        wait(*[STUCK] * 40)


LOADER = "arn:aws:states:us-east-1:000000000000:execution:lake-load:daily-1"


def loaded(snapshot: str | None, **more: Any) -> Item:
    return {"kind": "load", "status": "loaded", **({"snapshot": snapshot} if snapshot else {}), **more}


@pytest.mark.parametrize(
    ("load", "record", "seconds_ago", "busy"),
    [
        ({"requested": 1, "owner": LOADER}, {}, 1, "loading the warehouse's copy"),
        ({"requested": 2, "served": 1}, loaded("7"), 1, "a load of the warehouse's copy is requested"),
        ({}, {}, 1, "the warehouse's copy is behind"),
        ({}, loaded("6"), 1, "the warehouse's copy is behind"),
        ({}, loaded("6"), 3600, None),  # an event that did not come by then is lost
        ({"requested": 1, "served": 1}, loaded("7"), 1, None),
        ({"requested": 1, "served": 1}, {"kind": "load", "status": "failed", "started_at": iso(3)}, 5, None),
        ({"requested": 1, "served": 1}, {"kind": "load", "status": "failed", "started_at": iso(9)}, 5, "the warehouse's copy is behind"),
        (None, {}, 1, None),  # no copy
    ],
)
def test_a_dataset_is_busy_until_the_warehouse_has_what_was_announced(
    load: Item | None, record: Item, seconds_ago: float, busy: str | None
) -> None:
    published = Dataset("daily", publication=published_by(seconds_ago), load=load, loaded=record)
    assert activity(published, running=frozenset({LOADER})).busy == ({"daily": busy} if busy else {})


def test_a_load_that_failed_is_told_with_its_cause() -> None:
    failed = Dataset("daily", load={}, loaded={"kind": "load", "status": "failed", "cause": "no grant"})
    assert activity(failed).failed == {"daily": "its copy in the warehouse: no grant"}
