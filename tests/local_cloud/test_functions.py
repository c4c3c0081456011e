"""Lambda functions of the local cloud really run, and fail as Lambda's do."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.local_cloud.functions import LOGS, POWERTOOLS, invoke, log, make, message, package, queue, send, total
from tests.local_cloud.running import LocalCloud, refusal, until

WHO = """
import os, boto3
served = 0
def handler(event, context):
    global served
    served += 1
    print("served", served)
    return {
        "event": event, "served": served, "process": os.getpid(), "variables": dict(os.environ),
        "who": boto3.client("sts").get_caller_identity()["Arn"],
        "name": context.function_name, "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
    }
"""


def test_a_function_runs_in_a_process_of_its_own_under_its_role_and_stays_warm(cloud: LocalCloud) -> None:
    arn = make(cloud, "who", WHO, Environment={"Variables": {"COLOUR": "blue"}})
    first, second = invoke(cloud, "who", {"a": [1, None, "ü"]})[0], invoke(cloud, "who")[0]
    assert first["event"] == {"a": [1, None, "ü"]}
    assert first["arn"] == arn
    assert first["who"].endswith("assumed-role/who-role/who")
    assert 5000 < first["left"] <= 10_000
    assert (
        first["variables"].items()
        >= {"COLOUR": "blue", "AWS_LAMBDA_FUNCTION_NAME": "who", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}.items()
    )
    assert not {name for name in first["variables"] if name.startswith(("LOCAL_CLOUD", "MINISTACK", "PYTHON"))}
    assert (first["served"], second["served"]) == (1, 2)
    assert first["process"] == second["process"] != os.getpid()
    assert until(lambda: "served 2" in log(cloud, "who"))


def test_a_missing_grant_fails_in_the_function(cloud: LocalCloud) -> None:
    make(cloud, "reader", "import boto3\ndef handler(e, c):\n  return boto3.client('s3').list_buckets() and None")
    answer, kind = invoke(cloud, "reader")
    assert kind == "Unhandled"
    assert "AccessDenied" in answer["errorMessage"]
    cloud.allow("reader-role", [LOGS, {"Action": "s3:ListAllMyBuckets", "Resource": "*"}])
    assert invoke(cloud, "reader") == (None, None)


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("def handler(e, c): raise ValueError('no ' + e)", "ValueError", "no x"),
        ("import nothing_such", "Runtime.ImportModuleError", "Unable to import module 'index': No module named 'nothing_such'"),
        ("import duckdb", "Runtime.ImportModuleError", "Unable to import module 'index': No module named 'duckdb'"),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"),
        ("def handler(e, c): return {1, 2}", "Runtime.MarshalError", "Unable to marshal response"),
        ("def handler(e, c): return 'x' * 7_000_000", "Function.ResponseSizeTooLarge", "6291556 bytes"),
        ("import os\ndef handler(e, c): os._exit(3)", "Runtime.ExitError", "exit status 3"),
        ("import os\ndef handler(e, c): os.kill(os.getpid(), 9)", "Runtime.ExitError", "signal: kill"),
        ("import time\ndef handler(e, c): time.sleep(60)", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)  # fmt: skip
def test_what_a_function_fails_of_is_told_as_lambda_does(cloud: LocalCloud, code: str, kind: str, message: str) -> None:
    name = f"fails-{abs(hash(code))}"
    make(cloud, name, code, Timeout=1)
    answer, error = invoke(cloud, name, "x")
    assert error == "Unhandled"
    assert answer["errorType"] == kind
    assert message in answer["errorMessage"]


def test_after_a_timeout_a_function_starts_anew(cloud: LocalCloud) -> None:
    make(
        cloud,
        "once",
        "import time\nn = 0\ndef handler(e, c):\n  global n\n  n += 1\n  time.sleep(60 if e == 'slow' else 0)\n  return n",
        Timeout=1,
    )
    assert [invoke(cloud, "once", event)[0] for event in ("a", "b")] == [1, 2]
    assert invoke(cloud, "once", "slow")[1] == "Unhandled"
    assert invoke(cloud, "once", "c")[0] == 1


DYING = """
import os, boto3
def handler(event, context):
    boto3.client("sts").get_caller_identity()  # whose connection stays open
    if event: os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux shows the descriptors of another process")
def test_functions_that_are_killed_again_and_again_leave_no_descriptor_behind(cloud: LocalCloud) -> None:
    def descriptors() -> int:
        return len(list(Path(f"/proc/{cloud.running.pid}/fd").iterdir()))

    make(cloud, "dying", DYING)
    kills = 25
    assert [invoke(cloud, "dying", event)[1] for event in (True, False)] == ["Unhandled", None]
    before = descriptors()
    assert {invoke(cloud, "dying", True)[1] for _ in range(kills)} == {"Unhandled"}
    until(lambda: descriptors() < before + 5)


def test_new_code_and_new_variables_are_used_by_the_next_invocation(cloud: LocalCloud) -> None:
    functions = cloud.client("lambda")
    make(cloud, "changing", "import os\ndef handler(e, c): return os.environ.get('V', 'none')")
    assert invoke(cloud, "changing")[0] == "none"
    functions.update_function_configuration(FunctionName="changing", Environment={"Variables": {"V": "one"}})
    assert until(lambda: invoke(cloud, "changing")[0] == "one")
    functions.update_function_code(FunctionName="changing", ZipFile=package(index="def handler(e, c): return 'new'"))
    assert until(lambda: invoke(cloud, "changing")[0] == "new")


POWERED = """
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
logger, metrics = Logger(service="s"), Metrics(namespace="Lake", service="s")
@metrics.log_metrics
def handler(event, context):
    logger.info("hello")
    metrics.add_metric(name="Seen", unit=MetricUnit.Count, value=7)
    return "done"
"""


