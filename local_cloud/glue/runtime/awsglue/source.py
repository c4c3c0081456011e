"""Reading S3 sources, with the options that are understood; any other is refused by name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from awsglue.bookmark import BAND, Limits, S3Object
from awsglue.job import Job
from awsglue.listing import list_objects

_CONNECTION = {"paths", "recurse", "exclusions", "maxBand", "maxFilesInBand", "boundedFiles", "boundedSize", "groupFiles", "groupSize"}
_WHOLE_LINES = {"quoteChar": -1, "withHeader": False}
_FORMAT = {"csv": {"separator", "attachFilename", *_WHOLE_LINES}, "json": {"attachFilename"}, "parquet": {"attachFilename"}}


class NotEmulatedError(NotImplementedError):
    """A job uses a part of Glue that is not in the local cloud."""


@dataclass(frozen=True)
class Source:
    """An S3 source as a job describes it.

    Attributes:
        connection: Glue's connection options.
        options: Glue's format options.
        context: transformation_ctx, the name of its bookmark.
    """

    connection: Mapping[str, Any]
    format: str
    options: Mapping[str, Any]
    context: str

    def check(self) -> None:
        """Refuse what is not understood.

        Raises:
            NotEmulatedError: the message names the option.
        """
        if self.format not in _FORMAT:
            raise NotEmulatedError(f"format {self.format!r}; the local cloud has {', '.join(_FORMAT)}")
        _refuse_unknown("connection option", self.connection, _CONNECTION)
        _refuse_unknown(f"{self.format} option", self.options, _FORMAT[self.format])
        for name, needed in _WHOLE_LINES.items() if self.format == "csv" else ():
            if self.options.get(name) != needed:
                raise NotEmulatedError(
                    f"csv option {name}={self.options.get(name)!r}; the local cloud reads whole lines, with {name}={needed!r}"
                )

    def read(self, spark: SparkSession) -> DataFrame:
        """Return what the bookmark leaves to read: a frame without columns if that is nothing."""
        objects = self._select()
        if not any(item.size for item in objects):
            return spark.createDataFrame([], StructType([]))
        return self._frame(spark, [item.uri for item in objects])

    def _select(self) -> Sequence[S3Object]:
        recurse, exclusions = str(self.connection.get("recurse", False)).lower() == "true", self.connection.get("exclusions")
        listed = [item for path in self.connection["paths"] for item in list_objects(path, recurse, exclusions)]
        return Job.bookmark.select(self.context, listed, self._limits()) if Job.bookmark else sorted(listed)

    def _limits(self) -> Limits:
        def number(name: str) -> int | None:
            return int(self.connection[name]) if name in self.connection else None

        band, files_in_band = number("maxBand") or BAND, number("maxFilesInBand")
        return Limits(band=band, files_in_band=files_in_band, files=number("boundedFiles"), size=number("boundedSize"))

    def _frame(self, spark: SparkSession, uris: Sequence[str]) -> DataFrame:
        paths = [re.sub(r"([{}\[\]*?\\])", r"\\\1", uri) for uri in uris]  # Spark takes them for patterns
        if self.format == "csv":
            # A line that has the separator in it is kept whole here, where Glue would cut it.
            frame, columns = spark.read.text(paths), [F.col("value").alias("col0")]
        else:
            frame = spark.read.format(self.format).load(paths)
            columns = [F.col(f"`{name}`") for name in frame.columns]
        attached = self.options.get("attachFilename")
        return frame.select(*columns, *([_address(uris).alias(attached)] if attached else []))


def _address(uris: Sequence[str]) -> Any:
    """Return the object that a row is from, as s3://bucket/key; Spark encodes some characters of a key."""
    path = F.col("_metadata.file_path")
    if all(re.fullmatch(r"[\w:/.=,@~!$&'()*;-]+", uri, re.ASCII) for uri in uris):
        return path
    return F.url_decode(F.replace(path, F.lit("+"), F.lit("%2B")))


def _refuse_unknown(what: str, given: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(given.keys() - known)
    if unknown:
        raise NotEmulatedError(f"{what} {', '.join(unknown)}; the local cloud has {', '.join(sorted(known))}")
