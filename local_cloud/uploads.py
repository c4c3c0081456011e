"""Multipart uploads: S3 dates their object by the start of the upload, whenever it becomes visible.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html, Last-Modified.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import AccountScopedDict

from local_cloud.replace import borrow, wrap

S3 = "ministack.services.s3"
_start: ContextVar[list[str] | None] = ContextVar("start", default=None)


def install() -> None:
    """Date what multipart uploads make by their start."""
    uploads = borrow(S3, "_multipart_uploads", AccountScopedDict, "know when an upload started")
    parameter = borrow(S3, "_qp", ("params", "key", "default"), "know which upload is completed")
    wrap(S3, "_complete_multipart_upload", _dated(uploads, parameter), "date an object by the start of its upload")
    wrap(S3, "now_iso", _once, "date an object by the start of its upload")


def _dated(uploads: Mapping[str, Mapping[str, Any]], parameter: Callable[..., str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def _complete_multipart_upload(
            bucket_name: str, key: str, body: bytes, query_params: dict[str, Any], headers: dict[str, str] | None = None
        ) -> Any:
            upload = uploads.get(parameter(query_params, "uploadId"))
            before = _start.set([upload["created"]] if upload else None)
            try:
                return original(bucket_name, key, body, query_params, headers)
            finally:
                _start.reset(before)

        return _complete_multipart_upload

    return around


def _once(original: Callable[[], str]) -> Callable[[], str]:
    """Wrap ministack's clock: what is dated first is the object; the event of it, in another thread, has its own time."""

    def now_iso() -> str:
        start = _start.get()
        return start.pop() if start else original()

    return now_iso
