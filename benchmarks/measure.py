"""Measure the lake on this machine, and print a Markdown table: `.venv/bin/python -m benchmarks.measure [--cold]`.

With --cold all of it runs in a copy of the checkout, with an empty home and empty caches, so the first demo downloads what it needs.
The local cloud of the default environment must not be running: the measured one takes its port.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cli.common import sample
from cli.common.forbidden import project_files
from cli.common.local_cloud import memory
from cli.common.paths import ROOT

MIB, GIB = 2**20, 2**30
MOST_LOOKS = 120
SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")


@dataclass
class Checkout:
    """A checkout that is measured.

    Attributes:
        environment: of its commands.
        peak: most bytes that its local cloud held, in samples a second apart.
    """

    folder: Path
    environment: dict[str, str]
    peak: int = 0
    results: list[tuple[str, str, str]] = field(default_factory=list)

    def lake(self, *arguments: str) -> float:
        """Run a verb and return how many seconds it took; what it says goes to the terminal."""
        begin = time.monotonic()
        subprocess.run(
            [str(self.folder / "lake"), *arguments], cwd=self.folder, env=self.environment, check=True, stdout=subprocess.DEVNULL
        )
        return time.monotonic() - begin

    def answer(self, sql: str) -> list[object]:
        """Return the rows that a query gives."""
        command = [str(self.folder / "lake"), "query", sql, "--format", "json"]
        said = subprocess.run(command, cwd=self.folder, env=self.environment, check=True, capture_output=True)
        return list(json.loads(said.stdout))

    def held(self) -> int:
        """Return the bytes that the local cloud and all it started hold now."""
        file = self.folder / ".lake" / "local" / "pid"
        try:
            return memory(psutil.Process(int(file.read_text(encoding="utf-8"))))
        except (FileNotFoundError, ValueError, psutil.Error):
            return 0

    def record(self, what: str, measured: str, most: str) -> None:
        self.results.append((what, measured, most))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measure", description=__doc__)
    parser.add_argument("--cold", action="store_true", help="in a copy with an empty home: downloads everything")
    if parser.parse_args().cold:
        with copied() as checkout:
            measure(checkout, cold=True)
    else:
        measure(Checkout(ROOT, dict(os.environ)), cold=False)


@contextmanager
def copied() -> Iterator[Checkout]:
    """A copy of what is committed or would be, with a home of its own and nothing on PATH but the system's and this Python."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        for path in project_files():
            target = checkout / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        home = Path(folder) / "home"
        home.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "UV_", "XDG_"))}
        yield Checkout(checkout, {**kept, "HOME": str(home), "PATH": bare_path()})


def bare_path() -> str:
    """Return a PATH of the system's folders and, first, the one of the Python under this virtual environment."""
    return os.pathsep.join([str(Path(sys.base_prefix) / "bin"), *SYSTEM_PATH])


def measure(checkout: Checkout, *, cold: bool) -> None:
    with sampled(checkout):
        received = downloaded()
        seconds = checkout.lake("demo")
        if cold:
            checkout.record("download for the first `./lake demo`", f"{(downloaded() - received) / 1e9:.2f} GB", "0.9 GB")
            checkout.record("`./lake demo` from an empty folder, download included", f"{seconds:.0f} s", "180 s and the download")
        checkout.record("`./lake demo` again", f"{checkout.lake('demo'):.0f} s", "120 s")
        checkout.record("a small file, from landing to a SQL answer", f"{landing(checkout):.0f} s", "30 s")
    checkout.record("memory of the local lake at its peak", f"{checkout.peak / GIB:.1f} GiB", "6 GB")
    checkout.record("memory of the local lake at rest", f"{checkout.held() / MIB:.0f} MiB", "1 GB")
    checkout.lake("local", "stop")
    checkout.record("`./lake synth`, checked by cdk-nag and our rules", f"{checkout.lake('synth'):.1f} s", "")
    checkout.record("`./lake synth --checks none`", f"{checkout.lake('synth', '--checks', 'none'):.1f} s", "3 s")
    checkout.record("`./lake test --fast`", f"{checkout.lake('test', '--fast'):.0f} s", "90 s")
    report(checkout)


@contextmanager
def sampled(checkout: Checkout) -> Iterator[None]:
    """Note the most that the local cloud holds, looking each second."""
    done = threading.Event()

    def sample() -> None:
        while not done.wait(1):
            checkout.peak = max(checkout.peak, checkout.held())

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield
    finally:
        done.set()
        sampler.join()


def landing(checkout: Checkout) -> float:
    """Return the seconds from landing a file of one new flight until a query has it."""
    number = int(time.time()) % 10**8 + 10**8  # no flight has it, nor had it in an earlier measurement
    header, row = sample.months()[-1].read_text(encoding="utf-8").splitlines()[:2]
    values = dict(zip(header.split(","), row.split(","), strict=True)) | {"flight": str(number)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one-flight.csv"
        file.write_text(f"{header}\n{','.join(values.values())}\n", encoding="utf-8")
        begin = time.monotonic()
        checkout.lake("land", "flights", str(file))
    for _ in range(MOST_LOOKS):
        if checkout.answer(f"select flight from lake_processed.flights where flight = {number}"):
            return time.monotonic() - begin
    raise SystemExit(f"flight {number} was landed, and no query has it; see ./lake runs flights")


def downloaded() -> int:
    """Return the bytes that this machine received since it started, the loopback interface left out."""
    return sum(counters.bytes_recv for name, counters in psutil.net_io_counters(pernic=True).items() if not name.startswith("lo"))


def report(checkout: Checkout) -> None:
    cores, held = psutil.cpu_count(), psutil.virtual_memory().total / GIB
    print(f"\nOn {cores} cores and {held:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}:\n")
    print("| what | measured | at most |\n|---|---|---|")
    for row in checkout.results:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
