"""A Lambda function with a log and a role of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from lake_constructs.log_errors import ErrorLine, count_errors
from lake_constructs.log_group import log_group
from lake_constructs.nag import acknowledge, acknowledge_wildcards


@dataclass(frozen=True, kw_only=True)
class FunctionCode:
    """What a function runs.

    Attributes:
        archive: a zip of the code, with all it imports but its layers and the runtime.
        handler: as `lambdas.stream_transform.handler.handler`.
        layers: ARNs; `{region}` stands for the region of the stack.
    """

    archive: Path
    handler: str
    layers: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


class LakeFunction(Construct):
    """A Python function whose role may write its log, and what `allow` was told."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        code: FunctionCode,
        memory_mib: int,
        timeout_seconds: int,
        encryption_key: kms.IKey,
        log_days: int,
    ) -> None:
        """Define the function, its log group and its role.

        Args:
            name: literal name, by which alarms find it.
            timeout_seconds: 900 at most.
            encryption_key, log_days: of its log, as in `log_group`.
        """
        super().__init__(scope, construct_id)
        self.timeout_seconds = timeout_seconds
        log = log_group(self, "Log", name=f"/aws/lambda/{name}", encryption_key=encryption_key, days=log_days)
        count_errors(log, name, ErrorLine.FUNCTION)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=f"Runs {name}.")
        self.allow(
            [iam.PolicyStatement(sid="WriteLog", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn])],
            "Lambda names its log streams.",
        )
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_12,
            architecture=lambda_.Architecture.ARM_64,
            handler=code.handler,
            code=lambda_.Code.from_asset(str(code.archive)),
            layers=[
                lambda_.LayerVersion.from_layer_version_arn(self, f"Layer{number}", layer.format(region=Stack.of(self).region))
                for number, layer in enumerate(code.layers)
            ],
            environment=dict(code.environment),
            memory_size=memory_mib,
            timeout=Duration.seconds(timeout_seconds),
            role=self.role.without_policy_updates(),
            log_group=log,
        )
        self.function.node.add_dependency(self.role)  # a run before the role's policy is there leaves no log
        acknowledge(self.function, "AwsSolutions-L1", "The Python that the tests run on, and that layer and local cloud have too.")

    def allow(self, statements: Sequence[iam.PolicyStatement], reason: str) -> None:
        """Add to what the function may do; `reason` says why the wildcards are right."""
        for statement in statements:
            self.role.add_to_policy(statement)
        acknowledge_wildcards(self.role, statements, reason)
