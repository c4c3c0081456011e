"""Settings of a delivery, and whether Firehose can do what they say; a plan that cannot work is refused at synth, with AWS's rule.

Firehose itself says no only at the deploy, or takes the plan and sends records to the error prefix.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PAGES = "https://docs.aws.amazon.com/firehose/latest/"
MOST_ACTIVE = 500  # partitions; AWS raises it on request
LONGER = 1.5  # a partition may be open for so many times the hint
DAY_SECONDS = 24 * 60 * 60
NAMESPACES = ("firehose", "timestamp", "partitionKeyFromLambda", "partitionKeyFromQuery")
LONGEST_PREFIX = 512
_KEY = re.compile(r"!\{partitionKeyFrom(?:Lambda|Query):([^}]*)\}")
_NAMESPACE = re.compile(r"!\{([^:}]*):[^}]*\}")

# AWS's own words, each with its page below PAGES
SMALLEST = ("BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.", "dev/record-format-conversion.html")
LARGEST = ("SizeInMBs: Valid Range: Minimum value of 1. Maximum value of 128.", "APIReference/API_BufferingHints.html")
SHORTEST = ("Zero buffering feature is not available for dynamic partitioning.", "dev/buffering.html")
LONGEST = ("IntervalInSeconds: Valid Range: Minimum value of 0. Maximum value of 900.", "APIReference/API_BufferingHints.html")
RETRIED = ("DurationInSeconds: Valid Range: Minimum value of 0. Maximum value of 7200.", "APIReference/API_RetryOptions.html")
ACTIVE = (
    "Once the number of active partitions reaches the limit of 500 ..., the rest of the records ... are delivered to the specified S3 error bucket",
    "dev/buffering.html",
)
KEYS = (
    "the S3 bucket prefix value consists of expressions based on the specified partitioning keys for that Firehose stream",
    "dev/dynamic-partitioning-s3bucketprefix.html",
)
EXTRACTED = (
    (
        "If ... it fails to extract the specified partitioning keys, or to evaluate the expressions included in the S3 prefix value, these data "
        "records are delivered to the S3 error bucket prefix"
    ),
    "dev/dynamic-partitioning-error-handling.html",
)
SYNTAX = ("The sequence !{ can only appear in !{namespace:value} expressions.", "dev/s3-prefixes.html")
NEEDS_ERRORS = ("ErrorOutputPrefix can be null only if Prefix contains no expressions.", "dev/s3-prefixes.html")
NEEDS_TYPE = (
    "If you specify an expression for ErrorOutputPrefix, you must include at least one instance of !{firehose:error-output-type}.",
    "dev/s3-prefixes.html",
)
NO_TYPE = ("Prefix can't contain !{firehose:error-output-type}.", "dev/s3-prefixes.html")
PREFIX_LENGTH = ("Neither Prefix nor ErrorOutputPrefix can be greater than 512 characters after they're evaluated.", "dev/s3-prefixes.html")
TRANSFORM_SIZE = ("The buffering size hint ranges between 0.2 MB and 3MB.", "dev/data-transformation.html")
TRANSFORM_TIME = ("The Lambda buffering interval hint ranges between 0 and 900 seconds.", "dev/data-transformation.html")
Problem = tuple[str, tuple[str, str]]


class ImpossibleDeliveryError(ValueError):
    """A plan that Firehose refuses or cannot carry out; the text has a line for each problem."""


@dataclass(frozen=True, kw_only=True)
class DeliveryPlan:
    """What a delivery from a Kinesis stream to Parquet files does, partitioned by keys that the transform gives each record.

    Attributes:
        datasets: that have records in the stream; each fills files of its own.
        buffer_mib, buffer_seconds: a file is written when either is reached.
        prefix: of the files; names each of `partition_keys`.
        partition_keys: that the transform gives each record.
        errors: prefix of what could not be delivered.
        retry_seconds: that writing to S3 is tried again, before records go to the error prefix.
        transform_buffer_mb: of records that the transform gets at once, before base64.
        transform_retries: of a batch whose transform failed, before all of it goes to the error prefix.
        most_active: partitions that AWS allows this account for one delivery.
    """

    datasets: int
    buffer_mib: int
    buffer_seconds: int
    prefix: str = "!{partitionKeyFromLambda:dataset}/stream/ingest_date=!{partitionKeyFromLambda:ingest_date}/"
    partition_keys: tuple[str, ...] = ("dataset", "ingest_date")
    errors: str = "_errors/stream/!{firehose:error-output-type}/ingest_date=!{timestamp:yyyy-MM-dd}/"
    retry_seconds: int = 300
    transform_buffer_mb: float = 0.5
    transform_buffer_seconds: int = 60
    transform_retries: int = 3
    most_active: int = MOST_ACTIVE

    @property
    def active_partitions(self) -> int:
        """The most partitions that are open at once: a day of each dataset, and the next one while the last is still buffered."""
        return self.datasets * (1 + max(1, round(LONGER * self.buffer_seconds / DAY_SECONDS)))

    @property
    def written(self) -> tuple[str, str]:
        """Patterns of a policy for the objects that it writes: good ones and errors."""
        files, errors = (re.sub(r"!\{[^}]*\}", "*", prefix) for prefix in (self.prefix, self.errors))
        return f"{files}*", f"{errors}*"

    def check(self) -> None:
        """Raise ImpossibleDeliveryError with every problem, if there is one."""
        found = [*self._buffers(), *self._partitions(), *self._prefixes(), *self._transform()]
        if found:
            raise ImpossibleDeliveryError("\n".join(f"{problem}. AWS: “{rule}” {PAGES}{page}" for problem, (rule, page) in found))

    def _buffers(self) -> Iterator[Problem]:
        if self.buffer_mib < 64:
            yield f"buffer_mib is {self.buffer_mib}, expected 64 or more", SMALLEST
        if self.buffer_mib > 128:
            yield f"buffer_mib is {self.buffer_mib}, expected 128 at most", LARGEST
        if self.buffer_seconds < 60:
            yield f"buffer_seconds is {self.buffer_seconds}, expected 60 or more", SHORTEST
        if self.buffer_seconds > 900:
            yield f"buffer_seconds is {self.buffer_seconds}, expected 900 at most", LONGEST
        if not 0 <= self.retry_seconds <= 7200:
            yield f"retry_seconds is {self.retry_seconds}, expected 0 to 7200", RETRIED

    def _partitions(self) -> Iterator[Problem]:
        if self.active_partitions > self.most_active:
            problem = f"{self.datasets} datasets make up to {self.active_partitions} active partitions, expected {self.most_active} at most"
            yield f"{problem}: divide them among streams, or have AWS raise the quota and say so in most_active", ACTIVE
        used = _KEY.findall(self.prefix)
        if unused := [key for key in self.partition_keys if key not in used]:
            yield f"prefix does not use the key {', '.join(unused)}: use it, or take it from the transform", KEYS
        if unknown := [key for key in used if key not in self.partition_keys]:
            given = ", ".join(self.partition_keys)
            yield f"prefix uses the key {', '.join(unknown)}, which the transform does not give; it gives {given}", EXTRACTED

    def _prefixes(self) -> Iterator[Problem]:
        for name, prefix in {"prefix": self.prefix, "errors": self.errors}.items():
            if unknown := [found for found in _NAMESPACE.findall(prefix) if found not in NAMESPACES]:
                yield f"{name} has the namespace {', '.join(unknown)}, expected one of {', '.join(NAMESPACES)}", SYNTAX
            if prefix.count("!{") != len(_NAMESPACE.findall(prefix)):
                yield f"{name} is {prefix!r}, expected each !{{ to begin a !{{namespace:value}}", SYNTAX
            if len(prefix) > LONGEST_PREFIX:
                yield f"{name} has {len(prefix)} characters, expected {LONGEST_PREFIX} at most", PREFIX_LENGTH
        if not self.errors:
            yield "errors is empty, expected a prefix", NEEDS_ERRORS
        elif "!{firehose:error-output-type}" not in self.errors:
            yield f"errors is {self.errors!r}, expected !{{firehose:error-output-type}} in it", NEEDS_TYPE
        if _KEY.search(self.errors):
            yield f"errors is {self.errors!r}, expected no partition key in it: a record that failed may have none", EXTRACTED
        if "error-output-type" in self.prefix:
            yield f"prefix is {self.prefix!r}, expected error-output-type in errors alone", NO_TYPE

    def _transform(self) -> Iterator[Problem]:
        if not 0.2 <= self.transform_buffer_mb <= 3:
            yield f"transform_buffer_mb is {self.transform_buffer_mb}, expected 0.2 to 3", TRANSFORM_SIZE
        if not 0 <= self.transform_buffer_seconds <= 900:
            yield f"transform_buffer_seconds is {self.transform_buffer_seconds}, expected 0 to 900", TRANSFORM_TIME
