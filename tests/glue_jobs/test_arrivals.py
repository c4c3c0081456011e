from datetime import UTC, datetime, timedelta

import pytest

from glue_jobs.common.arrivals import Arrivals, keep_newest, key_of, settle_arrivals
from glue_jobs.common.objects import Head
from tests.glue_jobs.samples import HEADER, SOURCE


def _head(key: str, version: str = "v1", minute: int = 0, first_line: str = HEADER, fault: str | None = None) -> Head:
    arrived = datetime(2013, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return Head(
        key=key, version=version, arrived_at=arrived, size=9, first_line=first_line, fault=fault, is_blank=not (first_line or fault)
    )


@pytest.mark.parametrize(
    ("head", "pending", "known", "read", "states"),
    [
        (_head("k"), [("k", "v1")], [], ["k"], []),
        (_head("k"), [], [], ["k"], []),  # its event was lost
        (_head("k"), [], [("k", "v1")], [], []),  # the bookmark gives it a second time
        (_head("k", "v2"), [("k", "v1")], [], ["k"], ["superseded"]),
        (_head("k", "v2"), [("k", "v1")], [("k", "v2")], [], ["superseded"]),
        (None, [("k", "v1")], [], [], ["gone"]),
        (None, [], [], [], []),
        (_head("k", first_line="other,fields"), [("k", "v1")], [], [], ["refused"]),
        (_head("k", first_line=""), [("k", "v1")], [], ["k"], []),  # an empty object has no header to be wrong
        (_head("k", first_line="", fault="it is a ZIP file"), [("k", "v1")], [], [], ["refused"]),
        (_head("_k"), [("_k", "v1")], [], [], ["refused"]),
        (_head("_k", first_line=""), [("_k", "v1")], [], ["_k"], []),  # as a writer's _SUCCESS
    ],
)
def test_what_is_current_and_not_settled_is_read(
    head: Head | None, pending: list[tuple[str, str]], known: list[tuple[str, str]], read: list[str], states: list[str]
) -> None:
    choice = settle_arrivals({head.key if head else "k": head}, pending, known, SOURCE, damaged={})
    assert ([head.key for head in choice.read], [account.state for account in choice.settled]) == (read, states)


@pytest.mark.parametrize(
    ("last", "kept", "superseded"),
    [
        ("", ["b"], ["a", "c"]),
        ("2013-01-01T00:02:00+00:00#a", ["b"], ["a", "c"]),
        ("2013-01-01T00:02:00+00:00#b", ["b"], ["a", "c"]),
        ("2013-01-01T00:02:00+00:00#c", [], ["a", "b", "c"]),
    ],
)
def test_of_snapshots_the_newest_counts_unless_it_is_older_than_the_last(last: str, kept: list[str], superseded: list[str]) -> None:
    counts = {_head("a", minute=1): 1, _head("b", minute=2): 2, _head("c", minute=0): 3}
    arrivals = keep_newest(Arrivals(lines={}, counts=counts, settled=[]), last)
    assert [head.key for head in arrivals.counts] == kept
    assert [(account.object, account.state) for account in arrivals.settled] == [(key, "superseded") for key in superseded]


def test_a_key_with_percent_signs_is_told_from_an_address_that_a_reader_quoted() -> None:
    assert key_of("s3://raw/a%20b.csv", known=[]) == "a b.csv"
    assert key_of("s3://raw/a%20b.csv", known=["a%20b.csv"]) == "a%20b.csv"
