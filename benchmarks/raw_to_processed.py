"""The job against the shortest script that does its core: `.venv/bin/python -m benchmarks.raw_to_processed [--events N] [--rounds N]`.

Both parse, cast, deduplicate and write the same events in one session, by turns. The script keeps no account of a row, sets none apart, and
audits nothing: a broken row is dropped, and nobody learns of it.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

from benchmarks.events import Stream, contract
from benchmarks.session import DATABASE, Cost, measured, middle, session, table
from tests.glue_jobs.lake import Lake

LIMIT = 1.4
DAYS, PIECES = 8, 32
WARM_UP = 20_000  # events, once each, before anything is measured
RECORD = """
    event_id string, event_type string, event_ts string, ingest_ts string,
    user struct<id: string, session_id: string, country: string, device: string>,
    item struct<product_id: string, quantity: int, unit_price: string, currency: string>,
    context struct<user_agent: string, page: string, referrer: string>
"""


@dataclass
class Race:
    """The costs of each round.

    Attributes:
        steps: of the job's last round, seconds by step.
        rows: in the table of the job, and in that of the script.
    """

    job: list[Cost] = field(default_factory=list)
    script: list[Cost] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)
    rows: tuple[int, int] = (0, 0)


def by_hand(spark: SparkSession, address: str, name: str) -> None:
    """Write the latest good record of each event into a new table."""
    records = spark.read.schema(RECORD).json(address)
    typed = records.select(
        F.expr("try_cast(event_ts as timestamp)").alias("event_ts"), "event_id", "event_type",
        F.expr("try_cast(ingest_ts as timestamp)").alias("ingest_ts"),
        F.col("user.id").alias("user_id"), "user.session_id", "user.country", "user.device",
        "item.product_id", "item.quantity", F.expr("try_cast(item.unit_price as decimal(12,2))").alias("unit_price"), "item.currency",
        "context.user_agent", "context.page", "context.referrer",
    ).withColumn("amount", F.expr("cast(quantity * unit_price as decimal(14,2))"))  # fmt: skip
    good = typed.where("event_id <> '' and event_ts is not null and unit_price is not null and quantity > 0")
    latest_first = Window.partitionBy("event_ts", "event_id").orderBy(F.col("ingest_ts").desc_nulls_last())
    latest = good.withColumn("_number", F.row_number().over(latest_first)).where("_number = 1").drop("_number")
    columns = ", ".join(f"{column.name} {column.dataType.simpleString()}" for column in latest.schema)
    spark.sql(
        f"create table glue_catalog.{DATABASE}.{name} ({columns}) using iceberg partitioned by (day(event_ts)) location 's3://processed/{name}' "
        "tblproperties ('format-version' = '2', 'write.parquet.compression-codec' = 'zstd')"
    )
    latest.writeTo(f"glue_catalog.{DATABASE}.{name}").append()


def race(spark: SparkSession, buckets: Path, files: list[Path], name: str, rounds: int) -> Race:
    """Run both `rounds` times, each time into a new table and the other one first."""
    result = Race()
    for number in range(rounds):
        lake = Lake(spark, buckets, contract(f"{name}_{number}"))
        for file in files:
            lake.land(file.name, body=file.read_bytes())
        address = f"s3://raw/{name}_{number}/files/"
        if number % 2:
            _job(spark, lake, result)
        with measured(spark, result.script, "by hand"):
            by_hand(spark, address, f"{name}_{number}_by_hand")
        if not number % 2:
            _job(spark, lake, result)
        result.rows = tuple(spark.table(f"glue_catalog.{DATABASE}.{name}_{number}{kind}").count() for kind in ("", "_by_hand"))  # type: ignore[assignment]
    return result


def _job(spark: SparkSession, lake: Lake, result: Race) -> None:
    with measured(spark, result.job, "the job"):
        outcome = lake.refresh()
    assert outcome.status == "published", outcome
    result.steps = {str(told["step"]): float(told["seconds"]) for told in lake.steps}


def main(arguments: list[str]) -> Race:
    """Measure, print, and return what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="Where the events are kept for the next time.")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        stream = Stream(chosen.events // DAYS, (chosen.folder or place) / f"events-{chosen.events}")
        files = sorted(stream.folder.glob("*.gz"))
        files = files if len(files) == PIECES else list(stream.objects(chosen.events, PIECES))
        few = list(Stream(WARM_UP // DAYS, place / "few").objects(WARM_UP, 4))
        with session(place / "buckets") as spark:
            race(spark, place / "buckets", few, "warm", 2)
            result = race(spark, place / "buckets", files, "events", chosen.rounds)
    job, script = middle(result.job), middle(result.script)
    rows = [
        (f"by hand: {chosen.events:,} events, median of {chosen.rounds}", str(script), ""),
        ("the job, the same events", str(job), ""),
        ("the job / by hand", job.ratio(script), f"{LIMIT}"),
    ]
    print(table(rows))
    print(f"\nrows of the job and by hand: {result.rows}")
    print(f"each round, by hand: {', '.join(map(str, result.script))}; the job: {', '.join(map(str, result.job))}")
    print(f"steps of the job's last round, seconds: {json.dumps(result.steps)}")
    return result


if __name__ == "__main__":
    main(sys.argv[1:])
