"""The network and the warehouse, read off the templates."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lake_constructs.validation.every import findings
from tests.stacks.costs import busy, table
from tests.stacks.mutate import Mutation, graph, without
from tests.stacks.synthesis import Assembly, Resource, synthesise

STATEMENTS = [
    *(("Reader", sid) for sid in ("ListTables", "ReadTables", "FindConsumer", "UseKey")),
    *(
        ("MigrateFunctionRole", sid)
        for sid in ("RunStatements", "FollowStatements", "BeAdministrator", "RequestLoads", "UseKey", "WriteLog")
    ),
    *(("LimitFunctionRole", sid) for sid in ("LimitUsage", "WriteLog")),
    *(
        ("LoadsLoadRole", sid)
        for sid in ("RunTransactions", "BeLoader", "FollowStatements", "KeepRuns", "TellOfFailure", "StartLoad", "UseKey")
    ),
    *(("LoadsRequestRole", sid) for sid in ("KeepLease", "IsHolderAlive", "StartLoad", "UseKey")),
    *(("LoadsAfterEndedRole", sid) for sid in ("KeepRuns", "TellOfFailure", "Start", "UseKey")),
    *(("LoadsAfterSweepRole", sid) for sid in ("KeepLeases", "IsHolderAlive", "Start", "UseKey")),
]
MINIMAL = "account: '111111111111'\nregion: eu-west-1\nstorage: {protected: false}\ndatasets: [flights, airlines, daily_punctuality]\n"


OPTIONS = [("Reader", sid) for sid in ("FindProcessed", "ListUnloaded", "Unload", "EncryptUnloaded", "ReadStream", "ListStreams")]
STREAMS_ENDPOINT = "com.amazonaws.us-east-1.kinesis-streams"


def only(assembly: Assembly, kind: str) -> dict[str, Any]:
    (found,) = assembly.resources(kind).values()
    properties: dict[str, Any] = found["Properties"]
    return properties


def policies(assembly: Assembly) -> dict[str, list[dict[str, Any]]]:
    return {
        name.partition("DefaultPolicy")[0]: policy["Properties"]["PolicyDocument"]["Statement"]
        for (stack, name), policy in assembly.resources("AWS::IAM::Policy").items()
        if stack == "Warehouse"
    }


def through(endpoint: Resource) -> list[dict[str, Any]]:
    """Return the statements of the policy of an endpoint."""
    found: list[dict[str, Any]] = endpoint["Properties"]["PolicyDocument"]["Statement"]
    return found


def plural(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement with its actions as a list, where there is one, too."""
    actions = statement["Action"]
    return {**statement, "Action": [actions] if isinstance(actions, str) else actions}


def other(tmp_path: Path, text: str) -> Assembly:
    (tmp_path / "other.yaml").write_text(MINIMAL + text, encoding="utf-8")
    return synthesise(tmp_path / "other.yaml", tmp_path / "out")


@pytest.mark.parametrize(("role", "sid"), STATEMENTS, ids=[f"{role}-{sid}" for role, sid in STATEMENTS])
def test_a_statement_that_is_taken_from_a_role_of_the_warehouse_is_missed(role: str, sid: str, prod: Assembly) -> None:
    fault = Mutation(f"{role} lacks {sid}", "Warehouse", f"{role}DefaultPolicy", without(sid), None)
    assert findings(graph(prod, {"Warehouse": fault.of(prod.templates["Warehouse"])})) != []


@pytest.mark.parametrize(("role", "sid"), OPTIONS, ids=[sid for _, sid in OPTIONS])
def test_a_statement_that_is_for_an_option_is_missed_where_the_option_is_on(
    role: str, sid: str, assemblies: Mapping[str, Assembly]
) -> None:
    local = assemblies["local"]
    fault = Mutation(f"{role} lacks {sid}", "Warehouse", f"{role}DefaultPolicy", without(sid), None)
    assert findings(graph(local)) == []
    assert findings(graph(local, {"Warehouse": fault.of(local.templates["Warehouse"])})) != []


