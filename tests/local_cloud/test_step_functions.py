import json
from datetime import datetime
from typing import Any

import pytest

from tests.local_cloud.jobs import GlueJob
from tests.local_cloud.running import ACCOUNT, LocalCloud, until

DYNAMODB = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/"


def machine(cloud: LocalCloud, name: str, states: dict[str, Any], grants: list[dict[str, Any]], kind: str = "STANDARD") -> str:
    role = cloud.role(f"{name}-machine", grants, "states.amazonaws.com")
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    created = cloud.client("stepfunctions").create_state_machine(name=name, definition=json.dumps(definition), roleArn=role, type=kind)
    arn: str = created["stateMachineArn"]
    return arn


def task(resource: str, arguments: Any, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True} | more


@pytest.fixture(scope="module")
def table(cloud: LocalCloud) -> str:
    cloud.client("dynamodb").create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "dataset", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "dataset", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "ledger"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$lookup({'a': 1}, 'a')", 1),
        ("$replace('a-b-c', '-', '_')", "a_b_c"),
        ("$substring('abcdef', 1, 3)", "bcd"),
        ("$split('raw/flights/x.csv', '/')[1]", "flights"),
        ("$string({'dataset': 'flights'})", '{"dataset":"flights"}'),
        ("$exists($states.input.absent)", False),
        ("$exists($states.input.present)", True),
        ("$fromMillis(1384000000000)", "2013-11-09T12:26:40.000Z"),
        ("$toMillis('2013-11-09T12:26:40Z')", 1384000000000),
        ("$merge([{'a': 1}, {'b': 2}])", {"a": 1, "b": 2}),
        ("$map([1, 2], function($n) { $n * 2 })", [2, 4]),
        ("$filter([1, 2, 3], function($n) { $n > 1 })", [2, 3]),
        ("[$map([1], function($n) { $n })]", [1]),
        ("$count($states.input.present)", 2),
        ("$length($uuid())", 36),
    ],
)
def test_jsonata_gives_what_it_gives_on_aws(expression: str, value: Any, cloud: LocalCloud, evaluator: str) -> None:
    states = {"Evaluate": {"Type": "Pass", "Output": {"value": "{% " + expression + " %}"}, "End": True}}
    cloud.client("stepfunctions").update_state_machine(
        stateMachineArn=evaluator, definition=json.dumps({"QueryLanguage": "JSONata", "StartAt": "Evaluate", "States": states})
    )
    assert json.loads(cloud.execute(evaluator, {"present": [1, 2]})["output"]) == {"value": value}


@pytest.fixture(scope="module")
def evaluator(cloud: LocalCloud) -> str:
    return machine(cloud, "evaluator", {"Now": {"Type": "Pass", "Output": {"now": "{% $now() %}"}, "End": True}}, [])


def test_now_is_a_time_in_utc(cloud: LocalCloud) -> None:
    arn = machine(cloud, "now", {"Now": {"Type": "Pass", "Output": {"now": "{% $now() %}"}, "End": True}}, [])
    now = json.loads(cloud.execute(arn, {})["output"])["now"]
    assert now.endswith("Z")
    assert datetime.fromisoformat(now).year >= 2024


def test_an_item_is_written_and_read_under_the_role_of_the_machine(cloud: LocalCloud, table: str) -> None:
    key = {"dataset": {"S": "flights"}}
    states = {
        "Write": task(
            "aws-sdk:dynamodb:updateItem",
            {"TableName": table, "Key": key, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "7"}}},
            Next="Read",
        ),
        "Read": task("aws-sdk:dynamodb:getItem", {"TableName": table, "Key": key, "ConsistentRead": True}),
    }
    del states["Write"]["End"]
    arn = machine(
        cloud, "reads-and-writes", states, [{"Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"], "Resource": DYNAMODB + table}]
    )
    assert json.loads(cloud.execute(arn, {})["output"])["Item"] == {"dataset": {"S": "flights"}, "n": {"N": "7"}}


