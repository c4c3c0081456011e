"""The one read that a job bookmark follows."""

import json
from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame

from glue_jobs.common.lines import URI, Read, whole_lines
from glue_jobs.common.run import RawRun

# a separator that no text holds, and no quotes: each line comes as one string
WHOLE_LINES = {"separator": "\x01", "quoteChar": -1, "withHeader": False, "attachFilename": URI}


def bookmarked(context: Any, run: RawRun) -> Read:  # a GlueContext, which is not there to be named in tests
    """Return a reader of what has come to the dataset's location since the bookmark."""

    def read(broken: Sequence[str]) -> DataFrame | None:
        options = {"paths": [run.raw.uri(run.source.location)], "recurse": True}
        frame = context.create_dynamic_frame.from_options(
            connection_type="s3",
            connection_options={**options, "exclusions": json.dumps([_escape(uri) for uri in broken])} if broken else options,
            format="csv",
            format_options=WHOLE_LINES,
            transformation_ctx=f"{run.contract.name}_raw",
        ).toDF()
        # Glue gives a frame without columns where nothing is new
        return whole_lines(frame) if frame.columns else None

    return read


def _escape(uri: str) -> str:
    """Return a glob pattern that matches one address."""
    return "".join(f"\\{letter}" if letter in "[]{}*?\\" else letter for letter in uri)
