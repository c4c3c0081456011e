"""Lambda functions that do for CloudFormation what it has no type for."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lake_constructs.nag import acknowledge_wildcards
from lake_constructs.network import LogGroup

ANSWER_MARGIN_SECONDS = 60  # CloudFormation waits that much longer than the function may run


class AdministrationFunction(Construct):
    """A function outside of any network, so that its answer always reaches CloudFormation; its role may do what it was told, and write its log."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        code: lambda_.Code,
        handler: str,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        minutes: int,
        encryption_key: kms.IKey,
        log_days: int,
    ) -> None:
        """Define the function.

        Args:
            name: literal name, of the log group too.
            statements: what it does, besides its log.
            minutes: that it may run; 15 at most.
        """
        super().__init__(scope, construct_id)
        self.seconds = 60 * minutes
        group = LogGroup(self, "Log", name=f"/aws/lambda/{name}", encryption_key=encryption_key, days=log_days).group
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=f"Runs {name}.")
        write = iam.PolicyStatement(
            sid="WriteLog", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[f"{group.log_group_arn}"]
        )
        for statement in (*statements, write):
            role.add_to_policy(statement)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_14,
            code=code,
            handler=handler,
            environment=dict(environment),
            role=role,
            timeout=Duration.seconds(self.seconds),
            memory_size=256,
            log_group=group,
        )
        self.role = role
        acknowledge_wildcards(role, statements, "Statements and secrets, whose names others choose.")

    def resource(self, construct_id: str, kind: str, properties: Mapping[str, Any]) -> CustomResource:
        """Define a resource that the function makes, changes and deletes."""
        made = CustomResource(
            self,
            construct_id,
            service_token=self.function.function_arn,
            resource_type=f"Custom::{kind}",
            properties=dict(properties),
            service_timeout=Duration.seconds(self.seconds + ANSWER_MARGIN_SECONDS),
        )
        made.node.add_dependency(self.role)  # a call that comes before the policy is denied
        return made
