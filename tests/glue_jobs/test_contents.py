import bz2
import gzip
import zlib
from functools import partial

import pytest

from glue_jobs.common.contents import BZIP2_HEAD_BYTES, HEAD_BYTES, Beginning, archive_fault, beginning, is_hidden

packed = partial(gzip.compress, mtime=0)  # the same bytes each time
WHOLE = packed(b"a,b\n1,2\n")
BZIP2 = bz2.compress(b"a,b\n1,2\n")


@pytest.mark.parametrize(
    ("key", "chunks", "fault"),
    [
        ("whole.gz", [WHOLE], None),
        ("in pieces.gz", [WHOLE[:7], WHOLE[7:]], None),
        ("two parts.gz", [WHOLE + WHOLE], None),
        ("padded.gz", [WHOLE + b"\0\0"], None),
        ("empty.gz", [], None),
        ("truncated.gz", [WHOLE[:-9]], "the gzip file is truncated: it ends before its end mark"),
        ("no gzip.gz", [b"a,b\n"], "not a readable gzip file: Error -3 while decompressing data: incorrect header check"),
        ("whole.bz2", [BZIP2], None),
        ("in pieces.bz2", [BZIP2[:7], BZIP2[7:]], None),
        ("two parts.bz2", [BZIP2 + BZIP2], None),
        ("truncated.bz2", [BZIP2[:-1]], "the bzip2 file is truncated: it ends before its end mark"),
        ("second part truncated.bz2", [BZIP2 + BZIP2[:-1]], "the bzip2 file is truncated: it ends before its end mark"),
        ("no bzip2.bz2", [b"a,b\n"], "not a readable bzip2 file: Invalid data stream"),
        ("text.csv", [b"a,b\n"], None),
    ],
)
def test_a_compressed_object_is_read_to_its_end_to_tell_whether_it_is_whole(key: str, chunks: list[bytes], fault: str | None) -> None:
    assert archive_fault(key, chunks) == fault


@pytest.mark.parametrize(
    ("key", "head", "begins"),
    [
        ("a.csv", b"", Beginning(is_blank=True)),
        ("a.csv", b"\n  \r\n", Beginning(is_blank=True)),
        ("a.csv", b"\n \n\xef\xbb\xbfa,b\r\n1,2\r\n", Beginning(first_line="a,b")),
        ("a.csv", b"caf\xe9\n", Beginning(first_line="caf\ufffd")),
        ("a.csv.gz", packed(b"\xef\xbb\xbfa,b\r\n1,2\r\n" * 1000)[:200], Beginning(first_line="a,b")),
        ("a.csv.bz2", BZIP2, Beginning(first_line="a,b")),
        ("a.csv.gz", packed(b""), Beginning(is_blank=True)),
        ("a.csv.gz", WHOLE[:4], Beginning(fault="the gzip file is truncated: it ends before its end mark")),
        ("a.csv.bz2", BZIP2[:20], Beginning(fault="the bzip2 file is truncated: it ends before its end mark")),
    ],
)
def test_the_first_bytes_tell_how_an_object_begins(key: str, head: bytes, begins: Beginning) -> None:
    assert beginning(key, head) == begins


@pytest.mark.parametrize(
    ("key", "head", "told"),
    [
        ("a.csv.zst", b"a,b\n", "its name ends in .zst, for Zstandard, and only gzip and bzip2 are read"),
        ("a.csv", b"7z\xbc\xaf\x27\x1c", "it is a 7-Zip file"),
        ("a.csv.gz", packed(BZIP2), "within gzip it is bzip2 again"),
        ("a.csv.gz", packed("a,b\n".encode("utf-16")), "it is written in UTF-16"),
        ("a.csv", "a,b\n".encode("utf-16-be"), "it is written in UTF-16 without a byte order mark"),
    ],
)
def test_what_no_reader_takes_is_told_by_its_name_or_its_first_bytes(key: str, head: bytes, told: str) -> None:
    assert str(beginning(key, head).fault).startswith(told)


def test_a_block_of_bzip2_that_cannot_be_compressed_lies_within_the_bytes_that_are_looked_at() -> None:
    header = b"a,b\n"
    noise = b"".join(zlib.crc32(number.to_bytes(4)).to_bytes(4) for number in range(500_000))
    packed = bz2.compress(header + noise)
    assert len(packed) > BZIP2_HEAD_BYTES
    assert beginning("a.bz2", packed[:HEAD_BYTES]).fault is not None  # so fewer would not do
    assert beginning("a.bz2", packed[:BZIP2_HEAD_BYTES]) == Beginning(first_line="a,b")


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("a.csv", False),
        ("_a.csv", True),
        (".a.csv", True),
        ("b/_a/c.csv", True),
        ("_a=1/b.csv", False),
        ("a._COPYING_", True),
        ("a_.b", False),
    ],
)
def test_a_writers_own_files_are_told_by_their_names(path: str, hidden: bool) -> None:
    assert is_hidden(path) == hidden
