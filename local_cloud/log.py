"""The log of the local cloud: one JSON object a line, in `log/local-cloud.log` of its home."""

import json
import logging
import logging.handlers
from datetime import UTC, datetime
from pathlib import Path

LARGEST = 20_000_000
"""Bytes of one log file; the last two are kept."""


class JsonLines(logging.Formatter):
    """Write a record as one JSON object: time (UTC), level, logger, message and, of an exception, its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def start(folder: Path) -> None:
    """Send all logging of this process to a file in `folder`; ministack finds its own set-up already done."""
    handler = logging.handlers.RotatingFileHandler(folder / "local-cloud.log", maxBytes=LARGEST, backupCount=1, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("hypercorn.access", "persistence"):  # one line a request, one line a service and checkpoint
        logging.getLogger(chatty).setLevel(logging.WARNING)
