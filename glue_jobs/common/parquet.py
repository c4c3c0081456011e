"""Records of Parquet objects as lines of JSON, so that they are cast, checked, explained and set apart like any line."""

import re
from collections.abc import Sequence
from functools import reduce

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, DataType, MapType, StringType, StructField, StructType

from glue_jobs.common.lines import LINE, URI, escape_glob
from glue_jobs.common.sql import name

LONGEST_CAUSE = 200  # characters of what Spark says


def read_records(spark: SparkSession, uris: Sequence[str]) -> DataFrame:
    """Read objects by address, each with the columns and types that it has itself."""
    alike: dict[str, tuple[StructType, list[str]]] = {}
    for uri in uris:
        # one read for all objects would take the types of one of them for those of all
        schema = spark.read.parquet(escape_glob(uri)).schema
        alike.setdefault(schema.json(), (schema, []))[1].append(uri)
    return reduce(DataFrame.unionAll, [_records(spark, schema, same) for schema, same in alike.values()])


def damage(spark: SparkSession, uri: str) -> str | None:
    """Return why Spark cannot read an object to its end; None where it can."""
    try:
        read_records(spark, [uri]).write.format("noop").mode("overwrite").save()
    except (PySparkException, Py4JJavaError) as error:
        causes = re.findall(r"Caused by: (.*)", str(error)) or str(error).splitlines()
        return f"not a readable Parquet file: {causes[-1][:LONGEST_CAUSE]}"
    return None


def _records(spark: SparkSession, schema: StructType, uris: Sequence[str]) -> DataFrame:
    frame = spark.read.schema(schema).parquet(*map(escape_glob, uris))
    values = F.struct(*(F.col(name(field.name)).cast(as_text(field.dataType)).alias(field.name) for field in schema))
    return frame.select(F.to_json(values).alias(LINE), F.col("_metadata.file_path").alias(URI))


def as_text(kind: DataType) -> DataType:
    """Return the type with a text for each single value: JSON has no number that holds every decimal."""
    if isinstance(kind, StructType):
        return StructType([StructField(field.name, as_text(field.dataType)) for field in kind])
    return kind if isinstance(kind, ArrayType | MapType | BinaryType) else StringType()
