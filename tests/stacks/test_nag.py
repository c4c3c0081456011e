from collections.abc import Mapping
from pathlib import Path

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from lake_constructs.nag import acknowledge
from tests.stacks.synthesis import Assembly, loaded

MAY_TAKE_NO_RESOURCE = (
    "cloudwatch:PutMetricData",
    "kinesis:ListStreams",
    "logs:",
    "xray:",
    # a statement has no ARN
    *(f"redshift-data:{verb}" for verb in ("CancelStatement", "DescribeStatement", "GetStatementResult")),
    *(f"redshift-serverless:{verb}" for verb in ("CreateUsageLimit", "DeleteUsageLimit", "ListUsageLimits", "UpdateUsageLimit")),
)


def unused(assembly: Assembly) -> set[tuple[str, str]]:
    used = {
        (finding["acknowledgedAt"], finding["acknowledgedId"])
        for report in assembly.report["pluginReports"]
        for finding in report["suppressedViolations"]
    }
    return set(assembly.acknowledged) - used


OPTIONS = pytest.mark.parametrize("environment", ["prod", "local"])
"""The second has all options of the warehouse."""


@OPTIONS
def test_nag_ran_in_the_app_itself_and_has_no_finding_left(environment: str, assemblies: Mapping[str, Assembly]) -> None:
    (report,) = assemblies[environment].report["pluginReports"]
    assert report["violations"] == []
    assert len(report["suppressedViolations"]) > 0


@OPTIONS
def test_every_acknowledgement_is_used(environment: str, assemblies: Mapping[str, Assembly]) -> None:
    assert len(assemblies[environment].acknowledged) > 0
    assert unused(assemblies[environment]) == set()


def test_every_acknowledgement_has_the_pack_in_front_and_is_no_bare_rule_of_many_findings(prod: Assembly) -> None:
    assert {finding for _, finding in prod.acknowledged if not finding.startswith("AwsSolutions::AwsSolutions-")} == set()
    assert {finding for _, finding in prod.acknowledged if finding.endswith(("-IAM4", "-IAM5"))} == set()


def test_every_acknowledgement_stands_at_a_construct_and_not_at_a_stack(prod: Assembly) -> None:
    assert {path for path, _ in prod.acknowledged if "/" not in path} == set()


def test_an_acknowledgement_that_nothing_needs_is_found(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    stack = Stack(app, "Bare")
    bucket = s3.Bucket(stack, "Bucket", enforce_ssl=True)
    acknowledge(bucket, "AwsSolutions-S1", "needed")
    acknowledge(bucket, "AwsSolutions-S10", "not needed")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
    assert unused(loaded(tmp_path)) == {("Bare/Bucket", "AwsSolutions::AwsSolutions-S10")}


def test_a_bare_bucket_stops_the_synth(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    s3.Bucket(Stack(app, "Bare"), "Bucket")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


@OPTIONS
def test_a_wildcard_resource_stands_only_where_an_action_takes_no_resource(environment: str, assemblies: Mapping[str, Assembly]) -> None:
    statements = [
        statement
        for resource in assemblies[environment].resources("AWS::IAM::Policy").values()
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if statement["Resource"] == "*"
    ]
    assert len(statements) > 0
    actions = {
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert {action for action in actions if not action.startswith(MAY_TAKE_NO_RESOURCE)} == set()
