import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import REFUSED
from lambdas.stream_transform.transform import LONGEST_REASON, NO_ROOM, Transformed, transform
from tests.lambdas.stream_transform.samples import DATASETS, aggregated, envelope, sent

LARGEST_OF_LAMBDA = 6 * 1024 * 1024  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
GOOD = st.dictionaries(TEXTS, TEXTS | st.integers(), max_size=3).map(envelope)
ANY = st.one_of(GOOD, st.binary(max_size=60), GOOD.map(lambda data: data[:-1]), st.lists(GOOD, max_size=3).map(aggregated))


def rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b64decode(answer["data"]).split(b"\n")]


def arrives(answer: Mapping[str, Any]) -> bool:
    """Tell whether a record gets to its dataset."""
    return bool(answer["result"] == "Ok" and answer["metadata"]["partitionKeys"]["dataset"] != REFUSED)


def response(done: Transformed) -> bytes:
    return json.dumps({"records": done.records}).encode()


def test_a_record_becomes_a_row_with_its_place_in_the_stream_and_is_put_where_its_dataset_arrives() -> None:
    record = '{"origin": "JFK",\n "note": "a\\nb"}'
    data = f'{{"dataset": "weather", "event_time": "2013-01-01T06:00:00Z", "record": {record}}}'.encode()
    (answer,) = transform([sent(7, data)], DATASETS).records
    assert (answer["recordId"], answer["result"]) == ("record-7", "Ok")
    assert answer["metadata"] == {"partitionKeys": {"dataset": "weather", "ingest_date": "2013-01-01"}}
    assert rows(answer) == [
        {
            "dataset": "weather",
            "event_time": "2013-01-01T06:00:00Z",
            "arrival_time": "2013-01-01T06:00:00.123Z",
            "sequence_number": f"4954{7:052d}",
            "record": record,
        }
    ]


@given(batch=st.lists(ANY, max_size=8))
def test_every_record_is_answered_alone_and_in_its_order(batch: list[bytes]) -> None:
    done = transform([sent(number, data) for number, data in enumerate(batch)], DATASETS)
    alone = [transform([sent(number, data)], DATASETS).records[0] for number, data in enumerate(batch)]
    assert list(done.records) == alone
    assert {answer["result"] for answer in alone} <= {"Ok", "ProcessingFailed"}
    assert done.delivered == sum(len(rows(answer)) for answer in alone if arrives(answer))
    apart = [(answer, data) for answer, data in zip(alone, batch, strict=True) if not arrives(answer)]
    assert [refused.record_id for refused in done.refused] == [answer["recordId"] for answer, _ in apart]
    for (answer, data), refused in zip(apart, done.refused, strict=True):
        (row,) = rows(answer)
        assert b64decode(row["rawdata"]) == data
        assert row["reason"] == refused.reason[:LONGEST_REASON] != ""


def test_a_refused_record_is_delivered_whole_with_its_reason_where_refused_ones_are() -> None:
    (answer,) = transform([sent(7, b"poison \xff")], DATASETS).records
    assert (answer["recordId"], answer["result"]) == ("record-7", "Ok")
    assert answer["metadata"] == {"partitionKeys": {"dataset": "_refused", "ingest_date": "2013-01-01"}}
    assert rows(answer) == [
        {
            "arrival_time": "2013-01-01T06:00:00.123Z",
            "sequence_number": f"4954{7:052d}",
            "reason": "byte 0xff at 7 is not UTF-8",
            "rawdata": "cG9pc29uIP8=",
        }
    ]


def test_a_long_reason_is_cut_since_each_refused_record_carries_its_own() -> None:
    (answer,) = transform([sent(1, b'{"dataset": "x", "record": {}}')], [f"dataset_{number}" for number in range(250)]).records
    assert len(rows(answer)[0]["reason"]) == LONGEST_REASON


def test_a_refused_record_for_which_there_is_no_room_is_kept_by_firehose() -> None:
    done = transform([sent(number, b"x" * 500) for number in range(10)], DATASETS, 5_000)
    results = [answer["result"] for answer in done.records]
    assert results == sorted(results)  # Ok comes before ProcessingFailed
    assert 0 < results.count("Ok") < 10
    assert done.has_room


