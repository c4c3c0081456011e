"""The function as Lambda starts it, against the local cloud."""

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from lambdas.api_pull.errors import SourceError
from tests.lambdas.api_pull.api import SECRET, Api, Fault
from tests.lambdas.api_pull.conftest import BUCKET, TABLE
from tests.lambdas.api_pull.pulls import Pulls, pulls
from tests.local_cloud.running import LocalCloud

NAME = "lake-pull-departures"


@dataclass
class Context:
    """What Lambda tells a function of its run."""

    left: Callable[[], float] = lambda: 60
    function_name: str = NAME
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:us-east-1:000000000000:function:{NAME}"
    aws_request_id: str = "request"

    def get_remaining_time_in_millis(self) -> float:
        return 1000 * self.left()


@dataclass
class Functions:
    """Lambda, asked to start a function."""

    started: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, **how: Any) -> None:
        self.started.append(how)


@dataclass
class Function:
    """The deployed function."""

    module: ModuleType
    pull: Pulls
    functions: Functions

    def run(self, event: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self.module.handler(event, context or Context())
        json.dumps(answer)
        return answer


@pytest.fixture
def function(lake: LocalCloud, served: Api, monkeypatch: pytest.MonkeyPatch) -> Function:
    pull, functions = pulls(lake, served), Functions()
    variables = {
        "DATASET": pull.dataset,
        "PULL": pull.spec.to_json(),
        "RAW_BUCKET": BUCKET,
        "FOLDER": f"{pull.dataset}/api",
        "LEDGER_TABLE": TABLE,
        "POWERTOOLS_SERVICE_NAME": NAME,
        "POWERTOOLS_METRICS_NAMESPACE": "Lake/Pull",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    module = importlib.reload(importlib.import_module("lambdas.api_pull.handler"))
    monkeypatch.setattr(module, "_client", lambda service: functions if service == "lambda" else lake.client(service))
    secrets = lake.client("secretsmanager")
    try:
        secrets.create_secret(Name="lake/departures", SecretString=f"{SECRET}\n")
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId="lake/departures", SecretString=f"{SECRET}\n")
    return Function(module, pull, functions)


def test_a_run_answers_what_it_did_and_sends_the_metric_that_the_alarm_watches(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = function.run({})
    assert (answer["status"], answer["progress"]["records"]) == ("finished", 250)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    (metric,) = said
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"], metric["service"]) == ("Lake/Pull", [["service"]], NAME)
    assert metric["NewRecords"] == [0, 250]
    assert function.functions.started == []


@pytest.mark.parametrize(
    ("event", "next_turn"),
    [({}, 1), ({"turn": 4}, 5), ({"turn": 11}, None), ({"alone": True}, None)],
    ids=["first", "fifth", "last", "alone"],
)
def test_a_run_whose_time_is_up_starts_the_next_one_but_not_for_ever(
    event: dict[str, Any], next_turn: int | None, function: Function
) -> None:
    context = Context(left=lambda: 0 if function.pull.objects() else 60)
    assert function.run(event, context)["status"] == "unfinished"
    started = [{"FunctionName": NAME, "InvocationType": "Event", "Payload": json.dumps({"turn": next_turn})}]
    assert function.functions.started == (started if next_turn else [])
    assert function.run({})["status"] == "finished"


def test_a_run_that_fails_fails_so_that_lambda_tries_it_again(function: Function, served: Api) -> None:
    served.faults.append(Fault(status=401))
    with pytest.raises(SourceError, match="status 401"):
        function.run({})
    assert function.run({})["status"] == "finished"


def test_a_secret_that_is_no_text_is_told(function: Function, lake: LocalCloud) -> None:
    lake.client("secretsmanager").put_secret_value(SecretId="lake/departures", SecretBinary=b"\x00")
    with pytest.raises(SourceError, match="the secret lake/departures is no text"):
        function.run({})
