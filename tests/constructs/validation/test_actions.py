"""The list of IAM's actions is cfn-lint's, cut to what a lake uses: `./lake test --update tests/constructs/validation` rewrites it."""

import json
from typing import Any

import pytest
from cfnlint.data import AdditionalSpecs  # type: ignore[import-untyped]  # cfn-lint ships no types
from cfnlint.helpers import load_resource  # type: ignore[import-untyped]

from lake_constructs.validation.rules.actions import KNOWN, actions_exist
from tests.constructs.validation.samples import problems, resource, stack

SERVICES = [
    "athena",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "ecr",
    "events",
    "firehose",
    "glue",
    "iam",
    "kafka",
    "kinesis",
    "kms",
    "lakeformation",
    "lambda",
    "logs",
    "pipes",
    "redshift",
    "redshift-data",
    "redshift-serverless",
    "s3",
    "s3tables",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
    "tag",
    "xray",
]


def wanted() -> str:
    known: dict[str, Any] = load_resource(AdditionalSpecs, "Policies.json")
    lines = [f"  {json.dumps(name)}: {json.dumps(sorted(known[name]['Actions']) if name in SERVICES else [])}" for name in sorted(known)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def test_the_list_of_actions_is_that_of_the_installed_cfn_lint(request: pytest.FixtureRequest) -> None:
    text = wanted()
    if request.config.getoption("update_snapshots"):
        KNOWN.write_text(text, encoding="utf-8")
    assert KNOWN.read_text(encoding="utf-8") == text, f"{KNOWN.name} is not what cfn-lint knows: run this test with --update"
    assert text.count('"getobject"') == 1


@pytest.mark.parametrize("action", ["s3:GetObject", "S3:getobject", "s3:Get*", "*", "ec2:CreateNetworkInterface", "ec2:Anything"])
def test_an_action_that_exists_or_whose_service_is_left_out_is_taken(action: str) -> None:
    policy = resource("IAM::Policy", PolicyDocument={"Statement": [{"Action": action}]})
    assert problems(actions_exist, stack("a", Policy=policy)) == []


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ("s3:GetObjects", "is no action of s3"),
        ("s3:Gget*", "fits no action of s3"),
        ("s33:Get*", "no service"),
        ("GetObject", "no service"),
    ],
)
def test_an_action_that_does_not_exist_is_told_wherever_a_policy_stands(action: str, problem: str) -> None:
    document = {"Statement": {"NotAction": [action]}}
    inline = resource("IAM::Role", Policies=[{"PolicyDocument": document}])
    (found,) = problems(actions_exist, stack("a", Role=inline))
    assert problem in found