@given(record=st.dictionaries(TEXTS, TEXTS, max_size=4), ascii=st.booleans())
def test_the_text_of_a_record_arrives_letter_by_letter(record: dict[str, str], ascii: bool) -> None:
    written = json.dumps(record, ensure_ascii=ascii)
    (answer,) = transform([sent(1, f'{{"dataset":"weather","record":{written}}}'.encode())], DATASETS).records
    (row,) = rows(answer)
    assert row["record"] == written
    assert b"\n" not in b64decode(answer["data"])


def test_packed_records_become_rows_that_tell_their_place_within() -> None:
    parts = [envelope({"number": number}) for number in range(3)]
    (answer,) = transform([sent(1, aggregated(parts))], DATASETS).records
    assert [row["sequence_number"] for row in rows(answer)] == [f"4954{1:052d}.{number}" for number in range(3)]


def test_what_firehose_took_apart_tells_its_place_within_too() -> None:
    (answer,) = transform([sent(1, envelope({}), within=2)], DATASETS).records
    assert rows(answer)[0]["sequence_number"] == f"4954{1:052d}.2"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (
            [envelope({}), envelope({}, "flights")],
            "it holds records of flights, weather, and Firehose delivers what comes as one to one place",
        ),
        ([], "it holds records of no dataset"),
        ([envelope({}), b"["], "it starts with '['"),
    ],
)
def test_packed_records_that_cannot_go_to_one_place_are_kept_together(parts: list[bytes], told: str) -> None:
    done = transform([sent(1, aggregated(parts)), sent(2, envelope({}))], DATASETS)
    assert [arrives(answer) for answer in done.records] == [False, True]
    assert b64decode(rows(done.records[0])[0]["rawdata"]) == aggregated(parts)
    assert told in done.refused[0].reason


@pytest.mark.parametrize("broken", [{"data": "no base64"}, {"data": None}, {"kinesisRecordMetadata": {}}, {"kinesisRecordMetadata": None}])
def test_a_record_that_firehose_itself_would_not_send_fails_no_batch(broken: dict[str, Any]) -> None:
    done = transform([{**sent(1, envelope({})), **broken}, sent(2, envelope({}))], DATASETS)
    assert [answer["result"] for answer in done.records] == ["ProcessingFailed", "Ok"]


@given(batch=st.lists(ANY, max_size=12), largest=st.integers(min_value=0, max_value=4000))
def test_the_response_never_grows_beyond_its_room_and_says_which_records_had_none(batch: list[bytes], largest: int) -> None:
    records = [sent(number, data) for number, data in enumerate(batch)]
    done = transform(records, DATASETS, largest)
    all_refused = json.dumps({"records": [{"recordId": record["recordId"], "result": "ProcessingFailed"} for record in records]})
    assert len(response(done)) <= max(largest + len('{"records": []}'), len(all_refused))
    assert done.has_room == (len(done.refused) == len(transform(records, DATASETS).refused))
    assert [answer["recordId"] for answer in done.records] == [record["recordId"] for record in records]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        envelope({}),
        b'{"dataset":"weather","record":{}}',
        envelope({"quotes": '"' * 2000}),
        envelope({"slashes": "\\" * 100_000}),
    ],
    ids=["empty", "one byte", "small", "smallest", "quotes", "slashes"],
)
def test_as_many_records_as_lambda_can_be_given_make_no_larger_response_than_it_may_give(data: bytes) -> None:
    record = sent(1, data)
    batch = [record] * (LARGEST_OF_LAMBDA // len(json.dumps(record)))
    done = transform(batch, DATASETS)
    assert len(response(done)) < LARGEST_OF_LAMBDA
    assert len(done.records) == len(batch)


def test_the_records_that_fit_are_delivered_and_the_others_are_kept_for_another_time() -> None:
    done = transform([sent(number, envelope({"a": "b" * 500})) for number in range(10)], DATASETS, 5_000)
    results = [answer["result"] for answer in done.records]
    assert results == sorted(results)  # Ok comes before ProcessingFailed
    assert 0 < results.count("Ok") < 10
    assert {refused.reason for refused in done.refused} == {NO_ROOM}
