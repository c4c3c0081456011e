"""What checks all stacks."""

from aws_cdk import App, Validations

UNCHECKED = "unchecked"  # context key: write the templates and no more, for a look; a deploy checks them


def check(app: App) -> None:
    """Stop the synth at a finding of cdk-nag or of our own rules, in the lake's stacks and in those that a company added."""
    if app.node.try_get_context(UNCHECKED):
        return
    # loaded only where they check, since to load them takes half as long as to define the lake
    from cdk_nag import AwsSolutionsChecks

    from lake_constructs.validation.plugin import DeployabilityChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app), DeployabilityChecks())