@pytest.mark.parametrize(
    ("kind", "error"), [("aws-sdk:dynamodb", "DynamoDb.DynamoDbException"), ("dynamodb", "DynamoDB.AmazonDynamoDBException")]
)
def test_a_call_that_the_role_of_the_machine_does_not_grant_fails(kind: str, error: str, cloud: LocalCloud, table: str) -> None:
    states = {"Read": task(f"{kind}:getItem", {"TableName": table, "Key": {"dataset": {"S": "x"}}})}
    execution = cloud.execute(machine(cloud, f"denied-{len(kind)}", states, []), {})
    assert (execution["status"], execution["error"]) == ("FAILED", error)
    assert "is not authorized to perform: dynamodb:GetItem" in execution["cause"]


@pytest.mark.parametrize(
    ("kind", "error"),
    [("aws-sdk:dynamodb", "DynamoDb.ConditionalCheckFailedException"), ("dynamodb", "DynamoDB.ConditionalCheckFailedException")],
)
def test_a_condition_that_does_not_hold_has_the_name_that_it_has_on_aws(kind: str, error: str, cloud: LocalCloud, table: str) -> None:
    arguments = {"TableName": table, "Item": {"dataset": {"S": "none"}}, "ConditionExpression": "attribute_exists(dataset)"}
    caught = {"ErrorEquals": [error], "Next": "Caught", "Output": "{% $states.errorOutput.Error %}"}
    states = {"Write": task(f"{kind}:putItem", arguments, Catch=[caught]), "Caught": {"Type": "Succeed"}}
    arn = machine(cloud, f"condition-{len(kind)}", states, [{"Action": "dynamodb:PutItem", "Resource": DYNAMODB + table}])
    assert json.loads(cloud.execute(arn, {})["output"]) == error


def test_an_execution_is_started_described_and_missed(cloud: LocalCloud, evaluator: str) -> None:
    name = evaluator.replace(":stateMachine:", ":execution:")
    states = {
        "Start": task("aws-sdk:sfn:startExecution", {"StateMachineArn": evaluator, "Name": "started", "Input": "{}"}, Next="Describe"),
        "Describe": task("aws-sdk:sfn:describeExecution", {"ExecutionArn": f"{name}:started"}, Next="Miss"),
        "Miss": task("aws-sdk:sfn:describeExecution", {"ExecutionArn": f"{name}:missing"}),
    }
    for state in ("Start", "Describe"):
        del states[state]["End"]
    arn = machine(
        cloud, "starts", states, [{"Action": ["states:StartExecution", "states:DescribeExecution"], "Resource": [evaluator, f"{name}:*"]}]
    )
    execution = cloud.execute(arn, {})
    assert execution["error"] == "Sfn.ExecutionDoesNotExistException"
    assert cloud.client("stepfunctions").describe_execution(executionArn=f"{name}:started")["name"] == "started"


def test_a_job_that_fails_fails_the_task_with_its_run_as_cause(cloud: LocalCloud, job: str) -> None:
    arn = machine(cloud, "runs-job", {"Run": task("glue:startJobRun.sync", {"JobName": job})}, [{"Action": "glue:*", "Resource": "*"}])
    execution = cloud.execute(arn, {})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    run = json.loads(execution["cause"])
    assert (run["JobName"], run["JobRunState"]) == (job, "FAILED")
    assert run["ErrorMessage"]


def test_a_job_is_not_started_without_the_grant(cloud: LocalCloud, job: str) -> None:
    execution = cloud.execute(machine(cloud, "may-not-run", {"Run": task("glue:startJobRun.sync", {"JobName": job})}, []), {})
    assert "is not authorized to perform: glue:StartJobRun" in execution["cause"]


@pytest.fixture(scope="module")
def job(cloud: LocalCloud) -> str:
    role = cloud.role("job", [])
    command = {"Name": "glueetl", "ScriptLocation": "s3://no-such-bucket/script.py", "PythonVersion": "3"}
    name: str = cloud.client("glue").create_job(Name="fails", Role=role, Command=command, GlueVersion="5.1")["Name"]
    return name


