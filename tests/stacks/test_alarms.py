"""Each alarm watches something that the same app makes, tells somebody, and has its page in the runbook."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.stacks.synthesis import ROOT, Assembly

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
PARTS = ("**Meaning**", "**Look**", "**Do**", "**Over**")
OWN, UPKEEP = "Lake/Freshness", "Lake/Upkeep"
WATCHED = {
    # namespace -> the dimension's name, the type of what it names
    "AWS/States": ("StateMachineArn", "AWS::StepFunctions::StateMachine", "StateMachineName"),
    "AWS/Events": ("RuleName", "AWS::Events::Rule", "Name"),
    "AWS/SQS": ("QueueName", "AWS::SQS::Queue", "QueueName"),
    "AWS/Kinesis": ("StreamName", "AWS::Kinesis::Stream", "Name"),
    "AWS/Firehose": ("DeliveryStreamName", "AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName"),
    "AWS/Lambda": ("FunctionName", "AWS::Lambda::Function", "FunctionName"),
    "AWS/Redshift-Serverless": ("Workgroup", "AWS::RedshiftServerless::Workgroup", "WorkgroupName"),
}


def alarms(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return {found["Properties"]["AlarmName"]: found["Properties"] for found in assembly.resources("AWS::CloudWatch::Alarm").values()}


def dimensions(alarm: Mapping[str, Any]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


def names(assembly: Assembly, kind: str, member: str) -> set[str]:
    return {resource["Properties"][member] for resource in assembly.resources(kind).values()}


def measured(assembly: Assembly) -> set[str]:
    """Return the datasets whose age the machine sends."""
    return {name for group in json.loads(machine(assembly, "freshness"))["States"]["EachGroup"]["Items"] for name in group["datasets"]}


def machine(assembly: Assembly, part: str) -> str:
    """Return the definition of a machine, its references left out."""
    machines = [found["Properties"] for found in assembly.resources("AWS::StepFunctions::StateMachine").values()]
    (definition,) = [found["DefinitionString"] for found in machines if found["StateMachineName"].endswith(f"-{part}")]
    return "".join(piece for piece in definition["Fn::Join"][1] if isinstance(piece, str))


def watches_nothing(assembly: Assembly, alarm: Mapping[str, Any]) -> str | None:
    """Return why an alarm watches nothing of this app; None where it does."""
    found = dimensions(alarm)
    if alarm["Namespace"] == UPKEEP:
        return None if found.keys() == {"Lake"} and UPKEEP in machine(assembly, "upkeep") else f"nobody counts {found}"
    if alarm["Namespace"] == OWN:
        return None if found.keys() == {"Lake", "Dataset"} and found["Dataset"] in measured(assembly) else f"nobody measures {found}"
    dimension, kind, member = WATCHED[alarm["Namespace"]]
    if found.keys() != {dimension}:
        return f"{alarm['Namespace']} has {dimension}, not {found}"
    name = found[dimension].rpartition(":")[2]
    return None if name in names(assembly, kind, member) else f"no {kind} is called {name}"


def section(alarm: Mapping[str, Any]) -> str:
    """Return the section of the runbook that an alarm names, empty where there is none."""
    anchor = alarm["AlarmDescription"].rpartition("docs/runbook.md#")[2]
    for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]:
        if part.partition("\n")[0].lower().replace(" ", "-") == anchor:
            return part
    return ""


def test_every_alarm_watches_something_of_the_same_app(prod: Assembly) -> None:
    found = alarms(prod)
    assert len(found) >= 16
    assert {name: problem for name, alarm in found.items() if (problem := watches_nothing(prod, alarm))} == {}


@pytest.mark.parametrize(
    ("namespace", "dimension", "value"),
    [
        ("AWS/SQS", "QueueName", "lake-undeliverd"),
        ("AWS/SQS", "Queue", "lake-undelivered"),
        ("AWS/Events", "RuleName", "lake-gone"),
        ("AWS/States", "StateMachineArn", "arn:aws:states:eu-west-1:222222222222:stateMachine:lake-none"),
        (OWN, "Dataset", "flights"),
        (UPKEEP, "Dataset", "flights"),
        ("AWS/Kinesis", "StreamName", "lake-streams"),
        ("AWS/Firehose", "DeliveryStream", "lake-delivery"),
        ("AWS/Lambda", "FunctionName", "lake-transform"),
        ("AWS/Redshift-Serverless", "Workgroup", "lake"),
    ],
)
def test_an_alarm_that_watches_nothing_is_found(namespace: str, dimension: str, value: str, prod: Assembly) -> None:
    assert watches_nothing(prod, {"Namespace": namespace, "Dimensions": [{"Name": dimension, "Value": value}]})


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_is_over(prod: Assembly) -> None:
    topics = {name for stack, name in prod.resources("AWS::SNS::Topic") if stack == "Monitoring"}
    for alarm in alarms(prod).values():
        assert [action["Ref"] for action in alarm["AlarmActions"]] == [action["Ref"] for action in alarm["OKActions"]]
        assert {action["Ref"] for action in alarm["AlarmActions"]} == topics


def test_every_alarm_names_a_section_of_the_runbook_with_all_its_parts(prod: Assembly) -> None:
    lacking = {name: part for name, alarm in alarms(prod).items() for part in PARTS if part not in section(alarm)}
    assert lacking == {}


def test_every_section_of_the_runbook_belongs_to_an_alarm(prod: Assembly, pulling: Assembly) -> None:
    headings = {part.partition("\n")[0] for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]}
    found = [*alarms(prod).values(), *alarms(pulling).values()]
    of_a_backup = {"Backup failing"}  # which test_ingestion.py switches on
    assert headings == of_a_backup | {section(alarm).partition("\n")[0] for alarm in found}


def test_an_alarm_whose_section_does_not_exist_is_found() -> None:
    assert section({"AlarmDescription": "Look now: gone. What to do: docs/runbook.md#no-such-section"}) == ""


def test_every_dataset_with_a_promise_has_an_alarm_at_it_and_an_age_that_is_missing_is_an_alarm(prod: Assembly) -> None:
    ages = [alarm for alarm in alarms(prod).values() if alarm["Namespace"] == OWN]
    assert {dimensions(alarm)["Dataset"]: alarm["Threshold"] for alarm in ages}.items() >= {"flights": 26, "airlines": 8784}.items()
    assert {dimensions(alarm)["Dataset"] for alarm in ages} == measured(prod)
    assert {alarm["TreatMissingData"] for alarm in ages} == {"breaching"}


def test_only_what_somebody_has_to_measure_and_a_stream_that_nothing_comes_to_are_an_alarm_when_data_is_missing(prod: Assembly) -> None:
    others = {name: alarm for name, alarm in alarms(prod).items() if alarm["Namespace"] not in (OWN, UPKEEP)}
    assert [name for name, alarm in others.items() if alarm["TreatMissingData"] != "notBreaching"] == ["lake-nothing-arrived"]


def test_the_topic_and_its_key_let_cloudwatch_publish_for_this_account_alone(prod: Assembly) -> None:
    (policy,) = [resource for (stack, _), resource in prod.resources("AWS::SNS::TopicPolicy").items() if stack == "Monitoring"]
    allowed = [
        s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Allow" and "cloudwatch" in str(s["Principal"])
    ]
    assert [statement["Condition"] for statement in allowed] == [{"StringEquals": {"aws:SourceAccount": "222222222222"}}]


def test_no_stack_refers_to_the_monitoring_stack(prod: Assembly) -> None:
    assert "lake-storage" in json.dumps(prod.templates["Monitoring"])
    assert [stack for stack, template in prod.templates.items() if "lake-monitoring" in json.dumps(template)] == []


def test_the_dashboard_shows_every_alarm_and_every_age(prod: Assembly) -> None:
    (dashboard,) = prod.resources("AWS::CloudWatch::Dashboard").values()
    body = json.dumps(dashboard["Properties"]["DashboardBody"])
    assert [name for _, name in prod.resources("AWS::CloudWatch::Alarm") if name not in body] == []
    assert [dataset for dataset in measured(prod) if dataset not in body] == []


def test_the_machine_that_measures_may_send_one_namespace_alone(prod: Assembly) -> None:
    (policy,) = [p for (_, name), p in prod.resources("AWS::IAM::Policy").items() if name.startswith("FreshnessRole")]
    (send,) = [s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s.get("Sid") == "SendAges"]
    assert send["Condition"] == {"StringEquals": {"cloudwatch:namespace": OWN}}
