"""Networks: kept and shown; nothing on this machine passes through them."""

from local_cloud.client import client
from local_cloud.cloudformation.resource import Own, Properties, ResourceType, properties
from local_cloud.credentials import NotAssumableError, for_role
from local_cloud.shapes import parameters

FLOW_LOGS = "vpc-flow-logs.amazonaws.com"


def create_flow_log(_: str, given: Properties, __: str) -> tuple[str, Properties]:
    """Create a flow log.

    Raises:
        ValueError: it could not write to its log group: there is none, or its role does not trust the service.
    """
    asked = dict(given)
    role, group = asked.pop("DeliverLogsPermissionArn", None), given.get("LogGroupName")
    if given.get("LogDestinationType", "cloud-watch-logs") != "cloud-watch-logs" or not role or not group:
        raise ValueError("a flow log in the local cloud has a LogGroupName and a DeliverLogsPermissionArn, and goes to cloud-watch-logs")
    if not client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        raise ValueError(f"the flow log's log group {group} does not exist")
    try:
        for_role(role, "flow-log", FLOW_LOGS)
    except NotAssumableError as problem:
        raise ValueError(str(problem)) from problem
    asked["ResourceIds"] = [asked.pop("ResourceId")]
    asked.pop("Tags", None)
    made: str = client("ec2").create_flow_logs(**parameters("ec2", "CreateFlowLogs", asked))["FlowLogIds"][0]
    return made, {"Id": made}


def delete_flow_log(flow_log: str, _: Properties) -> None:
    """Delete a flow log."""
    client("ec2").delete_flow_logs(FlowLogIds=[flow_log])


def addresses(_: str, new: Properties, __: Properties) -> Properties:
    """Return what ministack does not tell of a network: its addresses, which security groups of endpoints name."""
    return {"CidrBlock": new["CidrBlock"], "CidrBlockAssociations": []}


TYPES = (
    ResourceType("AWS::EC2::VPC", properties("CidrBlock EnableDnsHostnames EnableDnsSupport InstanceTenancy Tags"), complete=addresses),
    ResourceType("AWS::EC2::Subnet", properties("AvailabilityZone CidrBlock MapPublicIpOnLaunch Tags VpcId")),
    ResourceType("AWS::EC2::RouteTable", properties("Tags VpcId")),
    ResourceType("AWS::EC2::SubnetRouteTableAssociation", properties("RouteTableId SubnetId")),
    ResourceType(
        "AWS::EC2::VPCEndpoint",
        properties(
            "PolicyDocument PrivateDnsEnabled RouteTableIds SecurityGroupIds ServiceName SubnetIds Tags VpcEndpointType VpcId",
        ),
    ),
    ResourceType(
        "AWS::EC2::SecurityGroup",
        properties("GroupDescription GroupName SecurityGroupEgress SecurityGroupIngress Tags VpcId"),
    ),
    ResourceType(
        "AWS::EC2::FlowLog",
        properties("DeliverLogsPermissionArn LogDestinationType LogGroupName ResourceId ResourceType Tags TrafficType"),
        own=Own(create_flow_log, delete_flow_log),
    ),
)
