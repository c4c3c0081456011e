"""A merge into a long history against the same into one day: `.venv/bin/python -m benchmarks.merge [--days N] [--per-day N] [--rows N] [--rounds N]`.

The same rows, all of the newest day, one in five a later record of a stored one, are refreshed by the job into a table of all days and into
one of the newest day alone, by turns.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from benchmarks.events import Stream, contract
from benchmarks.session import Cost, measured, middle, session, table
from glue_jobs.common.conform import record_hash
from glue_jobs.common.tables import ensure_table
from tests.glue_jobs.lake import Lake

LIMIT = 1.3


@dataclass
class History:
    """A table that holds some days already, the last of them `newest`.

    Attributes:
        costs: of each refresh.
        steps: of the last refresh, seconds by step.
    """

    lake: Lake
    newest: int
    costs: list[Cost] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)

    def fill(self, stream: Stream, days: int) -> None:
        """Write the days, each in a commit of its own, as they would have come."""
        run = self.lake.run()
        stored = ensure_table(run)
        names = [run.contract.name, f"{run.contract.name}_quarantine"]
        for day in range(self.newest - days + 1, self.newest + 1):
            file = stream.stored(day)
            rows = self.lake.spark.read.parquet(file.as_uri()).withColumn("amount", F.expr("cast(quantity * unit_price as decimal(14,2))"))
            columns = [column.name for column in run.contract.columns]
            stored.append(
                rows.withColumns(
                    {
                        "_arrived_at": F.lit("2026-01-01").cast("timestamp"),
                        "_object": F.lit(file.name),
                        "_record_hash": record_hash(columns),
                        "_run_id": F.lit("history"),
                    }
                )
            )
            file.unlink()
        self.lake.glue.tables |= {name: {"metadata_location": "there"} for name in names[:1]}

    def refresh(self, batch: Path) -> dict[str, Any]:
        """Land a batch and refresh; return what the run counted."""
        self.lake.land(batch.name, body=batch.read_bytes())
        with measured(self.lake.spark, self.costs, self.lake.contract.name):
            outcome = self.lake.refresh()
        self.steps = {str(told["step"]): float(told["seconds"]) for told in self.lake.steps}
        return dict(outcome.facts)


def compare(spark: SparkSession, buckets: Path, stream: Stream, chosen: argparse.Namespace) -> tuple[History, History]:
    """Return the tables of one day and of all days after each round's batch went into both."""
    newest = chosen.days - 1
    one = History(Lake(spark, buckets, contract("one_day")), newest)
    all_days = History(Lake(spark, buckets, contract("all_days")), newest)
    one.fill(stream, 1)
    all_days.fill(stream, chosen.days)
    for number in range(chosen.rounds + 1):
        batch = stream.batch(newest, number + 1, chosen.rows)
        histories = (one, all_days) if number % 2 else (all_days, one)
        counted = {history.lake.contract.name: history.refresh(batch) for history in histories}
        inserted, updated = counted["all_days"]["inserted"], counted["all_days"]["updated"]
        assert (inserted, updated) == (counted["one_day"]["inserted"], counted["one_day"]["updated"]), counted
        assert inserted > updated > 0, counted
    return one, all_days


def main(arguments: list[str]) -> tuple[History, History]:
    """Measure, print, and return what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=50)
    parser.add_argument("--per-day", type=int, default=500_000)
    parser.add_argument("--rows", type=int, default=122_000)
    parser.add_argument("--rounds", type=int, default=3, help="One more comes first and does not count.")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, session(Path(folder) / "buckets") as spark:
        stream = Stream(chosen.per_day, Path(folder) / "events")
        one, all_days = compare(spark, Path(folder) / "buckets", stream, chosen)
    short, long = middle(one.costs[1:]), middle(all_days.costs[1:])
    rows = [
        (f"{chosen.rows:,} rows into one day of {chosen.per_day:,} rows, median of {chosen.rounds}", str(short), ""),
        (f"the same into {chosen.days} days, {chosen.days * chosen.per_day:,} rows", str(long), ""),
        ("many days / one day", long.ratio(short), f"{LIMIT}"),
    ]
    print(table(rows))
    print(f"\nsteps of the last round, seconds: one day {json.dumps(one.steps)}, {chosen.days} days {json.dumps(all_days.steps)}")
    return one, all_days


if __name__ == "__main__":
    main(sys.argv[1:])
