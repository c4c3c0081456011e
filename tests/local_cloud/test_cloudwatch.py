import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cli.common.inbox import messages
from tests.local_cloud.running import ACCOUNT, LocalCloud, free_port, refusal, until

OF_GROUP = {"Dimensions": [{"Name": "LogGroupName", "Value": "/drill"}], "Statistic": "Sum", "TreatMissingData": "notBreaching"}
ALARM: dict[str, Any] = {
    "Namespace": "Test",
    "MetricName": "Age",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 10,
    "ComparisonOperator": "GreaterThanThreshold",
}
SCHEDULE: dict[str, Any] = {
    "ScheduleExpression": "rate(5 minutes)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
}


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud where a minute takes a second."""
    cloud = LocalCloud(tmp_path_factory.mktemp("fast"), free_port(), speed=60)
    cloud.start()
    yield cloud
    cloud.end()


def put(cloud: LocalCloud, name: str, **changed: Any) -> None:
    cloud.client("cloudwatch").put_metric_alarm(AlarmName=name, **{**ALARM, **changed})


def send(cloud: LocalCloud, value: float, metric: str = "Age", **dimensions: str) -> None:
    datum = {"MetricName": metric, "Value": value, "Dimensions": [{"Name": name, "Value": of} for name, of in dimensions.items()]}
    cloud.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[datum])


def state(cloud: LocalCloud, name: str) -> str:
    (found,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["StateValue"])


def of(dataset: str) -> dict[str, Any]:
    return {"Dimensions": [{"Name": "Dataset", "Value": dataset}], "TreatMissingData": "ignore"}


def test_an_alarm_looks_at_its_own_dimensions_alone(fast: LocalCloud) -> None:
    put(fast, "old", **of("flights"))
    put(fast, "young", **of("planes"))
    put(fast, "nobody", **of("weather"))
    send(fast, 20, Dataset="flights")
    send(fast, 2, Dataset="planes")
    assert (state(fast, "old"), state(fast, "young"), state(fast, "nobody")) == ("ALARM", "OK", "INSUFFICIENT_DATA")


def test_an_alarm_ends_by_the_clock_without_new_data(fast: LocalCloud) -> None:
    put(fast, "passes", MetricName="Failures", TreatMissingData="notBreaching")
    send(fast, 20, "Failures")
    assert state(fast, "passes") == "ALARM"
    until(lambda: state(fast, "passes") == "OK")


@pytest.mark.parametrize(("missing", "expected"), [("breaching", "ALARM"), ("notBreaching", "OK")])
def test_missing_data_is_what_the_alarm_says(missing: str, expected: str, fast: LocalCloud) -> None:
    put(fast, f"nothing-{missing}", MetricName="Nothing", TreatMissingData=missing)
    until(lambda: state(fast, f"nothing-{missing}") == expected)


def test_an_alarm_tells_no_topic_whose_key_does_not_let_cloudwatch_and_its_history_says_so(fast: LocalCloud) -> None:
    key = fast.client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = fast.client("sns").create_topic(Name="keyless", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    put(fast, "mute", MetricName="Mute", AlarmActions=[topic], TreatMissingData="breaching")
    until(lambda: state(fast, "mute") == "ALARM")
    history = fast.client("cloudwatch").describe_alarm_history(AlarmName="mute", HistoryItemType="Action")["AlarmHistoryItems"]
    assert f"the policy of {key}, the key of {topic}, does not let cloudwatch.amazonaws.com use it" in history[0]["HistorySummary"]


def test_metrics_can_be_sent_to_the_namespace_of_the_policy_and_to_no_other(fast: LocalCloud) -> None:
    one = {"StringEquals": {"cloudwatch:namespace": "Allowed"}}
    role = fast.role("measures", [{"Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": one}])
    client = fast.client("cloudwatch", fast.assume(role))
    datum = [{"MetricName": "Age", "Value": 1}]
    assert refusal(client.put_metric_data, Namespace="Allowed", MetricData=datum) == ""
    assert "cloudwatch:PutMetricData" in refusal(client.put_metric_data, Namespace="Other", MetricData=datum)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "ComparisonOperator LessThanLowerThreshold"),
        ({"ExtendedStatistic": "p99"}, "ExtendedStatistic of an alarm"),
        ({"Metrics": [{"Id": "a", "Expression": "ANOMALY_DETECTION_BAND(b, 2)"}]}, "ANOMALY_DETECTION_BAND(b, 2) in an expression"),
    ],
)
def test_an_alarm_that_would_not_be_evaluated_is_refused_by_name_in_a_call_and_in_a_template(
    changed: dict[str, Any], named: str, fast: LocalCloud
) -> None:
    said = refusal(fast.client("cloudwatch").put_metric_alarm, AlarmName="odd", **{**ALARM, **changed})
    assert said.startswith("NotInLocalCloud: not in the local cloud: ")
    assert named in said
    with pytest.raises(Exception, match="not in the local cloud") as refused:
        fast.deploy("odd-alarm", {"Odd": {"Type": "AWS::CloudWatch::Alarm", "Properties": {**ALARM, **changed}}})
    assert named.partition(" of an alarm")[0] in str(refused.value)
    fast.client("cloudformation").delete_stack(StackName="odd-alarm")


def test_metric_math_of_queries_is_refused_by_name(fast: LocalCloud) -> None:
    cloudwatch = fast.client("cloudwatch")
    query = {"MetricDataQueries": [{"Id": "a", "Expression": "b / c"}], "StartTime": 0, "EndTime": 1}
    assert "metric math" in refusal(cloudwatch.get_metric_data, **query)


def query(name: str, metric: str, statistic: str = "Sum") -> dict[str, Any]:
    return {
        "Id": name,
        "ReturnData": False,
        "MetricStat": {"Metric": {"Namespace": "Test", "MetricName": metric}, "Period": 60, "Stat": statistic},
    }


def test_an_alarm_on_metric_math_follows_what_its_expression_comes_to(fast: LocalCloud) -> None:
    share = {"Id": "share", "Expression": "100 * FILL(broken, 0) / read", "Label": "share", "ReturnData": True}
    properties = {name: ALARM[name] for name in ("EvaluationPeriods", "Threshold", "ComparisonOperator")}
    properties |= {"AlarmName": "share", "TreatMissingData": "ignore", "Metrics": [query("broken", "Broken"), query("read", "Read"), share]}
    fast.deploy("math", {"Share": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}})
    send(fast, 100, "Read")
    assert state(fast, "share") == "OK"
    send(fast, 20, "Broken")
    assert state(fast, "share") == "ALARM"


def test_a_composite_alarm_of_a_template_tells_once_of_two_and_the_inbox_has_what_it_told(fast: LocalCloud) -> None:
    topic = fast.client("sns").create_topic(Name="people")["TopicArn"]
    children = {
        name: {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {**ALARM, "AlarmName": name, "MetricName": name, "TreatMissingData": "notBreaching"},
        }
        for name in ("First", "Second")
    }
    rule = 'ALARM("First") OR ALARM("Second")'
    composite = {"AlarmName": "Either", "AlarmRule": rule, "AlarmDescription": "why", "AlarmActions": [topic], "OKActions": [topic]}
    either = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": composite, "DependsOn": ["First", "Second"]}
    fast.deploy("composite", {**children, "Either": either})
    told_before = len(inbox(fast, "Either"))
    send(fast, 20, "First")
    send(fast, 20, "Second")
    until(lambda: inbox(fast, "Either")[told_before:] == ["ALARM", "OK"])
    described = fast.client("cloudwatch").describe_alarms(AlarmNames=["Either"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert [one["AlarmRule"] for one in described] == [rule]
    changed = {**either, "Properties": {**composite, "AlarmRule": 'ALARM("First")'}}
    fast.deploy("composite", {**children, "Either": changed})
    described = fast.client("cloudwatch").describe_alarms(AlarmNames=["Either"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert [one["AlarmRule"] for one in described] == ['ALARM("First")']
    fast.client("cloudformation").delete_stack(StackName="composite")
    until(lambda: not fast.client("cloudwatch").describe_alarms(AlarmNames=["First"])["MetricAlarms"])


def alarm_state(cloud: LocalCloud, name: str) -> str:
    (found,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return str(found["StateValue"])


def become(cloud: LocalCloud, **states: str) -> None:
    for name, value in states.items():
        cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason="by hand")


def test_a_composite_alarm_tells_nothing_while_another_alarm_is_on_and_what_it_has_become_once_that_is_over(fast: LocalCloud) -> None:
    topic = fast.client("sns").create_topic(Name="quiet")["TopicArn"]
    of = {"Type": "AWS::CloudWatch::Alarm", "DependsOn": []}
    children = {
        name: {**of, "Properties": {**ALARM, "AlarmName": name, "MetricName": name, "TreatMissingData": "ignore"}}
        for name in ("Late", "Cause")
    }
    settings = {
        "ActionsSuppressor": {"Fn::GetAtt": ["Cause", "Arn"]},
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 60,
    }
    told = {"AlarmName": "Told", "AlarmRule": 'ALARM("Late")', "AlarmActions": [topic], "OKActions": [topic], **settings}
    composite = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": told, "DependsOn": ["Late", "Cause"]}
    fast.deploy("quiet", {**children, "Told": composite})
    described = fast.client("cloudwatch").describe_alarms(AlarmNames=["Told"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert [one["ActionsSuppressorWaitPeriod"] for one in described] == [60]
    become(fast, Late="ALARM", Cause="ALARM")  # the second within the wait period
    assert alarm_state(fast, "Told") == "ALARM"
    become(fast, Late="OK")
    assert alarm_state(fast, "Told") == "OK"
    become(fast, Late="ALARM", Cause="OK")
    assert inbox(fast, "Told") == []  # all that, and the extension period
    until(lambda: inbox(fast, "Told") == ["ALARM"])
    become(fast, Late="OK")
    until(lambda: inbox(fast, "Told") == ["ALARM", "OK"])
    fast.client("cloudformation").delete_stack(StackName="quiet")


def inbox(cloud: LocalCloud, alarm: str) -> list[str | None]:
    """Return the states that an alarm told of."""
    return [message.state for message in messages(cloud.home) if message.alarm == alarm]


def test_lines_of_a_log_group_are_counted(fast: LocalCloud) -> None:
    logs = fast.client("logs")
    logs.create_log_group(logGroupName="/drill")
    logs.create_log_stream(logGroupName="/drill", logStreamName="s")
    put(fast, "logged", Namespace="AWS/Logs", MetricName="IncomingLogEvents", Threshold=0, **OF_GROUP)
    logs.put_log_events(logGroupName="/drill", logStreamName="s", logEvents=[{"timestamp": int(time.time() * 1000), "message": "why"}])
    until(lambda: state(fast, "logged") == "ALARM")
    until(lambda: state(fast, "logged") == "OK")


def test_a_metric_filter_of_a_template_counts_the_lines_that_match_and_goes_with_its_stack(fast: LocalCloud) -> None:
    sent = [{"MetricName": "lake-x", "MetricNamespace": "Test", "MetricValue": "1", "Unit": "Count"}]
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/filtered"}}
    errors = {"LogGroupName": {"Ref": "Group"}, "FilterPattern": "?ERROR ?Traceback", "MetricTransformations": sent}
    fast.deploy("filtered", {"Group": group, "Errors": {"Type": "AWS::Logs::MetricFilter", "Properties": errors}})
    put(fast, "errors", MetricName="lake-x", Statistic="Sum", Threshold=1, TreatMissingData="notBreaching")
    logs = fast.client("logs")
    logs.create_log_stream(logGroupName="/filtered", logStreamName="s")

    def write(*lines: str) -> None:
        events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
        logs.put_log_events(logGroupName="/filtered", logStreamName="s", logEvents=events)

    write("fine", "ERROR one")
    assert state(fast, "errors") == "OK"  # one is not more than one
    write("ERROR two", "Traceback", "fine")
    until(lambda: state(fast, "errors") == "ALARM")
    until(lambda: state(fast, "errors") == "OK")
    found = logs.filter_log_events(logGroupName="/filtered", filterPattern="?ERROR ?Traceback")["events"]
    assert [one["message"] for one in found] == ["ERROR one", "ERROR two", "Traceback"]
    fast.client("cloudformation").delete_stack(StackName="filtered")
    until(lambda: logs.describe_metric_filters(metricName="lake-x", metricNamespace="Test")["metricFilters"] == [])


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"filterPattern": "%ERR.*%"}, "the filter pattern '%ERR.*%'"),
        ({"metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "$.bytes"}]}, "the value '$.bytes'"),
        (
            {"metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1", "dimensions": {"a": "$.a"}}]},
            "dimensions of a metric filter",
        ),
    ],
)
def test_a_metric_filter_that_would_count_something_else_is_refused_by_name(changed: dict[str, Any], named: str, fast: LocalCloud) -> None:
    logs = fast.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix="/odd")["logGroups"]:
        logs.create_log_group(logGroupName="/odd")
    plain = {"filterPattern": "ERROR", "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}
    said = refusal(logs.put_metric_filter, logGroupName="/odd", filterName="odd", **{**plain, **changed})
    assert "not in the local cloud: " in said
    assert named in said


@pytest.mark.parametrize(
    ("level", "kinds"), [("ALL", ["ExecutionStarted", "ExecutionFailed"]), ("ERROR", ["ExecutionFailed"]), ("OFF", [])]
)
def test_the_log_of_a_machine_has_the_beginning_the_failures_and_the_end_of_an_execution(
    level: str, kinds: list[str], fast: LocalCloud
) -> None:
    logs, machines = fast.client("logs"), fast.client("stepfunctions")
    group = f"/machine-{level}"
    logs.create_log_group(logGroupName=group)
    definition = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Odd", "Cause": "because"}}}
    place = {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}:*"}}
    role = fast.role(f"logs-{level}", [], "states.amazonaws.com")
    told = {"level": level, "includeExecutionData": True, "destinations": [place]}
    arn = machines.create_state_machine(
        name=f"logging-{level}", definition=json.dumps(definition), roleArn=role, loggingConfiguration=told
    )["stateMachineArn"]
    run = machines.start_execution(stateMachineArn=arn)["executionArn"]
    until(lambda: machines.describe_execution(executionArn=run)["status"] == "FAILED")
    until(lambda: len(logs.filter_log_events(logGroupName=group)["events"]) >= len(kinds))
    found = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]
    assert [event["type"] for event in found] == kinds
    if found:
        assert found[-1]["details"] == {"error": "Odd", "cause": "because"}
        assert found[-1]["execution_arn"] == run


def test_the_clock_can_be_moved_while_the_local_cloud_runs(fast: LocalCloud) -> None:
    put(fast, "daily", MetricName="Daily", Statistic="Sum", Period=86_400, TreatMissingData="notBreaching")
    send(fast, 20, "Daily")
    assert state(fast, "daily") == "ALARM"
    ahead = {"at": time.time(), "speed": 60, "ahead": 86_400}
    (fast.home / "clock.json").write_text(json.dumps({"changes": [ahead]}), encoding="utf-8")
    until(lambda: state(fast, "daily") == "OK", 5)
    (fast.home / "clock.json").unlink()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ScheduleExpressionTimezone": "Europe/Berlin"}, "the time zone Europe/Berlin"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}}, "a flexible time window"),
        ({"Target": {**SCHEDULE["Target"], "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"}}, f"the target arn:aws:sqs:us-east-1:{ACCOUNT}:q"),
        ({"Target": {**SCHEDULE["Target"], "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:0:q"}}}, "DeadLetterConfig"),
    ],
)
def test_a_schedule_that_would_not_be_in_effect_is_refused_in_a_call_and_in_a_template(
    changed: dict[str, Any], named: str, fast: LocalCloud
) -> None:
    schedule = {**SCHEDULE, **changed}
    assert named in refusal(fast.client("scheduler").create_schedule, Name="odd", **schedule)
    with pytest.raises(Exception, match="is not in the local cloud") as refused:
        fast.deploy("odd-schedule", {"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule}})
    assert named in str(refused.value)
    fast.client("cloudformation").delete_stack(StackName="odd-schedule")


def test_alarm_dashboard_group_and_schedule_are_created_with_all_of_their_properties(fast: LocalCloud) -> None:
    alarm = {**ALARM, "AlarmName": "whole", "DatapointsToAlarm": 1, "TreatMissingData": "ignore", "Unit": "None", "AlarmDescription": "why"}
    alarm |= {"Dimensions": [{"Name": "Dataset", "Value": "whole"}], "ActionsEnabled": False, "OKActions": ["arn:aws:sns:us-east-1:0:t"]}
    schedule = {
        **SCHEDULE,
        "Name": "whole",
        "GroupName": {"Ref": "Group"},
        "State": "DISABLED",
        "Description": "why",
        "EndDate": "2030-01-01T00:00:00Z",
    }
    resources = {
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        "Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": "whole", "DashboardBody": '{"widgets": []}'}},
        "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "whole"}},
        "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
    }
    fast.deploy("whole", resources)
    (found,) = fast.client("cloudwatch").describe_alarms(AlarmNames=["whole"])["MetricAlarms"]
    assert {name: found[name] for name in alarm} == alarm
    assert json.loads(fast.client("cloudwatch").get_dashboard(DashboardName="whole")["DashboardBody"]) == {"widgets": []}
    made = fast.client("scheduler").get_schedule(Name="whole", GroupName="whole")
    assert (made["State"], made["Description"], made["EndDate"].year, made["Target"]) == ("DISABLED", "why", 2030, SCHEDULE["Target"])
    del schedule["Description"]
    fast.deploy("whole", resources)
    assert fast.client("scheduler").get_schedule(Name="whole", GroupName="whole").get("Description", "") == ""


def test_a_schedule_starts_a_machine_under_a_role_that_trusts_the_scheduler_alone(fast: LocalCloud) -> None:
    machines, definition = fast.client("stepfunctions"), {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    role = fast.role("passes", [], "states.amazonaws.com")
    arn = machines.create_state_machine(name="scheduled", definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    grants = [{"Action": "states:StartExecution", "Resource": arn}]
    for trusted in ("scheduler", "events"):
        starter = fast.role(f"starts-{trusted}", grants, f"{trusted}.amazonaws.com")
        target = {"Arn": arn, "RoleArn": starter, "Input": json.dumps({"by": trusted})}
        fast.client("scheduler").create_schedule(Name=trusted, **{**SCHEDULE, "ScheduleExpression": "rate(1 minute)", "Target": target})
    until(lambda: len(machines.list_executions(stateMachineArn=arn)["executions"]) > 1)
    given = [
        machines.describe_execution(executionArn=run["executionArn"])["input"]
        for run in machines.list_executions(stateMachineArn=arn)["executions"]
    ]
    assert {json.loads(text)["by"] for text in given} == {"scheduler"}


def test_an_execution_ends_when_its_machine_has_taken_too_long(fast: LocalCloud) -> None:
    role, states = fast.role("waits", [], "states.amazonaws.com"), {"W": {"Type": "Wait", "Seconds": 30, "End": True}}
    definition = json.dumps({"StartAt": "W", "TimeoutSeconds": 1, "States": states})
    arn = fast.client("stepfunctions").create_state_machine(name="waits", definition=definition, roleArn=role)["stateMachineArn"]
    assert fast.execute(arn, {})["status"] == "TIMED_OUT"
