"""A stream with a delivery for tests: the same parts as the lake's, each as small as it can be."""

import base64
import gzip
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from tests.local_cloud.functions import LOGS, make
from tests.local_cloud.running import ACCOUNT, REGION, LocalCloud, until

ENVELOPE = ("dataset", "event_time", "arrival_time", "sequence_number", "record")
TRANSFORM = """
import base64, json
def handler(event, context):
    return {"records": [answer(record) for record in event["records"]]}
def answer(record):
    try:
        given = json.loads(base64.b64decode(record["data"]))
        if given.get("dataset") == "dropped":
            return {"recordId": record["recordId"], "result": "Dropped"}
        row = {"dataset": given["dataset"], "record": given, "sequence_number": record["kinesisRecordMetadata"]["sequenceNumber"]}
        keys = {"dataset": given["dataset"]}
        text = json.dumps(row) if given["dataset"] != "broken" else "no JSON at all"
        return {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(text.encode()).decode(), "metadata": {"partitionKeys": keys}}
    except Exception:
        return {"recordId": record["recordId"], "result": "ProcessingFailed"}
"""


class Delivery:
    """A stream, its transform, its delivery and its bucket, all called `name`."""

    columns: Sequence[str] = ENVELOPE  # of the table that is the schema of what is written

    def __init__(
        self, cloud: LocalCloud, name: str, code: str = TRANSFORM, *, interval: int = 60, backup: str | None = None, **function: Any
    ) -> None:
        """Make all of it; with `backup`, the bucket that the records go to as they came."""
        self.cloud, self.name, self.bucket = cloud, name, f"{name}-bucket"
        cloud.client("s3").create_bucket(Bucket=self.bucket)
        cloud.client("kinesis").create_stream(StreamName=name, ShardCount=2)
        self.function = make(cloud, f"{name}-transform", code, [LOGS], **{"Timeout": 20} | function)
        self.role = cloud.role(f"{name}-role", self.statements(), "firehose.amazonaws.com")
        self._make_table()
        cloud.client("logs").create_log_group(logGroupName=f"/aws/kinesisfirehose/{name}")
        cloud.client("logs").create_log_stream(logGroupName=f"/aws/kinesisfirehose/{name}", logStreamName="delivery")
        cloud.client("firehose").create_delivery_stream(
            DeliveryStreamName=name,
            DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={
                "KinesisStreamARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}",
                "RoleARN": self.role,
            },
            ExtendedS3DestinationConfiguration=self.destination(interval) | (self.backup(backup) if backup else {}),
        )

    def statements(self, without: str = "") -> list[dict[str, Any]]:
        """Return the grants of the delivery, but that of one action."""
        bucket, name = f"arn:aws:s3:::{self.bucket}", self.name
        grants: list[dict[str, Any]] = [
            {
                "Action": ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"],
                "Resource": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}",
            },
            {"Action": ["lambda:InvokeFunction"], "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}-transform"},
            {"Action": ["s3:PutObject"], "Resource": f"{bucket}/*"},
            {"Action": ["glue:GetTable"], "Resource": "*"},
            {"Action": ["logs:PutLogEvents"], "Resource": "*"},
        ]
        left = [grant | {"Action": [action for action in grant["Action"] if action != without]} for grant in grants]
        return [grant for grant in left if grant["Action"]]

    def destination(self, interval: int) -> dict[str, Any]:
        parameters = {"LambdaArn": self.function, "BufferSizeInMBs": "0.5", "BufferIntervalInSeconds": "1", "NumberOfRetries": "1"}
        return {
            "BucketARN": f"arn:aws:s3:::{self.bucket}",
            "RoleARN": self.role,
            "Prefix": "!{partitionKeyFromLambda:dataset}/day=!{timestamp:yyyy-MM-dd}/",
            "ErrorOutputPrefix": "_errors/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": interval},
            "CloudWatchLoggingOptions": self.logging(),
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [
                    {
                        "Type": "Lambda",
                        "Parameters": [{"ParameterName": key, "ParameterValue": value} for key, value in parameters.items()],
                    }
                ],
            },
            "DataFormatConversionConfiguration": {
                "Enabled": True,
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
                "SchemaConfiguration": {"DatabaseName": self.name, "TableName": "envelope", "RoleARN": self.role},
            },
        }

    def logging(self) -> dict[str, Any]:
        return {"Enabled": True, "LogGroupName": f"/aws/kinesisfirehose/{self.name}", "LogStreamName": "delivery"}

    def backup(self, bucket: str) -> dict[str, Any]:
        """Return the part of the destination that keeps the records as they came."""
        configuration = {
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "RoleARN": self.role,
            "Prefix": "_backup/day=!{timestamp:yyyy-MM-dd}/",
            "ErrorOutputPrefix": "_backup/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
            "CompressionFormat": "GZIP",
            "CloudWatchLoggingOptions": self.logging(),
        }
        return {"S3BackupMode": "Enabled", "S3BackupConfiguration": configuration}

    def _make_table(self) -> None:
        glue = self.cloud.client("glue")
        glue.create_database(DatabaseInput={"Name": self.name})
        columns = [{"Name": column, "Type": "string"} for column in self.columns]
        glue.create_table(DatabaseName=self.name, TableInput={"Name": "envelope", "StorageDescriptor": {"Columns": columns}})

    def send(self, *records: Any) -> None:
        """Put records: bytes as they are, all else as JSON."""
        data = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
        entries = [{"Data": one, "PartitionKey": str(number)} for number, one in enumerate(data)]
        answer = self.cloud.client("kinesis").put_records(StreamName=self.name, Records=entries)
        assert answer["FailedRecordCount"] == 0

    def keys(self, prefix: str = "") -> list[str]:
        found = self.cloud.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def rows(self, dataset: str) -> list[dict[str, Any]]:
        """Return the rows in the objects of a dataset."""
        with tempfile.TemporaryDirectory() as folder:
            for number, key in enumerate(self.keys(f"{dataset}/")):
                (Path(folder) / f"{number}.parquet").write_bytes(self.read(key))
            if not any(Path(folder).iterdir()):
                return []
            found = duckdb.sql(f"from '{folder}/*.parquet'")
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    def backed_up(self) -> bytes:
        """Return what was kept as it came."""
        return b"".join(gzip.decompress(self.read(key)) for key in self.keys("_backup/"))

    def errors(self) -> list[dict[str, Any]]:
        """Return the documents under the error prefix, their data decoded."""
        lines = [line for key in self.keys("_errors/") for line in self.read(key).splitlines()]
        return [document | {"rawData": base64.b64decode(document["rawData"])} for document in map(json.loads, lines)]

    def log(self) -> str:
        events = self.cloud.client("logs").filter_log_events(logGroupName=f"/aws/kinesisfirehose/{self.name}")["events"]
        return "\n".join(event["message"] for event in events)

    def until_rows(self, dataset: str, count: int) -> list[dict[str, Any]]:
        return until(lambda: found if len(found := self.rows(dataset)) >= count else None)

    def read(self, key: str) -> bytes:
        """Return an object."""
        body: bytes = self.cloud.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body
