"""The inbox: what topics were told, readable on this machine, where no mail leaves it.

One JSON line per message in `inbox.jsonl` in the home of the local cloud: time, topic, subject and message.
"""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local_cloud.environment import home
from local_cloud.replace import wrap

FILE = "inbox.jsonl"
MOST_BYTES = 4 * 1024 * 1024
_writing = threading.Lock()


def install() -> None:
    """Keep what is published to topics."""
    wrap("ministack.services.sns", "_fanout", kept, "keep what topics are told")


def kept(original: Callable[..., Any]) -> Callable[..., Any]:
    """Write each message down before the subscribers get it."""

    def _fanout(
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        message_group_id: str = "",
        message_dedup_id: str = "",
    ) -> Any:
        _write({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "topic": topic_arn, "subject": subject, "message": message})
        return original(topic_arn, msg_id, message, subject, message_structure, message_attributes, message_group_id, message_dedup_id)

    return _fanout


def _write(entry: dict[str, str]) -> None:
    path = home() / FILE
    with _writing:
        if path.exists() and path.stat().st_size > MOST_BYTES:
            lines = path.read_text(encoding="utf-8").splitlines()
            path.write_text("".join(f"{line}\n" for line in lines[len(lines) // 2 :]), encoding="utf-8")
        with path.open("a", encoding="utf-8") as inbox:
            inbox.write(json.dumps(entry) + "\n")
