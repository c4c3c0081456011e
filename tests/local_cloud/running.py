"""A real local cloud for tests, in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REPOSITORY = Path(__file__).parents[2]
PYTHON = REPOSITORY / ".venv-local" / "bin" / "python"
REGION = "us-east-1"
LONGEST_BODY = 51_200  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
ACCOUNT = "000000000000"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(home: Path, port: int, speed: float = 1) -> list[str]:
    return [
        str(PYTHON),
        "-m",
        "local_cloud",
        "--home",
        str(home),
        "--port",
        str(port),
        "--spark-python",
        str(REPOSITORY / ".venv/bin/python"),
        "--speed",
        str(speed),
    ]


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "HTTPS_PROXY": "http://proxy.invalid:1", "AWS_PROFILE": "someone"}


@dataclass
class LocalCloud:
    """A running local cloud."""

    home: Path
    port: int
    speed: float = 1
    process: "subprocess.Popen[str] | None" = None
    clients: dict[tuple[str, str | None, str | None], Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> "subprocess.Popen[str]":
        assert self.process is not None
        return self.process

    def start(self) -> None:
        self.process = subprocess.Popen(
            command(self.home, self.port, self.speed),
            cwd=REPOSITORY,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        until(self.answers)

    def answers(self) -> bool:
        assert self.running.poll() is None, self.running.communicate()[1]
        try:
            with urlopen(f"{self.endpoint}/_ministack/health", timeout=1) as response:
                return bool(response.status == 200)
        except OSError:  # it listens before it answers
            return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Return the exit code and what was said on standard error."""
        self.running.send_signal(how)
        _, said = self.running.communicate(timeout=30)
        return self.running.returncode, said

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        """Return a client of a service: of the account's root, or of whoever has the credentials."""
        known = service, (credentials or {}).get("AccessKeyId"), (credentials or {}).get("SecretAccessKey")
        if known not in self.clients:
            self.clients[known] = self._client(service, credentials)
        return self.clients[known]

    def _client(self, service: str, credentials: dict[str, str] | None) -> Any:
        keys = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        # The names are chosen at run time, which the typed overloads do not allow.
        make: Callable[..., Any] = boto3.Session().client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False),
        )

    def role(self, name: str, statements: list[dict[str, Any]], service: str = "glue.amazonaws.com") -> str:
        """Make a role that a service and this account's root may assume, and return its ARN."""
        iam, trusted = self.client("iam"), {"Service": service, "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]}
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.allow(name, statements)
        return arn

    def allow(self, role: str, statements: list[dict[str, Any]]) -> None:
        if statements:
            document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement for statement in statements]}
            self.client("iam").put_role_policy(RoleName=role, PolicyName="given", PolicyDocument=json.dumps(document))

    def assume(self, role_arn: str) -> dict[str, str]:
        credentials: dict[str, str] = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
        return credentials

    def deploy(self, stack: str, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, str]:
        """Create or update a stack and return its outputs.

        Raises:
            StackError: it did not come up, with the reasons of its resources.
        """
        cloudformation = self.client("cloudformation")
        template = self._template(
            json.dumps({"Resources": resources, "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()}})
        )
        existing = [summary["StackName"] for summary in cloudformation.describe_stacks()["Stacks"]]
        change = cloudformation.update_stack if stack in existing else cloudformation.create_stack
        change(StackName=stack, **template, Capabilities=["CAPABILITY_NAMED_IAM"])
        found = until(lambda: self._settled(stack))
        if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            raise StackError(str([event["ResourceStatusReason"] for event in events if "ResourceStatusReason" in event]))
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def _template(self, body: str) -> dict[str, str]:
        """Return a template as an argument; a large one is read from a bucket, as the CDK command line has all of them read."""
        if len(body) <= LONGEST_BODY:
            return {"TemplateBody": body}
        s3 = self.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="template.json", Body=body.encode())
        return {"TemplateURL": f"{self.endpoint}/templates/template.json"}

    def _settled(self, stack: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return None if found["StackStatus"].endswith("IN_PROGRESS") else found

    def execute(self, machine_arn: str, given: Any) -> dict[str, Any]:
        """Run a state machine to its end and return the description of the execution."""
        machines = self.client("stepfunctions")
        arn = machines.start_execution(stateMachineArn=machine_arn, input=json.dumps(given))["executionArn"]
        return until(lambda: _ended(machines.describe_execution(executionArn=arn)))


class StackError(Exception):
    """A stack did not come up."""


T = TypeVar("T")


def until(question: Callable[[], T | None], seconds: float = 30) -> T:
    """Ask again and again until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, f"nothing true within {seconds} s"
        time.sleep(0.02)
    return answer


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the error that a call is refused with: its code and message; an empty text where it is not refused."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"
    return ""


def _ended(execution: dict[str, Any]) -> dict[str, Any] | None:
    return None if execution["status"] == "RUNNING" else execution
