import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from cli import quarantine
from cli.common.athena import Answer
from cli.common.errors import UserError
from cli.common.ledger import Item, Ledger
from cli.common.session import Lake
from contracts.asked import Ask
from contracts.contract import Load

APART: Item = {
    "dataset": "flights", "object": "flights/files/a.csv", "version": "v1", "run": "flights-1", "state": "accounted", "quarantined": 2,
    "arrived_at": "2013-01-02T00:00:00+00:00", "asked": None, "reason": "dep_time: 'x' is not int (2)",
}  # fmt: skip


QUOTED = {**APART, "object": "flights/files/o'hare.csv"}


class Table:
    """A ledger that has objects, of which rows are set apart, and takes what is asked of each of them once."""

    def __init__(self, *objects: Item) -> None:
        self.items: dict[str, Any] = {}
        self.objects = [{name: value for name, value in one.items() if value is not None} for one in objects]

    def get_paginator(self, operation: str) -> Any:
        assert operation == "query"
        return SimpleNamespace(paginate=self._page)

    def _page(self, ExpressionAttributeValues: dict[str, Any], **_: Any) -> list[dict[str, Any]]:  # noqa: N803
        dataset, prefix = (ExpressionAttributeValues[name]["S"] for name in (":dataset", ":prefix"))
        found = {f"object#{one['object']}#{one['version']}": one for one in self.objects} | self.items
        wanted = [{**one, "item": key} for key, one in found.items() if key.startswith(prefix) and one["dataset"] == dataset]
        return [{"Items": [{name: TypeSerializer().serialize(value) for name, value in one.items()} for one in wanted]}]

    def update_item(self, **request: Any) -> None:
        key = request["Key"]["item"]["S"]
        if key in self.items:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "UpdateItem")
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        pairs = [pair.split(" = ") for pair in request["UpdateExpression"].removeprefix("SET ").split(", ")]
        self.items[key] = {"dataset": request["Key"]["dataset"]["S"]} | {names[name]: values[value]["S"] for name, value in pairs}


@pytest.fixture
def lake() -> Any:
    sent: list[str] = []

    def put_events(Entries: list[dict[str, str]]) -> dict[str, int]:  # noqa: N803
        sent.append(Entries[0]["Detail"])
        return {"FailedEntryCount": 0}

    events = SimpleNamespace(put_events=put_events)
    settings = SimpleNamespace(name="lake")
    return SimpleNamespace(
        dynamodb=Table(), events=events, sent=sent, settings=settings, caller=lambda: "arn:aws:iam::000000000000:user/ada"
    )


def ledger(lake: Any) -> Ledger:
    return Ledger(cast(Lake, lake), "ledger")


def test_what_is_asked_stands_once_in_the_ledger_with_who_and_why_however_often_it_is_asked(lake: Any) -> None:
    numbers = [quarantine.ask(lake, ledger(lake), [APART], [], Ask.DROP, "a test") for _ in range(2)]
    assert [(each["asked"], each["already"]) for each in numbers] == [(1, 0), (0, 1)]
    (asked,) = lake.dynamodb.items.values()
    assert (asked["ask"], asked["of"], asked["by"], asked["because"]) == (
        "drop",
        "flights-1",
        "arn:aws:iam::000000000000:user/ada",
        "a test",
    )
    assert [*lake.dynamodb.items] == ["asked#flights/files/a.csv#v1"]
    assert [json.loads(detail) for detail in lake.sent] == [{"dataset": "flights"}] * 2


