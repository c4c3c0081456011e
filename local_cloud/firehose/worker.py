"""One delivery at work: read, transform, buffer, write; what fails is tried again, and never lost."""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.authorization.ask import DeniedError
from local_cloud.cloudwatch.metrics import record
from local_cloud.credentials import NotAssumableError
from local_cloud.firehose import objects
from local_cloud.firehose.conversion import Schema
from local_cloud.firehose.definition import Delivery
from local_cloud.firehose.failures import BACKUP, DATA, Failure
from local_cloud.firehose.intake import Intake
from local_cloud.firehose.roles import speaker
from local_cloud.firehose.source import Source
from local_cloud.firehose.spool import Buffer, Spool
from local_cloud.firehose.transform import Given, transformed

TICK = 0.1
"""Seconds between two looks at an idle stream."""
PATIENCE = 10.0
"""Seconds, unscaled, before what failed is tried again."""
MOST_TOLD = 10
"""Records of a batch that the log names."""
LARGEST_BATCH = 3 * 1024 * 1024
"""Bytes that are read at once where there is no transform."""
EXPECTED = (ClientError, BotoCoreError, DeniedError, NotAssumableError, ValueError)
"""What a delivery meets that misses a grant, a bucket or a table."""
_logger = logging.getLogger(__name__)


