"""A network that leads nowhere but to the services that the lake uses."""

from collections.abc import Sequence

from aws_cdk import CfnTag, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from lake_constructs.log_group import log_group

HTTPS = 443


class IsolatedNetwork(Construct):
    """Three subnets in three zones without a way to or from the internet.

    Nothing is looked up, so a synth needs no account. The default security group, which CloudFormation can only leave as it is, belongs to nothing.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, cidr: str, subnets: Sequence[str], zones: Sequence[str] | None
    ) -> None:
        """Define the network.

        Args:
            cidr: its addresses.
            subnets: the addresses of each subnet.
            zones: names of their zones; None takes the region's first ones.
        """
        super().__init__(scope, construct_id)
        tags = [CfnTag(key="Name", value=name)]
        self.vpc = ec2.CfnVPC(self, "Vpc", cidr_block=cidr, enable_dns_hostnames=True, enable_dns_support=True, tags=tags)
        self.routes = ec2.CfnRouteTable(self, "Routes", vpc_id=self.vpc.ref, tags=tags)
        chosen = list(zones) if zones else [Fn.select(index, Fn.get_azs()) for index in range(len(subnets))]
        self.subnets = [self._subnet(index, block, zone, tags) for index, (block, zone) in enumerate(zip(subnets, chosen, strict=True), 1)]
        self.client_group = ec2.CfnSecurityGroup(
            self,
            "Client",
            vpc_id=self.vpc.ref,
            group_description="Whoever may ask the services of this network",
            # the only ways out are the endpoints: a gateway endpoint has addresses of its service, which a rule could name by a list that differs by region
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp", from_port=HTTPS, to_port=HTTPS, cidr_ip="0.0.0.0/0", description="to the endpoints"
                )
            ],
        )
        self.endpoint_group = ec2.CfnSecurityGroup(
            self,
            "Endpoints",
            vpc_id=self.vpc.ref,
            group_description="Endpoints of services in this network",
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp",
                    from_port=HTTPS,
                    to_port=HTTPS,
                    source_security_group_id=self.client_group.attr_group_id,
                    description="from the clients",
                )
            ],
            # a group without a rule of its own would be given one that lets everything out
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="icmp", from_port=252, to_port=86, cidr_ip="255.255.255.255/32", description="nowhere"
                )
            ],
        )

    def gateway(self, service: str, policy: iam.PolicyDocument) -> None:
        """Lead the traffic to S3 or DynamoDB through a gateway, which costs nothing."""
        ec2.CfnVPCEndpoint(
            self,
            service.title(),
            vpc_id=self.vpc.ref,
            service_name=self._service(service),
            vpc_endpoint_type="Gateway",
            route_table_ids=[self.routes.ref],
            policy_document=policy,
        )

    def interface(self, service: str, policy: iam.PolicyDocument) -> None:
        """Lead the traffic to a service through an interface in each subnet, each of which costs by the hour."""
        ec2.CfnVPCEndpoint(
            self,
            service.title().replace("-", ""),
            vpc_id=self.vpc.ref,
            service_name=self._service(service),
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.ref for subnet in self.subnets],
            security_group_ids=[self.endpoint_group.attr_group_id],
            policy_document=policy,
        )

    def log_flows(self, name: str, encryption_key: kms.IKey, days: int) -> None:
        """Write what is accepted and refused to a log."""
        group = log_group(self, "FlowLog", name=f"/lake/{name}", encryption_key=encryption_key, days=days)
        role = iam.Role(
            self, "FlowLogRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"), description="Writes the flow log."
        )
        role.add_to_policy(
            # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
            iam.PolicyStatement(
                sid="WriteLog",
                actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                resources=[group.log_group_arn],
            )
        )
        flows = ec2.CfnFlowLog(
            self,
            "Flows",
            resource_id=self.vpc.ref,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
        )
        flows.node.add_dependency(role)

    def _subnet(self, index: int, block: str, zone: str, tags: Sequence[CfnTag]) -> ec2.CfnSubnet:
        subnet = ec2.CfnSubnet(
            self,
            f"Subnet{index}",
            vpc_id=self.vpc.ref,
            cidr_block=block,
            availability_zone=zone,
            map_public_ip_on_launch=False,
            tags=list(tags),
        )
        ec2.CfnSubnetRouteTableAssociation(self, f"Subnet{index}Routes", subnet_id=subnet.ref, route_table_id=self.routes.ref)
        return subnet

    def _service(self, service: str) -> str:
        return f"com.amazonaws.{Stack.of(self).region}.{service}"
