"""Each alarm watches something that the same app makes, tells somebody, and has its page in the runbook."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from glue_jobs.common import metrics
from lake_constructs import run_alarms
from tests.stacks.synthesis import ROOT, Assembly

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
PARTS = ("**Meaning**", "**Look**", "**Do**", "**Over**")
OWN, UPKEEP, RUNS, STANDING = "Lake/Freshness", "Lake/Upkeep", "Lake/Runs", "Lake/Standing"
MEASURED = (OWN, UPKEEP, STANDING)
"""Namespaces that a machine sends to by a schedule: where nothing comes, nobody looks."""
DOCS = "https://docs.aws.amazon.com/"
WATCHED = {
    # namespace -> the dimension's name, the type of what it names, the property that has its name, the page that says so
    "AWS/States": (
        "StateMachineArn",
        "AWS::StepFunctions::StateMachine",
        "StateMachineName",
        f"{DOCS}step-functions/latest/dg/procedure-cw-metrics.html",
    ),
    "AWS/Events": ("RuleName", "AWS::Events::Rule", "Name", f"{DOCS}eventbridge/latest/userguide/eb-monitoring.html"),
    "AWS/SQS": (
        "QueueName",
        "AWS::SQS::Queue",
        "QueueName",
        f"{DOCS}AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    ),
    "AWS/Kinesis": ("StreamName", "AWS::Kinesis::Stream", "Name", f"{DOCS}streams/latest/dev/monitoring-with-cloudwatch.html"),
    "AWS/Firehose": (
        "DeliveryStreamName",
        "AWS::KinesisFirehose::DeliveryStream",
        "DeliveryStreamName",
        f"{DOCS}firehose/latest/dev/monitoring-with-cloudwatch-metrics.html",
    ),
    "AWS/Lambda": ("FunctionName", "AWS::Lambda::Function", "FunctionName", f"{DOCS}lambda/latest/dg/monitoring-metrics-types.html"),
    "AWS/Logs": (
        "LogGroupName",
        "AWS::Logs::LogGroup",
        "LogGroupName",
        f"{DOCS}AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html",
    ),
    "AWS/Redshift-Serverless": (
        "Workgroup",
        "AWS::RedshiftServerless::Workgroup",
        "WorkgroupName",
        f"{DOCS}redshift/latest/mgmt/serverless-monitoring.html",
    ),
}
SENT = {
    # namespace -> dimensions, who sends it
    OWN: (("Dataset", "Lake"), "the machine `freshness`, every 15 minutes"),
    UPKEEP: (("Lake",), "the machine `upkeep`, every 30 minutes"),
    STANDING: (("Lake",), "the machine `standing`, every 15 minutes"),
    RUNS: (("Lake",), "each job, when a run ends"),
    "Lake/Pull": (("service",), "the function that pulls, when a pull ends"),
}


def alarms(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return {found["Properties"]["AlarmName"]: found["Properties"] for found in assembly.resources("AWS::CloudWatch::Alarm").values()}


def composites(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return {
        found["Properties"]["AlarmName"]: found["Properties"] for found in assembly.resources("AWS::CloudWatch::CompositeAlarm").values()
    }


def children(composite: Mapping[str, Any]) -> list[str]:
    """Return the alarms of a rule, all of which are told of alike."""
    rule = composite["AlarmRule"]
    found = re.findall(r'ALARM\("([^"]+)"\)', rule)
    assert rule == " OR ".join(f'ALARM("{name}")' for name in found)
    return found


def dimensions(alarm: Mapping[str, Any]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


def names(assembly: Assembly, kind: str, member: str) -> set[str]:
    return {resource["Properties"][member] for resource in assembly.resources(kind).values() if member in resource["Properties"]}


def measured(assembly: Assembly) -> set[str]:
    """Return the datasets whose age the machine sends."""
    return {name for group in json.loads(machine(assembly, "freshness"))["States"]["EachGroup"]["Items"] for name in group["datasets"]}


def machine(assembly: Assembly, part: str) -> str:
    """Return the definition of a machine, its references left out."""
    machines = [found["Properties"] for found in assembly.resources("AWS::StepFunctions::StateMachine").values()]
    (definition,) = [found["DefinitionString"] for found in machines if found["StateMachineName"].endswith(f"-{part}")]
    return "".join(piece for piece in definition["Fn::Join"][1] if isinstance(piece, str))


def sender(assembly: Assembly, namespace: str) -> str:
    """Return what sends the metrics of a namespace of ours, as text in which their names and the name of the lake stand."""
    if namespace == RUNS:
        jobs = [job["Properties"]["DefaultArguments"]["--lake"] for job in assembly.resources("AWS::Glue::Job").values()]
        return f"{RUNS} {jobs} {vars(metrics)}" if may_send(assembly, RUNS, "Processing") else ""
    part = namespace.rpartition("/")[2].lower()
    return machine(assembly, part) if may_send(assembly, namespace, "Monitoring") else ""


def may_send(assembly: Assembly, namespace: str, stack: str) -> bool:
    """Whether a policy of a stack lets send to a namespace; of jobs, the policy of each."""
    policies = [
        found["Properties"]["PolicyDocument"] for (name, _), found in assembly.resources("AWS::IAM::Policy").items() if stack in name
    ]
    sending = [s for policy in policies for s in policy["Statement"] if "cloudwatch:PutMetricData" in str(s["Action"])]
    found = [f"'{namespace}'" in str(statement["Condition"]) for statement in sending]
    return all(found) if namespace == RUNS else any(found)


def watches_nothing(assembly: Assembly, alarm: Mapping[str, Any]) -> str | None:
    """Return why an alarm watches nothing of this app; None where it does."""
    found, namespace = dimensions(alarm), alarm["Namespace"]
    if namespace in SENT:
        if tuple(sorted(found)) != SENT[namespace][0]:
            return f"{namespace} has {SENT[namespace][0]}, not {found}"
        if "Dataset" in found and found["Dataset"] not in measured(assembly):
            return f"nobody measures {found}"
        told = sender(assembly, namespace)
        return (
            None
            if all(f"'{text}'" in told.replace('"', "'") for text in (alarm.get("MetricName"), found["Lake"]))
            else f"nobody sends {alarm}"
        )
    dimension, kind, member, _ = WATCHED[namespace]
    if found.keys() != {dimension}:
        return f"{namespace} has {dimension}, not {found}"
    name = found[dimension].rpartition(":")[2]
    return None if name in names(assembly, kind, member) else f"no {kind} is called {name}"


def tells_nobody(assembly: Assembly, alarm: Mapping[str, Any]) -> str | None:
    """Return why nobody hears of an alarm when it begins or when it is over; None where somebody does, by it or by the one alarm over it."""
    topics = {name for stack, name in assembly.resources("AWS::SNS::Topic") if stack == "Monitoring"}
    over = [composite for composite in composites(assembly).values() if alarm["AlarmName"] in children(composite)]
    acting = [found for found in [alarm, *over] if found.get("AlarmActions") or found.get("OKActions")]
    if len(acting) != 1:
        return f"{len(acting)} alarms tell of it"
    told = [{action["Ref"] for action in acting[0].get(member, [])} for member in ("AlarmActions", "OKActions")]
    return None if told == [topics, topics] and acting[0].get("ActionsEnabled", True) else f"{acting[0]['AlarmName']} tells {told}"


def mistakes_silence(alarm: Mapping[str, Any]) -> str | None:
    """Return what is wrong about an alarm without data: it is one where somebody has to measure, or something has to come."""
    expected = "breaching" if alarm["Namespace"] in MEASURED or "-nothing-" in alarm["AlarmName"] else "notBreaching"
    return None if alarm.get("TreatMissingData") == expected else f"missing data is {alarm.get('TreatMissingData')}, not {expected}"


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


def test_the_jobs_and_the_alarms_name_the_same_metrics() -> None:
    assert metrics.NAMESPACE == run_alarms.RUN_METRICS == RUNS
    members = ("QUARANTINED", "WARNINGS", "OPEN", "SLOWNESS", "COST")
    assert [getattr(metrics, name) for name in members] == [getattr(run_alarms, name) for name in members]


@pytest.mark.parametrize(
    ("namespace", "dimension", "value"),
    [
        ("AWS/SQS", "QueueName", "lake-undeliverd"),
        ("AWS/SQS", "Queue", "lake-undelivered"),
        ("AWS/Events", "RuleName", "lake-gone"),
        ("AWS/States", "StateMachineArn", "arn:aws:states:eu-west-1:222222222222:stateMachine:lake-none"),
        (OWN, "Dataset", "flights"),
        (UPKEEP, "Dataset", "flights"),
        (STANDING, "Lake", "pond"),
        (RUNS, "Dataset", "flights"),
        ("AWS/Logs", "LogGroupName", "/aws/kinesisfirehose/lake-deliveries"),
        ("AWS/Kinesis", "StreamName", "lake-streams"),
        ("AWS/Firehose", "DeliveryStream", "lake-delivery"),
        ("AWS/Lambda", "FunctionName", "lake-transform"),
        ("AWS/Redshift-Serverless", "Workgroup", "lake"),
    ],
)
def test_an_alarm_that_watches_nothing_is_found(namespace: str, dimension: str, value: str, prod: Assembly) -> None:
    assert watches_nothing(prod, {"Namespace": namespace, "Dimensions": [{"Name": dimension, "Value": value}]})


def test_every_alarm_tells_the_topic_once_when_it_begins_and_when_it_is_over(prod: Assembly) -> None:
    assert {name: problem for name, alarm in alarms(prod).items() if (problem := tells_nobody(prod, alarm))} == {}


def test_an_alarm_that_tells_nobody_or_tells_twice_is_found(prod: Assembly) -> None:
    alone, shared = alarms(prod)["lake-quarantine-share"], alarms(prod)["lake-refresh-failed"]
    assert tells_nobody(prod, {**alone, "AlarmActions": []})
    assert tells_nobody(prod, {**alone, "OKActions": []})
    assert tells_nobody(prod, {**alone, "ActionsEnabled": False})
    assert tells_nobody(prod, {**shared, "AlarmName": "lake-in-no-rule"})
    assert tells_nobody(prod, {**shared, "AlarmActions": alone["AlarmActions"]})


def test_no_composite_alarm_is_larger_than_cloudwatch_takes_and_each_waits_for_its_alarms(prod: Assembly) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""
    logical = {found["Properties"]["AlarmName"]: name for (_, name), found in prod.resources("AWS::CloudWatch::Alarm").items()}
    found = prod.resources("AWS::CloudWatch::CompositeAlarm").values()
    assert len(found) >= 6
    for composite in found:
        listed = children(composite["Properties"])
        assert 2 <= len(listed) <= 100
        assert len(composite["Properties"]["AlarmRule"]) <= 10_240
        assert {logical[name] for name in listed} <= set(composite["DependsOn"])


def test_datasets_that_are_made_of_one_another_are_one_fault_and_others_are_not(prod: Assembly) -> None:
    (late,) = [children(found) for name, found in composites(prod).items() if "-fault-late-" in name]
    assert {"lake-age-flights", "lake-age-daily_punctuality", "lake-age-airlines"} <= set(late)
    assert "lake-age-planes" not in late  # no product reads it


def test_every_alarm_names_a_section_of_the_runbook_with_all_its_parts(prod: Assembly) -> None:
    every = alarms(prod) | composites(prod)
    lacking = {name: part for name, alarm in every.items() for part in PARTS if part not in section(alarm)}
    assert lacking == {}


def test_every_section_of_the_runbook_belongs_to_an_alarm(prod: Assembly, pulling: Assembly) -> None:
    headings = {part.partition("\n")[0] for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]}
    found = [*alarms(prod).values(), *composites(prod).values(), *alarms(pulling).values()]
    of_a_backup = {"Backup failing"}  # which test_ingestion.py switches on
    assert headings == of_a_backup | {section(alarm).partition("\n")[0] for alarm in found}


def test_an_alarm_whose_section_does_not_exist_is_found() -> None:
    assert section({"AlarmDescription": "Look now: gone. What to do: docs/runbook.md#no-such-section"}) == ""


def test_every_dataset_with_a_promise_has_an_alarm_at_it(prod: Assembly) -> None:
    ages = [alarm for alarm in alarms(prod).values() if alarm["Namespace"] == OWN]
    assert {dimensions(alarm)["Dataset"]: alarm["Threshold"] for alarm in ages}.items() >= {"flights": 26, "airlines": 8784}.items()
    assert {dimensions(alarm)["Dataset"] for alarm in ages} == measured(prod)


def test_only_what_somebody_has_to_measure_and_what_has_to_come_is_an_alarm_when_data_is_missing(prod: Assembly) -> None:
    assert {name: problem for name, alarm in alarms(prod).items() if (problem := mistakes_silence(alarm))} == {}


def test_a_wrong_treatment_of_missing_data_is_found(prod: Assembly) -> None:
    assert mistakes_silence({**alarms(prod)["lake-age-flights"], "TreatMissingData": "notBreaching"})
    assert mistakes_silence({**alarms(prod)["lake-refresh-failed"], "TreatMissingData": "breaching"})
    assert mistakes_silence({**alarms(prod)["lake-lease-old"], "TreatMissingData": "ignore"})


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
