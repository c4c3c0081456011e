"""What the local cloud reads of a delivery stream's configuration, and what of it it refuses."""

from dataclasses import dataclass
from typing import Any

MIB = 1024 * 1024
PARAMETERS = {"LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds"}
MEMBERS = {
    "BucketARN",
    "BufferingHints",
    "CloudWatchLoggingOptions",
    "CompressionFormat",
    "DataFormatConversionConfiguration",
    "DynamicPartitioningConfiguration",
    "ErrorOutputPrefix",
    "FileExtension",
    "Prefix",
    "ProcessingConfiguration",
    "RoleARN",
    "S3BackupConfiguration",
    "S3BackupMode",
}
OF_BACKUP = {"BucketARN", "BufferingHints", "CloudWatchLoggingOptions", "CompressionFormat", "ErrorOutputPrefix", "Prefix", "RoleARN"}
BACKUP_COMPRESSIONS = ("UNCOMPRESSED", "GZIP")
Configuration = dict[str, Any]


@dataclass(frozen=True)
class Transform:
    """The function that records pass.

    Attributes:
        arn: with its qualifier, as Firehose calls it.
        size: bytes of records that it gets at once, at most.
        interval: seconds after which it gets what there is.
    """

    arn: str
    retries: int
    size: int
    interval: float


@dataclass(frozen=True)
class Target:
    """Where objects of one kind go, and how large they become: that of the delivery, or that of its backup of the source."""

    configuration: Configuration

    @property
    def role(self) -> str:
        return str(self.configuration["RoleARN"])

    @property
    def bucket(self) -> str:
        return str(self.configuration["BucketARN"]).removeprefix("arn:aws:s3:::")

    @property
    def prefix(self) -> str:
        return str(self.configuration.get("Prefix") or "")

    @property
    def size(self) -> int:
        """Bytes after which an object is written."""
        return int((self.configuration.get("BufferingHints") or {}).get("SizeInMBs", 5)) * MIB

    @property
    def interval(self) -> float:
        """Seconds after which an object is written."""
        return float((self.configuration.get("BufferingHints") or {}).get("IntervalInSeconds", 300))

    @property
    def is_compressed(self) -> bool:
        return self.configuration.get("CompressionFormat") == "GZIP"

    @property
    def log(self) -> tuple[str, str] | None:
        """Group and stream of the log of what could not be delivered; None where there is none."""
        options = self.configuration.get("CloudWatchLoggingOptions") or {}
        return (options["LogGroupName"], options["LogStreamName"]) if _is_on(options) else None


@dataclass(frozen=True)
class Delivery:
    """A delivery stream from a Kinesis stream to a bucket.

    Attributes:
        stream: name of the Kinesis stream.
        started: when it was made, in milliseconds; it delivers what arrives from then on.
    """

    name: str
    arn: str
    version: str
    stream: str
    source_role: str
    started: int
    configuration: Configuration

    @classmethod
    def of(cls, record: dict[str, Any]) -> "Delivery":
        """Return the delivery of one of ministack's records."""
        source = record["kinesis_source"]
        return cls(
            record["name"],
            record["arn"],
            str(record["version"]),
            source["KinesisStreamARN"].rpartition("/")[2],
            source["RoleARN"],
            int(record["created_at"]) * 1000,
            record["destinations"][0]["config"],
        )

    @property
    def role(self) -> str:
        return str(self.configuration["RoleARN"])

    @property
    def target(self) -> Target:
        """Where records and errors go."""
        return Target(self.configuration)

    @property
    def backup(self) -> Target | None:
        """Where the records go as they came; None where no such copy is kept."""
        found = self.configuration.get("S3BackupConfiguration")
        return Target(found) if found and self.configuration.get("S3BackupMode") == "Enabled" else None

    @property
    def error_prefix(self) -> str:
        return str(self.configuration.get("ErrorOutputPrefix") or "") or f"{self.target.prefix}!{{firehose:error-output-type}}/"

    @property
    def is_partitioned(self) -> bool:
        return _is_on(self.configuration.get("DynamicPartitioningConfiguration"))

    @property
    def conversion(self) -> Configuration | None:
        """The conversion to Parquet; None where records are delivered as they are."""
        found: Configuration = self.configuration.get("DataFormatConversionConfiguration") or {}
        return found if found and _is_on({"Enabled": True} | found) else None

    @property
    def transform(self) -> Transform | None:
        for values in _processors(self.configuration):
            size, interval = float(values.get("BufferSizeInMBs", 1)), float(values.get("BufferIntervalInSeconds", 60))
            return Transform(values["LambdaArn"], int(values.get("NumberOfRetries", 3)), int(size * MIB), interval)
        return None


