"""Records of the stream become rows of the envelope table; pure, so that every kind of record can be tried.

What Firehose sends and takes: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from json.encoder import encode_basestring_ascii as quoted_ascii
from typing import Any

from contracts.envelope import REFUSED, Envelope, RefusedError, open_envelope
from lambdas.stream_transform.aggregated import split

# "The Lambda synchronous invocation mode has a payload size limit of 6 MB for both the request and the response":
# https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html; half a MB is left for what JSON puts around it
LARGEST_RESPONSE = 5_500_000
LONGEST_REASON = 500  # characters; each refused record carries its own
NO_ROOM = "the response of the transform was full; nothing is wrong with the record"
# what the JSON of an answer takes besides record id, data and dataset, with the comma behind it
OK_BYTES = (
    len(
        json.dumps({"recordId": 0, "result": "Ok", "data": "", "metadata": {"partitionKeys": {"dataset": "", "ingest_date": "2013-01-01"}}})
    )
    + 2
)
FAILED_BYTES = len(json.dumps({"recordId": 0, "result": "ProcessingFailed"})) + 2


@dataclass(frozen=True)
class Refused:
    """A record that does not get to its dataset, and why."""

    record_id: str
    sequence_number: str
    reason: str


@dataclass(frozen=True)
class Transformed:
    """What became of a batch.

    Attributes:
        records: the answer, one for each record in its order.
        delivered: number of rows for datasets; an aggregated record makes several.
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
    answers: list[Mapping[str, Any]] = []
    refused: list[Refused] = []
    delivered = 0
    # there is room to refuse every record: each came with more than its refusal takes
    room = largest - sum(FAILED_BYTES + _id_bytes(record) for record in records)
    for record in records:
        try:
            answer, rows = _answer(record, datasets)
            if (needed := _needed(answer)) > room:
                raise RefusedError(NO_ROOM)
            room, delivered = room - needed, delivered + rows
        except Exception as error:  # noqa: BLE001 - whatever a record does to its reader, the others arrive
            reason = str(error) if isinstance(error, RefusedError) else f"{type(error).__name__}: {error}"
            refused.append(Refused(record["recordId"], _sequence(record), reason))
            answer = _refusal(record, reason)
            needed = _needed(answer)
            if reason == NO_ROOM or needed > room:
                # without data: Firehose keeps what it sent
                answer, needed = {"recordId": record["recordId"], "result": "ProcessingFailed"}, 0
            room -= needed
        answers.append(answer)
    return Transformed(answers, refused, delivered)


def _answer(record: Mapping[str, Any], datasets: Collection[str]) -> tuple[dict[str, Any], int]:
    """Return the answer for a record that can be delivered, and the number of rows that it makes.

    Raises:
        RefusedError: it cannot be.
    """
    data, arrived = b64decode(record["data"], validate=True), _arrival(record)
    packed = split(data)
    found = [open_envelope(part, datasets) for part in ([data] if packed is None else packed)]
    names = sorted({envelope.dataset for envelope in found})
    if len(names) != 1:
        raise RefusedError(f"it holds records of {', '.join(names) or 'no dataset'}, and Firehose delivers what comes as one to one place")
    sequence = _sequence(record)
    numbers = [sequence] if packed is None else [f"{sequence}.{number}" for number in range(len(found))]
    rows = [_row(envelope, arrived, number) for envelope, number in zip(found, numbers, strict=True)]
    answer = {
        "recordId": record["recordId"],
        "result": "Ok",
        "data": b64encode("\n".join(rows).encode()).decode("ascii"),
        "metadata": {"partitionKeys": {"dataset": names[0], "ingest_date": arrived[:10]}},
    }
    return answer, len(rows)


def _refusal(record: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Return the answer by which a record is delivered where refused ones are, whole, with its reason; one that Firehose keeps where it is not whole itself."""
    try:
        arrived, _ = _arrival(record), b64decode(record["data"], validate=True)
    except Exception:  # noqa: BLE001 - as above: it is kept, whatever it is
        return {"recordId": record["recordId"], "result": "ProcessingFailed"}
    row = (
        f'{{"arrival_time":"{arrived}","sequence_number":{quoted(_sequence(record))},"reason":{quoted_ascii(reason[:LONGEST_REASON])},'
        f'"rawdata":"{record["data"]}"}}'
    )
    return {
        "recordId": record["recordId"],
        "result": "Ok",
        "data": b64encode(row.encode()).decode("ascii"),
        "metadata": {"partitionKeys": {"dataset": REFUSED, "ingest_date": arrived[:10]}},
    }


def _needed(answer: Mapping[str, Any]) -> int:
    """Return the bytes of an answer beyond those of the shortest one."""
    if "data" not in answer:
        return 0
    return OK_BYTES - FAILED_BYTES + len(answer["data"]) + len(answer["metadata"]["partitionKeys"]["dataset"])


def _row(envelope: Envelope, arrived: str, sequence: str) -> str:
    """Return a row of the envelope table as JSON; written by hand, since it is most of the work."""
    event_time = "null" if envelope.event_time is None else f'"{envelope.event_time}"'  # of letters that need no escape
    return (
        f'{{"dataset":"{envelope.dataset}","event_time":{event_time},"arrival_time":"{arrived}",'
        f'"sequence_number":{quoted(sequence)},"record":{quoted(envelope.record)}}}'
    )


def _id_bytes(record: Mapping[str, Any]) -> int:
    return len(quoted_ascii(record["recordId"]))


def _sequence(record: Mapping[str, Any]) -> str:
    """Return the sequence number; behind a dot the place within an aggregated record, where Firehose took one apart."""
    found = record.get("kinesisRecordMetadata") or {}
    number, within = found.get("sequenceNumber") or "", found.get("subsequenceNumber") or 0
    return f"{number}.{within}" if within else str(number)


def _arrival(record: Mapping[str, Any]) -> str:
    """Return when the stream got a record, ISO 8601 in UTC, to the millisecond."""
    found = (record.get("kinesisRecordMetadata") or record).get("approximateArrivalTimestamp")
    if not isinstance(found, int):
        raise RefusedError(f"approximateArrivalTimestamp is {found!r}, expected milliseconds since 1970")
    return f"{_second(found // 1000)}.{found % 1000:03d}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
