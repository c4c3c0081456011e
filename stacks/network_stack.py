"""The network of the warehouse."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from lake_constructs.network import IsolatedNetwork
from stacks.names import NETWORK, Names
from stacks.storage_stack import StorageStack
from stacks.warehouse_permissions import WarehousePermissions, streams


class NetworkStack(Stack):
    """Subnets, endpoints and flow logs; apart because only the warehouse needs them, and an account may have a network of its own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        contracts: Mapping[str, Contract],
        storage: StorageStack,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        network, name = settings.network, Names(settings.name).of(NETWORK)
        made = IsolatedNetwork(self, "Isolated", name=name, cidr=network.cidr, subnets=network.subnets, zones=network.zones)
        reads_stream = streams(settings, contracts.values())
        allowed = WarehousePermissions(self, settings, storage).reader(streams=reads_stream)
        made.gateway("s3", self._through("s3", allowed))
        made.gateway("dynamodb", self._through("dynamodb", allowed))
        made.interface("glue", self._through("glue", allowed))
        if reads_stream:
            made.interface("kinesis-streams", self._through("kinesis", allowed))
        made.log_flows(name, storage.key, settings.logs.retention_days)
        self.subnet_ids = [subnet.ref for subnet in made.subnets]
        self.security_group_ids = [made.client_group.attr_group_id]

        CfnOutput(self, "VpcId", value=made.vpc.ref)

    def _through(self, service: str, allowed: Sequence[iam.PolicyStatement]) -> iam.PolicyDocument:
        """Let through what the warehouse's role may do with a service, and nothing else; a policy without a statement would let through all."""
        grants = [(found.actions, found.resources) for found in allowed if found.actions[0].startswith(f"{service}:")]
        if not grants:
            nothing = iam.PolicyStatement(
                effect=iam.Effect.DENY, principals=[iam.AnyPrincipal()], actions=[f"{service}:*"], resources=["*"]
            )
            return iam.PolicyDocument(statements=[nothing])
        return self._policy(grants)

    def _policy(self, grants: Sequence[tuple[Sequence[str], Sequence[str]]]) -> iam.PolicyDocument:
        """Let through what this account's own identities do, some actions on some resources alone."""
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    principals=[iam.AnyPrincipal()],
                    actions=list(actions),
                    resources=list(resources),
                    conditions={"StringEquals": {"aws:PrincipalAccount": self.account}},
                )
                for actions, resources in grants
            ]
        )
