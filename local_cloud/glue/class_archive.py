"""Keep what every Spark loads first in a class archive of the JVM, parsed and verified: a job then starts in some two thirds of the time.

The local cloud runs this file in the background, with the Python of Spark, when it starts. The archive is made once for a Java and its jars; a
JVM that finds it made of others starts without it (https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html).
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from local_cloud.glue.spark import settings, write_properties
from local_cloud.jars import FOLDER as JARS
from local_cloud.java import java_home

FOLDER = JARS.with_name("classes")
NO_CONFIGURATION = FOLDER / "no-configuration"
"""Spark's configuration folder for jobs and archive alike: it stands on the class path, and an archive allows there but an empty, unchanged one."""

_BASE, _JOBS = "java.jsa", "jobs.jsa"
_SECONDS_TO_WRITE = 300


def option(folder: Path = FOLDER) -> str:
    """Return the JVM's option for the archive, empty as long as there is none."""
    for jobs in folder.glob(f"*/{_JOBS}"):
        return f'"-XX:SharedArchiveFile={jobs.with_name(_BASE)}:{jobs}"'
    return ""


def made_of(java: Path, *jars: Path) -> str:
    """Return a name for what an archive is made of: the JVM refuses one whose jars differ in name, size or date."""
    files = [file for folder in jars for file in sorted(folder.glob("*.jar"))]
    facts = [(java / "release").read_text(), *(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)]
    return hashlib.sha256("\n".join([str(java), *facts]).encode()).hexdigest()[:16]


def make(folder: Path, java: Path, endpoint: str, region: str) -> bool:
    """Make the archive unless it is there; return whether it was made. One at a time makes it."""
    NO_CONFIGURATION.mkdir(parents=True, exist_ok=True)
    target = folder / made_of(java, JARS, _spark() / "jars")
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if (target / _JOBS).exists():
            return False
        for older in folder.glob("*/"):
            if older != NO_CONFIGURATION:
                shutil.rmtree(older)
        target.mkdir()
        base, unfinished = target / _BASE, target / f"{_JOBS}.unfinished"
        subprocess.run([java / "bin" / "java", "-Xshare:dump", f"-XX:SharedArchiveFile={base}", "-Xlog:disable"], check=True)
        _work(f'"-XX:SharedArchiveFile={base}" "-XX:ArchiveClassesAtExit={unfinished}"', java, target / "work", (endpoint, region))
        unfinished.rename(target / _JOBS)
    return True


def _spark() -> Path:
    # found, not imported: that takes longer than all else where there is nothing to do
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{sys.executable} has no PySpark, which jobs run on")
    return Path(found.origin).parent


def _work(archiving: str, java: Path, work: Path, cloud: tuple[str, str]) -> None:
    """Do once, on a few rows, what jobs do, and wait for the JVM to write what it loaded."""
    from pyspark import SparkContext

    from local_cloud.glue.warm_up import CATALOGS, warm_up

    own = settings({**CATALOGS, "spark.sql.catalog.scratch.warehouse": str(work)}, *cloud, JARS, work)
    own["spark.driver.extraJavaOptions"] += f" {archiving}"
    os.environ |= {
        "JAVA_HOME": str(java),
        "SPARK_CONF_DIR": str(NO_CONFIGURATION),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": write_properties(work, own),
    }
    warm_up(work)
    process = SparkContext._gateway.proc  # type: ignore[union-attr] # there is a gateway, since there was a session
    process.stdin.close()
    if process.wait(_SECONDS_TO_WRITE) != 0:
        raise ChildProcessError(f"the JVM ended with exit code {process.returncode} instead of writing {archiving}")
    shutil.rmtree(work)


if __name__ == "__main__":
    os.nice(19)  # whoever deploys meanwhile goes first
    make(FOLDER, java_home(), os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"])
