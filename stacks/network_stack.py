"""The network of the warehouse."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.settings import Settings
from contracts.contract import Contract
from contracts.zone import Zone
from lake_constructs.network import IsolatedNetwork
from stacks.names import NETWORK, Names
from stacks.storage_stack import StorageStack
from stacks.warehouse_permissions import FIND_TABLES, readable_zones


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
        zones = readable_zones(settings)
        buckets = [storage.buckets[zone] for zone in zones] + ([storage.query_results] if settings.warehouse.unload else [])
        arns = [arn for bucket in buckets for arn in (bucket.bucket_arn, bucket.arn_for_objects("*"))]
        made.gateway("s3", self._policy(["s3:GetObject", "s3:ListBucket", *(["s3:PutObject"] if settings.warehouse.unload else [])], arns))
        made.gateway("dynamodb", self._policy(["dynamodb:GetItem", "dynamodb:Query"], [storage.ledger.table_arn]))
        made.interface("glue", self._policy(FIND_TABLES, self._tables(settings.name, zones)))
        made.log_flows(name, storage.key, settings.logs.retention_days)
        self.subnet_ids = [subnet.ref for subnet in made.subnets]
        self.security_group_ids = [made.client_group.attr_group_id]

        CfnOutput(self, "VpcId", value=made.vpc.ref)

    def _tables(self, name: str, zones: Sequence[Zone]) -> list[str]:
        found = ["catalog", *(resource for zone in zones for resource in (f"database/{name}_{zone}", f"table/{name}_{zone}/*"))]
        return [self.format_arn(service="glue", resource=resource) for resource in found]

    def _policy(self, actions: Sequence[str], resources: Sequence[str]) -> iam.PolicyDocument:
        """Let through what this account's own identities do, on some resources alone."""
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    principals=[iam.AnyPrincipal()],
                    actions=list(actions),
                    resources=list(resources),
                    conditions={"StringEquals": {"aws:PrincipalAccount": self.account}},
                )
            ]
        )
