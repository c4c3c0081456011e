"""Records on their way to a Kinesis stream: in requests as large as Kinesis takes, and again where it turned some away."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

# https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
MOST_RECORDS = 500
LARGEST_REQUEST = 5 * 1024 * 1024
LARGEST_RECORD = 1024 * 1024  # bytes of data and partition key, unless the stream was made for more
ATTEMPTS = 12
LONGEST_WAIT = 20.0  # seconds before an attempt


@dataclass(frozen=True)
class Outgoing:
    """A record to send.

    Attributes:
        number: that a person finds it by, as its line in a file.
        key: records with one key arrive in their order; None where there is no order to keep.
    """

    number: int
    data: bytes
    key: str | None = None

    @property
    def partition_key(self) -> str:
        return sha256(self.key.encode() if self.key is not None else self.data).hexdigest()[:32]

    @property
    def size(self) -> int:
        return len(self.data) + len(self.partition_key)


@dataclass
class Report:
    """What became of the records.

    Attributes:
        accepted: number of records that the stream has.
        again: how many were turned away and sent again.
        refused: of the records that the stream has not, number and reason.
    """

    accepted: int = 0
    again: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


class TurnedAwayError(Exception):
    """Kinesis turned some records of a request away; the text is its reason for the last one."""


@dataclass
class Sender:
    """Sends records to one stream.

    Attributes:
        rate: most records a second; None sends as fast as they are taken.
        done: is told, after each request, of the number of records that were dealt with.
    """

    kinesis: "KinesisClient"
    stream: str
    rate: int | None = None
    done: Callable[[int], None] = lambda _: None
    report: Report = field(default_factory=Report)

    def send(self, records: Iterable[Outgoing]) -> Report:
        """Send records in their order and return what became of them."""
        begin, dealt_with = time.monotonic(), 0
        for batch in requests(self._fitting(records), min(MOST_RECORDS, self.rate or MOST_RECORDS)):
            self._put(batch)
            dealt_with += len(batch)
            self.done(dealt_with)
            if self.rate:
                time.sleep(max(0.0, begin + dealt_with / self.rate - time.monotonic()))
        return self.report

    def _fitting(self, records: Iterable[Outgoing]) -> Iterator[Outgoing]:
        for record in records:
            if record.size <= LARGEST_RECORD:
                yield record
            else:
                why = f"it has {record.size:,} bytes with its key; a record of a stream may have {LARGEST_RECORD:,}"
                self.report.refused.append((record.number, why))

    def _put(self, batch: list[Outgoing]) -> None:
        waiting = list(batch)
        again = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=LONGEST_WAIT),
            retry=retry_if_exception_type(TurnedAwayError),
        )
        try:
            for attempt in again:
                with attempt:
                    self.report.again += len(waiting) if attempt.retry_state.attempt_number > 1 else 0
                    waiting[:] = self._put_once(waiting)
        except RetryError as failed:
            reason = str(failed.last_attempt.exception())
            self.report.refused += [(record.number, f"turned away {ATTEMPTS} times: {reason}") for record in waiting]
        self.report.accepted += len(batch) - len(waiting)

    def _put_once(self, waiting: list[Outgoing]) -> list[Outgoing]:
        """Put records, and return none of them; those that were turned away stay in the list.

        Raises:
            TurnedAwayError: some were.
        """
        entries: list[PutRecordsRequestEntryTypeDef] = [{"Data": one.data, "PartitionKey": one.partition_key} for one in waiting]
        answer = self.kinesis.put_records(StreamName=self.stream, Records=entries)
        failed = [(record, result) for record, result in zip(waiting, answer["Records"], strict=True) if "ErrorCode" in result]
        waiting[:] = [record for record, _ in failed]
        if failed:
            raise TurnedAwayError(f"{failed[-1][1]['ErrorCode']}: {failed[-1][1]['ErrorMessage']}")
        return []


def requests(records: Iterable[Outgoing], most: int) -> Iterator[list[Outgoing]]:
    """Yield records in lists that fit into one request each."""
    batch: list[Outgoing] = []
    size = 0
    for record in records:
        if batch and (len(batch) == most or size + record.size > LARGEST_REQUEST):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += record.size
    if batch:
        yield batch
