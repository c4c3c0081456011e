"""A lake on this machine, driven by its verbs as a user drives it, and asked by boto3 where a verb shows less."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[2]
SECONDS = 600
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class People:
    """Whoever is told of failures: a queue that subscribes to their topic."""

    sqs: Any
    url: str

    def messages(self) -> list[str]:
        """Return the texts told since the last call, at least one."""
        found: list[str] = []

        def came() -> bool:
            found.extend(self._received())
            return bool(found)

        eventually(came, "a message to people")
        return found

    def _received(self) -> list[str]:
        received = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"])["Message"] for message in received]


@dataclass(frozen=True)
class Lake:
    """The lake of one environment.

    Attributes:
        environment: path of its settings.
        url: where its local cloud listens.
    """

    environment: Path
    url: str

    @property
    def home(self) -> Path:
        return ROOT / ".lake" / self.environment.stem

    def run(self, *arguments: str | Path, fails: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a verb; `fails` says which end is expected."""
        command = [str(ROOT / "lake"), *map(str, arguments), "--env", str(self.environment)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=ROOT)
        assert (done.returncode != 0) == fails, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done

    def land(self, dataset: str, *files: Path) -> None:
        self.run("land", dataset, *files)

    def wait(self, *, fails: bool = False) -> str:
        return self.run("wait", "--timeout", str(SECONDS - 10), fails=fails).stderr

    def query(self, sql: str, engine: str = "athena") -> Rows:
        rows: Rows = json.loads(self.run("query", sql, "--engine", engine, "--format", "json").stdout)
        return rows

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # the service is chosen by each test
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )

    def output(self, name: str) -> str:
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        (value,) = [output["OutputValue"] for stack in stacks for output in stack.get("Outputs", []) if output["OutputKey"] == name]
        return str(value)

    def ledger(self, dataset: str, prefix: str) -> Rows:
        """Return the ledger's items of a dataset whose name begins with `prefix`, as plain values."""
        pages = (
            self.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.output("LedgerTable"),
                KeyConditionExpression="dataset = :dataset AND begins_with(#item, :prefix)",
                ExpressionAttributeNames={"#item": "item"},
                ExpressionAttributeValues={":dataset": {"S": dataset}, ":prefix": {"S": prefix}},
                ConsistentRead=True,
            )
        )
        return [{name: plain(value) for name, value in item.items()} for page in pages for item in page["Items"]]

    def people(self) -> People:
        """Subscribe to what people are told of, from now on."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="people")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = self.output("FailureTopicArn")
        allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
        self.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return People(sqs, url)

    def request(self, dataset: str) -> None:
        """Ask for a refresh, as an operator may."""
        event = {
            "Source": "lake.lake",
            "DetailType": "Refresh Requested",
            "Detail": json.dumps({"dataset": dataset}),
            "EventBusName": "default",
        }
        self.client("events").put_events(Entries=[event])

    def kept(self, name: str) -> Path:
        """Stop, keep a copy of the whole state, and start again."""
        copy = self.home.with_name(f"{self.home.name}-{name}")
        self.run("local", "stop")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.home, copy)
        self.run("local", "start")
        return copy

    def restore(self, copy: Path) -> None:
        """Stop, and start with the state of `copy`."""
        self.run("local", "stop")
        shutil.rmtree(self.home)
        shutil.copytree(copy, self.home)
        self.run("local", "start")


def plain(value: dict[str, Any]) -> Any:
    """Return a DynamoDB value as Python's."""
    ((kind, inner),) = value.items()
    return int(inner) if kind == "N" else [plain(part) for part in inner] if kind == "L" else inner


def eventually(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Return when `holds`; fail after some seconds, naming what never came."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"{what} never came, {seconds} s long"
        time.sleep(0.05)


def closes(objects: Sequence[dict[str, Any]]) -> bool:
    """Whether every record of every accounted object became something."""
    parts = ("inserted", "updated", "unchanged", "duplicate", "quarantined")
    return all(
        item["read"] == sum(item[part] for part in parts) + item.get("dropped", 0) for item in objects if item["state"] == "accounted"
    )
