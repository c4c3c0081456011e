"""What becomes of the records that a delivery has read: the transform says it, and each goes to its buffer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from local_cloud.firehose import objects
from local_cloud.firehose.conversion import Schema, UnconvertibleError
from local_cloud.firehose.definition import Delivery
from local_cloud.firehose.failures import BACKUP, DATA, TRANSFORM, Failure
from local_cloud.firehose.spool import Spool
from local_cloud.firehose.transform import Given, Kept, Outcome

MOST_PARTITIONS = 500
FULL = "DynamicPartitioning.ActivePartitionLimitExceeded"
Keys = tuple[tuple[str, str], ...]


@dataclass
class _Pile:
    """Lines that go to one buffer."""

    oldest: int
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    records: int = 0

    def add(self, lines: Sequence[bytes], size: int, arrived: int) -> None:
        self.lines += lines
        self.size += size
        self.records += 1
        self.oldest = min(self.oldest, arrived)


@dataclass
class Intake:
    """Sorts the outcomes of one batch into the buffers of a delivery."""

    delivery: Delivery
    spool: Spool
    schema: Schema | None
    _piles: dict[tuple[str, Keys], _Pile] = field(default_factory=dict)
    _refused: dict[Keys, Failure | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._is_partitioned = self.delivery.is_partitioned

    @property
    def is_full(self) -> bool:
        """Whether a record was refused because too many partitions are active."""
        return any(failure is not None and failure.code == FULL for failure in self._refused.values())

    def take(self, records: Sequence[Given], outcomes: Sequence[Outcome]) -> list[bytes]:
        """Put each record where it belongs and return the documents of those that are not delivered."""
        documents = []
        for given, outcome in zip(records, outcomes, strict=True):
            failure = self._keep(outcome) if isinstance(outcome, Kept) else outcome
            if failure is not None:
                data = outcome.data if isinstance(outcome, Kept) else given.data
                document = failure.document(data, given.arrived)
                documents.append(document)
                self._add(failure.kind, (), [document], len(given.data), given.arrived)
        if self.delivery.backup is not None:
            for given in records:
                self._add(BACKUP, (), [given.data], len(given.data), given.arrived)
        for (kind, keys), pile in self._piles.items():
            buffer = self.spool.buffer(kind, dict(keys), pile.oldest)
            # what was not transformed lies end to end, as it came
            self.spool.append(buffer, b"".join(pile.lines) if kind == BACKUP else b"\n".join([*pile.lines, b""]), pile.size, pile.records)
        return documents

    def _keep(self, kept: Kept) -> Failure | None:
        """Put a record into its partition, or return why that cannot be."""
        keys = tuple(sorted(kept.keys.items())) if self._is_partitioned else ()
        if keys not in self._refused:
            self._refused[keys] = self._look_at(keys, kept)
        failure = self._refused[keys]
        if failure is not None:
            return failure
        try:
            rows = self.schema.rows(kept.data) if self.schema else [kept.data.rstrip(b"\n")]
        except UnconvertibleError as problem:
            return problem.failure
        self._add(DATA, keys, rows, len(kept.data), kept.given.arrived)
        return None

    def _look_at(self, keys: Keys, kept: Kept) -> Failure | None:
        """Return why a partition cannot be; None where it can."""
        try:
            objects.prefix(self.delivery, DATA, dict(keys), kept.given.arrived)
        except objects.PrefixError as problem:
            return Failure(TRANSFORM, "DynamicPartitioning.MetadataExtractionFailed", str(problem))
        opened = {tuple(sorted(buffer.keys.items())) for buffer in self.spool.buffers.values() if buffer.kind == DATA}
        opened |= {other for kind, other in self._piles if kind == DATA}
        if len(opened) >= MOST_PARTITIONS and keys not in opened:
            return Failure(TRANSFORM, FULL, f"{len(opened)} partitions are active")
        return None

    def _add(self, kind: str, keys: Keys, lines: Sequence[bytes], size: int, arrived: int) -> None:
        self._piles.setdefault((kind, keys), _Pile(arrived)).add(lines, size, arrived)
