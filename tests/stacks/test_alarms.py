"""Each alarm watches something that the same app makes, tells somebody, and has its page in the runbook."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from glue_jobs.common import metrics
from lake_constructs import log_errors, run_alarms
from lake_constructs.machines.freshness import METRIC
from tests.stacks.metrics import BY_MACHINES, LOG_ERRORS, OWN, RUNS, STANDING, UPKEEP, counted, measured, unsent
from tests.stacks.synthesis import ROOT, Assembly

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
PARTS = ("**Meaning**", "**Look**", "**Do**", "**Over**")


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
    return {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions", [])}


def watches_nothing(assembly: Assembly, alarm: Mapping[str, Any]) -> str | None:
    """Return why an alarm watches nothing of this app; None where it does."""
    return unsent(assembly, alarm["Namespace"], alarm.get("MetricName", ""), dimensions(alarm))


def tells_nobody(assembly: Assembly, alarm: Mapping[str, Any]) -> str | None:
    """Return why nobody hears of an alarm when it begins or when it is over; None where somebody does, by it or by the one alarm over it."""
    topics = {alarm_topic(assembly)}
    over = [composite for composite in composites(assembly).values() if alarm["AlarmName"] in children(composite)]
    acting = [found for found in [alarm, *over] if found.get("AlarmActions") or found.get("OKActions")]
    if len(acting) != 1:
        return f"{len(acting)} alarms tell of it"
    told = [{action["Ref"] for action in acting[0].get(member, [])} for member in ("AlarmActions", "OKActions")]
    return None if told == [topics, topics] and acting[0].get("ActionsEnabled", True) else f"{acting[0]['AlarmName']} tells {told}"


def alarm_topic(assembly: Assembly) -> str:
    """Return the logical id of the topic that people are subscribed to."""
    return str(assembly.templates["Monitoring"]["Outputs"]["AlarmTopicArn"]["Value"]["Ref"])


def tells_more_than_once(assembly: Assembly) -> dict[str, set[str]]:
    """Return the addresses that hear of one fault by more than the alarms, each with the topics that tell it."""
    told: dict[str, set[str]] = {}
    for found in assembly.resources("AWS::SNS::Subscription").values():
        told.setdefault(found["Properties"]["Endpoint"], set()).add(found["Properties"]["TopicArn"]["Ref"])
    return {address: topics for address, topics in told.items() if topics != {alarm_topic(assembly)}}


def mistakes_silence(alarm: Mapping[str, Any]) -> str | None:
    """Return what is wrong about an alarm without data: it is one where somebody has to measure, or something has to come."""
    has_to_come = alarm["Namespace"] in BY_MACHINES or "-nothing-" in alarm["AlarmName"] or alarm["MetricName"] == "ExecutionsStarted"
    expected = "breaching" if has_to_come else "notBreaching"
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
        (LOG_ERRORS, "Part", "lake-intake"),
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
        assert (1 if "ActionsSuppressor" in composite["Properties"] else 2) <= len(listed) <= 100
        assert len(composite["Properties"]["AlarmRule"]) <= 10_240
        assert {logical[name] for name in listed} <= set(composite["DependsOn"])


def test_datasets_that_are_made_of_one_another_are_one_fault_and_others_are_not(prod: Assembly) -> None:
    late, alone = sorted((children(found) for name, found in composites(prod).items() if "-fault-late-" in name), key=len, reverse=True)
    assert {"lake-age-flights", "lake-age-daily_punctuality", "lake-age-airlines"} <= set(late)
    assert alone == ["lake-age-planes"]  # no product reads it


def test_where_nobody_measures_ages_one_alarm_tells_in_the_place_of_all_and_begins_before_them(prod: Assembly) -> None:
    found = composites(prod)
    assert {name for name, alarm in found.items() if "ActionsSuppressor" in alarm} == {name for name in found if "-fault-late-" in name}
    silent, ages = alarms(prod)["lake-freshness-silent"], [alarm for name, alarm in alarms(prod).items() if "-age-" in name]
    (logical,) = [name for (_, name), made in prod.resources("AWS::CloudWatch::Alarm").items() if made["Properties"] == silent]
    for alarm in found.values():
        if "ActionsSuppressor" in alarm:
            assert alarm["ActionsSuppressor"] == {"Fn::GetAtt": [logical, "Arn"]}
            assert (alarm["ActionsSuppressorWaitPeriod"], alarm["ActionsSuppressorExtensionPeriod"]) == (120, 300)
    assert silent["Period"] * silent["EvaluationPeriods"] < min(alarm["Period"] for alarm in ages)


def test_whoever_is_told_of_alarms_is_told_of_nothing_else(prod: Assembly) -> None:
    assert prod.resources("AWS::SNS::Subscription")
    assert tells_more_than_once(prod) == {}


def test_an_address_that_hears_of_each_failure_too_is_found(prod: Assembly) -> None:
    (key, found), *_ = prod.resources("AWS::SNS::Subscription").items()
    other = {**found, "Properties": {**found["Properties"], "TopicArn": {"Ref": "EachTopic"}}}
    stack, name = key
    template = prod.templates[stack]
    more = {**template, "Resources": {**template["Resources"], f"{name}2": other}}
    assert tells_more_than_once(replace(prod, templates={**prod.templates, stack: more})).keys() == {"lake-operators@example.com"}


def test_every_alarm_names_a_section_of_the_runbook_with_all_its_parts(prod: Assembly) -> None:
    every = alarms(prod) | composites(prod)
    lacking = {name: part for name, alarm in every.items() for part in PARTS if part not in section(alarm)}
    assert lacking == {}


def test_every_section_of_the_runbook_belongs_to_an_alarm(prod: Assembly, pulling: Assembly) -> None:
    headings = {part.partition("\n")[0] for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:]}
    found = [*alarms(prod).values(), *composites(prod).values(), *alarms(pulling).values()]
    of_a_backup = {"Backup failing"}  # which test_ingestion.py switches on
    assert headings == of_a_backup | {section(alarm).partition("\n")[0] for alarm in found}


def test_every_alarm_that_the_runbook_asks_for_is_one_of_a_lake(prod: Assembly, pulling: Assembly) -> None:
    asked = {name.replace("DATASET", "flights") for name in re.findall(r"`\./lake alarms ([^` ]+)`", RUNBOOK)}
    every = {name.removeprefix("lake-") for assembly in (prod, pulling) for name in alarms(assembly) | composites(assembly)}
    assert len(asked) >= 30
    assert asked - every == {"backup-failing"}  # which test_ingestion.py switches on


def test_an_alarm_whose_section_does_not_exist_is_found() -> None:
    assert section({"AlarmDescription": "Look now: gone. What to do: docs/runbook.md#no-such-section"}) == ""


def test_every_dataset_with_a_promise_has_an_alarm_at_it(prod: Assembly) -> None:
    ages = [alarm for alarm in alarms(prod).values() if alarm["MetricName"] == METRIC]
    assert {dimensions(alarm)["Dataset"]: alarm["Threshold"] for alarm in ages}.items() >= {"flights": 26, "airlines": 8784}.items()
    assert {dimensions(alarm)["Dataset"] for alarm in ages} == measured(prod)


def test_only_what_somebody_has_to_measure_and_what_has_to_come_is_an_alarm_when_data_is_missing(prod: Assembly) -> None:
    assert {name: problem for name, alarm in alarms(prod).items() if (problem := mistakes_silence(alarm))} == {}


def test_a_wrong_treatment_of_missing_data_is_found(prod: Assembly) -> None:
    assert mistakes_silence({**alarms(prod)["lake-age-flights"], "TreatMissingData": "notBreaching"})
    assert mistakes_silence({**alarms(prod)["lake-refresh-failed"], "TreatMissingData": "breaching"})
    assert mistakes_silence({**alarms(prod)["lake-lease-old"], "TreatMissingData": "ignore"})


def test_the_topic_and_its_key_let_cloudwatch_publish_for_this_account_alone(prod: Assembly) -> None:
    policies = prod.resources("AWS::SNS::TopicPolicy").values()
    (policy,) = [found for found in policies if found["Properties"]["Topics"] == [{"Ref": alarm_topic(prod)}]]
    allowed = [
        s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Allow" and "cloudwatch" in str(s["Principal"])
    ]
    assert [statement["Condition"] for statement in allowed] == [{"StringEquals": {"aws:SourceAccount": "222222222222"}}]


def test_no_stack_refers_to_the_monitoring_stack(prod: Assembly) -> None:
    assert "lake-storage" in json.dumps(prod.templates["Monitoring"])
    assert [stack for stack, template in prod.templates.items() if "lake-monitoring" in json.dumps(template)] == []


def test_the_machine_that_measures_may_send_one_namespace_alone(prod: Assembly) -> None:
    (policy,) = [p for (_, name), p in prod.resources("AWS::IAM::Policy").items() if name.startswith("FreshnessRole")]
    (send,) = [s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s.get("Sid") == "SendAges"]
    assert send["Condition"] == {"StringEquals": {"cloudwatch:namespace": OWN}}


def test_an_alarm_on_a_metric_that_its_service_does_not_send_is_found(prod: Assembly) -> None:
    for name in (
        "lake-refresh-failed",
        "lake-lease-old",
        "lake-age-flights",
        "lake-job-cost",
        "lake-log-errors-intake",
        "lake-not-delivered",
    ):
        assert watches_nothing(prod, alarms(prod)[name]) is None
        assert watches_nothing(prod, {**alarms(prod)[name], "MetricName": "ExecutionFailed"})


def test_every_part_that_writes_a_log_has_its_error_lines_counted_and_told_of_or_measures_what_is_missed(
    prod: Assembly, pulling: Assembly
) -> None:
    for assembly in (prod, pulling):
        found = {log_errors.NAMESPACE: {alarm["MetricName"] for alarm in alarms(assembly).values() if alarm["Namespace"] == LOG_ERRORS}}
        untold = counted(assembly) - found[LOG_ERRORS]
        # the machines whose silence is an alarm, and the function that runs at a deploy alone, which it fails
        assert untold - {"lake-usage-limit"} == {"lake-freshness", "lake-standing", "lake-upkeep"}
        written = {group["Properties"]["LogGroupName"] for group in assembly.resources("AWS::Logs::LogGroup").values()}
        of_parts = {name for name in written if name.startswith(("/aws/lambda/", "/aws/vendedlogs/states/", "/aws-glue/jobs/"))}
        filtered = [found["Properties"]["LogGroupName"]["Ref"] for found in assembly.resources("AWS::Logs::MetricFilter").values()]
        assert len(of_parts) == len(filtered) == len(set(filtered))
