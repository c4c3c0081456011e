"""Run Iceberg's procedures as Glue's optimizers do: `optimize.py TASKS RESULTS`, one line of JSON in RESULTS per task, in their order.

A procedure that fails keeps no other from being run.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession
from start import summary

CATALOG = "glue_catalog"
Metrics = dict[str, dict[str, dict[str, int]]]


def main() -> None:
    """Run each task."""
    tasks = json.loads(Path(sys.argv[1]).read_text())
    spark = SparkSession.builder.getOrCreate()
    with Path(sys.argv[2]).open("a", buffering=1) as results:
        results.writelines(json.dumps(carried_out(spark, task)) + "\n" for task in tasks)


def carried_out(spark: SparkSession, task: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics of a task in Glue's form, or the error that it failed of."""
    try:
        metrics = PROCEDURES[task["type"]](spark, f"{task['database']}.{task['table']}", task["told"])
    except Exception as error:  # noqa: BLE001  # each is told with its task
        return {"metrics": None, "error": summary(error)}
    return {"metrics": metrics, "error": None}


def compact(spark: SparkSession, table: str, told: dict[str, int]) -> Metrics:
    """Put small files together."""
    row = _first(spark, "rewrite_data_files", table, f"options => map('min-input-files', '{told['minInputFiles']}')")
    files, size = row["rewritten_data_files_count"], row["rewritten_bytes_count"]
    return {"compactionMetrics": {"IcebergMetrics": {"NumberOfFilesCompacted": files, "NumberOfBytesCompacted": size}}}


def retain(spark: SparkSession, table: str, told: dict[str, int]) -> Metrics:
    """Expire old snapshots, and delete what they alone hold."""
    older = _days_ago(told["snapshotRetentionPeriodInDays"])
    row = _first(spark, "expire_snapshots", table, f"older_than => {older}, retain_last => {told['numberOfSnapshotsToRetain']}")
    counts = {
        "NumberOfDataFilesDeleted": row["deleted_data_files_count"],
        "NumberOfManifestFilesDeleted": row["deleted_manifest_files_count"],
        "NumberOfManifestListsDeleted": row["deleted_manifest_lists_count"],
    }
    return {"retentionMetrics": {"IcebergMetrics": counts}}


def delete_orphans(spark: SparkSession, table: str, told: dict[str, int]) -> Metrics:
    """Delete files that no snapshot names."""
    found = _call(spark, "remove_orphan_files", table, f"older_than => {_days_ago(told['orphanFileRetentionPeriodInDays'])}")
    return {"orphanFileDeletionMetrics": {"IcebergMetrics": {"NumberOfOrphanFilesDeleted": len(found)}}}


PROCEDURES: dict[str, Callable[[SparkSession, str, dict[str, int]], Metrics]] = {
    "compaction": compact,
    "retention": retain,
    "orphan_file_deletion": delete_orphans,
}


def _first(spark: SparkSession, procedure: str, table: str, arguments: str) -> Row:
    return _call(spark, procedure, table, arguments)[0]


def _call(spark: SparkSession, procedure: str, table: str, arguments: str) -> list[Row]:
    return spark.sql(f"call {CATALOG}.system.{procedure}(table => '{table}', {arguments})").collect()


def _days_ago(days: int) -> str:
    """Return a literal: procedures take no expression."""
    return f"timestamp '{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d %H:%M:%S}'"


if __name__ == "__main__":
    main()