def test_every_named_statement_of_the_warehouse_s_roles_is_among_those_that_are_tried(assemblies: Mapping[str, Assembly]) -> None:
    held = {
        (role, statement["Sid"])
        for assembly in assemblies.values()
        for role, found in policies(assembly).items()
        for statement in found
        if "Sid" in statement
    }
    assert held - {*STATEMENTS, *OPTIONS} == set()


def test_records_of_the_stream_come_through_an_interface_of_their_own_where_they_are_shown(assemblies: Mapping[str, Assembly]) -> None:
    local = assemblies["local"]
    endpoints = local.resources("AWS::EC2::VPCEndpoint")
    (name,) = [name for name, found in endpoints.items() if found["Properties"]["ServiceName"] == STREAMS_ENDPOINT]
    assert endpoints[name]["Properties"]["VpcEndpointType"] == "Interface"
    allowed = {tuple(statement["Action"]): statement["Resource"] for statement in map(plural, through(endpoints[name]))}
    assert allowed.pop(("kinesis:ListStreams",)) == "*"  # it knows no resource
    assert [":stream/lake-stream" in json.dumps(resource) for resource in allowed.values()] == [True]
    network = json.loads(json.dumps(local.templates["Network"]))
    del network["Resources"][name[1]]
    told = [str(finding) for finding in findings(graph(local, {"Network": network}))]
    assert any("no way to kinesis-streams" in finding for finding in told), told


def test_the_warehouse_comes_after_the_stream_that_it_reads(assemblies: Mapping[str, Assembly]) -> None:
    for environment, wanted in {"local": True, "prod": False}.items():
        manifest = json.loads((assemblies[environment].folder / "manifest.json").read_text())
        assert ("Ingestion" in manifest["artifacts"]["Warehouse"]["dependencies"]) == wanted


def test_an_endpoint_that_lets_more_through_than_the_warehouse_may_do_is_told(prod: Assembly) -> None:
    network = json.loads(json.dumps(prod.templates["Network"]))
    for found in network["Resources"].values():
        if found["Type"] == "AWS::EC2::VPCEndpoint" and found["Properties"]["ServiceName"].endswith(".s3"):
            through(found)[0]["Action"] = ["s3:ListBucket", "s3:DeleteObject"]
    told = [str(finding) for finding in findings(graph(prod, {"Network": network}))]
    assert any("it lets s3:DeleteObject" in finding for finding in told), told
    assert any("it stops s3:GetBucketLocation" in finding for finding in told), told


def test_nothing_leads_out_of_the_network_but_to_the_services_in_use(prod: Assembly) -> None:
    kinds = {found["Type"] for (stack, _), found in prod.resources().items() if stack == "Network"}
    assert not {kind for kind in kinds if kind.endswith(("Gateway", "GatewayAttachment", "::Route", "::EIP"))}
    services = {
        found["Properties"]["ServiceName"]: found["Properties"]["VpcEndpointType"]
        for found in prod.resources("AWS::EC2::VPCEndpoint").values()
    }
    assert services == {
        "com.amazonaws.eu-west-1.s3": "Gateway",
        "com.amazonaws.eu-west-1.dynamodb": "Gateway",
        "com.amazonaws.eu-west-1.glue": "Interface",
    }


def test_every_endpoint_lets_this_account_alone_do_a_few_things_to_a_few_resources(prod: Assembly) -> None:
    statements = [
        statement
        for endpoint in prod.resources("AWS::EC2::VPCEndpoint").values()
        for statement in map(plural, through(endpoint))
        if statement["Effect"] == "Allow"
    ]
    assert len(statements) >= 3
    for statement in statements:
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "222222222222"}}
        assert statement["Resource"] != "*"
        assert not [action for action in statement["Action"] if "*" in action]


