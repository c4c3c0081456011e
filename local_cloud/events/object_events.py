"""Events of S3 on the bus: with the version of the object, and to the second, as on AWS."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

_version: ContextVar[str | None] = ContextVar("version", default=None)


def with_version(original: Callable[..., None]) -> Callable[..., None]:
    """Wrap ministack's making of an event of S3, which knows the version but does not tell the bus."""

    def _fire_s3_event(
        bucket_name: str,
        key: str,
        event_name: str,
        size: int = 0,
        etag: str = "",
        deletion_type: str | None = None,
        restore_event_data: Any = None,
        version_id: str | None = None,
        sequencer: str | None = None,
        object_extra: Any = None,
        record_extra: Any = None,
    ) -> None:
        _version.set(version_id)
        original(
            bucket_name, key, event_name, size, etag, deletion_type, restore_event_data, version_id, sequencer, object_extra, record_extra
        )

    return _fire_s3_event


def completed(original: Callable[..., None]) -> Callable[..., None]:
    """Wrap ministack's dispatch of an event to the rules of its bus."""

    def _dispatch_event(event: dict[str, Any], view: Any = None) -> None:
        original(complete(event, _version.get()), view)

    return _dispatch_event


def complete(event: dict[str, Any], version: str | None) -> dict[str, Any]:
    """Return an event with, if it is one of S3, the version of its object, where there is one, and its time to the second."""
    if event.get("Source") != "aws.s3":
        return event
    detail = json.loads(event["Detail"])
    if version:
        detail["object"]["version-id"] = version
    return event | {"Detail": json.dumps(detail), "Time": f"{event['Time'][:19]}Z"}