def test_nothing_is_requested_where_nothing_is_set_apart(lake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine.told(quarantine.ask(lake, ledger(lake), [], [], Ask.REDRIVE, ""), "flights")
    assert (lake.sent, capsys.readouterr().out) == ([], "nothing is set apart\n")


def test_an_object_that_a_newer_snapshot_has_taken_the_place_of_is_left_out(lake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    newest = {**APART, "object": "flights/files/b.csv", "arrived_at": "2013-01-03T00:00:00+00:00"}
    known = SimpleNamespace(publication=lambda _: {"newest": f"{newest['arrived_at']}#{newest['object']}"})
    found = cast(Any, SimpleNamespace(name="flights", load=Load.SNAPSHOT))
    old = quarantine.superseded([APART, newest], found, cast(Any, known))
    assert old == [APART]
    assert quarantine.superseded([APART], cast(Any, SimpleNamespace(name="flights", load=Load.UPSERT)), cast(Any, known)) == []
    quarantine.told(quarantine.ask(lake, ledger(lake), [APART, newest], old, Ask.REDRIVE, ""), "flights")
    assert [*lake.dynamodb.items] == ["asked#flights/files/b.csv#v1"]
    assert "1 objects are left out: a newer one is the whole table since" in capsys.readouterr().out


def test_objects_and_rows_are_shown_with_their_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    rows = Answer(["_object", "reasons", "_record"], [[APART["object"], "dep_time: 'x' is not int", "2013,1,x"]])
    quarantine.show([APART], rows, quarantine.Form.JSON)
    shown = json.loads(capsys.readouterr().out)
    assert shown["objects"][0]["quarantined"] == 2
    assert shown["rows"] == [{"_object": APART["object"], "reasons": "dep_time: 'x' is not int", "_record": "2013,1,x"}]
    quarantine.show([APART], rows, quarantine.Form.TABLE)
    assert "2013,1,x" in capsys.readouterr().out
    quarantine.show([], Answer([], []), quarantine.Form.TABLE)
    assert capsys.readouterr().out == "nothing is set apart\n"


@pytest.fixture
def deployed(lake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A lake in whose ledger rows of two objects are set apart, as the verb finds it."""
    lake.dynamodb, lake.glue, lake.asked = Table(APART, QUOTED), SimpleNamespace(get_table=lambda **_: {}), []
    lake.settings = SimpleNamespace(name="lake")
    monkeypatch.setattr(quarantine, "connect", lambda _: lake)
    monkeypatch.setattr(
        quarantine, "contract", lambda *_: SimpleNamespace(name="flights", zone="processed", is_product=False, load=Load.UPSERT)
    )
    monkeypatch.setattr(Ledger, "of", ledger)
    monkeypatch.setattr(
        "cli.quarantine.athena.query", lambda _, sql: lake.asked.append(sql) or Answer(["_object", "reasons", "_record"], [])
    )
    return lake


@pytest.mark.parametrize(
    ("action", "because", "kept"),
    [(quarantine.Action.REDRIVE, None, "to take it in again"), (quarantine.Action.DROP, " not ours ", "not ours")],
)
def test_the_verb_asks_it_of_each_object_that_is_set_apart(
    deployed: Any, action: quarantine.Action, because: str | None, kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for told in ("asked of 2 objects", "of 2 objects something is asked already"):
        quarantine.run("flights", action, because=because)
        assert told in capsys.readouterr().out
    assert [*deployed.dynamodb.items] == ["asked#flights/files/a.csv#v1", "asked#flights/files/o'hare.csv#v1"]
    for asked, item in zip(deployed.dynamodb.items.values(), (APART, QUOTED), strict=True):
        assert asked.pop("asked_at")
        assert asked == {
            "dataset": "flights", "object": item["object"], "version": "v1", "ask": action.value, "of": "flights-1",
            "by": "arn:aws:iam::000000000000:user/ada", "because": kept,
        }  # fmt: skip
    assert [json.loads(detail) for detail in deployed.sent] == [{"dataset": "flights"}] * 2


def test_the_verb_asks_it_of_the_one_object_that_is_named_also_with_a_quote(deployed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine.run("flights", quarantine.Action.REDRIVE, key=QUOTED["object"])
    assert [*deployed.dynamodb.items] == ["asked#flights/files/o'hare.csv#v1"]
    capsys.readouterr()
    quarantine.run("flights", key=QUOTED["object"], format=quarantine.Form.JSON)
    (shown,) = json.loads(capsys.readouterr().out)["objects"]
    assert (shown["object"], shown["asked"]) == (QUOTED["object"], "redrive")
    assert "where _object = 'flights/files/o''hare.csv'\n" in deployed.asked[0]


@pytest.mark.parametrize("action", quarantine.Action)
def test_an_object_that_is_misspelt_is_told(deployed: Any, action: quarantine.Action, capsys: pytest.CaptureFixture[str]) -> None:
    quarantine.run("flights", action, key="flights/files/[b].csv", because="a test")
    assert "no object flights/files/[b].csv is set apart" in " ".join(capsys.readouterr().out.split())
    assert (deployed.dynamodb.items, deployed.sent) == ({}, [])


@pytest.mark.parametrize("because", [None, "  "])
def test_nothing_is_dropped_without_a_reason(monkeypatch: pytest.MonkeyPatch, because: str | None) -> None:
    monkeypatch.setattr(quarantine, "connect", lambda _: SimpleNamespace())
    monkeypatch.setattr(quarantine, "contract", lambda *_: SimpleNamespace(is_product=False, inputs=()))
    monkeypatch.setattr(Ledger, "of", lambda _: SimpleNamespace(apart=lambda *_: [APART]))
    with pytest.raises(UserError, match=r"why is it dropped\? \./lake quarantine flights drop --because WHY"):
        quarantine.run("flights", quarantine.Action.DROP, because=because)


def test_a_product_has_no_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "connect", lambda _: SimpleNamespace())
    monkeypatch.setattr(quarantine, "contract", lambda *_: SimpleNamespace(is_product=True, inputs=("flights",)))
    with pytest.raises(UserError, match="daily is a product, and nothing of one is set apart; its inputs have quarantines: flights"):
        quarantine.run("daily")
