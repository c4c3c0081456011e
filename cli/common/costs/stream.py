"""What records of the stream cost, from the template of the stack that takes them in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.common.costs.prices import Prices

KIB, GIB = 1024, 1024**3
MILLION = 1_000_000
PARTITIONS = 1  # of a stream that one dataset comes by
STANDING = "stream, by the hour"  # the one part that is paid though no record comes


@dataclass(frozen=True)
class Load:
    """How records come.

    Attributes:
        record_bytes: with their envelope.
        records_a_second: on the average of a month.
        transformed_a_second: by one function; benchmarks/stream_transform.py measures it.
    """

    record_bytes: int
    records_a_second: float
    transformed_a_second: float = 20_000

    @property
    def hours(self) -> float:
        """Hours until a million records came."""
        return MILLION / self.records_a_second / 3600

    @property
    def written(self) -> float:
        """Bytes of a million records."""
        return MILLION * self.record_bytes

    def rounded(self, unit: int) -> float:
        """Return GiB of a million records, each rounded up to a unit."""
        return MILLION * math.ceil(self.record_bytes / unit) * unit / GIB


def million(template: Mapping[str, Any], load: Load, prices: Prices) -> dict[str, float]:
    """Return the dollars of a million records, by what they are paid for."""
    stream, delivery, function = (
        _one(template, f"AWS::{kind}") for kind in ("Kinesis::Stream", "KinesisFirehose::DeliveryStream", "Lambda::Function")
    )
    to_s3 = delivery["ExtendedS3DestinationConfiguration"]
    consumers = sum(resource["Type"] == "AWS::Kinesis::StreamConsumer" for resource in template["Resources"].values())
    hints = to_s3["BufferingHints"]
    objects = max(load.written / (hints["SizeInMBs"] * KIB**2), load.hours * 3600 / hints["IntervalInSeconds"] * PARTITIONS)
    delivered, written = load.rounded(5 * KIB), load.written / GIB
    return {
        "stream, by volume": _volume(stream, load, prices, consumers),
        STANDING: load.hours * (hourly(stream, prices) + consumers * hourly_of_consumer(stream, prices)),
        "delivery": delivered * prices.usd("firehose.gb"),
        "conversion to Parquet": delivered * prices.usd("firehose.conversion_gb"),
        "partitioning": written * prices.usd("firehose.partitioning_gb")
        + objects / 1000 * prices.usd("firehose.partitioning_thousand_objects"),
        "transform": _transform(to_s3, function, load, prices),
        "objects in raw": objects / 1000 * prices.usd("s3.thousand_puts"),
    }


def hourly(stream: Mapping[str, Any], prices: Prices) -> float:
    """Return what an hour of a stream costs in which no record comes."""
    if _on_demand(stream):
        return prices.usd("kinesis.stream_hour")
    kept = prices.usd("kinesis.shard_kept_hour") if stream.get("RetentionPeriodHours", 24) > 24 else 0
    return float(stream["ShardCount"] * (prices.usd("kinesis.shard_hour") + kept))


def hourly_of_consumer(stream: Mapping[str, Any], prices: Prices) -> float:
    """Return what an hour costs of one enhanced fan-out consumer: nothing on demand, where only what is pushed is paid."""
    return 0 if _on_demand(stream) else float(stream["ShardCount"] * prices.usd("kinesis.consumer_shard_hour"))


def _on_demand(stream: Mapping[str, Any]) -> bool:
    return bool(stream.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND")


def _volume(stream: Mapping[str, Any], load: Load, prices: Prices, consumers: int) -> float:
    days, written = float(stream.get("RetentionPeriodHours", 24)) / 24, load.written / GIB
    kept_long = load.rounded(KIB) * prices.usd("kinesis.gb_month_kept_long") * max(0, days - 7) / 30
    if not _on_demand(stream):
        units = math.ceil(load.record_bytes / (25 * KIB)) * prices.usd("kinesis.shard_million_units")
        return kept_long + units + written * consumers * prices.usd("kinesis.consumer_gb")
    taken_in = prices.usd("kinesis.gb_in") + prices.usd("kinesis.gb_month_kept") * (min(days, 7) - 1) / 30
    read = prices.usd("kinesis.gb_out") + consumers * prices.usd("kinesis.gb_out_fan_out")
    return kept_long + load.rounded(KIB) * taken_in + written * read


def _transform(to_s3: Mapping[str, Any], function: Mapping[str, Any], load: Load, prices: Prices) -> float:
    (parameters,) = (processor["Parameters"] for processor in to_s3["ProcessingConfiguration"]["Processors"])
    buffer = {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in parameters}
    calls = max(load.written / (float(buffer["BufferSizeInMBs"]) * 1e6), load.hours * 3600 / float(buffer["BufferIntervalInSeconds"]))
    seconds = MILLION / load.transformed_a_second
    return seconds * float(function["MemorySize"]) / KIB * prices.usd("lambda.gb_second") + calls / MILLION * prices.usd(
        "lambda.million_requests"
    )


def _one(template: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    (found,) = [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == kind]
    return dict(found)
