"""A redrive loses no record, whatever ends it, and sends none twice but what it was about to note."""

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import redrive_stream
from cli.common.errors import UserError
from cli.redrive_stream import Redriven, redrive


class KilledError(Exception):
    """Stands for whatever ends a redrive."""


@dataclass
class Ledger:
    """The error objects in the ledger, with the conditions that a redrive sets."""

    items: list[dict[str, Any]]
    notes_until_killed: int = 1000

    def errors(self, _: Any) -> list[dict[str, Any]]:
        return [dict(item) for item in self.items if "pending" in item]

    def update(self, item: dict[str, Any], change: str, condition: str, values: dict[str, Any], names: dict[str, str]) -> None:
        (found,) = [one for one in self.items if one["item"] == item["item"]]
        plain = {name: int(value["N"]) if "N" in value else value["S"] for name, value in values.items()}
        claims = "redriver = :me, redriver_at = :now" in change
        free = "redriver" not in found or found["redriver_at"] < plain.get(":dead", 0)
        if not (free if claims else found.get("redriver") == plain[":me"]):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": condition}}, "UpdateItem")
        if not claims:
            self.notes_until_killed -= 1
            if self.notes_until_killed < 0:
                raise KilledError
        for name, value in re.findall(r"(#?\w+) = (:\w+)", change.partition(" REMOVE ")[0]):
            found[names.get(name, name)] = plain[value]
        if "REMOVE pending" in change:
            del found["pending"]


@dataclass
class Stream:
    """A stream that takes all records."""

    taken: list[bytes] = field(default_factory=list)

    def put_records(self, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # the names are those of boto3
        self.taken += [record["Data"] for record in Records]
        return {"Records": [{"SequenceNumber": StreamName} for _ in Records]}


def document(data: bytes, **more: Any) -> str:
    return json.dumps({"errorCode": "Lambda.FunctionError", "rawData": b64encode(data).decode(), **more})


@pytest.fixture
def records() -> list[bytes]:
    return [b"%d" % number for number in range(1200)]


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    item = {"dataset": "_errors", "item": "object#a#1", "object": "a", "version": "1", "pending": "x", "arrived_at": "2026-11-21T00:00:00Z"}
    made = Ledger([item])
    monkeypatch.setattr("cli.redrive_stream.Ledger.of", lambda _: made)
    monkeypatch.setattr("cli.redrive_stream.outputs.value", lambda _, __, name: name)
    return made


def lake(stream: Stream, documents: list[str]) -> Any:
    body = SimpleNamespace(iter_lines=lambda: iter("\n".join(documents).encode().splitlines()))
    return SimpleNamespace(kinesis=stream, s3=SimpleNamespace(get_object=lambda **_: {"Body": body}))


def test_every_record_is_sent_as_it_came_and_the_object_is_done_with(ledger: Ledger, stream: Stream, records: list[bytes]) -> None:
    asked = lake(stream, [document(record) for record in records])
    assert redrive(asked, None) == Redriven(1, 1200, 0)
    assert stream.taken == records
    assert (ledger.items[0]["state"], "pending" in ledger.items[0]) == ("redriven", False)
    assert redrive(asked, None) == Redriven(0, 0, 0)


@pytest.mark.parametrize("notes", range(4))
def test_a_redrive_that_is_killed_is_taken_up_where_it_was(notes: int, ledger: Ledger, stream: Stream, records: list[bytes]) -> None:
    asked = lake(stream, [document(record) for record in records])
    ledger.notes_until_killed = notes
    with pytest.raises(KilledError):
        redrive(asked, None)
    ledger.notes_until_killed = 1000
    with pytest.raises(UserError, match="another redrive"):
        redrive(asked, None)
    ledger.items[0]["redriver_at"] -= redrive_stream.ALIVE_SECONDS + 1
    redrive(asked, None)
    assert set(stream.taken) == set(records)
    twice = len(stream.taken) - len(records)
    assert twice == (min(500, 1200 - 500 * notes) if notes < 3 else 0)


def test_what_failed_behind_the_transform_is_counted_and_left(ledger: Ledger, stream: Stream) -> None:
    assert ledger.items
    asked = lake(stream, [document(b"one"), document(b"made of it", dataCatalogTable={"tableName": "t"})])
    assert redrive(asked, None) == Redriven(1, 1, 1)
    assert stream.taken == [b"one"]
