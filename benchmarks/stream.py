"""Measure the stream of a lake on this machine, and print a Markdown table: `.venv/bin/python -m benchmarks.stream --env ENV [--records N]`.

The lake must be deployed and running, and its `weather` should be empty. Each record is a row of its own, so what arrives is counted exactly.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3

from cli.common import athena, local_cloud, outputs
from cli.common.console import err
from cli.common.ledger import Ledger
from cli.common.sending import Outgoing, Sender
from cli.common.session import Lake, connect
from cli.stream import enveloped
from cli.wait import wait

ORIGINS = ("EWR", "JFK", "LGA")
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
MOST_SECONDS = 3600
WANTED = 5_000  # records a second to raw
MOST_MIB = 3_000  # of the local cloud, its functions and its jobs, however many records there are


class Memory(threading.Thread):
    """The most that the local cloud held, in samples a second apart, in MiB (PSS, with all that it started)."""

    def __init__(self, environment: str) -> None:
        super().__init__(daemon=True)
        self._environment = environment
        self.peak = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(1):
            process = local_cloud.place(self._environment).process()
            if process is not None:
                self.peak = max(self.peak, local_cloud.memory(process) / 2**20)


def records(number: int) -> Iterator[Outgoing]:
    """Yield records of weather, each with a key of its own."""
    for at in range(number):
        hour, origin = divmod(at, len(ORIGINS))
        moment = FIRST + timedelta(hours=hour)
        record = {
            "origin": ORIGINS[origin], "year": moment.year, "month": moment.month, "day": moment.day, "hour": moment.hour,
            "temp": 39.02, "dewp": 26.06, "humid": 59.37, "wind_dir": 270, "wind_speed": 10.35702, "wind_gust": None,
            "precip": 0, "pressure": 1012, "visib": 10, "time_hour": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip
        yield Outgoing(at, enveloped("weather", json.dumps(record)))


def cpu(environment: str) -> float:
    """Return the seconds of CPU that this process, the local cloud and its functions have taken; the jobs of refreshes are left out."""
    process = local_cloud.place(environment).process()
    assert process is not None
    functions = [one for one in process.children() if any("functions/runtime" in part for part in one.cmdline())]
    return time.process_time() + sum(one.cpu_times().user + one.cpu_times().system for one in [process, *functions])


def delivered(lake: Lake, since: datetime) -> int:
    """Return how many records Firehose has written since a moment."""
    cloudwatch = boto3.client(
        "cloudwatch", endpoint_url=lake.settings.endpoint_url, region_name=lake.settings.region, aws_access_key_id="test", aws_secret_access_key="test"
    )  # fmt: skip
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Firehose",
        MetricName="DeliveryToS3.Records",
        Dimensions=[{"Name": "DeliveryStreamName", "Value": outputs.value(lake, outputs.INGESTION, "DeliveryStreamName")}],
        StartTime=since - timedelta(minutes=1),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return int(sum(point["Sum"] for point in points))


def processed(lake: Lake) -> int:
    """Return how many rows of weather there are; the first refresh makes the table."""
    if not Ledger.of(lake).publication("weather"):
        return 0
    ((rows,),) = athena.query(lake, f"select count(*) from {lake.settings.name}_processed.weather").rows
    return int(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", default="local")
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    lake = connect(given.env)
    memory = Memory(given.env)
    memory.start()
    started, begin = datetime.now(UTC), time.monotonic()
    before, cpu_before, rows_before = delivered(lake, started), cpu(given.env), processed(lake)
    sender = Sender(lake.kinesis, outputs.value(lake, outputs.INGESTION, "StreamName"))
    report = sender.send(records(given.records))
    sent = time.monotonic() - begin
    err.print(f"{report.accepted:,} records accepted in {sent:.0f} s")
    while delivered(lake, started) - before < given.records:
        if time.monotonic() - begin > MOST_SECONDS:
            raise SystemExit(f"after {MOST_SECONDS} s only {delivered(lake, started) - before:,} records were in raw")
        time.sleep(1)
    in_raw, peak = time.monotonic() - begin, memory.peak
    in_cpu = cpu(given.env)
    err.print(f"in raw after {in_raw:.0f} s, {peak:.0f} MiB; waiting for the refresh")
    wait(lake, MOST_SECONDS, lambda _: None)
    in_processed = time.monotonic() - begin
    memory.ended.set()
    rows = processed(lake) - rows_before
    print("| what | measured |\n|---|---|")
    for what, measured in {
        "records sent": f"{report.accepted:,}",
        "records a second to the stream": f"{report.accepted / sent:,.0f}",
        "records a second to raw": f"{given.records / in_raw:,.0f}",
        "CPU up to raw (sender, local cloud and its function)": f"{in_cpu - cpu_before:,.0f} s",
        "seconds to processed": f"{in_processed:,.0f}",
        "rows in processed": f"{rows:,}",
        "most memory up to raw (local cloud with its functions, PSS)": f"{peak:,.0f} MiB",
        "most memory in all (with the refresh)": f"{memory.peak:,.0f} MiB",
    }.items():
        print(f"| {what} | {measured} |")
    wrong = {
        f"{rows:,} rows came to processed, of {given.records:,} records": rows != given.records,
        f"fewer than {WANTED:,} records a second to raw": given.records / in_raw < WANTED,
        f"more than {MOST_MIB:,} MiB": memory.peak > MOST_MIB,
    }
    if any(wrong.values()):
        raise SystemExit("; ".join(what for what, holds in wrong.items() if holds))


if __name__ == "__main__":
    main()
