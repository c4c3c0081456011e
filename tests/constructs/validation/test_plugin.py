import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Acknowledgment, App, Stack, Validations
from aws_cdk import aws_iam as iam

from lake_constructs.validation.every import RULES
from lake_constructs.validation.plugin import DeployabilityChecks
from lake_constructs.validation.templates import read
from stacks.checks import check
from tests.stacks.synthesis import ROOT, loaded


def role_with(action: str, app: App) -> iam.Role:
    role = iam.Role(Stack(app, "Own", stack_name="own-stack"), "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=[action], resources=["arn:aws:glue:eu-west-1:111111111111:catalog"]))
    return role


def reports(folder: Path) -> dict[str, Any]:
    return {report["pluginName"]: report for report in loaded(folder).report["pluginReports"]}


def test_a_company_s_own_stack_that_breaks_a_rule_stops_the_synth_beside_cdk_nag(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    role_with("glue:GetTabel", app)
    check(app)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    (found,) = reports(tmp_path)["Deployability"]["violations"]
    assert found["ruleName"] == "actions-exist"
    assert found["description"] == "own-stack/RoleDefaultPolicy5FFB7DAB: glue:GetTabel is no action of glue"
    assert found["suggestedFix"].startswith("write the action")
    assert found["violatingConstructs"][0]["constructPath"] == "Own/Role/DefaultPolicy/Resource"


def test_a_finding_that_is_acknowledged_stands_in_the_report_with_its_reason(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    role = role_with("glue:GetTabel", app)
    Validations.of(role).acknowledge(Acknowledgment(id="Deployability::actions-exist", reason="of a service to come"))
    Validations.of(app).add_plugins(DeployabilityChecks())
    app.synth()
    (found,) = reports(tmp_path)["Deployability"]["suppressedViolations"]
    assert found["reason"] == "of a service to come"


def test_a_template_is_read_under_the_name_account_and_region_it_is_deployed_to(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    role_with("glue:GetTable", app)
    app.synth()
    (stack,) = read([str(tmp_path / "Own.template.json")]).stacks
    assert (stack.name, stack.account, stack.region) == ("own-stack", "unknown-account", "unknown-region")


def test_every_rule_stands_in_the_documentation_and_no_other_does() -> None:
    text = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE) == [rule.name for rule in RULES]


def test_every_rule_has_a_name_of_its_own_and_says_how_to_mend() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == len(DeployabilityChecks().rule_ids)
    assert all(rule.mend for rule in RULES)
