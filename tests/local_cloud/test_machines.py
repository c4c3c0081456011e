"""The lake's own machines where a part of their work fails: the rest of it is done, and the failure is told."""

import json
from typing import Any

from lake_constructs.machines.freshness import NAMESPACE, FreshnessTargets, freshness
from lake_constructs.machines.intake import IntakeTargets, intake
from lake_constructs.machines.states import State, expression
from tests.local_cloud.running import LocalCloud

EVERYTHING = [{"Action": ["dynamodb:*", "glue:*", "cloudwatch:*", "states:*"], "Resource": "*"}]
NOT_BAD = {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["bad"]}}


def machine(cloud: LocalCloud, name: str, definition: State, grants: list[dict[str, Any]]) -> str:
    role = cloud.role(f"{name}-machine", grants, "states.amazonaws.com")
    created = cloud.client("stepfunctions").create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
    return str(created["stateMachineArn"])


def make_table(cloud: LocalCloud, name: str) -> None:
    keys = {"dataset": "HASH", "item": "RANGE"}
    cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_dataset_that_cannot_be_requested_keeps_no_other_from_it_and_is_told(cloud: LocalCloud) -> None:
    make_table(cloud, "requests")
    refresh = machine(
        cloud, "refreshes", {"QueryLanguage": "JSONata", "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}, EVERYTHING
    )
    definition = intake(
        IntakeTargets(ledger="requests", refresh=refresh, failures="topic"),
        locations={},
        readers={"flights": ["before", "bad", "after"]},
    )
    denied = {"Effect": "Deny", "Action": "dynamodb:UpdateItem", "Resource": "*", "Condition": NOT_BAD}
    event = {"detail-type": "Dataset Refreshed", "detail": {"dataset": "flights"}}
    execution = cloud.execute(machine(cloud, "intake", definition, [*EVERYTHING, denied]), event)
    assert (execution["status"], execution["error"]) == ("FAILED", "NotRequested")
    assert execution["cause"].startswith("bad: DynamoDb.DynamoDbException: ")
    started = cloud.client("stepfunctions").list_executions(stateMachineArn=refresh)["executions"]
    assert {each["name"].partition("-")[0] for each in started} == {"before", "after"}


def reading(datasets: list[str], unread: str) -> State:
    """Return the definition of freshness with a read that leaves keys unread where `unread` is true, as the local cloud's DynamoDB never does."""
    definition = freshness(FreshnessTargets(lake="lake", ledger="ledger", job_prefix="none-"), datasets=datasets)
    states = definition["States"]["EachGroup"]["ItemProcessor"]["States"]
    states["ReadPublications"] = {
        "Type": "Pass",
        "Assign": {
            "itemsUnread": expression(f"{unread} ? {{'ledger': {{}}}} : {{}}"),
            "itemsReads": expression("$itemsReads + 1"),
            "items": [{"dataset": {"S": datasets[0]}, "published_at": {"S": "2024-01-01T00:00:00Z"}}],
        },
        "Next": "WerePublicationsRead",
    }
    states["PausePublications"]["Seconds"] = 0
    return definition


def test_what_dynamodb_left_unread_is_read_again_and_a_job_that_is_gone_keeps_no_other_dataset_from_being_measured(
    cloud: LocalCloud,
) -> None:
    found = cloud.execute(machine(cloud, "freshness", reading(["published", "gone"], "$itemsReads < 2"), EVERYTHING), {})
    assert (found["status"], found["error"]) == ("FAILED", "NotMeasured")
    assert found["cause"].startswith("job of gone: Glue.EntityNotFoundException: ")
    metrics = cloud.client("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
    sent = {(metric["MetricName"], *sorted(each["Value"] for each in metric["Dimensions"])) for metric in metrics}
    assert sent == {("AgeHours", "lake", "published"), ("Measured", "lake")}


def test_what_dynamodb_never_reads_is_told(cloud: LocalCloud) -> None:
    found = cloud.execute(machine(cloud, "never", reading(["unread"], "true"), EVERYTHING), {})
    assert (found["status"], found["error"]) == ("FAILED", "NotMeasured")
    assert "left keys of the ledger unread" in found["cause"]
