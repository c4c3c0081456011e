"""What checks all stacks."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from lake_constructs.validation.plugin import DeployabilityChecks


def check(app: App) -> None:
    """Stop the synth at a finding of cdk-nag or of our own rules, in the lake's stacks and in those that a company added."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), DeployabilityChecks())
