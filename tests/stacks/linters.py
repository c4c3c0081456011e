"""The checks that others wrote, run in this process on one template: what each finds, as texts that can be compared."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App, Environment, Stack, Validations
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import lint  # type: ignore[import-untyped]  # cfn-lint ships no types
from cfnlint.config import ConfigMixIn  # type: ignore[import-untyped]
from cfnlint.runner import Runner  # type: ignore[import-untyped]

from lake_constructs.validation.templates import StackTemplate, Templates
from tests.stacks.synthesis import ROOT

IGNORED = ("W3005",)  # a DependsOn that a reference implies: CDK writes both
KEY = re.compile(r"key/<[^>]+>")
CDK, NAG = "CloudFormation Validate", "AwsSolutions"


def cfn_lint(stack: StackTemplate) -> set[str]:
    """Return what cfn-lint finds, warnings too."""
    found = lint(json.dumps(stack.template), rules=_rules(), regions=[stack.region])
    return {f"{match.rule.id} {'/'.join(map(str, match.path or []))}: {match.message}" for match in found if match.rule.id not in IGNORED}


@cache
def _rules() -> Any:
    return Runner(ConfigMixIn(regions=["eu-west-1"])).rules


def cdk_and_nag(stack: StackTemplate, templates: Templates) -> dict[str, set[str]]:
    """Return what CDK's own validation and cdk-nag find: plugin -> findings.

    Neither knows a template that CDK did not make, so it is included into an app, its references to other stacks as text.
    Acknowledgements stay behind: what is found before a fault and after it is to be compared.
    """
    with TemporaryDirectory() as folder:
        return _found(Path(folder), stack, templates)


def _found(folder: Path, stack: StackTemplate, templates: Templates) -> dict[str, set[str]]:
    path = folder / "template.json"
    path.write_text(json.dumps(_plain(stack, templates)), encoding="utf-8")
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(outdir=str(folder / "out"), context=context)
    try:
        CfnInclude(Stack(app, "S", env=Environment(account=stack.account, region=stack.region)), "Included", template_file=str(path))
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):  # CDK could not even read it
            return {CDK: {str(error).splitlines()[0]}, NAG: set()}
    reports = json.loads((folder / "out" / "validation-report.json").read_text())["pluginReports"]
    return {
        plugin: {
            f"{found['ruleName']} {place['constructPath']}: {found['description']}"
            for report in reports
            if report["pluginName"] == plugin
            for found in report["violations"]
            for place in found["violatingConstructs"]
        }
        for plugin in (CDK, NAG)
    }


def _plain(stack: StackTemplate, templates: Templates) -> dict[str, Any]:
    def resolved(value: Any) -> Any:
        if isinstance(value, Mapping):
            if "Fn::GetStackOutput" in value:
                return KEY.sub("key/11111111-2222-3333-4444-555555555555", templates.text(stack, value)).replace("<", "").replace(">", "")
            return {key: resolved(child) for key, child in value.items()}
        return [resolved(child) for child in value] if isinstance(value, list) else value

    resources = {name: {**resolved(body), "Metadata": {}} for name, body in stack.template["Resources"].items()}
    return {"Resources": resources, "Outputs": resolved(stack.template.get("Outputs", {}))}
