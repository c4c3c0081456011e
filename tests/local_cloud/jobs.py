"""Glue jobs in a local cloud, for tests."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.local_cloud.running import LocalCloud, until

CATALOG = "spark.sql.catalog.glue_catalog"
ICEBERG = " --conf ".join(
    [
        "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        f"{CATALOG}=org.apache.iceberg.spark.SparkCatalog",
        f"{CATALOG}.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
        f"{CATALOG}.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
    ]
)
OVER = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


@dataclass
class GlueJob:
    """A job of a name, with buckets `<name>-assets` and `<name>-data`, a database `<name>` and a role `<name>`."""

    cloud: LocalCloud
    name: str

    @property
    def glue(self) -> Any:
        return self.cloud.client("glue")

    @property
    def grants(self) -> dict[str, dict[str, Any]]:
        """What its role may do, each under a name."""
        catalog = ["glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable"]
        return {
            "assets": {"Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{self.name}-assets/*"},
            "list": {"Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{self.name}-data"},
            "read": {"Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{self.name}-data/*"},
            "write": {"Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": f"arn:aws:s3:::{self.name}-data/*"},
            "catalog": {"Action": catalog, "Resource": "*"},
        }

    def create(self, arguments: dict[str, str] | None = None) -> "GlueJob":
        s3 = self.cloud.client("s3")
        for kind in ("assets", "data"):
            s3.create_bucket(Bucket=f"{self.name}-{kind}")
        self.cloud.client("glue").create_database(DatabaseInput={"Name": self.name})
        self.glue.create_job(
            Name=self.name,
            Role=self.cloud.role(self.name, list(self.grants.values())),
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{self.name}-assets/job.py", "PythonVersion": "3"},
            GlueVersion="5.1",
            WorkerType="G.1X",
            NumberOfWorkers=2,
            DefaultArguments=arguments or {},
        )
        return self

    def script(self, text: str) -> None:
        self.put("assets", "job.py", text.encode())

    def library(self, **modules: str) -> str:
        """Put a zip of modules and return its address."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, text in modules.items():
                archive.writestr(f"{name}.py", text)
        return self.put("assets", "library.zip", content.getvalue())

    def put(self, kind: str, key: str, body: bytes) -> str:
        self.cloud.client("s3").put_object(Bucket=f"{self.name}-{kind}", Key=key, Body=body)
        return f"s3://{self.name}-{kind}/{key}"

    def start(self, **arguments: str) -> str:
        run_id: str = self.glue.start_job_run(JobName=self.name, Arguments={f"--{key}": value for key, value in arguments.items()})[
            "JobRunId"
        ]
        return run_id

    def describe(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.glue.get_job_run(JobName=self.name, RunId=run_id)["JobRun"]
        return run

    def ended(self, run_id: str) -> dict[str, Any]:
        """Wait for the end of a run and return its description."""
        return until(lambda: _over(self.describe(run_id)), seconds=90)

    def run(self, **arguments: str) -> dict[str, Any]:
        return self.ended(self.start(**arguments))

    def log(self, run_id: str) -> str:
        return (self.cloud.home / "jobs" / f"{run_id}.log").read_text()

    def said(self, run_id: str, text: str) -> None:
        """Wait until a run has written `text`."""
        until(lambda: self._has_log(run_id) and text in self.log(run_id), seconds=60)

    def process_id(self, run_id: str) -> int:
        return int((self.cloud.home / "jobs" / f"{run_id}.pid").read_text())

    def without(self, grant: str) -> Callable[[], None]:
        """Take a grant from the role and return what gives it back."""
        self.cloud.allow(self.name, [given for name, given in self.grants.items() if name != grant])
        return lambda: self.cloud.allow(self.name, list(self.grants.values()))

    def _has_log(self, run_id: str) -> bool:
        return (self.cloud.home / "jobs" / f"{run_id}.log").exists()


def _over(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run["JobRunState"] in OVER else None
