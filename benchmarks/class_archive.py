"""What the class archive saves: CPU seconds of a small Spark with it and without, `.venv/bin/python -m benchmarks.class_archive`.

The archive must be there: the local cloud makes it when it first starts.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from cli.common.paths import ROOT
from local_cloud.glue import class_archive
from local_cloud.glue.spark import settings, write_properties
from local_cloud.glue.warm_up import CATALOGS
from local_cloud.jars import FOLDER as JARS
from local_cloud.java import java_home

ROUNDS = 3
NOWHERE = "http://127.0.0.1:9"


def main() -> None:
    option = class_archive.option()
    if not option:
        raise SystemExit(f"no archive in {class_archive.FOLDER}; start the local cloud and wait a minute: ./lake local start")
    for _ in range(ROUNDS):
        print(f"without: {cpu_seconds(''):.1f} s, with: {cpu_seconds(option):.1f} s")


def cpu_seconds(option: str) -> float:
    """Return what all processes of one small Spark took, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        own = settings({**CATALOGS, "spark.sql.catalog.scratch.warehouse": str(work)}, NOWHERE, "us-east-1", JARS, work)
        own["spark.driver.extraJavaOptions"] += f" {option}"
        environment = {
            **os.environ,
            "JAVA_HOME": str(java_home()),
            "SPARK_CONF_DIR": str(class_archive.NO_CONFIGURATION),
            "PYSPARK_SUBMIT_ARGS": write_properties(work, own),
        }
        script = "import sys; from pathlib import Path; from local_cloud.glue.warm_up import warm_up; warm_up(Path(sys.argv[1]))"
        subprocess.run([sys.executable, "-c", script, str(work)], cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
