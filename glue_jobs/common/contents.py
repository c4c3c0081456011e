"""What an object holds, as its name and its bytes tell: how it is compressed, how its text is encoded, how it begins."""

import bz2
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

GZIP, BZIP2 = ".gz", ".bz2"
# What Glue reads: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-csv-home.html. Readers go by the name alone.
COMPRESSIONS = {GZIP: "gzip", BZIP2: "bzip2"}
ADVICE = "land it as text, or compressed as .gz or .bz2"
# Hadoop takes these names for compressed ones too: some it cannot read without libraries of the machine; of what is none of it, it reads nothing and
# says nothing, or takes the first bytes for a length and the whole memory with it
UNREADABLE = {".zst": "Zstandard", ".snappy": "Snappy", ".lz4": "LZ4", ".deflate": "DEFLATE"}
SIGNATURES = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"PK\x03\x04": "ZIP",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"PAR1": "Parquet",
}
MARKS = {  # the longer ones first: that of UTF-32 begins like that of UTF-16
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
HEAD_BYTES = 64 * 1024  # room for any header line
# bzip2 gives nothing before a block is whole, and a block is up to 900,000 bytes of text, a little more where it cannot be compressed
BZIP2_HEAD_BYTES = 1024 * 1024


class Unpacker(Protocol):
    """What zlib and bz2 have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


UNPACKERS: dict[str, Callable[[], Unpacker]] = {
    GZIP: lambda: zlib.decompressobj(31),  # zlib's number for "expect a gzip header"
    BZIP2: bz2.BZ2Decompressor,
}


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """How a text object begins.

    Attributes:
        first_line: the first that is not blank, decoded, without its line end.
        fault: why no reader can take the object; None where one can, as far as its beginning tells.
        is_blank: whether there is no such line.
    """

    first_line: str = ""
    fault: str | None = None
    is_blank: bool = False


def head_bytes(key: str) -> int:
    """Return how many bytes of an object tell how it begins."""
    return BZIP2_HEAD_BYTES if key.endswith(BZIP2) else HEAD_BYTES


def beginning(key: str, head: bytes) -> Beginning:
    """Return how the object begins that has `head` as its first bytes."""
    if not head:
        return Beginning(is_blank=True)
    if fault := name_fault(key):
        return Beginning(fault=fault)
    compression = compression_of(key)
    if compression:
        try:
            head, ended = _unpacked(compression, head)
        except (OSError, zlib.error) as error:
            return Beginning(fault=_unreadable(compression, error))
        if not head:
            return Beginning(is_blank=True) if ended else Beginning(fault=_truncated(compression))
    if fault := _content_fault(head, compression):
        return Beginning(fault=fault)
    # as the lines are read: those of spaces alone are none
    first = next((line for line in head.splitlines() if line.strip(b" ")), b"")
    return Beginning(first_line=first.decode("utf-8-sig", errors="replace"), is_blank=not first)


def compression_of(key: str) -> str | None:
    """Return the ending of a name that readers take for a compression they know."""
    return next((ending for ending in COMPRESSIONS if key.endswith(ending)), None)


def name_fault(key: str) -> str | None:
    """Return why an object is not read whatever it holds: readers would pass over its name, or take it for a compression they cannot read."""
    for ending, compression in UNREADABLE.items():
        if key.endswith(ending):
            return f"its name ends in {ending}, for {compression}, and only gzip and bzip2 are read; {ADVICE}"
    return None


def is_hidden(path: str) -> bool:
    """Whether readers take a path under a location for no data: Hadoop's rule for a writer's own files, as `_temporary/` and `.part.crc`."""
    return any(
        part.startswith(".") or (part.startswith("_") and "=" not in part) or part.endswith("._COPYING_")
        for part in path.split("/")
        if part
    )


def archive_fault(key: str, chunks: Iterable[bytes]) -> str | None:
    """Return what is wrong with a compressed object of one or more parts, read to its end; None for a whole one."""
    compression = compression_of(key)
    if compression is None:
        return None
    unpacker, started = UNPACKERS[compression](), False
    try:
        for chunk in chunks:
            while chunk:
                if unpacker.eof:
                    unpacker = UNPACKERS[compression]()
                started = True
                unpacker.decompress(chunk)
                chunk = unpacker.unused_data.lstrip(b"\0")  # padding between parts is allowed
    except (OSError, zlib.error) as error:
        return _unreadable(compression, error)
    return _truncated(compression) if started and not unpacker.eof else None


def _unpacked(compression: str, head: bytes) -> tuple[bytes, bool]:
    """Return what the first bytes unpack to, as much as a beginning needs, and whether the object ends with them."""
    unpacker = UNPACKERS[compression]()
    return unpacker.decompress(head, HEAD_BYTES), unpacker.eof


def _content_fault(head: bytes, compression: str | None) -> str | None:
    for signature, found in SIGNATURES.items():
        if head.startswith(signature):
            return _misnamed(found, compression)
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return f"it is written in {encoding}, as its first bytes tell, and only UTF-8 is read; write it again in UTF-8"
    # letters of Western languages have a zero beside them in UTF-16; text in UTF-8 has no zero
    if len(head) > 1 and b"\0" in head[:2]:
        return "it is written in UTF-16 without a byte order mark, as the zero beside its first letter tells; write it again in UTF-8"
    return None


def _misnamed(found: str, compression: str | None) -> str:
    ending = next((ending for ending, name in COMPRESSIONS.items() if name == found), None)
    if compression:
        return f"within {COMPRESSIONS[compression]} it is {found} again; {ADVICE}, once"
    if ending:
        return f"it is compressed with {found}, but its name does not end in {ending}, by which readers tell; land it under such a name"
    return f"it is a {found} file, and not the text that the contract describes; {ADVICE}"


def _unreadable(compression: str, error: Exception) -> str:
    return f"not a readable {COMPRESSIONS[compression]} file: {error}"


def _truncated(compression: str) -> str:
    return f"the {COMPRESSIONS[compression]} file is truncated: it ends before its end mark"
