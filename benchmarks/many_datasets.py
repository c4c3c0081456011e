"""Hundreds of datasets in one lake: `.venv/bin/python -m benchmarks.many_datasets [--count N] [--port N] [--no-deploy]`.

Writes made-up datasets in five domains, synthesises them twice (the second time is measured), counts each stack's resources, deploys them to a
local cloud of their own, and deletes that again.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks import datasets
from benchmarks.session import table
from cli.common.paths import ROOT, STATE

SECONDS, RESOURCES = 15, 400


@dataclass(frozen=True)
class Environment:
    """An environment of made-up datasets alone."""

    file: Path

    @classmethod
    def made(cls, folder: Path, count: int, port: int) -> "Environment":
        """Write the datasets, which have to lie in the checkout, and the settings."""
        names = [str(path.relative_to(ROOT)) for path in datasets.write(STATE / "benchmarks" / f"datasets-{count}", count)]
        settings = yaml.safe_load((ROOT / "config" / "local.yaml").read_text(encoding="utf-8"))
        file = folder / "many-datasets.yaml"
        file.write_text(yaml.safe_dump({**settings, "endpoint_url": f"http://127.0.0.1:{port}", "datasets": names}), encoding="utf-8")
        return cls(file)

    def lake(self, *arguments: str) -> tuple[float, float]:
        """Run a verb; return its seconds, and the seconds of CPU of it and all that it started."""
        begin, before = time.monotonic(), _children()
        environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
        subprocess.run([ROOT / "lake", *arguments, "--env", self.file], check=True, stdout=subprocess.DEVNULL, env=environment)
        return time.monotonic() - begin, _children() - before

    def resources(self) -> dict[str, int]:
        """Return the number of resources of each stack as last synthesised."""
        folder = ROOT / "cdk.out" / self.file.stem
        return {
            path.name.split(".")[0]: len(json.loads(path.read_text(encoding="utf-8"))["Resources"])
            for path in folder.glob("*.template.json")
        }


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: list[str]) -> dict[str, int]:
    """Measure, print, and return the number of resources by stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--port", type=int, default=4599)
    parser.add_argument("--no-deploy", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        made = Environment.made(Path(folder), chosen.count, chosen.port)
        made.lake("synth")
        seconds, used = made.lake("synth")
        found = made.resources()
        largest = max(found, key=lambda stack: found[stack])
        rows = [
            (
                f"`./lake synth` of {chosen.count} datasets in {len(datasets.DOMAINS)} domains",
                f"{seconds:.1f} s (CPU {used:.1f} s)",
                f"{SECONDS} s",
            ),
            (f"most resources in a stack, {largest} of {len(found)}", str(found[largest]), str(RESOURCES - 1)),
        ]
        if not chosen.no_deploy:
            made.lake("local", "reset")
            made.lake("local", "start")
            try:
                rows.append(("deploy of all stacks to an empty local cloud", f"{made.lake('deploy')[0]:.0f} s", ""))
            finally:
                made.lake("local", "reset")
    print(table(rows))
    print(f"\nresources: {json.dumps(found)}")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
