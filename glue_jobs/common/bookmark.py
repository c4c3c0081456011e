"""The one read that a job bookmark follows."""

import json
from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame

from contracts.contract import STREAM, Source
from glue_jobs.common.lines import URI, Read, whole_lines
from glue_jobs.common.parquet import read_objects
from glue_jobs.common.run import RawRun

# a separator that no text holds, and no quotes: each line comes as one string
WHOLE_LINES = {"separator": "\x01", "quoteChar": -1, "withHeader": False, "attachFilename": URI}


def bookmarked(context: Any, run: RawRun, source: Source) -> Read:  # a GlueContext, which is not there to be named in tests
    """Return a reader of what has come to the location of one of the dataset's sources since the bookmark."""

    def read(broken: Sequence[str]) -> DataFrame | None:
        options = {"paths": [run.raw.uri(source.location)], "recurse": True}
        is_parquet = source.object_format == "parquet"
        frame = context.create_dynamic_frame.from_options(
            connection_type="s3",
            connection_options={**options, "exclusions": json.dumps([_escape(uri) for uri in broken])} if broken else options,
            format="parquet" if is_parquet else "csv",
            format_options={"attachFilename": URI} if is_parquet else WHOLE_LINES,
            transformation_ctx=f"{run.contract.name}_{STREAM if source.enveloped else 'raw'}",
        ).toDF()
        # Glue gives a frame without columns where nothing is new
        if not frame.columns:
            return None
        if not is_parquet:
            return whole_lines(frame)
        # Glue's own reader would merge the types of all objects; it only tells which ones are new
        return read_objects(run.spark, [row[URI] for row in frame.select(URI).distinct().collect()], source)

    return read


def _escape(uri: str) -> str:
    """Return a glob pattern that matches one address."""
    return "".join(f"\\{letter}" if letter in "[]{}*?\\" else letter for letter in uri)
