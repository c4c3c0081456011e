"""Records of the stream become rows of the envelope table; pure, so that every kind of record can be tried.

What Firehose sends and takes: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contracts.envelope import RefusedError, open_envelope
from lambdas.stream_transform.aggregated import split

# "The Lambda synchronous invocation mode has a payload size limit of 6 MB for both the request and the response":
# https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html; half a MB is left for what JSON puts around it
LARGEST_RESPONSE = 5_500_000
NO_ROOM = "the response of the transform was full; nothing is wrong with the record"
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Refused:
    """A record that is not delivered, and why."""

    record_id: str
    sequence_number: str
    reason: str


@dataclass(frozen=True)
class Transformed:
    """What became of a batch.

    Attributes:
        records: the answer, one for each record in its order.
        delivered: number of rows; an aggregated record makes several.
    """

    records: Sequence[Mapping[str, Any]]
    refused: Sequence[Refused]
    delivered: int

    @property
    def has_room(self) -> bool:
        """Whether every record was refused for a fault of its own."""
        return all(refused.reason != NO_ROOM for refused in self.refused)


def transform(records: Sequence[Mapping[str, Any]], datasets: Collection[str], largest: int = LARGEST_RESPONSE) -> Transformed:
    """Return one answer for each record: no record decides about another, but for the room in the response.

    Args:
        datasets: that take records of the stream.
        largest: bytes of the response.
    """
    answers, refused, delivered = [], [], 0
    failed = [_failed(record["recordId"]) for record in records]
    room = largest - sum(map(_size, failed))
    for record, failure in zip(records, failed, strict=True):
        try:
            answer, rows = _answer(record, datasets)
            needed = _size(answer) - _size(failure)
            if needed > room:
                raise RefusedError(NO_ROOM)
            room, delivered = room - needed, delivered + rows
        except Exception as error:  # noqa: BLE001 - whatever a record does to its reader, the others arrive
            reason = str(error) if isinstance(error, RefusedError) else f"{type(error).__name__}: {error}"
            refused.append(Refused(record["recordId"], _metadata(record).get("sequenceNumber", ""), reason))
            answer = failure
        answers.append(answer)
    return Transformed(answers, refused, delivered)


def _answer(record: Mapping[str, Any], datasets: Collection[str]) -> tuple[dict[str, Any], int]:
    data = b64decode(record["data"], validate=True)
    arrived = _arrival(record)
    rows = list(_rows(data, _sequence(record), arrived, datasets))
    names = sorted({dataset for dataset, _ in rows})
    if len(names) != 1:
        raise RefusedError(f"it holds records of {', '.join(names)}, which Firehose can deliver to one place alone")
    answer = {
        "recordId": record["recordId"],
        "result": "Ok",
        "data": b64encode("\n".join(row for _, row in rows).encode()).decode("ascii"),
        "metadata": {"partitionKeys": {"dataset": names[0], "ingest_date": arrived[:10]}},
    }
    return answer, len(rows)


def _rows(data: bytes, sequence: str, arrived: str, datasets: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield dataset and row of each record in a record: its own, or those that the producer packed into it."""
    packed = split(data)
    for number, part in enumerate([data] if packed is None else packed):
        found = open_envelope(part, datasets)
        yield (
            found.dataset,
            _dump(
                {
                    "dataset": found.dataset,
                    "event_time": found.event_time,
                    "arrival_time": arrived,
                    "sequence_number": sequence if packed is None else f"{sequence}.{number}",
                    "record": found.record,
                }
            ),
        )


def _failed(record_id: str) -> dict[str, Any]:
    # without data: Firehose keeps what it sent
    return {"recordId": record_id, "result": "ProcessingFailed"}


def _size(answer: Mapping[str, Any]) -> int:
    """Return the bytes of an answer in the response, with the comma behind it; no less than what Lambda makes of it."""
    return len(json.dumps(answer)) + 2


def _metadata(record: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = record.get("kinesisRecordMetadata") or {}
    return found


def _sequence(record: Mapping[str, Any]) -> str:
    """Return the sequence number; behind a dot the place within an aggregated record, where Firehose took one apart."""
    found = _metadata(record)
    number, within = str(found.get("sequenceNumber", "")), found.get("subsequenceNumber") or 0
    return f"{number}.{within}" if within else number


def _arrival(record: Mapping[str, Any]) -> str:
    """Return when the stream got a record, ISO 8601 in UTC, to the millisecond."""
    milliseconds = int(_metadata(record).get("approximateArrivalTimestamp") or record["approximateArrivalTimestamp"])
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"
