"""Some histories with the whole job: its files, Spark, Iceberg, and the bookmark of the local cloud."""

import itertools
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from pyspark.sql import SparkSession

from contracts.contract import Load
from glue_jobs.common.table import Table
from tests.glue_jobs.histories import BAND, Delete, Deliver, Land, Rewind, Run, Step, Wait, World, check, histories
from tests.glue_jobs.process import JobLake
from tests.glue_jobs.tables_in_memory import BROKEN, Record

SEED = int(os.environ.get("LAKE_SEED", random.randrange(1_000_000)))
WRITES = ("append", "merge", "overwrite", "create_branch", "drop_branch", "fast_forward", "delete")
EVERYTHING: Sequence[Step] = (
    Land("o", ("a,1", "b,1")),
    Run(),
    Land("p", ("a,1", "b,2", "a,broken"), event="twice"),
    Run(9),
    Land("q", ("a,2",), age=3),  # older than the repetition of a,1
    Run(),
    Land("o", ("b,1",)),
    Land("r", ("c,1",), age=3 * BAND),  # a long upload
    Rewind(),
    Run(12),
    Land("s", ("c,2",), event="never"),
    Land("t", ("d,1",), event="late"),
    Delete("t"),
    Wait(BAND + 1),
    Deliver(),
)
_numbers = itertools.count()


@dataclass
class SparkWorld(World):
    """A world whose runs are the job's own, on Spark."""

    spark: Any = None
    buckets: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lake = JobLake(self.spark, self.buckets, self.contract)
        self.lake.s3, self.lake.dynamodb, self.lake.ledger = self.s3, self.dynamodb, self.ledger
        self.store = self.lake.store
        stored = Table(self.spark, "lake_processed", self.name)
        self.table = SimpleNamespace(refs=stored.refs, read=lambda _: self._records(self.name, "station, level, _arrived_at, _object, ''"))
        self.quarantine = _Quarantine(self)

    def refresh(self) -> None:
        self.s3.minute = self.minute
        with pytest.MonkeyPatch.context() as patch:
            for write in WRITES:
                patch.setattr(Table, write, self._counted(getattr(Table, write)))
            try:
                self.lake.execute()
            finally:
                self.spark.catalog.clearCache()

    def records_apart(self) -> Sequence[Record]:
        return self._records(f"{self.name}_quarantine", f"split(_record, ',')[0], '{BROKEN}', _arrived_at, _object, _version")

    def _records(self, table: str, columns: str) -> Sequence[Record]:
        rows = self.lake.rows(columns, table)
        return [Record(key, str(value), arrived.replace(tzinfo=UTC), object_, version, 0) for key, value, arrived, object_, version in rows]

    def _counted(self, write: Callable[..., None]) -> Callable[..., None]:
        def counted(*arguments: Any, **named: Any) -> None:
            write(*arguments, **named)
            self.effect("table written")

        return counted


@dataclass
class _Quarantine:
    world: SparkWorld

    @property
    def records(self) -> Sequence[Record]:
        return self.world.records_apart()


def lived(spark: SparkSession, buckets: Path, load: Load, history: Sequence[Step]) -> World:
    name = f"history_{next(_numbers)}"
    # objects lie where Spark reads them
    world = SparkWorld(buckets, load, name=name, spark=spark, buckets=buckets)
    world.live(history)
    return world


@pytest.mark.parametrize("load", [pytest.param(load, marks=[] if load is Load.UPSERT else pytest.mark.matrix) for load in Load])
def test_after_a_history_of_everything_the_table_is_that_of_one_batch(spark: SparkSession, buckets: Path, load: Load) -> None:
    check(lived(spark, buckets, load, EVERYTHING))


@pytest.mark.matrix
@pytest.mark.parametrize("load", Load)
@seed(SEED)
@settings(
    deadline=None, max_examples=4, database=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=histories())
def test_after_some_generated_histories_the_table_is_that_of_one_batch(
    spark: SparkSession, buckets: Path, load: Load, history: list[Step]
) -> None:
    check(lived(spark, buckets, load, history))
