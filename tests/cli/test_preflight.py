"""What ./lake doctor finds of regions, quotas and Lake Formation, asked of clients that answer as the services do."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli.common.preflight import lake_formation, quotas, regions
from cli.common.preflight.finding import Finding, Level
from cli.common.session import Lake
from config import read

VPC = {"Type": "AWS::EC2::VPC"}
GATEWAY = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway"}}
INTERFACE = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Interface"}}
OPEN = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
DEFAULTS = {"CreateDatabaseDefaultPermissions": OPEN, "CreateTableDefaultPermissions": OPEN}


class Client:
    """Answers operations with what it was given; pages are one page each."""

    exceptions = SimpleNamespace()

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, operation: str) -> Any:
        return lambda **_: self.answer(operation)

    def answer(self, operation: str) -> Any:
        answer = self.answers.get(operation)
        if answer is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)
        return answer

    def can_paginate(self, operation: str) -> bool:
        return operation != "list_buckets"

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: (self.answer(one) for one in [operation]))


def lake(environment: str = "dev", **clients: Client) -> Lake:
    made = Lake(environment, read.settings(environment))
    held = {"cloudformation": Client(describe_stacks={"Stacks": []}), **clients}
    made.__dict__["_clients"] = {name.replace("_", "-"): client for name, client in held.items()}
    made.__dict__.update(held)
    return made


def templates(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"lake-network": {"Resources": resources}}


def errors(found: Any) -> list[Finding]:
    return [finding for finding in found if finding.level is Level.ERROR]


def test_a_quota_that_the_templates_would_exceed_is_an_error_with_what_to_type() -> None:
    asked = lake(ec2=Client(describe_vpcs={"Vpcs": [{}] * 5}), service_quotas=Client(get_service_quota={"Quota": {"Value": 5.0}}))
    (found,) = errors(quotas.look(asked, templates(Vpc=VPC)))
    assert found.what == "VPCs per region: the templates make 1 more, 5 are there, 5 are allowed"
    assert "--quota-code L-F678F1CE --desired-value 6 --region eu-west-1" in found.todo


def test_the_account_s_own_quota_counts_and_not_the_default() -> None:
    asked = lake(ec2=Client(describe_vpcs={"Vpcs": [{}] * 5}), service_quotas=Client(get_service_quota={"Quota": {"Value": 20.0}}))
    assert errors(quotas.look(asked, templates(Vpc=VPC))) == []


def test_where_service_quotas_does_not_answer_the_documented_default_counts() -> None:
    asked = lake(ec2=Client(describe_vpcs={"Vpcs": [{}] * 5}), service_quotas=Client())
    assert len(errors(quotas.look(asked, templates(Vpc=VPC)))) == 1


def test_what_the_environment_has_deployed_itself_is_not_counted_twice() -> None:
    stack = {"StackName": "lake-network", "StackStatus": "CREATE_COMPLETE"}
    held = {"ResourceType": "AWS::EC2::VPC", "LogicalResourceId": "Vpc", "PhysicalResourceId": "vpc-1", "ResourceStatus": "CREATE_COMPLETE"}
    asked = lake(
        ec2=Client(describe_vpcs={"Vpcs": [{}] * 5}),
        service_quotas=Client(),
        cloudformation=Client(describe_stacks={"Stacks": [stack]}, list_stack_resources={"StackResourceSummaries": [held]}),
    )
    assert errors(quotas.look(asked, templates(Vpc=VPC))) == []


def test_only_what_a_quota_is_about_counts() -> None:
    there = {"VpcEndpoints": [{"VpcEndpointType": "Gateway"}] * 19 + [{"VpcEndpointType": "Interface"}] * 50}
    asked = lake(ec2=Client(describe_vpc_endpoints=there), service_quotas=Client())
    assert errors(quotas.look(asked, templates(One=GATEWAY, Other=INTERFACE))) == []
    (found,) = errors(quotas.look(asked, templates(One=GATEWAY, Two=GATEWAY)))
    assert "gateway endpoints per region: the templates make 2 more, 19 are there, 20 are allowed" in found.what


def test_of_what_is_deployed_only_what_a_quota_is_about_counts() -> None:
    stack = {"StackName": "lake-network", "StackStatus": "CREATE_COMPLETE"}
    held = [
        {
            "ResourceType": "AWS::EC2::VPCEndpoint",
            "LogicalResourceId": name,
            "PhysicalResourceId": f"vpce-{name}",
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for name in ("One", "Glue", "Logs")
    ]
    asked = lake(
        ec2=Client(describe_vpc_endpoints={"VpcEndpoints": [{"VpcEndpointType": "Gateway"}] * 20}),
        service_quotas=Client(),
        cloudformation=Client(describe_stacks={"Stacks": [stack]}, list_stack_resources={"StackResourceSummaries": held}),
    )
    assert errors(quotas.look(asked, templates(One=GATEWAY, Glue=INTERFACE, Logs=INTERFACE))) == []
    (found,) = errors(quotas.look(asked, templates(One=GATEWAY, Two=GATEWAY, Glue=INTERFACE, Logs=INTERFACE)))
    assert "the templates make 1 more, 20 are there, 20 are allowed" in found.what


def test_a_stack_with_more_resources_than_a_stack_may_have_is_an_error() -> None:
    many = {f"Policy{number}": {"Type": "AWS::IAM::Policy"} for number in range(501)}
    (found,) = errors(quotas.look(lake(service_quotas=Client()), templates(**many)))
    assert found.what == "lake-network has 501 resources, a stack may have 500"


def test_a_type_without_a_row_is_named() -> None:
    found = list(quotas.look(lake(service_quotas=Client()), templates(Cluster={"Type": "AWS::MSK::Cluster"})))
    assert [finding.what for finding in found if finding.level is Level.NOTE] == ["no quota is known of AWS::MSK::Cluster"]


def test_every_quota_has_a_page_of_aws_and_no_type_is_counted_and_countless() -> None:
    rows, countless = quotas.table()
    assert all(row.source.startswith("https://docs.aws.amazon.com/") for row in rows)
    assert {row.type for row in rows} & set(countless) == set()


def test_a_service_that_a_region_does_not_offer_is_named_with_what_needs_it() -> None:
    enabled = Client(describe_regions={"Regions": [{"OptInStatus": "opted-in"}]})
    asked = lake(ec2=enabled, ssm=Client())
    odd = templates(Bot={"Type": "AWS::Lex::Bot"}, Vpc=VPC)
    (found,) = errors(regions.look(asked, odd))
    assert found.what == "eu-west-1 does not offer lex, which AWS::Lex::Bot need"
    said = Client(get_parameters_by_path={"Parameters": [{"Value": "lex"}]})
    assert errors(regions.look(lake(ec2=enabled, ssm=said), odd)) == []


def test_what_a_region_lacks_is_told_though_it_does_not_answer() -> None:
    def unreached(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://ec2.eu-west-1.amazonaws.com/")

    away = Client()
    away.answer = unreached  # type: ignore[method-assign]
    found = regions.look(lake(ec2=away, ssm=away), templates(Bot={"Type": "AWS::Lex::Bot"}))
    assert next(found).what == "eu-west-1 does not offer lex, which AWS::Lex::Bot need"
    with pytest.raises(EndpointConnectionError):
        next(found)


def test_a_region_that_is_not_enabled_for_the_account_is_an_error() -> None:
    asked = lake(ec2=Client(describe_regions={"Regions": [{"OptInStatus": "not-opted-in"}]}), ssm=Client())
    (found,) = errors(regions.look(asked, templates(Vpc=VPC)))
    assert "aws account enable-region --region-name eu-west-1" in found.todo


@pytest.mark.parametrize(
    ("grants", "closed"),
    [(OPEN, False), ([], True), ([{**OPEN[0], "Permissions": ["DESCRIBE"]}], True)],
    ids=["open", "closed", "half open"],
)
def test_a_deployed_database_that_lake_formation_closes_is_an_error_with_the_grant(grants: list[Any], closed: bool) -> None:
    stack = {"StackName": "lake-catalog", "StackStatus": "CREATE_COMPLETE"}
    held = [("AWS::Glue::Database", "lake_raw"), ("AWS::S3::Bucket", "lake-raw-1")]
    summaries = [
        {"ResourceType": kind, "LogicalResourceId": name, "PhysicalResourceId": name, "ResourceStatus": "CREATE_COMPLETE"}
        for kind, name in held
    ]
    formation = Client(
        get_data_lake_settings={"DataLakeSettings": DEFAULTS},
        list_permissions={"PrincipalResourcePermissions": grants},
        list_resources={"ResourceInfoList": [{"ResourceArn": "arn:aws:s3:::lake-raw-1/x"}, {"ResourceArn": "arn:aws:s3:::other"}]},
    )
    asked = lake(
        lakeformation=formation,
        cloudformation=Client(describe_stacks={"Stacks": [stack]}, list_stack_resources={"StackResourceSummaries": summaries}),
    )
    found = list(lake_formation.look(asked, ["lake-catalog"]))
    assert [finding.what for finding in errors(found)] == (
        ["Lake Formation closes the database lake_raw to all whom it has granted nothing"] if closed else []
    )
    assert [finding.what.split(" is ")[0] for finding in found if finding.level is Level.NOTE] == ["arn:aws:s3:::lake-raw-1/x"]