def test_the_gateway_to_dynamodb_lets_nothing_through_since_the_warehouse_may_do_nothing_there(assemblies: Mapping[str, Assembly]) -> None:
    prod = assemblies["prod"]
    network = json.loads(json.dumps(prod.templates["Network"]))
    (gateway,) = [
        found
        for found in network["Resources"].values()
        if found["Type"] == "AWS::EC2::VPCEndpoint" and found["Properties"]["ServiceName"].endswith(".dynamodb")
    ]
    assert through(gateway) == [{"Action": "dynamodb:*", "Effect": "Deny", "Principal": {"AWS": "*"}, "Resource": "*"}]
    through(gateway)[0] |= {"Action": "dynamodb:Query", "Effect": "Allow"}
    told = [str(finding) for finding in findings(graph(prod, {"Network": network}))]
    assert any("it lets dynamodb:Query" in finding for finding in told), told


def test_no_bucket_asks_for_an_endpoint_since_a_warehouse_without_its_network_could_not_read_it(prod: Assembly) -> None:
    text = json.dumps(list(prod.resources("AWS::S3::BucketPolicy").values()))
    assert "aws:SecureTransport" in text
    assert "aws:SourceVpc" not in text


def test_the_three_subnets_lie_in_three_zones_that_no_account_was_asked_for(prod: Assembly) -> None:
    zones = [json.dumps(subnet["Properties"]["AvailabilityZone"]) for subnet in prod.resources("AWS::EC2::Subnet").values()]
    assert sorted(zones) == sorted(f'{{"Fn::Select": [{index}, {{"Fn::GetAZs": ""}}]}}' for index in range(3))


def test_the_default_security_group_belongs_to_nothing(prod: Assembly) -> None:
    assert "DefaultSecurityGroup" not in json.dumps(prod.templates)
    users = [found["Properties"] for found in prod.resources("AWS::EC2::VPCEndpoint", "AWS::RedshiftServerless::Workgroup").values()]
    assert [user for user in users if user.get("VpcEndpointType") != "Gateway" and not user.get("SecurityGroupIds")] == []


def test_all_that_flows_is_logged_under_the_key_of_the_lake(prod: Assembly) -> None:
    flows = only(prod, "AWS::EC2::FlowLog")
    assert (flows["ResourceType"], flows["TrafficType"], flows["LogDestinationType"]) == ("VPC", "ALL", "cloud-watch-logs")
    assert flows["ResourceId"] == {"Ref": next(name for _, name in prod.resources("AWS::EC2::VPC"))}
    log = prod.templates["Network"]["Resources"][flows["LogGroupName"]["Ref"]]["Properties"]
    assert log["RetentionInDays"] == 365
    assert "KmsKeyId" in log


def test_the_reader_reads_the_consumer_zone_alone(prod: Assembly) -> None:
    held = json.dumps(policies(prod)["Reader"])
    assert "lake_consumer" in held
    assert "lake_processed" not in held
    assert "Put" not in held


def test_the_processed_zone_and_unload_are_a_setting_each(tmp_path: Path) -> None:
    found = policies(other(tmp_path, "warehouse: {processed: true, unload: true}\n"))["Reader"]
    by_name = {statement["Sid"]: statement for statement in found if "Sid" in statement}
    assert "lake_processed" in json.dumps(by_name["FindProcessed"])
    assert "/unload/*" in json.dumps(by_name["Unload"]["Resource"])


def test_a_lake_without_a_warehouse_has_no_network_and_no_alarm_of_it(tmp_path: Path) -> None:
    assembly = other(tmp_path, "warehouse: {enabled: false}\n")
    assert {"Network", "Warehouse"} & set(assembly.templates) == set()
    names = {alarm["Properties"]["AlarmName"] for alarm in assembly.resources("AWS::CloudWatch::Alarm").values()}
    assert "lake-refresh-failed" in names
    assert [name for name in names if "load" in name or "warehouse" in name] == []


def test_an_existing_network_is_used_as_it_is_and_nothing_is_looked_up(tmp_path: Path) -> None:
    subnets = [f"subnet-0000000{number}" for number in (1, 2, 3)]
    text = f"network: {{vpc_id: vpc-00000001, subnet_ids: {json.dumps(subnets)}, security_group_ids: [sg-00000001]}}\n"
    assembly = other(tmp_path, text)
    workgroup = only(assembly, "AWS::RedshiftServerless::Workgroup")
    assert (workgroup["SubnetIds"], workgroup["SecurityGroupIds"]) == (subnets, ["sg-00000001"])
    assert "Network" not in assembly.templates
    manifest = json.loads((assembly.folder / "manifest.json").read_text())
    assert "missing" not in manifest


