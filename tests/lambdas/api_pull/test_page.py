import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.pull import Order, Paging, Pull, Watermark
from lambdas.api_pull.errors import SourceError
from lambdas.api_pull.page import MalformedError, Page, later_than, latest, read_page

SPEC = Pull(
    url="https://api.example.com/orders",
    schedule="rate(1 hour)",
    paging=Paging.CURSOR,
    page_parameter="cursor",
    first_page=1,
    size_parameter=None,
    page_size=100,
    next=("next",),
    records=("data", "items"),
    watermark=Watermark(parameter="since", field=("at",), order=Order.TIME),
    requests_per_second=5,
    page_mib=1,
    quiet_hours=24,
)
PLAIN = replace(SPEC, paging=Paging.PAGE, next=(), records=(), watermark=None)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def page(body: str | bytes, spec: Pull = SPEC, headers: Mapping[str, str] | None = None) -> Page:
    return read_page(spec, body.encode() if isinstance(body, str) else body, headers or {})


def test_a_record_is_what_the_api_wrote_to_the_last_digit() -> None:
    text = '{"data": {"items": [{"price": 1.10, "big": 12345678901234567890123, "small": 1e-400}, {"name": "a\\nb"}]}, "next": 7}'
    found = page(text)
    assert list(found.records) == ['{"price": 1.10, "big": 12345678901234567890123, "small": 1e-400}', '{"name": "a\\nb"}']
    assert found.next == "7"


@given(records=st.lists(JSON), indent=st.none() | st.integers(0, 3))
def test_whatever_the_records_are_each_becomes_one_line_of_the_same_meaning(records: list[Any], indent: int | None) -> None:
    found = page(json.dumps({"more": [1], "data": {"items": records}}, indent=indent, ensure_ascii=False))
    assert [line for record in found.records for line in record.splitlines() if "\n" in record or "\r" in record] == []
    assert [json.loads(record) for record in found.records] == records


def test_of_a_key_that_stands_twice_the_last_counts_for_records_as_it_does_for_all_else() -> None:
    assert list(page('{"data": {"items": [1], "items": [2]}}').records) == ["2"]


def test_a_number_of_five_thousand_digits_does_not_lose_the_page_around_it() -> None:
    assert list(page(f'[{"9" * 5000}, {{"id": 1}}]', PLAIN).records)[1] == '{"id": 1}'


@pytest.mark.parametrize(
    "body",
    [b"", b'{"data": {"items": [{"id"', b'{"data": {"items": []}}{', b"<html>busy</html>", b'"\xff"', b"[" * 100_000],
    ids=["empty", "cut", "two-answers", "no-json", "no-utf-8", "bottomless"],
)
def test_what_is_not_whole_json_is_a_fault_that_may_pass(body: bytes) -> None:
    with pytest.raises(MalformedError, match="it is no whole JSON"):
        page(body)


@pytest.mark.parametrize("body", ['{"error": "busy"}', '{"data": {"items": {"id": 1}}}', "[]", "null"])
def test_an_answer_without_a_list_of_records_is_told_with_its_beginning(body: str) -> None:
    with pytest.raises(SourceError, match=r"there is no list of records at \$\.data\.items; correct lake\.pull\.records") as raised:
        page(body)
    assert repr(body) in str(raised.value)


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ('{"next": "abc"', "abc"),
        ('{"next": ""', None),
        ('{"next": null', None),
        ('{"other": 1', None),
        ('{"next": false', None),
        ('{"next": 0', "0"),
    ],
)
def test_what_leads_on_is_a_text_or_a_number(text: str, following: str | None) -> None:
    assert page(text + ', "data": {"items": []}}').next == following


@pytest.mark.parametrize(
    ("header", "following"),
    [
        ('<https://x/?page=2>; rel="next"', "https://x/?page=2"),
        ('<https://x/?page=1>; rel="first", <https://x/?page=2>; title="a"; rel=next', "https://x/?page=2"),
        ('<https://x/?page=1>; rel="first"', None),
        ("", None),
    ],
)
def test_a_link_may_stand_in_the_header(header: str, following: str | None) -> None:
    assert page("[]", replace(PLAIN, paging=Paging.LINK), {"Link": header}).next == following


def test_a_record_that_has_no_watermark_has_none_and_is_kept() -> None:
    found = page('{"data": {"items": [{"at": "2025-01-01T00:00:00Z"}, {"at": null}, {}, 7, {"at": {"deep": 1}}]}}')
    assert (len(found.records), found.marks) == (5, ["2025-01-01T00:00:00Z"])


@pytest.mark.parametrize(
    ("order", "marks", "wanted"),
    [
        (Order.TIME, ["2025-03-30T01:00:00+02:00", "2025-03-29T23:30:00Z"], "2025-03-29T23:30:00Z"),
        (Order.TIME, ["2025-03-30", "2025-03-29T23:30:00"], "2025-03-30"),
        (Order.TIME, ["2025-03-30", "9999-12-31", "soon"], "2025-03-30"),
        (Order.NUMBER, ["9", "10", "ten"], "10"),
        (Order.TEXT, ["9", "10"], "9"),
        (Order.TIME, [None, "soon"], None),
    ],
)
def test_the_latest_watermark_is_as_it_was_written_and_neither_unreadable_nor_of_the_future(
    order: Order, marks: list[str | None], wanted: str | None
) -> None:
    assert latest(marks, order, NOW) == wanted


def test_records_are_new_that_are_later_than_what_was_asked_with() -> None:
    assert later_than(["1", "2", "3", "x"], "2", Order.NUMBER) == 1
    assert later_than(["1", "2", "3", "x"], None, Order.NUMBER) == 3
