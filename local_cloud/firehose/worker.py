"""One delivery at work: read, transform, buffer, write; what fails is tried again, and never lost."""

import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.authorization.ask import DeniedError
from local_cloud.cloudwatch.metrics import record
from local_cloud.credentials import NotAssumableError
from local_cloud.firehose import objects
from local_cloud.firehose.conversion import Schema, UnconvertibleError
from local_cloud.firehose.definition import Delivery
from local_cloud.firehose.failures import TRANSFORM, Failure
from local_cloud.firehose.roles import speaker
from local_cloud.firehose.source import Source
from local_cloud.firehose.spool import Buffer, Spool
from local_cloud.firehose.transform import Given, Kept, Outcome, transformed

TICK = 0.1
"""Seconds between two looks at an idle stream."""
PATIENCE = 10.0
"""Seconds, unscaled, before what failed is tried again."""
MOST_PARTITIONS = 500
LARGEST_BATCH = 3 * 1024 * 1024
"""Bytes that are read at once where there is no transform."""
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
    _schema: tuple[float, Schema] | None = None

    def run(self) -> None:
        """Work until stopped or deleted."""
        while not self._stopping.is_set():
            delivery = self.current()
            if delivery is None:
                self.spool.remove()
                return
            try:
                busy = self._step(delivery)
            except (ClientError, BotoCoreError, DeniedError, NotAssumableError, ValueError) as problem:
                self._report(delivery, problem)
                busy = False
                self._stopping.wait(PATIENCE / self.speed)
            except Exception as problem:
                _logger.exception("delivery %s", delivery.name)
                self._report(delivery, problem)
                busy = False
                self._stopping.wait(PATIENCE / self.speed)
            if not busy:
                self._stopping.wait(TICK)

    def stop(self) -> None:
        """Begin to stop; what is buffered stays on disk."""
        self._stopping.set()

    def _step(self, delivery: Delivery) -> bool:
        """Read and transform once, and write what is due; return whether there was something to do."""
        transform = delivery.transform
        size, interval = (transform.size, transform.interval) if transform else (LARGEST_BATCH, 0.0)
        waiting, oldest = self.source.waiting(delivery, self.spool.positions)
        behind = time.time() - oldest / 1000 if waiting else 0.0
        record("AWS/Firehose", "KinesisMillisBehindLatest", self._dimensions(delivery), max(0.0, behind * 1000))
        ready = bool(waiting) and (waiting >= size or behind * self.speed >= interval)
        if ready:
            found, positions = self.source.read(delivery, self.spool.positions, size)
            self._take_in(delivery, found)
            self.spool.positions = positions
            self.spool.save()
        due = [buffer for buffer in self.spool.buffers.values() if self._is_due(delivery, buffer)]
        for buffer in due:
            self._write(delivery, buffer)
        return ready or bool(due)

    def _is_due(self, delivery: Delivery, buffer: Buffer) -> bool:
        return buffer.size >= delivery.size or (time.time() - buffer.opened) * self.speed >= delivery.interval

    def _take_in(self, delivery: Delivery, records: Sequence[Given]) -> None:
        """Pass records through the transform and put each where it belongs."""
        dimensions = self._dimensions(delivery)
        record("AWS/Firehose", "DataReadFromKinesisStream.Records", dimensions, len(records))
        record("AWS/Firehose", "DataReadFromKinesisStream.Bytes", dimensions, sum(len(one.data) for one in records))
        functions = lambda: speaker("lambda", delivery.role, delivery.arn)  # made anew, since a role may change between attempts
        outcomes, seconds, answered = transformed(delivery, records, functions, self._pause)
        if delivery.transform is not None:
            record("AWS/Firehose", "ExecuteProcessing.Duration", dimensions, seconds * 1000)
            record("AWS/Firehose", "ExecuteProcessing.Success", dimensions, 1 if answered else 0)
            kept = [one for one in outcomes if not isinstance(one, Failure)]
            record("AWS/Firehose", "SucceedProcessing.Records", dimensions, len(kept))
        schema = self._read_schema(delivery)
        lines: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[list[bytes], int, Given]]] = defaultdict(list)
        for given, outcome in zip(records, outcomes, strict=True):
            placed = self._place(delivery, schema, given, outcome)
            if placed is not None:
                kind, keys, rows, size = placed
                lines[kind, tuple(sorted(keys.items()))].append((rows, size, given))
        for (kind, key), entries in lines.items():
            buffer = self.spool.buffer(kind, dict(key), min(given.arrived for _, _, given in entries))
            self.spool.append(buffer, [row for rows, _, _ in entries for row in rows], sum(size for _, size, _ in entries), len(entries))
        failed = [rows[0] for (kind, _), entries in lines.items() if kind != "data" for rows, _, _ in entries]
        if failed:
            self._tell(delivery, failed[:10])

    def _place(
        self, delivery: Delivery, schema: Schema | None, given: Given, outcome: Outcome
    ) -> tuple[str, dict[str, str], list[bytes], int] | None:
        """Return kind, partition, lines and size of what a record becomes; None for one that was dropped."""
        if outcome is None:
            return None
        if isinstance(outcome, Kept):
            failure, rows = self._rows(delivery, schema, outcome)
            if failure is None:
                return "data", outcome.keys if delivery.is_partitioned else {}, rows, len(outcome.data)
        else:
            failure = outcome
        return failure.kind, {}, [failure.document(given.data, given.arrived)], len(given.data)

    def _rows(self, delivery: Delivery, schema: Schema | None, kept: Kept) -> tuple[Failure | None, list[bytes]]:
        try:
            objects.prefix(delivery, "data", kept.keys, kept.given.arrived)
        except objects.PrefixError as problem:
            return Failure(TRANSFORM, "DynamicPartitioning.MetadataExtractionFailed", str(problem)), []
        opened = [buffer for buffer in self.spool.buffers.values() if buffer.kind == "data"]
        if len(opened) >= MOST_PARTITIONS and all(buffer.keys != kept.keys for buffer in opened):
            return Failure(TRANSFORM, "DynamicPartitioning.ActivePartitionLimitExceeded", f"{len(opened)} partitions are active"), []
        try:
            return None, schema.rows(kept.data) if schema else [kept.data.rstrip(b"\n")]
        except UnconvertibleError as problem:
            return problem.failure, []

    def _write(self, delivery: Delivery, buffer: Buffer) -> None:
        """Deliver a buffer and forget it."""
        size = objects.deliver(delivery, buffer, self.spool.path(buffer), self._read_schema(delivery))
        dimensions, oldest = self._dimensions(delivery), buffer.oldest
        self.spool.close(buffer)
        record("AWS/Firehose", "DeliveryToS3.Success", dimensions)
        record("AWS/Firehose", "DeliveryToS3.Records", dimensions, buffer.records)
        record("AWS/Firehose", "DeliveryToS3.Bytes", dimensions, size)
        record("AWS/Firehose", "DeliveryToS3.DataFreshness", dimensions, max(0.0, time.time() - oldest / 1000))
        if buffer.kind == "data":
            record("AWS/Firehose", "PartitionCount", dimensions, sum(one.kind == "data" for one in self.spool.buffers.values()) + 1)

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

    def _report(self, delivery: Delivery, problem: Exception) -> None:
        """Say why nothing is delivered: in the log, and by the metric that alarms look at."""
        _logger.warning("delivery %s: %s", delivery.name, problem)
        record("AWS/Firehose", "DeliveryToS3.Success", self._dimensions(delivery), 0)
        self._tell(delivery, [json.dumps({"errorCode": type(problem).__name__, "errorMessage": str(problem)}).encode()])

    def _tell(self, delivery: Delivery, documents: Sequence[bytes]) -> None:
        """Write to the delivery's log, under its role; a log that is not to be written changes nothing."""
        if delivery.log is None:
            return
        group, stream = delivery.log
        now = int(time.time() * 1000)
        told = [{key: value for key, value in json.loads(document).items() if key != "rawData"} for document in documents]
        events = [{"timestamp": now, "message": json.dumps({"deliveryStreamARN": delivery.arn} | one)} for one in told]
        try:
            speaker("logs", delivery.role, delivery.arn).put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        except (ClientError, BotoCoreError, NotAssumableError) as problem:
            _logger.warning("the log of %s is lost: %s", delivery.name, problem)

    @staticmethod
    def _dimensions(delivery: Delivery) -> dict[str, str]:
        return {"DeliveryStreamName": delivery.name}
