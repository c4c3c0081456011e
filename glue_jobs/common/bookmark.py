"""The one read that a job bookmark follows."""

import json
from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame

from glue_jobs.common.contents import UNREADABLE
from glue_jobs.common.lines import URI, Read, read_texts, whole_lines
from glue_jobs.common.parquet import read_records
from glue_jobs.common.run import RawRun

# a separator that no text holds, and no quotes: each line comes as one string
WHOLE_LINES = {"separator": "\x01", "quoteChar": -1, "withHeader": False, "attachFilename": URI}


def bookmarked(context: Any, run: RawRun) -> Read:  # a GlueContext, which is not there to be named in tests
    """Return a reader of what has come to the dataset's location since the bookmark."""

    def read(broken: Sequence[str]) -> DataFrame | None:
        is_parquet = run.source.format == "parquet"
        # the ledger knows them too, and says why they are not read; a reader that tried could end the whole job
        unreadable = [] if is_parquet else [f"**{ending}" for ending in UNREADABLE]
        options = {
            "paths": [run.raw.uri(run.source.location)],
            "recurse": True,
            "exclusions": json.dumps([*unreadable, *map(_escape, broken)]),
        }
        frame = context.create_dynamic_frame.from_options(
            connection_type="s3",
            connection_options=options,
            format="parquet" if is_parquet else "csv",
            format_options={"attachFilename": URI} if is_parquet else WHOLE_LINES,
            transformation_ctx=f"{run.contract.name}_raw",
        ).toDF()
        # Glue gives a frame without columns where nothing is new
        if not frame.columns:
            return None
        if not is_parquet and not run.source.multiline:
            return whole_lines(frame)
        # Glue's own reader would merge the types of all Parquet objects, and end records at line breaks: it only tells which objects are new
        new = [row[URI] for row in frame.select(URI).distinct().collect()]
        return read_records(run.spark, new) if is_parquet else read_texts(run.spark, new, run.source)

    return read


def _escape(uri: str) -> str:
    """Return a glob pattern that matches one address."""
    return "".join(f"\\{letter}" if letter in "[]{}*?\\" else letter for letter in uri)
