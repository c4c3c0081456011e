"""Records of a Kinesis stream, read with the rights of a role of the namespace, as streaming ingestion reads them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.redshift.failure import SqlError
from local_cloud.redshift.spectrum import Keys

COLUMNS = {
    "approximate_arrival_timestamp": "TIMESTAMP",
    "partition_key": "VARCHAR",
    "shard_id": "VARCHAR",
    "sequence_number": "VARCHAR",
    "refresh_time": "TIMESTAMP",
    "kinesis_data": "BLOB",
}
"""Of every stream: https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-streaming-ingestion-getting-started.html."""


@dataclass(frozen=True)
class Batch:
    """Records of one shard.

    Attributes:
        rows: with the columns of `COLUMNS`.
        last: sequence number of the last one.
    """

    shard: str
    rows: list[tuple[Any, ...]]
    last: str


@dataclass(frozen=True)
class Stream:
    """A stream, as a role sees it."""

    name: str
    keys: Keys

    def check(self) -> None:
        """Raise an SqlError where there is no such stream, or the role may not look at it."""
        self._asked("describe_stream_summary", StreamName=self.name)

    def read(self, read_before: Mapping[str, str]) -> Iterator[Batch]:
        """Yield what came since, shard by shard, until nothing is left.

        Args:
            read_before: shard -> sequence number of the last record that was read; others are read from the oldest one on.

        Raises:
            SqlError: the role may not read it, or not use its key.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        for shard in [shard["ShardId"] for shard in self._asked("list_shards", StreamName=self.name)["Shards"]]:
            last = read_before.get(shard)
            place = (
                {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": last}
                if last
                else {"ShardIteratorType": "TRIM_HORIZON"}
            )
            iterator = self._asked("get_shard_iterator", StreamName=self.name, ShardId=shard, **place)["ShardIterator"]
            while iterator:
                page = self._asked("get_records", ShardIterator=iterator)
                found = page["Records"]
                if found:
                    yield Batch(shard, [_row(record, shard, now) for record in found], found[-1]["SequenceNumber"])
                iterator = page.get("NextShardIterator") if found or page["MillisBehindLatest"] else None

    def _asked(self, action: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self.keys.client("kinesis"), action)(**arguments)
        except ClientError as error:
            raise SqlError(f"Kinesis error of stream {self.name}: {error.response['Error']['Message']}") from error
        return answer


def _row(record: Mapping[str, Any], shard: str, now: datetime) -> tuple[Any, ...]:
    arrived = record["ApproximateArrivalTimestamp"].astimezone(UTC).replace(tzinfo=None)
    return arrived, record["PartitionKey"], shard, record["SequenceNumber"], now, record["Data"]
