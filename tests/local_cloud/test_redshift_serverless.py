"""Namespaces, workgroups, usage limits and their network: what there may be, what stacks make of them, and what a restart leaves."""

import signal
from typing import Any

import pytest

from tests.local_cloud.running import ACCOUNT, LocalCloud, StackError, refusal, until
from tests.local_cloud.warehouses import SERVICE, SLOW, Warehouse, warehouse

ZONES = [{"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in range(3)]


def network(zones: list[Any]) -> dict[str, Any]:
    """Return a VPC with a subnet in each zone, an endpoint and a flow log."""
    vpc = {"Ref": "Vpc"}
    subnets = {
        f"Subnet{index}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": vpc, "CidrBlock": f"10.0.{index}.0/24", "AvailabilityZone": zone, "MapPublicIpOnLaunch": False},
        }
        for index, zone in enumerate(zones)
    }
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    flows = {"ResourceId": vpc, "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "cloud-watch-logs"}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True}},
        **subnets,
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "VpcId": vpc,
                "GroupDescription": "clients",
                "SecurityGroupEgress": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}
                ],
            },
        },
        "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": vpc}},
        "Endpoint": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcId": vpc,
                "ServiceName": "com.amazonaws.us-east-1.s3",
                "VpcEndpointType": "Gateway",
                "RouteTableIds": [{"Ref": "Routes"}],
                "PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]},
            },
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/flows"}},
        "FlowRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Flows": {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {**flows, "LogGroupName": {"Ref": "Log"}, "DeliverLogsPermissionArn": {"Fn::GetAtt": ["FlowRole", "Arn"]}},
        },
    }


def house(name: str, subnets: int, **workgroup: Any) -> dict[str, Any]:
    """Return a namespace and its workgroup."""
    given = {"BaseCapacity": 8, "MaxCapacity": 16, "EnhancedVpcRouting": True, **workgroup}
    return {
        "Namespace": {
            "Type": "AWS::RedshiftServerless::Namespace",
            "Properties": {"NamespaceName": name, "DbName": "lake", "AdminUsername": "administrator", "ManageAdminPassword": True},
        },
        "Workgroup": {
            "Type": "AWS::RedshiftServerless::Workgroup",
            "DependsOn": "Namespace",
            "Properties": {
                "WorkgroupName": name,
                "NamespaceName": name,
                "SubnetIds": [{"Ref": f"Subnet{index}"} for index in range(subnets)],
                "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
                **given,
            },
        },
    }


OUTPUTS = {
    "Arn": {"Fn::GetAtt": ["Workgroup", "Workgroup.WorkgroupArn"]},
    "Address": {"Fn::GetAtt": ["Workgroup", "Workgroup.Endpoint.Address"]},
    "Namespace": {"Fn::GetAtt": ["Namespace", "Namespace.NamespaceArn"]},
    "Endpoint": {"Ref": "Endpoint"},
}


def test_a_stack_makes_a_warehouse_that_an_update_keeps_and_a_delete_takes_away(cloud: LocalCloud) -> None:
    resources = network(ZONES) | house("stacked", 3)
    made = cloud.deploy("stacked", resources, OUTPUTS)
    serverless, ec2 = cloud.client("redshift-serverless"), cloud.client("ec2")
    workgroup = serverless.get_workgroup(workgroupName="stacked")["workgroup"]
    assert (workgroup["workgroupArn"], workgroup["endpoint"]["address"], workgroup["status"]) == (made["Arn"], made["Address"], "AVAILABLE")
    assert workgroup["baseCapacity"] == 8
    assert "s3:GetObject" in ec2.describe_vpc_endpoints(VpcEndpointIds=[made["Endpoint"]])["VpcEndpoints"][0]["PolicyDocument"]
    assert [flow["TrafficType"] for flow in ec2.describe_flow_logs()["FlowLogs"]] == ["ALL"]

    stacked = Warehouse(cloud, "stacked")
    stacked.run("create table kept (n integer)")
    changed = cloud.deploy("stacked", network(ZONES) | house("stacked", 3, BaseCapacity=16), OUTPUTS)
    assert changed == made
    assert serverless.get_workgroup(workgroupName="stacked")["workgroup"]["baseCapacity"] == 16
    assert stacked.rows("select count(*) from kept") == [[0]]

    cloud.client("cloudformation").delete_stack(StackName="stacked")
    until(lambda: "There is no namespace" in refusal(serverless.get_namespace, namespaceName="stacked"))
    assert "ResourceNotFound" in refusal(cloud.client("secretsmanager").describe_secret, SecretId="redshift!stacked-administrator")
    assert "there is no workgroup" in refusal(stacked.api.execute_statement, **stacked.place, Sql="select 1")


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        (network(ZONES) | house("refused", 3, BaseCapacity=9), "baseCapacity 9 must be"),
        (network(ZONES) | house("refused", 3, MaxCapacity=4), "maxCapacity 4 must be a capacity of at least the base capacity 8"),
        (network([*ZONES[:2], ZONES[0]]) | house("refused", 3), "needs subnets in at least 3 Availability Zones, these are in 2"),
        (network(ZONES) | house("refused", 3, ConfigParameters=[{"ParameterKey": "speed", "ParameterValue": "1"}]), "speed are not known"),
    ],
    ids=["capacity", "most", "zones", "parameters"],
)
def test_what_aws_refuses_of_a_workgroup_fails_the_stack(cloud: LocalCloud, resources: dict[str, Any], why: str) -> None:
    with pytest.raises(StackError, match=why):
        cloud.deploy("refused", resources)
    cloud.client("cloudformation").delete_stack(StackName="refused")
    names = [stack["StackName"] for stack in cloud.client("cloudformation").describe_stacks()["Stacks"]]
    until(lambda: "refused" not in names or refusal(cloud.client("cloudformation").describe_stacks, StackName="refused"))


