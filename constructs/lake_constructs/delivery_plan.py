"""Settings of a delivery, and whether Firehose can do what they say; a plan that cannot work is refused at synth, with AWS's rule."""

from dataclasses import dataclass

PARTITION_KEYS = ("dataset", "ingest_date")
DAYS_AT_ONCE = 2  # around midnight records of two days are buffered
LARGEST_ACTIVE = 500  # partitions

# the page of each rule
QUOTAS = "https://docs.aws.amazon.com/firehose/latest/dev/limits.html"
PARTITIONING = "https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html"
CONVERSION = "https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html"
HINTS = "https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html"


class ImpossibleDeliveryError(ValueError):
    """A plan that Firehose refuses or cannot carry out; the text has a line for each problem."""


@dataclass(frozen=True, kw_only=True)
class DeliveryPlan:
    """What a delivery from a Kinesis stream does.

    Attributes:
        datasets: that have records in the stream; each fills files of its own.
        buffer_mib, buffer_seconds: a file is written when either is reached.
    """

    datasets: int
    buffer_mib: int = 128
    buffer_seconds: int = 300
    prefix: str = "!{partitionKeyFromLambda:dataset}/stream/ingest_date=!{partitionKeyFromLambda:ingest_date}/"
    partition_keys: tuple[str, ...] = PARTITION_KEYS
    retry_seconds: int = 300
    transform_buffer_mb: float = 0.5
    transform_buffer_seconds: int = 60
    transform_retries: int = 3

    def error_prefix(self, folder: str) -> str:
        """Return where records go that could not be delivered, by kind of error and day."""
        return f"{folder}!{{firehose:error-output-type}}/ingest_date=!{{timestamp:yyyy-MM-dd}}/"

    def check(self) -> None:
        """Raise ImpossibleDeliveryError."""
