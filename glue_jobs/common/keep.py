"""Rows that several passes read."""

from pyspark.sql import DataFrame


def kept(rows: DataFrame) -> DataFrame:
    """Return rows that are made once, by whichever pass comes first, and stay as they are on the executors, or on their disks.

    Spark's own cache would turn them into columns and back, and would take a later snapshot of an Iceberg table for the one it keeps, since it tells
    tables by their names. What it would do better: rows that are lost with their executor are made again. Here the run fails, and the next one
    begins anew.
    """
    return rows.localCheckpoint(eager=False)
