"""Glue's frame, as far as a job needs it that works with Spark's."""

from typing import Any

from pyspark.sql import DataFrame


class DynamicFrame:
    """What a source gave."""

    def __init__(self, frame: DataFrame, glue_ctx: Any, name: str = "") -> None:
        self._frame = frame
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: Any, name: str) -> "DynamicFrame":  # noqa: N802 - Glue's name
        """Return a frame over one of Spark."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self) -> DataFrame:  # noqa: N802 - Glue's name
        """Return Spark's frame; it has no columns where a source had nothing new."""
        return self._frame

    def count(self) -> int:
        """Return the number of records."""
        return self._frame.count()
