import json
from typing import Any

import pytest

from lake_constructs.validation.rules.delivery import destination_lets_services_deliver
from lake_constructs.validation.rules.encryption import key_lets_services_deliver
from lake_constructs.validation.rules.metrics import alarm_watches_what_exists, dashboard_shows_what_exists
from lake_constructs.validation.templates import StackTemplate
from tests.constructs.validation.samples import problems, resource, stack

NAME = {"Fn::GetAtt": ["Letters", "QueueName"]}
WATCHED = {"Letters": resource("SQS::Queue"), "Told": resource("SNS::Topic")}
SENT = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": {"Ref": "Told"}}
KEY_USE = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}


def alarm(metric: str = "ApproximateNumberOfMessagesVisible", name: str = "QueueName", value: Any = NAME) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value}]
    return resource("CloudWatch::Alarm", Namespace="AWS/SQS", MetricName=metric, Dimensions=dimensions, AlarmActions=[{"Ref": "Told"}])


def dashboard(*rows: list[Any]) -> StackTemplate:
    body = {"widgets": [{"type": "metric", "properties": {"metrics": list(rows)}}]}
    before, after = json.dumps(body).split("QUEUE") if "QUEUE" in json.dumps(body) else (json.dumps(body), "")
    return stack("a", **WATCHED, Board=resource("CloudWatch::Dashboard", DashboardBody={"Fn::Join": ["", [before, NAME, after]]}))


def test_an_alarm_on_a_metric_of_a_resource_of_ours_is_taken() -> None:
    assert problems(alarm_watches_what_exists, stack("a", **WATCHED, Alarm=alarm())) == []


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (alarm(metric="MessagesVisible"), "AWS/SQS has no metric MessagesVisible"),
        (alarm(name="Queue"), "has no dimension Queue"),
        (alarm(value="letters"), "QueueName is letters, but no AWS::SQS::Queue"),
    ],
)
def test_an_alarm_that_watches_nothing_is_found(broken: dict[str, Any], problem: str) -> None:
    (found,) = problems(alarm_watches_what_exists, stack("a", **WATCHED, Alarm=broken))
    assert problem in found


def test_an_alarm_over_several_metrics_is_looked_at_metric_by_metric() -> None:
    metric = {"Namespace": "AWS/SQS", "MetricName": "Messages", "Dimensions": []}
    broken = resource("CloudWatch::Alarm", Metrics=[{"Id": "a", "MetricStat": {"Metric": metric}}, {"Id": "b", "Expression": "a * 2"}])
    (found,) = problems(alarm_watches_what_exists, stack("a", Alarm=broken))
    assert "AWS/SQS has no metric Messages" in found


def test_a_dashboard_of_metrics_that_exist_is_taken_with_its_dots() -> None:
    rows: list[list[Any]] = [
        ["AWS/SQS", "NumberOfMessagesSent", "QueueName", "QUEUE"],
        [".", "NumberOfMessagesReceived", ".", "."],
        [{"expression": "a"}],
    ]
    assert problems(dashboard_shows_what_exists, dashboard(*rows)) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["AWS/SQS", "Sent", "QueueName", "QUEUE"], "AWS/SQS has no metric Sent"),
        (["AWS/SQS", "NumberOfMessagesSent", "Queue", "QUEUE"], "no dimension Queue"),
        (["Glue", "glue.driver.elapsed", "JobRunId", "QUEUE"], "Glue has no metric glue.driver.elapsed"),
        (["Glue", "glue.driver.aggregate.elapsedTime", "JobName", "xQUEUE"], "but no AWS::Glue::Job of these templates is"),
        (["AWS/SQS", "NumberOfMessagesSent", "QueueName", "xQUEUE"], "QueueName is x<a.Letters>.QueueName, but no"),
    ],
)
def test_a_widget_that_stays_empty_is_found(row: list[Any], problem: str) -> None:
    (found,) = problems(dashboard_shows_what_exists, dashboard(row))
    assert problem in found


@pytest.mark.parametrize(("body", "problem"), [("{", "not JSON"), ("{}", "no widgets"), ("[]", "no widgets")])
def test_a_body_that_is_no_dashboard_is_found(body: str, problem: str) -> None:
    (found,) = problems(dashboard_shows_what_exists, stack("a", Board=resource("CloudWatch::Dashboard", DashboardBody=body)))
    assert problem in found


@pytest.mark.parametrize(
    ("statements", "count"),
    [(None, 0), ([SENT], 0), ([{**SENT, "Principal": {"Service": "events.amazonaws.com"}}], 1), ([], 1)],
    ids=["no policy", "allowed", "another service", "a policy without it"],
)
def test_a_topic_s_own_policy_has_to_let_alarms_in(statements: list[Any] | None, count: int) -> None:
    policy = resource("SNS::TopicPolicy", Topics=[{"Ref": "Told"}], PolicyDocument={"Statement": statements})
    own = {} if statements is None else {"Policy": policy}
    assert len(problems(destination_lets_services_deliver, stack("a", **WATCHED, **own, Alarm=alarm()))) == count


@pytest.mark.parametrize(("service", "count"), [("cloudwatch.amazonaws.com", 0), ("events.amazonaws.com", 1)])
def test_the_key_of_a_topic_has_to_let_alarms_use_it_through_an_alias_too(service: str, count: int) -> None:
    key = resource("KMS::Key", KeyPolicy={"Statement": [{**KEY_USE, "Principal": {"Service": service}}]})
    alias = resource("KMS::Alias", AliasName="alias/told", TargetKeyId={"Ref": "Key"})
    told = {"Letters": WATCHED["Letters"], "Told": resource("SNS::Topic", KmsMasterKeyId={"Ref": "Alias"})}
    assert len(problems(key_lets_services_deliver, stack("a", **told, Key=key, Alias=alias, Alarm=alarm()))) == count