def test_an_aborted_execution_stops_its_job(cloud: LocalCloud) -> None:
    sleeping = GlueJob(cloud, "sleeps").create()
    sleeping.script("import time\ntime.sleep(300)\n")
    arn = machine(
        cloud, "stops-job", {"Run": task("glue:startJobRun.sync", {"JobName": "sleeps"})}, [{"Action": "glue:*", "Resource": "*"}]
    )
    machines = cloud.client("stepfunctions")
    execution = machines.start_execution(stateMachineArn=arn, input="{}")["executionArn"]

    def states() -> list[str]:
        return [run["JobRunState"] for run in sleeping.glue.get_job_runs(JobName="sleeps")["JobRuns"]]

    until(lambda: states() == ["RUNNING"])
    machines.stop_execution(executionArn=execution)
    until(lambda: states() == ["STOPPED"])


def test_a_task_that_times_out_stops_its_job(cloud: LocalCloud) -> None:
    sleeping = GlueJob(cloud, "sleeps-long").create()
    sleeping.script("import time\ntime.sleep(300)\n")
    states = {"Run": task("glue:startJobRun.sync", {"JobName": "sleeps-long"}, TimeoutSeconds=1)}
    execution = cloud.execute(machine(cloud, "times-out", states, [{"Action": "glue:*", "Resource": "*"}]), {})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Timeout")
    until(lambda: [run["JobRunState"] for run in sleeping.glue.get_job_runs(JobName="sleeps-long")["JobRuns"]] == ["STOPPED"])


def test_a_map_writes_each_of_its_items_under_the_role_of_the_machine(cloud: LocalCloud, table: str) -> None:
    write = task("aws-sdk:dynamodb:putItem", {"TableName": table, "Item": {"dataset": {"S": "{% $states.input.name %}"}}})
    states = {
        "Each": {
            "Type": "Map",
            "Items": "{% $states.input.names %}",
            "ItemSelector": {"name": "{% 'product-' & $states.context.Map.Item.Value %}"},
            "MaxConcurrency": 2,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Write", "States": {"Write": write}},
            "End": True,
        }
    }
    arn = machine(cloud, "maps", states, [{"Action": "dynamodb:PutItem", "Resource": DYNAMODB + table}])
    assert cloud.execute(arn, {"names": ["a", "b", "c"]})["status"] == "SUCCEEDED"
    items = cloud.client("dynamodb").scan(TableName=table)["Items"]
    assert {"product-a", "product-b", "product-c"} <= {item["dataset"]["S"] for item in items}


def test_what_is_not_in_the_local_cloud_fails_by_name(cloud: LocalCloud) -> None:
    execution = cloud.execute(machine(cloud, "to-lambda", {"Call": task("lambda:invoke", {"FunctionName": "f"})}, []), {})
    assert execution["error"] == "States.Runtime"
    assert "arn:aws:states:::lambda:invoke is not in the local cloud" in execution["cause"]


def test_an_aborted_execution_stays_aborted_when_its_task_fails_afterwards(cloud: LocalCloud, evaluator: str) -> None:
    missing = evaluator.replace(":stateMachine:", ":execution:") + ":never"
    again = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    states = {"Miss": task("aws-sdk:sfn:describeExecution", {"ExecutionArn": missing}, Retry=again)}
    arn = machine(cloud, "aborted", states, [{"Action": "states:DescribeExecution", "Resource": "*"}])
    machines = cloud.client("stepfunctions")
    execution = machines.start_execution(stateMachineArn=arn, input="{}")["executionArn"]

    def failures() -> int:
        events = machines.get_execution_history(executionArn=execution)["events"]
        return sum(event["type"] == "TaskFailed" for event in events)

    until(lambda: failures() == 1)
    machines.stop_execution(executionArn=execution, cause="enough")
    until(lambda: failures() == 2)
    found = machines.describe_execution(executionArn=execution)
    assert (found["status"], found["cause"]) == ("ABORTED", "enough")
