"""Records on their way to Kinesis: all of them, whatever it turns away."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.common import sending
from cli.common.sending import LARGEST_RECORD, LARGEST_REQUEST, Outgoing, Sender, requests


@dataclass
class Kinesis:
    """A stream that turns away the records that it is told to, so often as it is told."""

    refusals: dict[bytes, int] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)

    def put_records(self, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # the names are those of boto3
        assert StreamName == "stream"
        self.requests.append(len(Records))
        return {"Records": [self._take(record["Data"]) for record in Records]}

    def _take(self, data: bytes) -> dict[str, str]:
        if self.refusals.get(data, 0):
            self.refusals[data] -= 1
            return {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"}
        self.taken.append(data)
        return {"SequenceNumber": "1", "ShardId": "shardId-0"}


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LONGEST_WAIT", 0.001)


def sender(kinesis: Kinesis, rate: int | None = None) -> Sender:
    return Sender(kinesis, "stream", rate)  # type: ignore[arg-type]  # it has what a sender uses of the client


@given(st.lists(st.integers(0, 3), max_size=30))
def test_every_record_is_accepted_once_however_often_it_was_turned_away(refusals: list[int]) -> None:
    records = [Outgoing(number, b"%d" % number) for number in range(len(refusals))]
    kinesis = Kinesis({record.data: times for record, times in zip(records, refusals, strict=True)})
    report = sender(kinesis).send(records)
    assert sorted(kinesis.taken) == sorted(record.data for record in records)
    assert (report.accepted, report.refused, report.again) == (len(records), [], sum(refusals))


def test_a_record_that_is_always_turned_away_is_named_with_the_reason_and_the_others_are_accepted() -> None:
    kinesis = Kinesis({b"bad": 1000})
    report = sender(kinesis).send([Outgoing(1, b"good"), Outgoing(2, b"bad")])
    assert report.accepted == 1
    assert report.refused == [(2, "turned away 12 times: ProvisionedThroughputExceededException: Rate exceeded")]


def test_a_record_that_is_too_large_is_not_sent() -> None:
    kinesis = Kinesis()
    largest = LARGEST_RECORD - len(Outgoing(0, b"").partition_key)
    report = sender(kinesis).send([Outgoing(1, b"x" * largest), Outgoing(2, b"x" * (largest + 1))])
    assert [len(data) for data in kinesis.taken] == [largest]
    assert report.refused == [(2, "it has 1,048,577 bytes with its key; a record of a stream may have 1,048,576")]


@given(st.lists(st.integers(0, LARGEST_RECORD // 2), max_size=40), st.integers(1, 500))
def test_requests_keep_order_and_limits(sizes: list[int], most: int) -> None:
    records = [Outgoing(number, bytes(size)) for number, size in enumerate(sizes)]
    made = list(requests(records, most))
    assert [record for batch in made for record in batch] == records
    assert all(len(batch) <= most and sum(record.size for record in batch) <= LARGEST_REQUEST for batch in made)


def test_a_rate_makes_requests_of_its_size() -> None:
    kinesis = Kinesis()
    sender(kinesis, rate=1000).send(Outgoing(number, b"%d" % number) for number in range(1200))
    assert kinesis.requests == [500, 500, 200]
    kinesis = Kinesis()
    sender(kinesis, rate=400).send(Outgoing(number, b"%d" % number) for number in range(40))
    assert kinesis.requests == [40]


def test_records_with_one_key_have_one_partition_key_and_others_their_own() -> None:
    assert Outgoing(1, b"a", "JFK").partition_key == Outgoing(2, b"b", "JFK").partition_key
    assert Outgoing(1, b"a").partition_key != Outgoing(1, b"b").partition_key
