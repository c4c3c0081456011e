"""Records of objects as lines, so that they are cast, checked, explained and set apart alike: of Parquet as JSON, of envelopes as they came."""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, DataType, MapType, StringType, StructField, StructType

from contracts.contract import Source
from glue_jobs.common.lines import LINE, SEQUENCE, URI, escape_glob, read_texts
from glue_jobs.common.sql import name

# the columns of the table by which Firehose writes what came by the stream
ENVELOPE = "dataset string, event_time string, arrival_time string, sequence_number string, record string"
STREAMED_AT = "_streamed_at"  # when the stream got a record
NUMBER, WITHIN = 64, 10  # digits of the longest sequence number and of a place within an aggregated record, with room


def read_objects(spark: SparkSession, uris: Sequence[str], source: Source) -> DataFrame:
    """Read objects of a source by address, without a bookmark."""
    if source.enveloped:
        return read_envelopes(spark, uris)
    return read_records(spark, uris) if source.format == "parquet" else read_texts(spark, uris)


def read_envelopes(spark: SparkSession, uris: Sequence[str]) -> DataFrame:
    """Read records that came by the stream, each the text that its producer wrote."""
    frame = spark.read.schema(ENVELOPE).parquet(*map(escape_glob, uris))
    parts = F.split("sequence_number", r"\.")
    within = F.coalesce(F.try_element_at(parts, F.lit(2)), F.lit("0"))
    return frame.select(
        F.coalesce("record", F.lit("")).alias(LINE),
        F.col("_metadata.file_path").alias(URI),
        F.concat(F.lpad(parts[0], NUMBER, "0"), F.lpad(within, WITHIN, "0")).alias(SEQUENCE),
        F.expr("try_cast(arrival_time as timestamp)").alias(STREAMED_AT),
    )


def read_records(spark: SparkSession, uris: Sequence[str]) -> DataFrame:
    """Read objects by address, each with the columns and types that it has itself."""
    alike: dict[str, tuple[StructType, list[str]]] = {}
    for uri in uris:
        # one read for all objects would take the types of one of them for those of all
        schema = spark.read.parquet(escape_glob(uri)).schema
        alike.setdefault(schema.json(), (schema, []))[1].append(uri)
    return reduce(DataFrame.unionAll, [_records(spark, schema, same) for schema, same in alike.values()])


def _records(spark: SparkSession, schema: StructType, uris: Sequence[str]) -> DataFrame:
    frame = spark.read.schema(schema).parquet(*map(escape_glob, uris))
    values = F.struct(*(F.col(name(field.name)).cast(as_text(field.dataType)).alias(field.name) for field in schema))
    return frame.select(F.to_json(values).alias(LINE), F.col("_metadata.file_path").alias(URI))


def as_text(kind: DataType) -> DataType:
    """Return the type with a text for each single value: JSON has no number that holds every decimal."""
    if isinstance(kind, StructType):
        return StructType([StructField(field.name, as_text(field.dataType)) for field in kind])
    return kind if isinstance(kind, ArrayType | MapType | BinaryType) else StringType()
