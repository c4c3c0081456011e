"""How Spark runs a refresh: what is asked of the plan here is what its time depends on, and no timing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from benchmarks.events import contract
from contracts.contract import Column, Contract, Field
from glue_jobs.common.arrivals import find
from glue_jobs.common.batch import conform_batch
from glue_jobs.common.edge import settle
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HEADER, readings

LIMIT = 8000  # bytes of code in a method that Java compiles, and does not interpret: its -XX:-DontCompileHugeMethods
EVENT = '{"event_id": "1", "event_ts": "2026-01-01", "item": {"unit_price": "1", "quantity": "2"}}'
PASSES = 2  # over an object: one counts its records before any is parsed, the other parses them


def _batch(spark: SparkSession, buckets: Path, wanted: Contract, *lines: str) -> DataFrame:
    lake = Lake(spark, buckets, wanted)
    lake.land("a", *lines)
    arrivals = find(lake.run(), lake.increment_of)
    batch = conform_batch(arrivals.lines, arrivals.counts, wanted)
    batch.unpersist()
    return batch


def _plan(batch: DataFrame) -> str:
    return str(batch._jdf.queryExecution().executedPlan().toString())


def _largest_methods(spark: SparkSession, batch: DataFrame) -> list[int]:
    """Return the bytes of code of the largest method of each stage that Spark writes a program for."""
    assert spark._jvm is not None
    debug = getattr(spark._jvm.org.apache.spark.sql.execution.debug, "package$").__getattr__("MODULE$")
    stages = debug.codegenStringSeq(batch._jdf.queryExecution().executedPlan())
    return [int(stages.apply(number)._3().maxMethodCodeSize()) for number in range(stages.size())]


@pytest.mark.parametrize(
    ("wanted", "lines", "parser"), [(contract("plan_json"), [EVENT], "from_json"), (readings("plan_csv"), [HEADER, "a,b,c,d"], "from_csv")]
)
def test_a_batch_is_read_and_parsed_once_by_code_that_java_compiles(
    spark: SparkSession, buckets: Path, wanted: Contract, lines: list[str], parser: str
) -> None:
    batch = _batch(spark, buckets, wanted, *lines)
    plan = _plan(batch)
    assert (plan.count("FileScan text"), plan.count(f"{parser}(")) == (1, 1), plan
    assert 0 < max(_largest_methods(spark, batch)) <= LIMIT


@pytest.mark.matrix  # such code takes long to make
def test_a_table_so_wide_that_java_would_interpret_its_code_is_run_in_pieces(spark: SparkSession, buckets: Path) -> None:
    source = readings("plan_wide").source
    assert source
    names = [f"number_{number}" for number in range(80)]
    wide = readings("plan_wide", key=("number_0",), partition_by=(), rules=(), row_rules=())
    wide = replace(wide, source=replace(source, fields=tuple(Field(name=name, type="decimal(12,2)") for name in names)))
    wide = replace(wide, columns=tuple(Column(name=name, type="decimal(12,2)", required=True, source=name) for name in names))
    batch = _batch(spark, buckets, wide, ",".join(names), ",".join(["1"] * 80))
    assert max(_largest_methods(spark, batch)) > LIMIT
    settle(spark)
    assert spark.conf.get("spark.sql.codegen.hugeMethodLimit") == f"{LIMIT}"
    assert batch.count() == 1


def _bytes_read(spark: SparkSession) -> int:
    assert spark._jvm is not None
    files = spark._jvm.org.apache.hadoop.fs.FileSystem.getStatistics()
    return int(files["file"].getBytesRead())


def _refreshed(spark: SparkSession, buckets: Path, name: str) -> float:
    """Return how often a refresh reads what it reads, in sizes of an object that is large beside all else."""
    lake = Lake(spark, buckets, readings(name))
    lines = [f"Station {number},2013-01-01,7,{'rain ' * 20}" for number in range(20_000)]
    lake.land("a.csv", HEADER, *lines)
    before = _bytes_read(spark)
    assert lake.refresh().facts["read"] == len(lines)
    return (_bytes_read(spark) - before) / len("\n".join(lines))


def test_a_refresh_reads_an_object_twice(spark: SparkSession, buckets: Path) -> None:
    assert _refreshed(spark, buckets, "plan_read") < PASSES + 1


def test_one_that_kept_no_batch_would_read_it_more_often(spark: SparkSession, buckets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Callable[..., DataFrame] = conform_batch
    monkeypatch.setattr("glue_jobs.raw_to_processed.conform_batch", lambda *given: kept(*given).unpersist())
    assert _refreshed(spark, buckets, "plan_read_again") > PASSES + 1
