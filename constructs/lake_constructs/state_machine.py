"""A state machine with a log, a trace, and a role of its own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from lake_constructs.log_errors import ErrorLine, count_errors
from lake_constructs.log_group import log_group
from lake_constructs.nag import acknowledge, acknowledge_wildcards


class LakeMachine(Construct):
    """A state machine from its definition; its role may do what it was told, and write its log and trace."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        definition: Mapping[str, Any],
        kind: sfn.StateMachineType,
        statements: Sequence[iam.PolicyStatement],
        encryption_key: kms.IKey,
        log_days: int,
    ) -> None:
        """Define the machine.

        Args:
            name: literal name of the machine, so that its own definition can name it.
            definition: Amazon States Language.
            statements: what its tasks need.
            log_days: days that the log is kept; one of the numbers that CloudWatch Logs takes.
        """
        super().__init__(scope, construct_id)
        self.role = role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"), description=f"Runs {name}.")
        for statement in statements:
            role.add_to_policy(statement)
        # another prefix runs into the size limit of the account's log resource policy: https://github.com/aws/aws-cdk/issues/28577
        log = log_group(self, "Log", name=f"/aws/vendedlogs/states/{name}", encryption_key=encryption_key, days=log_days)
        count_errors(log, name, ErrorLine.MACHINE)
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            state_machine_type=kind,
            definition_body=sfn.DefinitionBody.from_string(json.dumps(definition)),
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL, include_execution_data=True),
        )
        acknowledge_wildcards(role, statements, "Executions and jobs of this lake, whose names begin alike.")
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "Log delivery and X-Ray take no resource.")
