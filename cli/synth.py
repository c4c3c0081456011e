"""Write the CloudFormation templates of an environment into cdk.out/, without an account."""

from typing import Annotated

import typer

from cli.common import cdk
from cli.common.console import err, step
from cli.common.options import Environment
from cli.common.paths import shown

NEEDS = ["node"]


def run(
    env: Environment = "dev",
    checks: Annotated[
        cdk.Checks, typer.Option(help="By cdk-nag and our rules; with all, by CDK's own validation too, which takes some seconds.")
    ] = cdk.Checks.RULES,
) -> None:
    with step(f"templates of {env}"):
        stacks = cdk.synth(env, checks)
    err.print(f"{len(stacks)} stacks in {shown(cdk.output(env))}: {', '.join(stacks)}")