def test_a_lake_whose_products_want_no_copy_has_no_machines_that_load(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(MINIMAL.replace(", daily_punctuality", ""), encoding="utf-8")
    assembly = synthesise(tmp_path / "other.yaml", tmp_path / "out")
    names = [machine["Properties"]["StateMachineName"] for machine in assembly.resources("AWS::StepFunctions::StateMachine").values()]
    assert "lake-load" not in names
    assert "Custom::LakeMigrations" in {found["Type"] for found in assembly.resources().values()}


def test_migrations_run_after_the_limit_is_set_and_again_when_the_plan_changes(prod: Assembly, tmp_path: Path) -> None:
    (name, migrations) = next((name, found) for (_, name), found in prod.resources("Custom::LakeMigrations").items())
    (limit,) = (name for _, name in prod.resources("Custom::LakeUsageLimit"))
    assert limit in migrations["DependsOn"]
    changed = other(tmp_path, "warehouse: {processed: true}\n")
    again: Resource = changed.templates["Warehouse"]["Resources"][name]
    assert again["Properties"]["Plan"] != migrations["Properties"]["Plan"]


def test_the_function_that_answers_cloudformation_is_in_no_network_and_is_waited_for_a_bounded_time(prod: Assembly) -> None:
    functions = prod.resources("AWS::Lambda::Function")
    assert len(functions) >= 2
    assert [name for name, function in functions.items() if "VpcConfig" in function["Properties"]] == []
    waits = [found["Properties"]["ServiceTimeout"] for found in prod.resources("Custom::LakeMigrations", "Custom::LakeUsageLimit").values()]
    assert sorted(waits) == ["120", "960"]


def test_the_loader_is_tagged_with_the_role_of_the_database_that_the_first_migration_makes(prod: Assembly) -> None:
    (role,) = [role for (_, name), role in prod.resources("AWS::IAM::Role").items() if name.startswith("LoadsLoadRole")]
    assert {"Key": "RedshiftDbRoles", "Value": "lake_loader"} in role["Properties"]["Tags"]
    assert "create role lake_loader" in (Path(__file__).parents[2] / "warehouse/migrations/0001_schemas.sql").read_text()


def test_the_costs_in_the_documentation_are_those_of_the_template(prod: Assembly) -> None:
    lines = list(table(prod))
    assert len(lines) >= 10
    assert "\n".join(lines) in (Path(__file__).parents[2] / "docs/warehouse.md").read_text(encoding="utf-8"), "\n".join(lines)


def test_the_figures_of_the_decision_are_those_of_the_template(assemblies: Mapping[str, Assembly]) -> None:
    costs = dict(line.strip("| ").split(" | ") for line in table(assemblies["prod"]) if line.count("|") == 3 and "---" not in line)
    idle = costs["**idle, a month**"].strip("*")
    (day,) = [dollars for what, dollars in costs.items() if what.startswith("a day at its limit")]
    page = (Path(__file__).parents[2] / "docs/decisions/0032-warehouse-on-and-bounded.md").read_text(encoding="utf-8")
    assert f"{idle} dollars a month for an idle environment, {day} a day at the most on top." in page


def test_a_workgroup_that_grows_further_costs_more(prod: Assembly) -> None:
    (template, name) = (
        json.loads(json.dumps(prod.templates["Warehouse"])),
        next(n for _, n in prod.resources("AWS::RedshiftServerless::Workgroup")),
    )
    template["Resources"][name]["Properties"].update(BaseCapacity=128, MaxCapacity=512)
    bigger = replace(prod, templates={**prod.templates, "Warehouse": template})
    assert max(busy(bigger).values()) >= max(busy(prod).values())
    assert list(table(bigger)) != list(table(prod))