def unsupported(given: Configuration) -> list[str]:
    """Return what of a delivery stream, as CreateDeliveryStream takes it, is not in the local cloud or not on AWS either."""
    destination = given.get("ExtendedS3DestinationConfiguration")
    others = sorted(key for key in given if key.endswith("Configuration") and "Destination" in key and not key.startswith("ExtendedS3"))
    problems = [f"the destination {other}; it has ExtendedS3DestinationConfiguration" for other in others]
    if given.get("DeliveryStreamType", "DirectPut") != "KinesisStreamAsSource":
        problems.append(f"the source {given.get('DeliveryStreamType', 'DirectPut')}; it has KinesisStreamAsSource")
    if destination is None:
        return problems or ["a delivery stream without a destination"]
    problems += [f"{member} of a destination" for member in sorted(destination.keys() - MEMBERS)]
    if destination.get("CompressionFormat", "UNCOMPRESSED") != "UNCOMPRESSED":
        problems.append(f"the compression {destination['CompressionFormat']}; it has UNCOMPRESSED, and Parquet's own")
    return problems + _of_processors(destination) + _of_conversion(destination) + _of_backup(destination) + _impossible(destination)


def _of_backup(destination: Configuration) -> list[str]:
    """A backup of the source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_S3DestinationConfiguration.html."""
    if destination.get("S3BackupMode", "Disabled") == "Disabled":
        return []
    backup = destination.get("S3BackupConfiguration")
    if not backup:
        return ["a backup of the source (S3BackupMode) without an S3BackupConfiguration; AWS wants one"]
    problems = [f"{member} of a backup" for member in sorted(backup.keys() - OF_BACKUP)]
    compression = backup.get("CompressionFormat", "UNCOMPRESSED")
    if compression not in BACKUP_COMPRESSIONS:
        problems.append(f"the compression {compression} of a backup; it has {', '.join(BACKUP_COMPRESSIONS)}")
    if "partitionKeyFrom" in (backup.get("Prefix") or ""):
        problems.append("a partition key in the prefix of a backup; AWS takes the records before they have one")
    if "!{" in (backup.get("Prefix") or "") and not backup.get("ErrorOutputPrefix"):
        problems.append("a backup whose Prefix has an expression without an ErrorOutputPrefix; AWS wants one")
    return problems


def _of_processors(destination: Configuration) -> list[str]:
    configured = destination.get("ProcessingConfiguration") or {}
    processors = configured.get("Processors") or [] if _is_on(configured) else []
    problems = [f"a processor of type {one['Type']}; it has Lambda" for one in processors if one["Type"] != "Lambda"]
    if len(processors) > 1:
        problems.append(f"{len(processors)} processors; it has one")
    unknown = {name for values in _processors(destination) for name in values} - PARAMETERS
    return problems + [f"the parameter {name} of a processor" for name in sorted(unknown)]


def _of_conversion(destination: Configuration) -> list[str]:
    conversion = destination.get("DataFormatConversionConfiguration") or {}
    if not conversion or not _is_on({"Enabled": True} | conversion):
        return []
    deserializer = (conversion.get("InputFormatConfiguration") or {}).get("Deserializer") or {}
    serializer = (conversion.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
    problems = [] if "OpenXJsonSerDe" in deserializer else ["a deserializer other than OpenXJsonSerDe"]
    return problems + ([] if "ParquetSerDe" in serializer else ["a serializer other than ParquetSerDe"])


def _impossible(destination: Configuration) -> list[str]:
    """Return what Firehose itself refuses: https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html."""
    partitioned = _is_on(destination.get("DynamicPartitioningConfiguration"))
    size = int((destination.get("BufferingHints") or {}).get("SizeInMBs", 5))
    problems = []
    if (partitioned or destination.get("DataFormatConversionConfiguration")) and size < 64:
        problems.append(f"a buffer of {size} MiB with dynamic partitioning or conversion; AWS wants 64 or more")
    if partitioned and not destination.get("ErrorOutputPrefix"):
        problems.append("dynamic partitioning without an ErrorOutputPrefix; AWS wants one")
    if "partitionKeyFromQuery" in (destination.get("Prefix") or ""):
        problems.append("partitionKeyFromQuery; it has partitionKeyFromLambda")
    return problems


def _processors(destination: Configuration) -> list[dict[str, str]]:
    configured = destination.get("ProcessingConfiguration") or {}
    if not _is_on(configured):
        return []
    return [
        {parameter["ParameterName"]: str(parameter["ParameterValue"]) for parameter in processor.get("Parameters") or []}
        for processor in configured.get("Processors") or []
    ]


def _is_on(switch: Configuration | None) -> bool:
    return str((switch or {}).get("Enabled", False)).lower() == "true"
