"""What CloudFormation has no type for, made, changed and deleted by a function."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CustomResource, Duration

from lake_constructs.function import LakeFunction

ANSWER_MARGIN_SECONDS = 60  # CloudFormation waits that much longer than the function may run


def made_by(function: LakeFunction, construct_id: str, kind: str, properties: Mapping[str, Any]) -> CustomResource:
    """Define a resource of type `Custom::<kind>`.

    The function must be in no network, so that its answer always reaches CloudFormation; its role's policy is there before it is called.
    """
    made = CustomResource(
        function,
        construct_id,
        service_token=function.function.function_arn,
        resource_type=f"Custom::{kind}",
        properties=dict(properties),
        service_timeout=Duration.seconds(function.timeout_seconds + ANSWER_MARGIN_SECONDS),
    )
    made.node.add_dependency(function.role)
    return made
