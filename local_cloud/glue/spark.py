"""How Spark runs on this machine: what is added to the settings of the job."""

import shlex
from collections.abc import Mapping
from pathlib import Path

_JAVA = "-Duser.timezone=UTC -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xlog:disable"
"""Runs are short: neither a second compiler nor a second thread for garbage pays. What the JVM says of its class archive helps nobody."""

_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.name = console
appender.console.type = Console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
# What is said in every run of a job and never helps.
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.sdk.name = com.amazonaws.util.VersionInfoUtils
logger.sdk.level = error
logger.metrics.name = org.apache.hadoop.metrics2
logger.metrics.level = error
logger.host.name = org.apache.spark.util.Utils
logger.host.level = error
logger.place.name = org.apache.spark.SparkConf
logger.place.level = error
"""


def write_properties(folder: Path, settings: Mapping[str, str]) -> str:
    """Write settings and logging into `folder`, and return the arguments of PySpark that make a session of them."""
    folder.mkdir(parents=True, exist_ok=True)
    logging, properties = folder / "log4j2.properties", folder / "spark.properties"
    logging.write_text(_LOGGING)
    options = f'{settings["spark.driver.extraJavaOptions"]} "-Dlog4j2.configurationFile={logging.as_uri()}"'
    lines = [f"{name} {value}\n" for name, value in {**settings, "spark.driver.extraJavaOptions": options}.items()]
    properties.write_text("".join(lines).replace("\\", "\\\\"))
    return f"--properties-file {shlex.quote(str(properties))} pyspark-shell"


def settings(job: Mapping[str, str], endpoint: str, region: str, jars: Path, work: Path) -> dict[str, str]:
    """Return all settings for a job that brings its own: what makes this machine a cluster, which the job's override, and where the cloud is."""
    machine = {
        "spark.master": "local[2]",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraClassPath": f"{jars}/*",
        "spark.driver.extraJavaOptions": f'{_JAVA} "-Djava.io.tmpdir={work}"',
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(work),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(work / "warehouse"),
    }
    return machine | dict(job) | _object_store(endpoint, region) | _catalogs(job, endpoint, region)


def _object_store(endpoint: str, region: str) -> dict[str, str]:
    options = {
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",  # Glue 5.1 too reads s3:// by S3A
        "fs.s3a.endpoint": endpoint,
        "fs.s3a.endpoint.region": region,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
        "fs.s3a.change.detection.mode": "none",
        # The cloud is on this machine: what fails once fails again, and a missing grant should show in seconds.
        "fs.s3a.attempts.maximum": "2",
        "fs.s3a.retry.limit": "2",
        "fs.s3a.connection.establish.timeout": "5000",
    }
    return {f"spark.hadoop.{name}": value for name, value in options.items()}


def _catalogs(job: Mapping[str, str], endpoint: str, region: str) -> dict[str, str]:
    """Return where the Iceberg catalogs of a job are; which there are is the job's business."""
    found = [name.removesuffix(".catalog-impl") for name, value in job.items() if value == "org.apache.iceberg.aws.glue.GlueCatalog"]
    options = {
        "client.region": region,
        "glue.endpoint": endpoint,
        "s3.endpoint": endpoint,
        "s3.path-style-access": "true",
        "s3.retry.num-retries": "1",
    }
    return {f"{catalog}.{name}": value for catalog in found for name, value in options.items()}
