"""The beginning of an object, in a file that DuckDB can read."""

import bz2
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.crawlers.layout import CrawlError, Found

LIMIT = 2**20
"""Bytes that are read of a text."""
MOST = 2**23
"""Bytes that may come out of a compressed one."""

_COMPRESSIONS: dict[bytes, tuple[str, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": ("gzip", lambda body: zlib.decompressobj(wbits=31).decompress(body, MOST)),
    b"BZh": ("bzip2", lambda body: bz2.BZ2Decompressor().decompress(body, MOST)),
}
_UNREADABLE = {b"PK\x03\x04": "a zip", b"\x28\xb5\x2f\xfd": "compressed with zstandard", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True)
class Sample:
    """What an object begins with.

    Attributes:
        classification: csv, json or parquet, by its content and not by its name.
        compression: none, gzip or bzip2.
    """

    file: Path
    classification: str
    compression: str


def take(s3: Any, found: Found, file: Path) -> Sample:
    """Write the beginning of an object, all of it if it is Parquet, to `file`.

    Raises:
        CrawlError: nothing here can read it.
    """
    body = s3.get_object(Bucket=found.bucket, Key=found.key, Range=f"bytes=0-{LIMIT - 1}")["Body"].read()
    if body.startswith(b"PAR1"):
        file.write_bytes(s3.get_object(Bucket=found.bucket, Key=found.key)["Body"].read())
        return Sample(file, "parquet", "none")
    for mark, what in _UNREADABLE.items():
        if body.startswith(mark):
            raise CrawlError(f"s3://{found.bucket}/{found.key} is {what}, which the local cloud's crawlers do not read")
    compression, text = _decompressed(body, found)
    if len(body) < found.size:
        text = text[: text.rfind(b"\n") + 1] or text  # the last line is cut
    file.write_bytes(text)
    return Sample(file, "json" if text.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") else "csv", compression)


def _decompressed(body: bytes, found: Found) -> tuple[str, bytes]:
    for mark, (name, decompress) in _COMPRESSIONS.items():
        if body.startswith(mark):
            try:
                return name, decompress(body)
            except (OSError, zlib.error) as error:
                raise CrawlError(f"s3://{found.bucket}/{found.key} is not the {name} that it begins as: {error}") from error
    return "none", body
