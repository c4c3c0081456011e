"""Records that a producer packed into one, by the Kinesis Producer Library's aggregation.

The format: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md. Four bytes of mark, a protobuf message, its MD5.
Only what a consumer needs of protobuf is here: the maintained reader of it needs the protobuf runtime, which no Lambda layer of AWS carries.
"""

import hashlib
from collections.abc import Iterator

MARK = b"\xf3\x89\x9a\xc2"
DIGEST = 16  # bytes of the MD5 behind the message
RECORDS, DATA = 3, 3  # numbers of AggregatedRecord.records and of Record.data
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5  # wire types: https://protobuf.dev/programming-guides/encoding/


def split(data: bytes) -> list[bytes] | None:
    """Return the records in an aggregated one; None where it is not one: no mark, a digest that differs, a message that does not end."""
    if not data.startswith(MARK) or len(data) < len(MARK) + DIGEST:
        return None
    message, digest = data[len(MARK) : -DIGEST], data[-DIGEST:]
    if hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return None
    try:
        records = [record for number, record in _fields(message) if number == RECORDS]
        return [b"".join(value for number, value in _fields(record) if number == DATA) for record in records]
    except IndexError:
        return None


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each field that has bytes; raise IndexError where the message is cut short."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == VARINT:
            _, at = _varint(message, at)
            continue
        if kind == LENGTH:
            size, at = _varint(message, at)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            size = 8 if kind == EIGHT_BYTES else 4
        else:
            raise IndexError(f"wire type {kind}")
        if at + size > len(message):
            raise IndexError(f"{size} bytes at {at} of {len(message)}")
        if kind == LENGTH:
            yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
