"""The folder in which a run works: script, libraries, Spark's settings, temporary files."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_cloud import java
from local_cloud.client import client
from local_cloud.credentials import Credentials
from local_cloud.environment import REGION, endpoint, spark_python
from local_cloud.glue import class_archive, spark
from local_cloud.glue.parameters import spark_settings
from local_cloud.jars import FOLDER as JARS

RUNTIME = Path(__file__).with_name("runtime")
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "USER")


class NotRunnableError(Exception):
    """This machine lacks what a job needs."""


@dataclass(frozen=True)
class Workspace:
    """The folder of one run and what it is made for.

    Attributes:
        arguments: all that the script is started with.
    """

    folder: Path
    arguments: Mapping[str, str]
    credentials: Credentials

    @property
    def failure(self) -> Path:
        """The file in which the script's exception is written."""
        return self.folder / "failure"

    @property
    def _empty(self) -> Path:
        return self.folder / "empty"

    def prepare(self, script: str) -> Path:
        """Download script and libraries as the job's role, and return where the script is."""
        self.make()
        for address in self._libraries():
            self._download(address)
        return self._download(script)

    def make(self) -> None:
        """Make the folder, into which `environment` writes Spark's settings."""
        self.folder.mkdir(parents=True)
        self._empty.touch()

    def environment(self) -> dict[str, str]:
        """Return all that the job's process has in its environment; the repository is not on its path."""
        libraries = [str(self._place(address)) for address in self._libraries()]
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        own = {
            "JAVA_HOME": _java_home(spark_python()),
            "PYSPARK_PYTHON": str(spark_python()),
            "PYSPARK_SUBMIT_ARGS": self._spark(),
            "PYTHONPATH": os.pathsep.join([*libraries, str(RUNTIME)]),
            "PYTHONUNBUFFERED": "1",
            "SPARK_CONF_DIR": str(class_archive.NO_CONFIGURATION),
            "TMPDIR": str(self.folder),
            "TZ": "UTC",
            "GLUE_FAILURE": str(self.failure),
        }
        return inherited | self._cloud() | own

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spark(self) -> str:
        own = spark.settings(spark_settings(self.arguments.get("--conf", "")), endpoint(), REGION, _jars(), self.folder)
        own["spark.driver.extraJavaOptions"] += f" {class_archive.option()}"
        class_archive.NO_CONFIGURATION.mkdir(parents=True, exist_ok=True)
        return spark.write_properties(self.folder / "conf", own)

    def _cloud(self) -> dict[str, str]:
        return {
            **self.credentials.variables(),
            "AWS_ENDPOINT_URL": endpoint(),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "2",
            # What stands in the user's own files is about other accounts.
            "AWS_CONFIG_FILE": str(self._empty),
            "AWS_SHARED_CREDENTIALS_FILE": str(self._empty),
        }

    def _libraries(self) -> list[str]:
        return [address.strip() for address in self.arguments.get("--extra-py-files", "").split(",") if address.strip()]

    def _download(self, address: str) -> Path:
        place, parts = self._place(address), urlsplit(address)
        s3: Any = client("s3", self.credentials.access_key, self.credentials.secret_key, self.credentials.token)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(s3.get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"].read())
        return place

    def _place(self, address: str) -> Path:
        return self.folder / "code" / Path(urlsplit(address).path).name


def _jars() -> Path:
    if not any(JARS.glob("*.jar")):
        raise NotRunnableError(f"Spark's connectors are not in {JARS}; run `python -m local_cloud.jars` with {spark_python()}")
    return JARS


@lru_cache(maxsize=1)
def _java_home(python: Path) -> str:
    # Asked of the Spark Python, because the package that carries a Java belongs to it.
    done = subprocess.run([str(python), java.__file__], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotRunnableError(done.stderr.strip())
    return done.stdout.strip()
