"""The function as it is deployed: unpacked from its archive alone, with the release of Powertools that its layer has."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stacks.stream_code import transforming
from tests.lambdas.stream_transform.samples import DATASETS, envelope, sent

RUN = """
import json, sys
from types import SimpleNamespace
from lambdas.stream_transform.handler import handler
context = SimpleNamespace(function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="request")
answer = handler(json.load(sys.stdin), context)
print(json.dumps(answer), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    unpacked = tmp_path_factory.mktemp("function")
    with zipfile.ZipFile(packed()) as code:
        code.extractall(unpacked)
    return unpacked


def packed() -> Path:
    return transforming(DATASETS, "lake-stream-transform", "layer").archive


def invoke(folder: Path, records: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the answer, and what went to the log."""
    environment = {"POWERTOOLS_SERVICE_NAME": "lake-stream-transform", "POWERTOOLS_METRICS_NAMESPACE": "Lake/Stream"}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=folder,
        env=environment,
        input=json.dumps({"records": records}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stderr), [json.loads(line) for line in done.stdout.splitlines()]


def test_the_packed_function_answers_counts_and_names_what_it_refused_with_its_reason(folder: Path) -> None:
    answer, log = invoke(folder, [sent(1, envelope({"temp": 1})), sent(2, b"poison"), sent(3, envelope({}, "unknown"))])
    assert [record["metadata"]["partitionKeys"]["dataset"] for record in answer["records"]] == ["weather", "_refused", "_refused"]
    assert [line["reason"] for line in log if line.get("message") == "refused"] == [
        "it starts with 'p', expected an object: {",
        "dataset is 'unknown', expected one that takes records of the stream: flights, weather",
    ]
    (metrics,) = [line for line in log if "_aws" in line]
    assert (metrics["service"], metrics["Delivered"], metrics["Refused"]) == ("lake-stream-transform", [1.0], [2.0])
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Lake/Stream"


def test_of_many_refused_records_a_hundred_are_named_and_all_are_counted(folder: Path) -> None:
    answer, log = invoke(folder, [sent(number, b"") for number in range(150)])
    assert len(answer["records"]) == 150
    assert len([line for line in log if line.get("message") == "refused"]) == 100
    assert [line["refused"] for line in log if line.get("message") == "refused more than are named"] == [150]


def test_no_record_stands_in_the_log(folder: Path) -> None:
    _, log = invoke(folder, [sent(1, b'{"dataset": "weather", "record": {"secret": "4711"}, "temp": 1}')])
    assert "4711" not in json.dumps(log)


def test_the_same_code_makes_the_same_archive() -> None:
    first, again = packed(), packed()
    assert first.read_bytes() == again.read_bytes()
    assert set(zipfile.ZipFile(first).namelist()) >= {
        "lambdas/stream_transform/handler.py",
        "contracts/envelope.py",
        "lambdas/stream_transform/datasets.json",
    }
