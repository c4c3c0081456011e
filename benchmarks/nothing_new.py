"""A run that finds nothing new: `.venv/bin/python -m benchmarks.nothing_new [--port N] [--rounds N]`.

Deploys the sample datasets to a local cloud of its own, lands a month of flights, and asks for refreshes with nothing landed in between. Job time is
what Glue would bill: from the start of the job's process to its end.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
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


@dataclass(frozen=True)
class JobRun:
    """How long the job of a refresh ran.

    Attributes:
        seconds: from the start of its process to its end, by Glue.
        steps: seconds of each of its own steps; what is left is the start of Python and of its libraries.
    """

    seconds: float
    steps: dict[str, float]

    @property
    def own(self) -> float:
        return sum(self.steps.values())


def job_run(lake: Lake, run: str) -> JobRun:
    """Return what Glue and the log say of the job of a refresh."""
    found = lake.client("glue").get_job_runs(JobName=f"lake-{DATASET}")["JobRuns"]
    (one,) = [job for job in found if job["Arguments"]["--run_id"] == run]
    group = f"{lake.client('glue').get_job(JobName=f'lake-{DATASET}')['Job']['DefaultArguments']['--custom-logGroup-prefix']}/output"
    said = lake.client("logs").get_log_events(logGroupName=group, logStreamName=one["Id"])["events"]
    told = [json.loads(event["message"]) for event in said if event["message"].startswith('{"event": "step"')]
    steps = {step["step"]: float(step["seconds"]) for step in told}
    return JobRun(float((one["CompletedOn"] - one["StartedOn"]).total_seconds()), steps)


def measure(lake: Lake, rounds: int) -> list[JobRun]:
    """Return the job run of each refresh that found nothing new."""
    lake.land(DATASET, sample.months()[0])
    lake.wait()
    found = []
    for number in range(rounds):
        before = len(runs(lake))
        lake.request(DATASET)
        eventually(lambda before=before: len(runs(lake)) > before, f"refresh {number + 1}", 300)  # type: ignore[misc]  # its own value of `before`
        lake.wait()
        last = runs(lake)[-1]
        assert (last["status"], last["read"]) == ("unchanged", 0), last
        found.append(job_run(lake, last["item"].removeprefix("run#")))
    return found


def main(arguments: list[str]) -> list[JobRun]:
    """Measure, print, and return the job run of each round."""
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
            found = measure(lake, chosen.rounds)
        finally:
            lake.run("local", "reset")
    whole, own = median(one.seconds for one in found), median(one.own for one in found)
    rows = [
        (f"job time of a run with nothing new, median of {chosen.rounds}", f"{whole:.1f} s", f"{LIMIT} s"),
        ("of it the job's own steps", f"{own:.1f} s", ""),
    ]
    print(table(rows))
    print(
        f"\neach round: {', '.join(f'{one.seconds:.1f} s' for one in found)}; steps of the last one, seconds: {json.dumps(found[-1].steps)}"
    )
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
