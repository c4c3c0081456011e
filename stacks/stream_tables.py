"""Tables of the raw database that the stream is written by and its errors are read by."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

ENVELOPE = (
    ("dataset", "string", "Which dataset the record is of."),
    ("event_time", "string", "When it happened, as the producer wrote it."),
    ("arrival_time", "string", "When the stream got it: ISO 8601, UTC."),
    ("sequence_number", "string", "Its place in the stream; behind a dot that within an aggregated record."),
    ("record", "string", "The record, character by character as it came."),
)
REASON = (
    ("reason", "string", "Why it was refused."),
    ("rawdata", "string", "The record as it came, in base64."),
)
# https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html and
# https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
ERRORS = (
    ("attemptsmade", "bigint", "How often it was tried."),
    ("arrivaltimestamp", "bigint", "When Firehose got it: milliseconds since 1970."),
    ("errorcode", "string", "What kind of fault, as Lambda.FunctionError."),
    ("errormessage", "string", "What Firehose says of it."),
    ("lasterrorcode", "string", "The same, where the conversion to Parquet failed."),
    ("lasterrormessage", "string", "The same, where the conversion to Parquet failed."),
    ("attemptendingtimestamp", "bigint", "When it was given up: milliseconds since 1970."),
    ("rawdata", "string", "The record as it came, in base64."),
    ("lambdaarn", "string", "The function that refused it."),
)
Columns = Sequence[tuple[str, str, str]]


class StreamTables(Construct):
    """The envelope, which is the schema of what Firehose writes; what the transform refused of it; and the errors, which are what it could not write."""

    def __init__(self, scope: Construct, construct_id: str, *, database: str, bucket: s3.IBucket, errors: str, refused: str) -> None:
        super().__init__(scope, construct_id)
        self._database = database
        raw = f"s3://{bucket.bucket_name}/"
        self.envelope = self._table(
            "Envelope",
            "stream_envelope",
            "The columns of every record of the stream in raw; a schema alone: its rows lie with their datasets.",
            (*ENVELOPE, *REASON),
            _parquet(f"{raw}_stream_envelope/"),
        )
        self.refused = self._table(
            "Refused",
            "stream_refused",
            "Records of the stream that the transform refused, each with its reason, as it came.",
            (*ENVELOPE[2:4], *REASON),
            _parquet(f"{raw}{refused}"),
        )
        self.errors = self._table(
            "Errors",
            "stream_errors",
            "Records of the stream that Firehose could not deliver, with what it says.",
            ERRORS,
            _json(f"{raw}{errors}"),
        )

    def _table(
        self, construct_id: str, name: str, description: str, columns: Columns, storage: glue.CfnTable.StorageDescriptorProperty
    ) -> glue.CfnTable:
        return glue.CfnTable(
            self,
            construct_id,
            catalog_id=Stack.of(self).account,
            database_name=self._database,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                description=description,
                table_type="EXTERNAL_TABLE",
                parameters={"classification": "json" if construct_id == "Errors" else "parquet"},
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[glue.CfnTable.ColumnProperty(name=column, type=kind, comment=comment) for column, kind, comment in columns],
                    location=storage.location,
                    input_format=storage.input_format,
                    output_format=storage.output_format,
                    serde_info=storage.serde_info,
                ),
            ),
        )


def _parquet(location: str) -> glue.CfnTable.StorageDescriptorProperty:
    formats = "org.apache.hadoop.hive.ql.io.parquet"
    return glue.CfnTable.StorageDescriptorProperty(
        location=location,
        input_format=f"{formats}.MapredParquetInputFormat",
        output_format=f"{formats}.MapredParquetOutputFormat",
        serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=f"{formats}.serde.ParquetHiveSerDe"),
    )


def _json(location: str) -> glue.CfnTable.StorageDescriptorProperty:
    return glue.CfnTable.StorageDescriptorProperty(
        location=location,
        input_format="org.apache.hadoop.mapred.TextInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library="org.openx.data.jsonserde.JsonSerDe"),
    )
