"""All that ministack reads from its environment, as data in one place; it must be set before ministack is imported."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_cloud.services import SERVICES

ACCOUNT = "000000000000"
REGION = "us-east-1"
HOST = "127.0.0.1"

FORGOTTEN = frozenset(
    {
        "AWS_CA_BUNDLE",  # made for real endpoints; loopback is plain http
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",  # would become part of the local root's credentials
        "DOCKER_NETWORK",
        "EDGE_PORT",
        "LOCALSTACK_HOSTNAME",
        "LOCALSTACK_PERSISTENCE",
        "LOCALSTACK_SFN_MOCK_CONFIG",
        "SFN_MOCK_CONFIG",
        "SFN_WAIT_SCALE",
        "USE_SSL",
        *(name for proxy in ("http_proxy", "https_proxy", "all_proxy") for name in (proxy, proxy.upper())),
    }
)
"""Variables of the user's shell that would change what the local cloud does."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What a local cloud is started with.

    Attributes:
        home: folder of all its state; nothing is written outside.
        port: of its only listener, on 127.0.0.1.
        spark_python: Python interpreter with PySpark that Glue jobs run on.
        speed: how many times as fast as the wall clock periods of alarms and rates of schedules pass.
        delivery_speed: how many times as fast as the wall clock Firehose's buffers age.
    """

    home: Path
    port: int
    spark_python: Path
    speed: float = 1
    delivery_speed: float = 60

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"

    @property
    def state(self) -> Path:
        return self.home / "state"


def prepare(launch: Launch, inherited: Mapping[str, str]) -> dict[str, str]:
    """Make the folders of `launch.home` and return the environment of the local cloud."""
    for folder in (launch.logs, launch.temporary, launch.state):
        folder.mkdir(parents=True, exist_ok=True)
    return {name: value for name, value in inherited.items() if name not in FORGOTTEN} | _variables(launch)


def home() -> Path:
    """The folder of all state of the local cloud that runs in this process."""
    return Path(os.environ["LOCAL_CLOUD_HOME"])


def endpoint() -> str:
    """The URL of the local cloud that runs in this process."""
    return os.environ["AWS_ENDPOINT_URL"]


def spark_python() -> Path:
    """The Python interpreter that Glue jobs run on."""
    return Path(os.environ["LOCAL_CLOUD_SPARK_PYTHON"])


def started_speed() -> float:
    """How many times as fast as the wall clock the clock runs, unless `local_cloud.clock` was told otherwise."""
    return float(os.environ["LOCAL_CLOUD_SPEED"])


def delivery_speed() -> float:
    """How many times as fast as the wall clock Firehose's buffers age."""
    return float(os.environ["LOCAL_CLOUD_DELIVERY_SPEED"])


def _variables(launch: Launch) -> dict[str, str]:
    return {
        "LOCAL_CLOUD_HOME": str(launch.home),
        "LOCAL_CLOUD_SPARK_PYTHON": str(launch.spark_python),
        "LOCAL_CLOUD_SPEED": str(launch.speed),
        "LOCAL_CLOUD_DELIVERY_SPEED": str(launch.delivery_speed),
        # One listener, on loopback.
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(launch.port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # One account, whose root is the launcher itself.
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "AWS_ENDPOINT_URL": f"http://{HOST}:{launch.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        # All state in the home folder.
        "PERSIST_STATE": "1",
        "STATE_DIR": str(launch.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(launch.home / "s3"),
        "TMPDIR": str(launch.temporary),
        # What runs, and on what.
        "SERVICES": ",".join(service.signing_name for service in SERVICES if not service.own),
        "ATHENA_ENGINE": "duckdb",
        "MINISTACK_AUTOCREATE_AWS_MANAGED": "1",
        "DOCKER_HOST": f"unix://{launch.home}/no-docker",  # a docker daemon of the machine is none of our business
        "LOG_LEVEL": "INFO",
    }