@dataclass
class Worker:
    """Delivers one stream until it is stopped.

    Attributes:
        current: returns the delivery as it is configured now; None once it was deleted.
        speed: how many times as fast as the wall clock buffers age.
    """

    current: Callable[[], Delivery | None]
    source: Source
    spool: Spool
    speed: float
    _stopping: threading.Event = field(default_factory=threading.Event)
    _told: float = 0.0
    _schema: tuple[float, Schema] | None = None

    def run(self) -> None:
        """Work until stopped or deleted."""
        while not self._stopping.is_set():
            delivery = self.current()
            if delivery is None:
                self.spool.remove()
                return
            try:
                pause = self._step(delivery)
            except Exception as problem:
                if not isinstance(problem, EXPECTED):
                    _logger.exception("delivery %s", delivery.name)
                self._report(delivery, problem)
                pause = PATIENCE / self.speed
            self._stopping.wait(pause)

    def stop(self) -> None:
        """Begin to stop; what is buffered stays on disk."""
        self._stopping.set()

    def _step(self, delivery: Delivery) -> float:
        """Read and transform once, and write what is due; return the seconds until the next step."""
        transform = delivery.transform
        size, interval = (transform.size, transform.interval) if transform else (LARGEST_BATCH, 0.0)
        waiting, oldest = self.source.waiting(delivery, self.spool.positions)
        behind = time.time() - oldest / 1000 if waiting else 0.0
        ready = bool(waiting) and (waiting >= size or behind * self.speed >= interval)
        if ready:
            found, positions = self.source.read(delivery, self.spool.positions, size)
            if not self._take_in(delivery, found):
                return TICK
            self.spool.positions = positions
            self.spool.save()
        self._tell_how_far(delivery, behind, ready)
        due = [buffer for buffer in self.spool.buffers.values() if self._is_due(delivery, buffer)]
        # neither a delivery nor a backup waits for the other
        written = [self._write(delivery, buffer) for buffer in due]
        return 0.0 if ready or any(written) else PATIENCE / self.speed if due else TICK

    def _is_due(self, delivery: Delivery, buffer: Buffer) -> bool:
        target = objects.target(delivery, buffer.kind)
        return buffer.size >= target.size or (time.time() - buffer.opened) * self.speed >= target.interval

    def _tell_how_far(self, delivery: Delivery, behind: float, ready: bool) -> None:
        if ready or time.monotonic() - self._told > PATIENCE:
            self._measure(delivery, "KinesisMillisBehindLatest", max(0.0, behind * 1000))
            self._told = time.monotonic()

    def _take_in(self, delivery: Delivery, records: Sequence[Given]) -> bool:
        """Pass records through the transform and put each where it belongs; return False where the end of the local cloud came between."""
        self._measure(delivery, "DataReadFromKinesisStream.Records", len(records))
        self._measure(delivery, "DataReadFromKinesisStream.Bytes", sum(len(one.data) for one in records))
        schema = self._read_schema(delivery)
        done = transformed(delivery, records, lambda: speaker("lambda", delivery.role, delivery.arn), self._pause)
        if not done.answered and self._stopping.is_set():
            return False  # the function was ended, and did not fail: the next start reads these records again
        if delivery.transform is not None:
            self._measure(delivery, "ExecuteProcessing.Duration", done.seconds * 1000)
            self._measure(delivery, "ExecuteProcessing.Success", 1 if done.answered else 0)
            self._measure(delivery, "SucceedProcessing.Records", sum(not isinstance(one, Failure) for one in done.outcomes))
        intake = Intake(delivery, self.spool, schema)
        failed = intake.take(records, done.outcomes)
        self._measure(delivery, "PartitionCountExceeded", 1 if intake.is_full else 0)
        if failed:
            self._tell(delivery, failed[:MOST_TOLD])
        return True

    def _write(self, delivery: Delivery, buffer: Buffer) -> bool:
        """Deliver a buffer and forget it; return False if that cannot be now."""
        try:
            schema = self._read_schema(delivery) if buffer.kind == DATA else None
            size = objects.deliver(delivery, buffer, self.spool.path(buffer), schema)
        except EXPECTED as problem:
            self._report(delivery, problem, buffer.kind)
            return False
        self.spool.close(buffer)
        what = _metrics(buffer.kind)
        self._measure(delivery, f"{what}.Success", 1)
        self._measure(delivery, f"{what}.Records", buffer.records)
        self._measure(delivery, f"{what}.Bytes", size)
        self._measure(delivery, f"{what}.DataFreshness", max(0.0, time.time() - buffer.oldest / 1000))
        if buffer.kind == DATA:
            self._measure(delivery, "PartitionCount", sum(one.kind == DATA for one in self.spool.buffers.values()) + 1)
        return True

    def _read_schema(self, delivery: Delivery) -> Schema | None:
        """Return the columns of the table, looked up every now and then."""
        conversion = delivery.conversion
        if conversion is None:
            return None
        if self._schema is None or time.monotonic() - self._schema[0] > PATIENCE:
            role = conversion["SchemaConfiguration"].get("RoleARN") or delivery.role
            self._schema = time.monotonic(), Schema.read(speaker("glue", role, delivery.arn), conversion)
        return self._schema[1]

    def _pause(self, seconds: float) -> bool:
        """Wait before an attempt and return whether to make it."""
        return not self._stopping.wait(seconds * PATIENCE / self.speed)

    def _report(self, delivery: Delivery, problem: Exception, kind: str = DATA) -> None:
        """Say why nothing is delivered: in the log, and by the metric that alarms look at."""
        _logger.warning("delivery %s: %s", delivery.name, problem)
        what = _metrics(kind)
        self._measure(delivery, f"{what}.Success", 0)
        oldest = min((buffer.oldest for buffer in self.spool.buffers.values() if _metrics(buffer.kind) == what), default=None)
        if oldest is not None:
            self._measure(delivery, f"{what}.DataFreshness", max(0.0, time.time() - oldest / 1000))
        self._tell(delivery, [json.dumps({"errorCode": type(problem).__name__, "errorMessage": str(problem)}).encode()], kind)

    def _tell(self, delivery: Delivery, documents: Sequence[bytes], kind: str = DATA) -> None:
        """Write to the delivery's log, under its role; a log that is not to be written changes nothing."""
        target = objects.target(delivery, kind)
        if target.log is None:
            return
        group, stream = target.log
        now = int(time.time() * 1000)
        told = [{key: value for key, value in json.loads(document).items() if key != "rawData"} for document in documents]
        events = [{"timestamp": now, "message": json.dumps({"deliveryStreamARN": delivery.arn} | one)} for one in told]
        try:
            speaker("logs", target.role, delivery.arn).put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        except (ClientError, BotoCoreError, NotAssumableError) as problem:
            _logger.warning("the log of %s is lost: %s", delivery.name, problem)

    @staticmethod
    def _measure(delivery: Delivery, metric: str, value: float) -> None:
        record("AWS/Firehose", metric, {"DeliveryStreamName": delivery.name}, value)


def _metrics(kind: str) -> str:
    """Return what the metrics of a kind of object begin with."""
    return "BackupToS3" if kind == BACKUP else "DeliveryToS3"
