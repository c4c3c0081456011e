"""The edge of a job: its arguments, its clients, its clock and its session. Nothing inward of it asks for the time or for a service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import boto3
from pyspark import SparkContext
from pyspark.sql import SparkSession

from contracts.contract import Contract
from glue_jobs.common.catalog import Catalog
from glue_jobs.common.ledger import Ledger
from glue_jobs.common.metrics import Meter
from glue_jobs.common.objects import Objects, split_uri
from glue_jobs.common.run import RawRun, Run
from glue_jobs.common.steps import Steps

ARGUMENTS = ["JOB_NAME", "run_id", "contract", "ledger_table", "database", "warehouse", "lake", "dpus"]


def settle(spark: SparkSession) -> None:
    """Make the session answer alike on every platform: times in UTC, and null where an expression has no value."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    # Java compiles no method of more bytecode than this, and a wide table makes longer ones: Spark is to cut them into pieces
    spark.conf.set("spark.sql.codegen.hugeMethodLimit", "8000")
    # a batch is kept for a few passes, and to find out how its columns could be made smaller takes as long as the passes
    spark.conf.set("spark.sql.inMemoryColumnarStorage.compressed", "false")


@dataclass
class GlueJob:
    """The job that this process is, as Glue sees it: its Spark, its sources and its bookmark are started for whoever asks first.

    A run that never asks is spared their start. It has no bookmark to commit either: the next one reads from where the last commit was.

    Attributes:
        arguments: by name, as Glue gives them.
    """

    arguments: Mapping[str, str]

    @cached_property
    def _started(self) -> tuple[Any, Any]:
        # awsglue is there on Glue alone; the functions of this file are for tests too
        from awsglue.context import GlueContext
        from awsglue.job import Job

        context = GlueContext(SparkContext.getOrCreate())
        settle(context.spark_session)
        job = Job(context)
        job.init(self.arguments["JOB_NAME"], self.arguments)
        return context, job

    @property
    def context(self) -> Any:
        """The GlueContext."""
        return self._started[0]

    def session(self) -> SparkSession:
        """Return the Spark session."""
        found: SparkSession = self.context.spark_session
        return found

    def commit(self) -> None:
        """Save the bookmark, if anything was started that could have moved it."""
        if "_started" in vars(self):
            self._started[1].commit()


def connect(session: Callable[[], SparkSession], arguments: Mapping[str, str]) -> Run:
    """Return the run that a job's arguments describe."""
    s3 = boto3.client("s3")
    assets, key = split_uri(arguments["contract"])
    contract = Contract.from_json(Objects(s3, assets).text(key))
    warehouse, _ = split_uri(arguments["warehouse"])
    return Run(
        id=arguments["run_id"],
        session=session,
        contract=contract,
        database=arguments["database"],
        warehouse=arguments["warehouse"].rstrip("/"),
        catalog=Catalog(boto3.client("glue"), arguments["database"], Objects(s3, warehouse)),
        ledger=Ledger(boto3.client("dynamodb"), arguments["ledger_table"], contract.name, clock=lambda: datetime.now(UTC)),
        steps=Steps(arguments["run_id"]),
    )


def connect_raw(session: Callable[[], SparkSession], arguments: Mapping[str, str]) -> RawRun:
    """Return the run of a dataset that is fed from raw."""
    return RawRun(raw=Objects(boto3.client("s3"), arguments["raw_bucket"]), **vars(connect(session, arguments)))


def meter(arguments: Mapping[str, str]) -> Meter:
    """Return what sends the metrics of a run."""
    return Meter(client=boto3.client("cloudwatch"), lake=arguments["lake"], dpus=float(arguments["dpus"]))


def databases_of(inputs: str) -> dict[str, str]:
    """Return the database of each input: `lake_processed.flights,lake_processed.airlines` as a job's argument has them."""
    pairs = (name.split(".") for name in inputs.split(","))
    return {dataset: database for database, dataset in pairs}
