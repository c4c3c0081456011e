import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from glue_jobs.common.objects import Head, Objects, first_line, gzip_fault, split_uri
from tests.glue_jobs.fakes import FakeS3

WHOLE = gzip.compress(b"a,b\n1,2\n")


@pytest.fixture
def s3(tmp_path: Path) -> FakeS3:
    return FakeS3(tmp_path)


def test_heads_tell_version_arrival_size_and_first_line_and_none_for_what_is_gone(s3: FakeS3) -> None:
    s3.put("a/b.csv", "x,y\n1,2\n")
    s3.put("a/empty.csv", b"")
    arrived = datetime(2013, 1, 1, 0, 1, tzinfo=UTC)
    heads = Objects(cast(Any, s3), "raw").heads(["a/b.csv", "a/empty.csv", "a/gone.csv"])
    assert heads["a/b.csv"] == Head(key="a/b.csv", version="v1", arrived_at=arrived, size=8, first_line="x,y")
    assert heads["a/gone.csv"] is None
    empty = heads["a/empty.csv"]
    assert empty is not None
    assert (empty.size, empty.first_line) == (0, "")


@pytest.mark.parametrize(
    ("name", "chunks", "fault"),
    [
        ("whole", [WHOLE], None),
        ("in pieces", [WHOLE[:7], WHOLE[7:]], None),
        ("two members", [WHOLE + WHOLE], None),
        ("padded", [WHOLE + b"\0\0"], None),
        ("empty", [], None),
        ("truncated", [WHOLE[:-9]], "the gzip file is truncated: it ends before its end mark"),
        ("no gzip", [b"a,b\n"], "not a readable gzip file: Error -3 while decompressing data: incorrect header check"),
    ],
)
def test_a_gzip_file_is_read_to_its_end_to_tell_whether_it_is_whole(name: str, chunks: list[bytes], fault: str | None) -> None:
    assert gzip_fault(chunks) == fault, name


def test_only_broken_compressed_objects_have_a_reason(s3: FakeS3) -> None:
    for key, body in {"whole.gz": WHOLE, "cut.gz": WHOLE[:12], "plain.csv": b"\x1f"}.items():
        s3.put(key, body)
    assert list(Objects(cast(Any, s3), "raw").broken(["whole.gz", "cut.gz", "plain.csv", "gone.gz"], "csv")) == ["cut.gz"]


def test_a_parquet_object_without_its_end_mark_has_a_reason_and_one_that_is_gone_has_none(s3: FakeS3) -> None:
    for key, body in {"whole": b"PAR1 and so on 1234PAR1", "cut": b"PAR1 and so", "empty": b""}.items():
        s3.put(key, body)
    broken = Objects(cast(Any, s3), "raw").broken(["whole", "cut", "empty", "gone"], "parquet")
    assert broken == dict.fromkeys(["cut", "empty"], "not a readable Parquet file: it does not end in PAR1")


def test_the_first_line_of_a_compressed_object_is_read_from_its_first_bytes() -> None:
    assert first_line(gzip.compress(b"\xef\xbb\xbfa,b\r\n1,2\r\n" * 1000)[:200], compressed=True) == "a,b"
    assert first_line(b"a,b\n", compressed=True) is None
    assert first_line(b"", compressed=False) == ""


def test_an_address_has_a_bucket_and_a_key() -> None:
    assert split_uri("s3://raw/a/b.csv") == ("raw", "a/b.csv")
    assert split_uri("s3://raw") == ("raw", "")
