"""The limit, on a stub of AWS's own shapes."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.usage_limit import handler
from tests.lambdas.conftest import Answered

ARN = "arn:aws:redshift-serverless:eu-west-1:111122223333:workgroup/w"
WANTED = {"ServiceToken": "x", "WorkgroupArn": ARN, "RpuHours": "24", "Period": "daily", "BreachAction": "deactivate"}
LIMIT = {
    "usageLimitId": "limit",
    "resourceArn": ARN,
    "period": "daily",
    "usageType": "serverless-compute",
    "amount": 8,
    "breachAction": "log",
}
CHANGE = {"amount": 24, "breachAction": "deactivate"}


@pytest.fixture
def serverless(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("redshift-serverless", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def ask(answered: Answered, kind: str) -> dict[str, str]:
    handler.handle(answered.request(kind, ResourceProperties=WANTED), None)
    (told,) = answered.answers
    return {name: told[name] for name in ("Status", "PhysicalResourceId")}


def test_a_limit_that_is_not_there_is_made(serverless: Stubber, answered: Answered) -> None:
    serverless.add_response("list_usage_limits", {}, {"resourceArn": ARN, "usageType": "serverless-compute"})
    asked = {"resourceArn": ARN, "usageType": "serverless-compute", "period": "daily", **CHANGE}
    serverless.add_response("create_usage_limit", {"usageLimit": LIMIT}, asked)
    assert ask(answered, "Create") == {"Status": "SUCCESS", "PhysicalResourceId": "limit"}


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_limit_that_is_there_is_changed_so_that_a_repeated_create_makes_no_second_one(
    kind: str, serverless: Stubber, answered: Answered
) -> None:
    serverless.add_response(
        "list_usage_limits", {"usageLimits": [{**LIMIT, "period": "weekly", "usageLimitId": "other"}], "nextToken": "abcdefgh"}
    )
    serverless.add_response("list_usage_limits", {"usageLimits": [LIMIT]})
    serverless.add_response("update_usage_limit", {"usageLimit": LIMIT}, {"usageLimitId": "limit", **CHANGE})
    assert ask(answered, kind) == {"Status": "SUCCESS", "PhysicalResourceId": "limit"}


def test_a_limit_is_deleted(serverless: Stubber, answered: Answered) -> None:
    serverless.add_response("delete_usage_limit", {"usageLimit": LIMIT}, {"usageLimitId": "made"})
    assert ask(answered, "Delete")["Status"] == "SUCCESS"


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "ValidationException"])
def test_deleting_a_limit_that_is_gone_or_was_never_made_succeeds(code: str, serverless: Stubber, answered: Answered) -> None:
    serverless.add_client_error("delete_usage_limit", code)
    assert ask(answered, "Delete")["Status"] == "SUCCESS"


def test_a_refused_limit_fails_the_deploy(serverless: Stubber, answered: Answered) -> None:
    serverless.add_client_error("list_usage_limits", "AccessDeniedException", "no")
    assert ask(answered, "Create")["Status"] == "FAILED"
