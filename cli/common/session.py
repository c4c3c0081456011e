"""AWS as a verb sees it: the local cloud or an account, by the environment's settings."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from cli.common.commands import ONLY_AWS
from cli.common.errors import UserError
from cli.common.health import answers
from config import read
from config.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

AWS = Config(retries={"mode": "standard"}, connect_timeout=10)
# an address has no sub-domains for buckets or services, and the shell's proxies are not for this machine
LOCAL = Config(s3={"addressing_style": "path"}, inject_host_prefix=False, proxies={}, retries={"mode": "standard", "max_attempts": 2})
# Lambda answers when a function has ended, after fifteen minutes at most
PATIENT = Config(read_timeout=16 * 60, tcp_keepalive=True, retries={"total_max_attempts": 1})
ATTRIBUTES = {"lambda": "functions", "redshift-data": "redshift_data"}  # of Lake, for services whose name is no attribute's


@dataclass(frozen=True)
class Lake:
    """One environment's lake, deployed or not.

    Attributes:
        environment: what `--env` named.
    """

    environment: str
    settings: Settings

    @cached_property
    def s3(self) -> "S3Client":
        return self._session.client("s3", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def athena(self) -> "AthenaClient":
        return self._session.client("athena", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def glue(self) -> "GlueClient":
        return self._session.client("glue", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def kinesis(self) -> "KinesisClient":
        return self._session.client("kinesis", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def stepfunctions(self) -> "SFNClient":
        return self._session.client("stepfunctions", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def lakeformation(self) -> Any:  # the stubs of this one and of those below are not installed
        return self._other("lakeformation")

    @cached_property
    def cloudwatch(self) -> Any:
        return self._other("cloudwatch")

    @cached_property
    def logs(self) -> Any:
        return self._other("logs")

    @cached_property
    def sns(self) -> Any:
        return self._other("sns")

    @cached_property
    def sqs(self) -> Any:
        return self._other("sqs")

    @cached_property
    def ssm(self) -> Any:
        return self._other("ssm")

    @cached_property
    def firehose(self) -> Any:
        return self._other("firehose")

    @cached_property
    def events(self) -> Any:
        return self._other("events")

    @cached_property
    def scheduler(self) -> Any:
        return self._other("scheduler")

    @cached_property
    def redshift_data(self) -> Any:
        return self._other("redshift-data")

    @cached_property
    def functions(self) -> "LambdaClient":
        return self._session.client("lambda", endpoint_url=self.settings.endpoint_url, config=self._config)

    @cached_property
    def long_functions(self) -> "LambdaClient":
        """Functions that are waited for as long as they may run, and never started twice."""
        config = self._config.merge(PATIENT)
        return self._session.client("lambda", endpoint_url=self.settings.endpoint_url, config=config)

    def service(self, name: str) -> Any:
        """Return a client of a service by its name in boto3; the same one at each call."""
        if isinstance(getattr(Lake, attribute := ATTRIBUTES.get(name, name), None), cached_property):
            return getattr(self, attribute)
        clients: dict[str, Any] = self.__dict__.setdefault("_clients", {})
        if name not in clients:
            clients[name] = self._other(name)
        return clients[name]

    def _other(self, service: Any) -> Any:
        return self._session.client(service, endpoint_url=self.settings.endpoint_url, config=self._config)

    def account(self) -> str:
        """Return the account that the credentials belong to."""
        return self._session.client("sts", endpoint_url=self.settings.endpoint_url, config=self._config).get_caller_identity()["Account"]

    def caller(self) -> str:
        """Return who the credentials belong to, as IAM names them."""
        return self._session.client("sts", endpoint_url=self.settings.endpoint_url, config=self._config).get_caller_identity()["Arn"]

    @property
    def _config(self) -> Config:
        return LOCAL if self.settings.is_local else AWS

    @cached_property
    def _session(self) -> boto3.Session:
        if not self.settings.is_local:
            return boto3.Session(region_name=self.settings.region)
        for name in ONLY_AWS:
            os.environ.pop(name, None)
        return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=self.settings.region)


def connect(environment: str) -> Lake:
    """Return the lake of an environment once it is sure that it can be reached, and that it is the right one.

    Raises:
        SettingsError: no such environment, or impossible settings.
        UserError: the local cloud is not running, or the credentials are another account's.
    """
    lake = Lake(environment, read.settings(environment))
    if lake.settings.endpoint_url:
        if not answers(lake.settings.endpoint_url):
            raise UserError(f"no local cloud answers on {lake.settings.endpoint_url}: run ./lake local start --env {environment}")
    elif (account := lake.account()) != lake.settings.account:
        raise UserError(
            f"the credentials are of account {account}, {environment} is in {lake.settings.account}; choose another profile with AWS_PROFILE"
        )
    return lake
