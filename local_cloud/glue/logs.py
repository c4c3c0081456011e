"""Where Glue puts what a job writes: one log group for standard output, one for standard error, a stream per run."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.client import client

PREFIX_PARAMETER, PREFIX = "--custom-logGroup-prefix", "/aws-glue/jobs"
OUTPUT, ERRORS = "output", "error"
_BATCH = 1000
_logger = logging.getLogger(__name__)


def deliver(group: str, stream: str, lines: Sequence[str]) -> None:
    """Write `lines` to a stream of CloudWatch Logs; a failure is logged and changes nothing for the run, as in Glue."""
    try:
        _deliver(group, stream, lines)
    except (BotoCoreError, ClientError):
        _logger.exception("could not write the log of %s to %s", stream, group)


def _deliver(group: str, stream: str, lines: Sequence[str]) -> None:
    logs = client("logs")
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    with suppress(logs.exceptions.ResourceAlreadyExistsException):  # a crawler has one stream for all its crawls
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    told = [line for line in lines if line]
    for start in range(0, len(told), _BATCH):
        events = [{"timestamp": now, "message": line} for line in told[start : start + _BATCH]]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
