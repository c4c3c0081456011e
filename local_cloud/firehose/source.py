"""What a delivery reads: the shards of its Kinesis stream, under its source role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_cloud.authorization.ask import require
from local_cloud.environment import ACCOUNT, REGION
from local_cloud.firehose.definition import Delivery
from local_cloud.firehose.roles import credentials
from local_cloud.firehose.transform import Given
from local_cloud.streams.api import RecordActions
from local_cloud.streams.shards import Place, sequence_number

NEEDED = ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords")


@dataclass(frozen=True)
class Source:
    """Reads the stream of a delivery.

    Attributes:
        find: name of a stream -> ministack's record of it; None where there is none.
    """

    actions: RecordActions
    find: Callable[[str], dict[str, Any] | None]

    def waiting(self, delivery: Delivery, positions: dict[str, int]) -> tuple[int, int]:
        """Return the bytes that wait to be read, and when the oldest of them arrived, in milliseconds."""
        stream, size, oldest = self.find(delivery.stream), 0, 0
        for shard in stream["shards"] if stream else ():
            assert stream is not None
            log, at = self.actions.shards.log(stream, shard), self._position(delivery, stream, shard, positions)
            size += log.end - at
            first = next(log.read(at, 1, 1), None) if log.end > at else None
            oldest = min(oldest or first.arrived, first.arrived) if first else oldest
        return size, oldest

    def read(self, delivery: Delivery, positions: dict[str, int], largest: int) -> tuple[list[Given], dict[str, int]]:
        """Return records from the positions on, and the positions behind them.

        Raises:
            DeniedError: the source role may not read the stream, or not use its key.
            NotAssumableError: the source role does not trust Firehose.
        """
        own = credentials(delivery.source_role, delivery.arn)
        for action in NEEDED:
            require(own, action, f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{delivery.stream}")
        stream = self.find(delivery.stream)
        assert stream is not None  # something waits in it
        found: list[Given] = []
        after, room, shards = dict(positions), largest, list(stream["shards"])
        for number, shard in enumerate(shards):
            if room > 0:
                share = -(-room // (len(shards) - number))  # so that none waits until the others have nothing
                read, after[shard], _ = self.actions.read(stream, Place(delivery.stream, shard, after[shard]), largest=share)
                found += [Given(shard, sequence_number(shard, one.at), one.arrived, one.partition_key, one.data) for one in read]
                room -= sum(len(one.data) for one in read)
        return found, after

    def _position(self, delivery: Delivery, stream: dict[str, Any], shard: str, positions: dict[str, int]) -> int:
        """Return where to read a shard on; at first from what arrived since the delivery was made."""
        log = self.actions.shards.log(stream, shard)
        if shard not in positions:
            positions[shard] = log.since(delivery.started)
        return positions[shard]
