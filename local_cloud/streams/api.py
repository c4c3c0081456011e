"""PutRecord, PutRecords, GetShardIterator and GetRecords."""

import base64
import binascii
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_cloud import faults
from local_cloud.answers import Answer, answer, refusal
from local_cloud.cloudwatch.metrics import record
from local_cloud.streams.shard_log import Record
from local_cloud.streams.shards import LARGEST_ANSWER, MOST_RECORDS, ExpiredError, InvalidPlaceError, Place, Shards, place, sequence_number

LARGEST_RECORD = 1024 * 1024
"""Bytes of data and partition key: the default of AWS, before base64."""
LARGEST_REQUEST = 5 * 1024 * 1024
MOST_OF_A_REQUEST = 500
THROTTLED = "ProvisionedThroughputExceededException"
Fields = dict[str, Any]


class InvalidError(ValueError):
    """A request that is refused; the text says why."""


@dataclass(frozen=True)
class RecordActions:
    """The actions that write and read records.

    Attributes:
        find: returns name and record of ministack of the stream that a request names.
        route: (hash of a partition key, stream) -> shard.
        hash: partition key -> hash.
    """

    shards: Shards
    find: Callable[[Fields], tuple[str | None, Fields | None]]
    route: Callable[[int, Fields], str]
    hash: Callable[[str], int]

    def put_one(self, data: Fields) -> Answer:
        """Answer PutRecord."""
        return self._answered(data, self._put_one)

    def put(self, data: Fields) -> Answer:
        """Answer PutRecords."""
        return self._answered(data, self._put)

    def iterator(self, data: Fields) -> Answer:
        """Answer GetShardIterator."""
        return self._answered(data, self._iterator)

    def get(self, data: Fields) -> Answer:
        """Answer GetRecords."""
        try:
            at = Place.of(data.get("ShardIterator", ""))
        except ExpiredError as error:
            return refusal("ExpiredIteratorException", str(error))
        except InvalidPlaceError as error:
            return refusal("InvalidArgumentException", str(error))
        return self._answered(data | {"StreamName": at.stream}, lambda stream, given: self._get(stream, at, given))

    def _answered(self, data: Fields, act: Callable[[Fields, Fields], Answer]) -> Answer:
        name, stream = self.find(data)
        if stream is None:
            return refusal("ResourceNotFoundException", f"Stream {name} under account not found.")
        try:
            return act(stream, data)
        except InvalidError as error:
            return refusal("ValidationException", str(error))
        except InvalidPlaceError as error:
            return refusal("InvalidArgumentException", str(error))

    def _put_one(self, stream: Fields, data: Fields) -> Answer:
        entry = _entry(data)
        if faults.take("throttled_records"):
            record("AWS/Kinesis", "WriteProvisionedThroughputExceeded", {"StreamName": stream["StreamName"]})
            return refusal(THROTTLED, f"Rate exceeded for shard in stream {stream['StreamName']}.")
        (written,) = self._write(stream, [entry])
        return answer(written | {"EncryptionType": stream.get("EncryptionType", "NONE")})

    def _put(self, stream: Fields, data: Fields) -> Answer:
        given = data.get("Records") or []
        if not 1 <= len(given) <= MOST_OF_A_REQUEST:
            raise InvalidError(f"Records has {len(given)} entries; it must have from 1 to {MOST_OF_A_REQUEST}")
        entries = [_entry(one) for one in given]
        if sum(len(key) + len(content) for key, content, _ in entries) > LARGEST_REQUEST:
            raise InvalidError(f"Records size exceeds {LARGEST_REQUEST} bytes")
        throttled = faults.left("throttled_records")
        turned_away = set(range(0, len(entries), 2)[:throttled]) if throttled else set()
        if turned_away:
            faults.take("throttled_records", len(turned_away))
        written = iter(self._write(stream, [entry for number, entry in enumerate(entries) if number not in turned_away]))
        error = {"ErrorCode": THROTTLED, "ErrorMessage": f"Rate exceeded for shard in stream {stream['StreamName']}."}
        results = [error if number in turned_away else next(written) for number in range(len(entries))]
        self._measure(stream, "PutRecords.ThrottledRecords", len(turned_away))
        self._measure(stream, "WriteProvisionedThroughputExceeded", len(turned_away))
        return answer({"FailedRecordCount": len(turned_away), "Records": results, "EncryptionType": stream.get("EncryptionType", "NONE")})

    def _write(self, stream: Fields, entries: list[tuple[bytes, bytes, int | None]]) -> list[Fields]:
        now = int(time.time() * 1000)
        by_shard: dict[str, list[int]] = defaultdict(list)
        for number, (key, _, explicit) in enumerate(entries):
            by_shard[self.route(self.hash(key.decode()) if explicit is None else explicit, stream)].append(number)
        written: list[Fields] = [{} for _ in entries]
        for shard, numbers in by_shard.items():
            log = self.shards.log(stream, shard)
            log.trim(now - stream["RetentionPeriodHours"] * 3_600_000)
            for number, at in zip(numbers, log.append([entries[number][:2] for number in numbers], now), strict=True):
                written[number] = {"ShardId": shard, "SequenceNumber": sequence_number(shard, at)}
        self._measure(stream, "IncomingRecords", len(entries))
        self._measure(stream, "IncomingBytes", sum(len(data) for _, data, _ in entries))
        return written

    def _iterator(self, stream: Fields, data: Fields) -> Answer:
        shard, kind = data.get("ShardId", ""), data.get("ShardIteratorType")
        if shard not in stream["shards"]:
            return refusal("ResourceNotFoundException", f"Shard {shard} in stream {stream['StreamName']} not found.")
        at = self.position(stream, shard, kind, data.get("StartingSequenceNumber", ""), data.get("Timestamp"))
        return answer({"ShardIterator": Place(stream["StreamName"], shard, at).iterator()})

    def position(self, stream: Fields, shard: str, kind: str | None, number: str, timestamp: float | None) -> int:
        """Return the place in a shard where reading begins.

        Args:
            kind: the type of the iterator, or of the starting position.
            number: sequence number, for the types that go by it.
            timestamp: seconds since 1970, for AT_TIMESTAMP.

        Raises:
            InvalidError, InvalidPlaceError: it names no place.
        """
        log, oldest = self.shards.log(stream, shard), self.oldest(stream)
        match kind:
            case "LATEST":
                at = log.end
            case "TRIM_HORIZON":
                at = log.since(oldest)
            case "AT_TIMESTAMP" if timestamp is not None:
                at = log.since(max(oldest, int(float(timestamp) * 1000)))
            case "AT_SEQUENCE_NUMBER":
                at = place(number)
            case "AFTER_SEQUENCE_NUMBER":
                at = place(number)
                at = next((found.end for found in log.read(at, 1, 1)), at)
            case _:
                raise InvalidError(f"ShardIteratorType {kind} is invalid, or lacks its Timestamp")
        if at > log.end:
            raise InvalidPlaceError(f"StartingSequenceNumber is beyond the end of {shard}.")
        return at

    def _get(self, stream: Fields, at: Place, data: Fields) -> Answer:
        found, end, behind = self.read(stream, at, int(data.get("Limit", MOST_RECORDS)))
        shown = [self.shown(stream, at.shard, one) for one in found]
        return answer({"Records": shown, "NextShardIterator": Place(at.stream, at.shard, end).iterator(), "MillisBehindLatest": behind})

    @staticmethod
    def shown(stream: Fields, shard: str, one: Record) -> Fields:
        """Return a record as readers get it."""
        return {
            "SequenceNumber": sequence_number(shard, one.at),
            "ApproximateArrivalTimestamp": one.arrived / 1000,
            "Data": base64.b64encode(one.data).decode(),
            "PartitionKey": one.partition_key,
            "EncryptionType": stream.get("EncryptionType", "NONE"),
        }

    def read(self, stream: Fields, at: Place, count: int = MOST_RECORDS, largest: int = LARGEST_ANSWER) -> tuple[list[Record], int, int]:
        """Return records from a place on, the place behind them, and how far behind the newest record that is, in milliseconds."""
        log, oldest = self.shards.log(stream, at.shard), self.oldest(stream)
        read = list(log.read(at.at, largest, min(count, MOST_RECORDS)))
        found = [one for one in read if one.arrived >= oldest]
        end = read[-1].end if read else at.at
        waiting = next(log.read(end, 1, 1), None)
        behind = max(0, int(time.time() * 1000) - waiting.arrived) if waiting else 0
        age = int(time.time() * 1000) - found[-1].arrived if found else 0
        self._measure(stream, "GetRecords.IteratorAgeMilliseconds", max(age, 0))
        self._measure(stream, "GetRecords.Records", len(found))
        return found, end, behind

    def oldest(self, stream: Fields) -> int:
        """Return when the oldest record arrived that is still to be read."""
        return int((time.time() - stream["RetentionPeriodHours"] * 3600) * 1000)

    def _measure(self, stream: Fields, metric: str, value: float) -> None:
        record("AWS/Kinesis", metric, {"StreamName": stream["StreamName"]}, value)


def _entry(given: Fields) -> tuple[bytes, bytes, int | None]:
    """Return partition key, data and explicit hash of a record.

    Raises:
        InvalidError: it is not one that AWS would take.
    """
    key, explicit = given.get("PartitionKey") or "", given.get("ExplicitHashKey")
    if not 1 <= len(key) <= 256:
        raise InvalidError(f"PartitionKey has {len(key)} characters; it must have from 1 to 256")
    try:
        data = base64.b64decode(given.get("Data") or "", validate=True)
    except binascii.Error as error:
        raise InvalidError(f"Data is not base64: {error}") from error
    if len(data) + len(key.encode()) > LARGEST_RECORD:
        raise InvalidError(
            f"1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to {LARGEST_RECORD}"
        )
    return key.encode(), data, int(explicit) if explicit else None
