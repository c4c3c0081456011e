"""The context of a job: Spark, and sources."""

import logging
from collections.abc import Mapping
from typing import Any

from pyspark import SparkContext
from pyspark.sql import SparkSession

from awsglue.dynamicframe import DynamicFrame
from awsglue.source import NotEmulatedError, Source


class GlueContext:
    """What a job reads by."""

    def __init__(self, sparkContext: SparkContext | None = None) -> None:  # noqa: N803 - Glue's name
        self._context = sparkContext or SparkContext.getOrCreate()
        self.spark_session = SparkSession(self._context)
        self.create_dynamic_frame = DynamicFrameReader(self)

    def get_logger(self) -> logging.Logger:
        """Return the logger of the job."""
        return logging.getLogger("glue")


class DynamicFrameReader:
    """Sources of a context."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    def from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        **others: Any,
    ) -> DynamicFrame:
        """Read what the bookmark of `transformation_ctx` leaves to read of an S3 source.

        Raises:
            NotEmulatedError: an option that the local cloud does not understand; the message names it.
        """
        if connection_type != "s3":
            raise NotEmulatedError(f"connection_type {connection_type!r}; the local cloud has 's3'")
        if others:
            raise NotEmulatedError(f"from_options({', '.join(sorted(others))})")
        source = Source(connection_options or {}, format or "", format_options or {}, transformation_ctx)
        source.check()
        return DynamicFrame(source.read(self._glue_context.spark_session), self._glue_context, transformation_ctx)

    def from_catalog(self, *_: Any, **__: Any) -> DynamicFrame:
        """Refuse: jobs of the lake name their objects."""
        raise NotEmulatedError("create_dynamic_frame.from_catalog")
