import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Envelope, RefusedError, open_envelope

DATASETS = ("flights", "weather")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(TEXTS, VALUES, max_size=4)
INDENTS = st.sampled_from([None, 0, 2, "\t"])


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedError) as refused:
        open_envelope(data, DATASETS)
    return str(refused.value)


def around(record: str) -> bytes:
    return f'{{"dataset": "weather", "record": {record}}}'.encode()


@given(record=RECORDS, indent=INDENTS, ascii=st.booleans(), space=st.sampled_from(["", " ", "\r\n"]), last=st.booleans())
def test_the_record_is_the_text_that_was_written_whatever_it_holds(
    record: dict[str, object], indent: int | str | None, ascii: bool, space: str, last: bool
) -> None:
    written = json.dumps(record, indent=indent, ensure_ascii=ascii)
    members = [f'"dataset"{space}:{space}"weather"', f'"record":{space}{written}']
    text = f"{space}{{{space}{f'{space},'.join(members if last else reversed(members))}{space}}}{space}"
    assert open_envelope(text.encode(), DATASETS) == Envelope("weather", None, written)


@given(data=st.binary(max_size=200) | TEXTS.map(str.encode) | RECORDS.map(lambda record: json.dumps(record).encode()))
def test_whatever_comes_is_an_envelope_or_refused_with_a_reason(data: bytes) -> None:
    try:
        open_envelope(data, DATASETS)
    except RefusedError as refused:
        assert str(refused)  # noqa: PT017 - what is neither must escape and fail the test


@given(cut=st.integers(min_value=0, max_value=60))
def test_an_envelope_that_is_cut_short_is_refused(cut: int) -> None:
    whole = b'{"dataset": "weather", "record": {"origin": "JFK", "wind": [1]}}'
    assert refusal(whole[:cut])


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"\xff{}", "byte 0xff at 0 is not UTF-8"),
        (b"JFK,1", "it starts with 'J', expected an object: {"),
        (b'["dataset"]', "it starts with '[', expected an object: {"),
        (around("{}") + around("{}"), "more follows after its end, at character 36: one record of the stream is one object"),
        (around('{"a": "1\n2"}'), "it is not JSON: Invalid control character"),
        (around('{"a": NaN}'), "it is not JSON: NaN is no value"),
        (around("{" * 5 + "}" * 4), "it is not JSON"),
        (around('{"a":' + "[" * 100_000), "it is nested too deeply to be read"),
        (around("[1]"), "record is ['1'], expected an object"),
        (around("null"), "record is None, expected an object"),
        (b'{"dataset": "weather"}', "record is None, expected an object"),
        (b'{"record": {}}', "dataset is None, expected the name of a dataset"),
        (b'{"dataset": "wether", "record": {}}', "dataset is 'wether', expected one that takes records of the stream: flights, weather"),
        (b'{"dataset": "weather", "dataset": "flights", "record": {}}', "'dataset' stands twice in the envelope"),
        (b'{"dataset": "weather", "record": {}, "temp": 1}', "the envelope has 'temp', expected dataset, event_time, record"),
        (b'{"dataset": "weather", "event_time": "today", "record": {}}', "event_time is 'today', expected a time with its zone"),
        (b'{"dataset": "weather", "event_time": "2013-01-01T06:00:00", "record": {}}', "expected a time with its zone"),
        (b'{"dataset": "weather", "event_time": 1357020000, "record": {}}', "expected a time with its zone"),
    ],
)
def test_what_is_no_envelope_is_refused_with_what_was_found_and_what_is_expected(data: bytes, told: str) -> None:
    assert told in refusal(data)


def test_a_reason_shows_no_more_than_the_beginning_of_what_was_found() -> None:
    assert len(refusal(b'{"dataset": "' + b"w" * 10_000 + b'", "record": {}}')) < 250


@pytest.mark.parametrize("number", ["1" + "0" * 10_000, "1e999", "-0.0"])
def test_a_number_that_no_machine_holds_is_only_passed_on(number: str) -> None:
    assert open_envelope(around(f'{{"a": {number}}}'), DATASETS).record == f'{{"a": {number}}}'


@pytest.mark.parametrize("time", ["2013-01-01T06:00:00Z", "2013-01-01 06:00:00.123456789+05:45", "2016-12-31T23:59:60Z"])
def test_the_time_of_the_event_is_kept_as_it_was_written(time: str) -> None:
    data = json.dumps({"dataset": "weather", "event_time": time, "record": {}}).encode()
    assert open_envelope(data, DATASETS).event_time == time


def test_a_name_may_be_written_with_escapes() -> None:
    assert open_envelope(b'{"d\\u0061taset": "weather", "record": {}}', DATASETS).dataset == "weather"
