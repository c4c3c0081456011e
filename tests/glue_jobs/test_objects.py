import bz2
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from glue_jobs.common.objects import Head, Objects, split_uri
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
    assert (empty.size, empty.is_blank) == (0, True)


def test_only_compressed_objects_that_cannot_be_read_have_a_reason(s3: FakeS3) -> None:
    bodies = {"whole.gz": WHOLE, "cut.gz": WHOLE[:12], "cut.bz2": bz2.compress(b"a")[:-1], "plain.csv": b"\x1f", "packed.zst": b""}
    for key, body in bodies.items():
        s3.put(key, body)
    assert list(Objects(cast(Any, s3), "raw").broken([*bodies, "gone.gz"], "csv")) == ["cut.bz2", "cut.gz", "packed.zst"]


def test_a_parquet_object_without_its_end_mark_has_a_reason_and_one_that_is_gone_has_none(s3: FakeS3) -> None:
    for key, body in {"whole": b"PAR1 and so on 1234PAR1", "cut": b"PAR1 and so", "empty": b""}.items():
        s3.put(key, body)
    broken = Objects(cast(Any, s3), "raw").broken(["whole", "cut", "empty", "gone"], "parquet")
    assert broken == dict.fromkeys(["cut", "empty"], "not a readable Parquet file: it does not end in PAR1")


def test_an_address_has_a_bucket_and_a_key() -> None:
    assert split_uri("s3://raw/a/b.csv") == ("raw", "a/b.csv")
    assert split_uri("s3://raw") == ("raw", "")
