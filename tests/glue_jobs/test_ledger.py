from datetime import UTC, datetime
from typing import Any, cast

import pytest

from glue_jobs.common.accounts import Account, State
from glue_jobs.common.ledger import ACCOUNTS_PER_ITEM, Ledger
from tests.glue_jobs.fakes import FakeDynamoDB

NOW = datetime(2014, 1, 1, tzinfo=UTC)


@pytest.fixture
def dynamodb() -> FakeDynamoDB:
    return FakeDynamoDB()


@pytest.fixture
def ledger(dynamodb: FakeDynamoDB) -> Ledger:
    return Ledger(cast(Any, dynamodb), "ledger", "readings", clock=lambda: NOW)


def _arrive(dynamodb: FakeDynamoDB, key: str) -> None:
    item = f"object#{key}#v1"
    dynamodb.items[item] = {
        name: {"S": value} for name, value in {"object": key, "version": "v1", "pending": item, "state": "arrived"}.items()
    }


def test_an_object_waits_until_its_account_is_recorded(dynamodb: FakeDynamoDB, ledger: Ledger) -> None:
    _arrive(dynamodb, "a")
    assert (ledger.pending(), ledger.states([("a", "v1"), ("b", "v1")])) == ([("a", "v1")], {("a", "v1"): None, ("b", "v1"): None})
    ledger.record("run-1", [Account(object="a", version="v1", state=State.REFUSED, reason="cut")])
    assert (ledger.pending(), ledger.states([("a", "v1")])) == ([], {("a", "v1"): "refused"})
    assert dynamodb.items["object#a#v1"]["reason"] == {"S": "cut"}


def test_the_reason_of_a_refusal_goes_when_the_object_is_accounted_for_after_all(dynamodb: FakeDynamoDB, ledger: Ledger) -> None:
    ledger.record("run-1", [Account(object="a", version="v1", state=State.REFUSED, reason="cut")])
    ledger.record("run-2", [Account(object="a", version="v1", state=State.ACCOUNTED, read=1, inserted=1)])
    assert "reason" not in dynamodb.items["object#a#v1"]


@pytest.mark.parametrize("number", [0, 1, ACCOUNTS_PER_ITEM + 1])
def test_what_is_prepared_is_found_under_its_snapshot_until_it_is_forgotten(ledger: Ledger, number: int) -> None:
    accounts = [Account(object=f"k{n}", version="v", state=State.ACCOUNTED) for n in range(number)]
    ledger.prepare(7, "run-1", accounts)
    ledger.prepare(77, "run-2", [])
    assert ledger.prepared() == {7: ("run-1", accounts), 77: ("run-2", [])}
    ledger.forget(7)
    assert list(ledger.prepared()) == [77]


def test_a_publication_keeps_what_else_is_known_of_it(ledger: Ledger) -> None:
    ledger.set_newest("2013#k")
    ledger.publish(7, 10)
    assert ledger.publication() == {
        "dataset": "readings",
        "item": "publication",
        "newest": "2013#k",
        "snapshot": "7",
        "rows": 10,
        "published_at": "2014-01-01T00:00:00.000+00:00",
    }


def test_a_run_ends_with_a_status_and_what_is_known_of_it(dynamodb: FakeDynamoDB, ledger: Ledger) -> None:
    ledger.finish("run-1", "waiting", {"cause": "never published: airlines"})
    assert dynamodb.items["run#run-1"]["status"] == {"S": "waiting"}
    assert dynamodb.items["run#run-1"]["cause"] == {"S": "never published: airlines"}


def test_the_newest_repetition_is_remembered_and_those_since_a_time_are_found(ledger: Ledger) -> None:
    assert ledger.repeated() is None
    for minute in (3, 9, 6):
        arrived_at, unchanged = f"2013-01-01T00:0{minute}:00+00:00", 0 if minute == 9 else 1
        ledger.record("run", [Account(object=f"k{minute}", version="v", state=State.ACCOUNTED, arrived_at=arrived_at, unchanged=unchanged)])
        ledger.set_repeated(arrived_at)
    assert ledger.repeated() == "2013-01-01T00:09:00+00:00"
    assert ledger.repeats("2013-01-01T00:03:00+00:00") == [("k3", "v"), ("k6", "v")]
    assert ledger.repeats("2013-01-01T00:03:01+00:00") == [("k6", "v")]