def test_a_namespace_wants_its_default_role_among_its_roles(cloud: LocalCloud) -> None:
    create = cloud.client("redshift-serverless").create_namespace
    role = f"arn:aws:iam::{ACCOUNT}:role/reader"
    told = refusal(create, namespaceName="roles", defaultIamRoleArn=role, iamRoles=[])
    assert told == f"ValidationException: the default role {role} must be one of iamRoles: none"
    assert "must be 3 to 64 lower-case letters" in refusal(create, namespaceName="with_underscores")


def test_a_usage_limit_is_kept_once_per_period_and_goes_with_its_workgroup(cloud: LocalCloud) -> None:
    made = warehouse(cloud, "limited")
    serverless = cloud.client("redshift-serverless")
    arn = serverless.get_workgroup(workgroupName=made.name)["workgroup"]["workgroupArn"]
    asked = {"resourceArn": arn, "usageType": "serverless-compute", "period": "daily", "amount": 8, "breachAction": "deactivate"}
    limit = serverless.create_usage_limit(**asked)["usageLimit"]
    assert "ConflictException" in refusal(serverless.create_usage_limit, **asked)
    assert "There is no resource" in refusal(serverless.create_usage_limit, **{**asked, "resourceArn": arn + "0"})
    serverless.update_usage_limit(usageLimitId=limit["usageLimitId"], amount=16)
    assert [found["amount"] for found in serverless.list_usage_limits(resourceArn=arn)["usageLimits"]] == [16]
    assert "has the workgroup limited; delete that first" in refusal(serverless.delete_namespace, namespaceName="limited")
    serverless.delete_workgroup(workgroupName="limited")
    assert serverless.list_usage_limits()["usageLimits"] == []
    assert "has no GetCredentials in the local cloud" in refusal(serverless.get_credentials, workgroupName="limited")


def test_a_workgroup_that_has_used_what_it_may_refuses_statements_until_the_limit_is_raised(cloud: LocalCloud) -> None:
    seconds = {"parameterKey": "max_query_execution_time", "parameterValue": "1"}
    made = warehouse(cloud, "thrifty", configParameters=[seconds])
    serverless = cloud.client("redshift-serverless")
    serverless.update_workgroup(workgroupName=made.name, baseCapacity=1024, maxCapacity=1024)
    arn = serverless.get_workgroup(workgroupName=made.name)["workgroup"]["workgroupArn"]
    asked = {"resourceArn": arn, "usageType": "serverless-compute", "period": "daily", "amount": 1, "breachAction": "deactivate"}
    limit = serverless.create_usage_limit(**asked)["usageLimit"]["usageLimitId"]
    for _ in range(4):  # seconds of 1024 RPUs each: more than an hour of one
        assert "max_query_execution_time" in made.fails(SLOW)
    assert "Query was refused: the daily usage limit of 1 RPU hours is reached" in made.fails("select 1")
    serverless.update_usage_limit(usageLimitId=limit, breachAction="log")
    assert made.rows("select 1") == [[1]]
    serverless.delete_workgroup(workgroupName=made.name)


def test_a_warehouse_and_its_statements_are_there_after_a_restart_and_what_ran_at_a_kill_left_nothing(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    role = own_cloud.role("reader", [], SERVICE)
    kept = warehouse(own_cloud, "kept", [role])
    kept.run("create external schema lake from data catalog database 'lake' iam_role default")
    kept.run("create table numbers (n integer) distkey (n)", "insert into numbers values (1)", "create role reader")
    kept.run('create view late as select * from lake."later" with no schema binding')
    number = kept.run("select n from numbers")["Id"]
    assert own_cloud.end() == (0, "")

    own_cloud.start()
    assert kept.api.get_statement_result(Id=number)["Records"] == [[{"longValue": 1}]]
    assert kept.rows("select diststyle from svv_table_info where \"table\" = 'numbers'") == [["KEY(n)"]]
    assert kept.rows("select schemaname from svv_external_schemas") == [["lake"]]
    assert "its trust policy" not in kept.fails("select * from late")
    slow = kept.start(
        "insert into numbers values (2)", "select count(*) from range_of_all a, range_of_all b", "insert into numbers values (3)"
    )
    assert kept.ended(slow)["Status"] == "FAILED"

    under_way = kept.start("insert into numbers values (4)", SLOW, "insert into numbers values (5)")
    until(lambda: kept.api.describe_statement(Id=under_way)["SubStatements"][1]["Status"] == "STARTED")
    own_cloud.end(signal.SIGKILL)
    own_cloud.start()
    assert kept.rows("select n from numbers") == [[1]]
