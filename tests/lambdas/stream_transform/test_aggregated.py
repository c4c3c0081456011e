import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.stream_transform.aggregated import MARK, split
from tests.lambdas.stream_transform.samples import aggregated, field, varint


def closed(message: bytes) -> bytes:
    return MARK + message + hashlib.md5(message, usedforsecurity=False).digest()


@given(records=st.lists(st.binary(max_size=300), max_size=8))
def test_what_was_packed_comes_out_in_its_order(records: list[bytes]) -> None:
    assert split(aggregated(records)) == records


@given(data=st.binary(max_size=100))
def test_what_was_not_packed_is_left_as_it_is(data: bytes) -> None:
    assert split(data) is None


@given(packed=st.lists(st.binary(max_size=20), min_size=1, max_size=3).map(aggregated), at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_packed_record_with_one_bit_turned_is_taken_for_what_it_is(packed: bytes, at: int, bit: int) -> None:
    turned = bytearray(packed)
    turned[at % len(packed)] ^= 1 << bit
    assert split(bytes(turned)) is None


@given(message=st.binary(max_size=60))
def test_a_message_that_is_no_protobuf_is_no_crash_whatever_its_digest_says(message: bytes) -> None:
    split(closed(message))


@pytest.mark.parametrize("message", [b"\x1a\x05ab", b"\x1a", b"\x1b\x00", b"\x80", field(3, b"\x1a\x09a")])
def test_a_message_that_ends_too_early_is_no_packed_record(message: bytes) -> None:
    assert split(closed(message)) is None


def test_fields_that_are_not_known_are_passed_over() -> None:
    of_eight_bytes, of_four = varint(9 << 3 | 1) + bytes(8), varint(9 << 3 | 5) + bytes(4)
    assert split(closed(of_eight_bytes + of_four + field(2, b"hash key") + field(3, field(3, b"data")))) == [b"data"]
