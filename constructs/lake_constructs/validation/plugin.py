"""The rules as a plugin of CDK's validation, so that a synth fails on what would fail a deploy or a run."""

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from lake_constructs.validation.every import RULES, findings
from lake_constructs.validation.rule import Finding
from lake_constructs.validation.templates import read


@jsii.implements(IPolicyValidationPlugin)
class DeployabilityChecks:
    """Checks every template of the app, a fork's own stacks too. A finding is acknowledged by `Deployability::RULE`."""

    @property
    def name(self) -> str:
        """What the report calls it, and what stands before a rule in an acknowledgement."""
        return "Deployability"

    @property
    def version(self) -> str:
        """Version of the rules."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        """Names of the rules."""
        return [rule.name for rule in RULES]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the templates that were just synthesised, as one graph."""
        found = findings(read(context.template_paths))
        return PolicyValidationPluginReport(success=not found, violations=[_violation(finding) for finding in found])


def _violation(finding: Finding) -> PolicyViolation:
    resource = finding.resource
    return PolicyViolation(
        rule_name=finding.rule,
        description=f"{resource}: {finding.problem}",
        fix=finding.mend,
        severity="error",
        violating_resources=[
            PolicyViolatingResource(resource_logical_id=resource.logical_id, template_path=resource.stack.path, locations=["Properties"])
        ],
    )