def test_the_powertools_layer_is_there_for_who_asks_for_it_and_its_metrics_arrive(cloud: LocalCloud) -> None:
    make(cloud, "bare", POWERED)
    assert "No module named 'aws_lambda_powertools'" in invoke(cloud, "bare")[0]["errorMessage"]
    make(cloud, "powered", POWERED, Layers=[POWERTOOLS])
    assert invoke(cloud, "powered") == ("done", None)
    until(lambda: any('"message":"hello"' in line for line in log(cloud, "powered")))
    until(lambda: total(cloud, "Lake", "Seen", {"service": "s"}) == 7)


def test_more_invocations_at_a_time_than_are_reserved_are_turned_away_and_counted(cloud: LocalCloud) -> None:
    make(cloud, "reserved", "import time\ndef handler(e, c): time.sleep(e)")
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(refusal, functions.invoke, FunctionName="reserved", Payload="2") for _ in range(3)]
        refused = sorted(answer.result() for answer in answers)
    assert ["TooManyRequests" in one for one in refused] == [False, True, True]
    assert total(cloud, "AWS/Lambda", "Throttles", {"FunctionName": "reserved"}) == 2
    assert total(cloud, "AWS/Lambda", "Invocations", {"FunctionName": "reserved"}) == 1


def test_who_may_not_invoke_a_function_is_refused(cloud: LocalCloud) -> None:
    make(cloud, "guarded", "def handler(e, c): return 1")
    own = cloud.assume(cloud.role("stranger", []))
    assert "lambda:InvokeFunction" in refusal(cloud.client("lambda", own).invoke, FunctionName="guarded")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"Runtime": "nodejs22.x"}, "the runtime nodejs22.x"),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:mine:1"]},
            "the layer arn:aws:lambda:us-east-1:123456789012:layer:mine:1",
        ),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "a function in a network"),
    ],
)
def test_what_would_not_be_in_effect_is_refused_by_name(cloud: LocalCloud, given: dict[str, Any], why: str) -> None:
    role = f"arn:aws:iam::000000000000:role/{next(iter(given))}"
    known = {"Runtime": "python3.11", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": package(index="")}}
    assert why in refusal(cloud.client("lambda").create_function, FunctionName="refused", **known | given)


def test_an_event_that_is_too_large_is_refused(cloud: LocalCloud) -> None:
    make(cloud, "sized", "def handler(e, c): return len(e)")
    assert invoke(cloud, "sized", "x" * 6_000_000) == (6_000_000, None)
    assert "RequestTooLarge" in refusal(cloud.client("lambda").invoke, FunctionName="sized", Payload=json.dumps("x" * 6_300_000))
    much = {"FunctionName": "sized", "InvocationType": "Event", "Payload": json.dumps("x" * 1_100_000)}
    assert "RequestTooLarge" in refusal(cloud.client("lambda").invoke, **much)


def test_an_event_that_nobody_waits_for_is_tried_three_times_and_set_aside_with_its_reason(own_cloud: LocalCloud) -> None:
    own_cloud.speed = 3600
    own_cloud.start()
    letters, arn = queue(own_cloud, "letters")
    grants = [LOGS, {"Action": "sqs:SendMessage", "Resource": arn}]
    make(
        own_cloud,
        "failing",
        "def handler(e, c):\n  print('tried')\n  raise ValueError('never')",
        grants,
        DeadLetterConfig={"TargetArn": arn},
    )
    send(own_cloud, "failing", {"n": 1})
    letter = message(own_cloud, letters)
    assert json.loads(letter["Body"]) == {"n": 1}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "never"
    assert until(lambda: log(own_cloud, "failing").count("tried") == 3)
    own_cloud.client("lambda").put_function_event_invoke_config(
        FunctionName="failing", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    send(own_cloud, "failing", {"n": 2})
    envelopes = [json.loads(message(own_cloud, letters)["Body"]) for _ in range(2)]
    assert {"RetriesExhausted"} <= {envelope.get("requestContext", {}).get("condition") for envelope in envelopes}


def test_an_event_outlives_the_local_cloud_that_accepted_it(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    done, arn = queue(own_cloud, "done")
    grants = [LOGS, {"Action": "sqs:*", "Resource": arn}]
    code = f"import boto3\ndef handler(e, c): boto3.client('sqs').send_message(QueueUrl='{done}', MessageBody=e[c.function_name])"
    make(own_cloud, "later", code, grants)
    send(own_cloud, "later", {})  # fails, and is tried again after a minute
    until(lambda: any("KeyError" in line for line in log(own_cloud, "later")))
    own_cloud.client("lambda").update_function_code(FunctionName="later", ZipFile=package(index=code.replace("e[c.function_name]", "'x'")))
    own_cloud.end()
    own_cloud.start()
    assert message(own_cloud, done)["Body"] == "x"


def test_a_schedule_invokes_a_function_under_its_role_with_its_input(own_cloud: LocalCloud) -> None:
    own_cloud.speed = 600
    own_cloud.start()
    done, arn = queue(own_cloud, "done")
    code = f"import boto3\ndef handler(e, c): boto3.client('sqs').send_message(QueueUrl='{done}', MessageBody=e['said'])"
    function = make(own_cloud, "scheduled", code, [LOGS, {"Action": "sqs:SendMessage", "Resource": arn}])
    role = own_cloud.role("schedules", [{"Action": "lambda:InvokeFunction", "Resource": function}], "scheduler.amazonaws.com")
    own_cloud.client("scheduler").create_schedule(
        Name="often",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function, "RoleArn": role, "Input": json.dumps({"said": "hello"})},
    )
    assert message(own_cloud, done)["Body"] == "hello"
