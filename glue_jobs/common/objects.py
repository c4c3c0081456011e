"""Objects in S3, looked at without Spark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from glue_jobs.common.contents import archive_fault, beginning, compression_of, head_bytes, name_fault

if TYPE_CHECKING:  # the stubs are no part of Glue
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

THREADS = 16
PARQUET = b"PAR1"  # what a whole file begins and ends with
PARQUET_END = 8  # bytes: the length of the footer, and the mark
CHUNK = 1024 * 1024  # bytes at a time of an object that is read to its end


@dataclass(frozen=True, kw_only=True)
class Head:
    """The current version of an object.

    Attributes:
        arrived_at: when S3 got it, UTC.
        size: bytes.
        first_line: the first that is not blank, decoded, without its line end.
        fault: why it cannot be read as text, as far as its name and its beginning tell.
        is_blank: whether there is no such line, packed or not.
    """

    key: str
    version: str
    arrived_at: datetime
    size: int
    first_line: str = ""
    fault: str | None = None
    is_blank: bool = False

    @property
    def age(self) -> str:
        """A text that sorts by arrival and then by key."""
        return f"{self.arrived_at.isoformat()}#{self.key}"


class Objects:
    """One bucket; the client may be shared between threads."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"

    def heads(self, keys: Iterable[str]) -> dict[str, Head | None]:
        """Return the current version of each key; None where there is none."""
        listed = sorted(set(keys))
        with ThreadPoolExecutor(THREADS) as pool:
            return dict(zip(listed, pool.map(self._head, listed), strict=True))

    def keys(self, prefix: str, since: datetime | None = None) -> Iterator[str]:
        """Yield every key under a prefix, or those alone whose objects are not older than `since`."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                if since is None or entry["LastModified"] >= since:
                    yield entry["Key"]

    def has_any(self, prefix: str) -> bool:
        """Whether a key starts with `prefix`."""
        return self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=1).get("KeyCount", 0) > 0

    def text(self, key: str) -> str:
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()

    def gives(self, head: Head) -> bool:
        """Whether S3 gives all bytes of an object."""
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=head.key)["Body"]
            return sum(map(len, body.iter_chunks(CHUNK))) == head.size
        except (BotoCoreError, ClientError):
            return False

    def broken(self, keys: Iterable[str], form: str) -> dict[str, str]:
        """Return the reason for each object that is no whole file: of Parquet, or else one that does not unpack to its end."""
        is_parquet = form == "parquet"
        suspects = sorted({key for key in keys if is_parquet or compression_of(key) or name_fault(key)})
        with ThreadPoolExecutor(THREADS) as pool:
            reasons = pool.map(self._parquet_fault if is_parquet else self._archive_fault, suspects)
            return {key: reason for key, reason in zip(suspects, reasons, strict=True) if reason}

    def _head(self, key: str) -> Head | None:
        found = self._get_head(key)
        if found is None:
            return None
        body = found["Body"].read()
        begins = beginning(key, body)
        return Head(
            key=key,
            version=found.get("VersionId", "null"),
            arrived_at=found["LastModified"].astimezone(UTC),
            size=int(found["ContentRange"].rpartition("/")[2]) if "ContentRange" in found else len(body),
            first_line=begins.first_line,
            fault=begins.fault,
            is_blank=begins.is_blank,
        )

    def _get_head(self, key: str) -> GetObjectOutputTypeDef | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes=0-{head_bytes(key) - 1}")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("NoSuchKey", "404"):
                return None
            if code in ("InvalidRange", "416"):  # an empty object has no first byte
                return self._client.get_object(Bucket=self._bucket, Key=key)
            raise

    def _parquet_fault(self, key: str) -> str | None:
        try:
            end = self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes=-{PARQUET_END}")["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            if error.response["Error"]["Code"] not in ("InvalidRange", "416"):  # which is what an empty object says
                raise
            end = b""
        return None if end.endswith(PARQUET) else f"not a readable Parquet file: it does not end in {PARQUET.decode()}"

    def _archive_fault(self, key: str) -> str | None:
        if fault := name_fault(key):
            return fault
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        except self._client.exceptions.NoSuchKey:
            return None
        return archive_fault(key, body.iter_chunks(CHUNK))


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of an `s3://` address."""
    bucket, _, key = uri.split("://", 1)[1].partition("/")
    return bucket, key
