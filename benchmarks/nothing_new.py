"""A run that finds nothing new: `.venv/bin/python -m benchmarks.nothing_new [--port N] [--rounds N]`.

Deploys the sample datasets to a local cloud of its own, lands a month of flights, and asks for refreshes with nothing landed in between. Job time is
what Glue would bill: from the start of the job's process to its end, Spark's own start included.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

import yaml

from benchmarks.session import table
from cli.common import sample
from cli.common.paths import ROOT
from tests.end_to_end.lake import Lake, Rows, eventually

LIMIT = 5
DATASET = "flights"


def runs(lake: Lake) -> Rows:
    """Return the finished refreshes in order."""
    return [run for run in lake.ledger(DATASET, "run#") if run["status"] not in ("running",)]


def job_seconds(lake: Lake, run: str) -> float:
    """Return how long the job of a refresh ran, by Glue."""
    found = lake.client("glue").get_job_runs(JobName=f"lake-{DATASET}")["JobRuns"]
    (one,) = [job for job in found if job["Arguments"]["--run_id"] == run]
    return float((one["CompletedOn"] - one["StartedOn"]).total_seconds())


def measure(lake: Lake, rounds: int) -> list[float]:
    """Return the job's seconds of each refresh that found nothing new."""
    lake.land(DATASET, sample.months()[0])
    lake.wait()
    seconds = []
    for number in range(rounds):
        before = len(runs(lake))
        lake.request(DATASET)
        eventually(lambda before=before: len(runs(lake)) > before, f"refresh {number + 1}", 300)  # type: ignore[misc]  # its own value of `before`
        lake.wait()
        last = runs(lake)[-1]
        assert (last["status"], last["read"]) == ("unchanged", 0), last
        seconds.append(job_seconds(lake, last["item"].removeprefix("run#")))
    return seconds


def main(arguments: list[str]) -> list[float]:
    """Measure, print, and return the seconds of each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4598)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    settings = yaml.safe_load((ROOT / "config" / "local.yaml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "nothing-new.yaml"
        url = f"http://127.0.0.1:{chosen.port}"
        environment.write_text(yaml.safe_dump({**settings, "endpoint_url": url, "datasets": [DATASET]}), encoding="utf-8")
        lake = Lake(environment, url)
        lake.run("local", "reset")
        lake.run("local", "start")
        try:
            lake.run("deploy")
            seconds = measure(lake, chosen.rounds)
        finally:
            lake.run("local", "reset")
    print(table([(f"job time of a run with nothing new, median of {chosen.rounds}", f"{median(seconds):.1f} s", f"{LIMIT} s")]))
    print(f"\neach round: {', '.join(f'{one:.1f} s' for one in seconds)}")
    return seconds


if __name__ == "__main__":
    main(sys.argv[1:])
