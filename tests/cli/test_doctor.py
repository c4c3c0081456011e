from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError
from typer import Exit

from cli import doctor
from cli.common import cdk, clashes, errors, inventory
from cli.common.preflight import lake_formation
from cli.common.preflight.finding import Finding, Level
from cli.common.session import Lake
from cli.diff import different
from cli.doctor import asked, bootstrap, placeholders
from config import read

OPEN = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]


def lake(environment: str = "dev", **clients: Any) -> Lake:
    made = Lake(environment, read.settings(environment))
    made.__dict__.update(clients)
    return made


def refusing(code: str) -> Any:
    def refuse(**_: str) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Look")

    return refuse


def formation(**settings: Any) -> Any:
    return SimpleNamespace(get_data_lake_settings=lambda: {"DataLakeSettings": settings})


@pytest.mark.parametrize(
    ("settings", "closed"),
    [
        ({"CreateDatabaseDefaultPermissions": OPEN, "CreateTableDefaultPermissions": OPEN}, None),
        ({"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}, "new databases and tables"),
        ({"CreateDatabaseDefaultPermissions": OPEN}, "closes new tables to"),
        (
            {"CreateDatabaseDefaultPermissions": [{**OPEN[0], "Permissions": ["DESCRIBE"]}], "CreateTableDefaultPermissions": OPEN},
            "databases",
        ),
    ],
)
def test_lake_formation_defaults_that_lock_the_lake_out_are_an_error(settings: dict[str, Any], closed: str | None) -> None:
    finding = lake_formation.defaults(lake(lakeformation=formation(**settings)))
    assert finding.level is (Level.ERROR if closed else Level.OK)
    assert closed is None or (closed in finding.what and "use only IAM access control" in finding.todo)


def test_the_local_cloud_is_said_to_have_no_lake_formation() -> None:
    (finding,) = lake_formation.look(lake("local"), [])
    assert (finding.level, "has no Lake Formation" in finding.what) == (Level.NOTE, True)


@pytest.mark.parametrize(("version", "level"), [("7", Level.ERROR), ("8", Level.OK), ("33", Level.OK)])
def test_a_bootstrap_older_than_the_templates_want_is_an_error(version: str, level: Level) -> None:
    ssm = SimpleNamespace(get_parameter=lambda **_: {"Parameter": {"Value": version}})
    (finding,) = bootstrap(lake(ssm=ssm))
    assert finding.level is level


def test_an_account_without_bootstrap_is_no_error_since_deploy_makes_it() -> None:
    (finding,) = bootstrap(lake(ssm=SimpleNamespace(get_parameter=refusing("ParameterNotFound"))))
    assert (finding.level, finding.todo) == (Level.NOTE, "nothing: ./lake deploy does it")


def test_what_the_credentials_may_not_look_at_is_told_and_the_rest_is_looked_at() -> None:
    (finding,) = asked(lake(ssm=SimpleNamespace(get_parameter=refusing("AccessDenied"))), bootstrap)
    assert finding.level is Level.NOTE
    assert finding.what.startswith("bootstrap not looked at: AWS refused Look: AccessDenied")


UNREACHED = EndpointConnectionError(endpoint_url="https://ec2.eu-nowhere-1.amazonaws.com/")
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Look")


@pytest.mark.parametrize(
    ("error", "level", "told"),
    [
        (DENIED, Level.NOTE, "region not looked at: AWS refused Look: AccessDenied"),
        (UNREACHED, Level.ERROR, "region not looked at: AWS was not reached: Could not connect to the endpoint URL"),
    ],
)
def test_what_was_found_before_a_look_ended_early_is_kept(error: Exception, level: Level, told: str) -> None:
    def region(_: Lake) -> Iterator[Finding]:
        yield Finding(Level.ERROR, "the region lacks glue")
        raise error

    first, last = asked(lake(), region)
    assert first.what == "the region lacks glue"
    assert (last.level, last.what[: len(told)]) == (level, told)


def test_a_service_that_is_not_reached_ends_its_look_and_not_the_doctor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def region(_: Lake) -> Iterator[Finding]:
        raise UNREACHED
        yield

    def found(_: Lake) -> Iterator[Finding]:
        yield Finding(Level.OK, "there is room")

    for name in ("bootstrap", "room", "lake_formation", "names"):
        monkeypatch.setattr(doctor, name, found)
    monkeypatch.setattr(doctor, "region", region)
    monkeypatch.setattr(doctor, "connect", lake)
    monkeypatch.setattr(cdk, "synth", lambda *_: None)
    with pytest.raises(Exit) as ended:
        doctor.run("dev")
    assert ended.value.exit_code == 1
    told = capsys.readouterr().out
    assert "region not looked at: AWS was not reached" in told
    assert told.count("there is room") == 4


def test_a_question_of_the_doctor_that_is_itself_wrong_is_called_a_defect_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def room(_: Lake) -> Iterator[Finding]:
        raise ParamValidationError(report="Unknown parameter")
        yield

    monkeypatch.setattr(errors, "LOGS", tmp_path)
    (found,) = asked(lake(), room)
    assert (found.level, found.what.split(":")[0]) == (Level.ERROR, "room not looked at, a defect")
    assert found.todo.startswith("The traceback is in")
    assert len(list(tmp_path.iterdir())) == 1


def test_what_still_stands_as_it_was_shipped_is_an_error_and_the_local_lake_has_none_of_it() -> None:
    assert [finding.what.split(" is ")[0].split(",")[0] for finding in placeholders(read.settings("prod"), "prod")] == [
        "account",
        "notify has lake-operators@example.com",
    ]
    assert list(placeholders(read.settings("local"), "local")) == []


def test_names_are_found_where_templates_give_them_and_none_is_made_up() -> None:
    resources = {
        "A": {"Type": "AWS::Glue::Job", "Properties": {"Name": "lake-flights"}},
        "B": {"Type": "AWS::Glue::Database", "Properties": {"DatabaseInput": {"Name": "lake_raw"}}},
        "C": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "X"}}},
        "D": {"Type": "AWS::S3::Bucket"},
    }
    assert clashes.named({"lake-storage": {"Resources": resources}}) == [
        ("AWS::Glue::Job", "lake-flights"),
        ("AWS::Glue::Database", "lake_raw"),
    ]


def test_a_name_that_the_service_does_not_know_is_free_and_another_refusal_is_no_answer() -> None:
    free = lake(glue=SimpleNamespace(get_job=refusing("EntityNotFoundException")))
    assert not clashes.exists(free, "AWS::Glue::Job", "lake-flights")
    assert clashes.exists(lake(glue=SimpleNamespace(get_job=lambda **_: {"Job": {}})), "AWS::Glue::Job", "lake-flights")
    with pytest.raises(ClientError, match="AccessDenied"):
        clashes.exists(lake(glue=SimpleNamespace(get_job=refusing("AccessDenied"))), "AWS::Glue::Job", "lake-flights")


def test_every_type_with_a_name_can_be_looked_for() -> None:
    assert {kind for kind in clashes.NAMES if kind in inventory.GOES_WITH or not inventory.is_known(kind)} == set()


def test_a_queue_is_looked_for_by_its_name_since_its_address_is_not_known() -> None:
    def url(QueueName: str) -> dict[str, str]:  # noqa: N803 - as boto3 calls it
        return {"QueueUrl": f"https://sqs.eu-west-1.amazonaws.com/1/{QueueName}"}

    assert clashes.exists(lake(sqs=SimpleNamespace(get_queue_url=url)), "AWS::SQS::Queue", "lake-loads")
    free = refusing("AWS.SimpleQueueService.NonExistentQueue")
    assert not clashes.exists(lake(sqs=SimpleNamespace(get_queue_url=free)), "AWS::SQS::Queue", "lake-loads")
    assert clashes.bare(url("lake-loads")["QueueUrl"]) == "lake-loads"


def test_alarms_are_asked_for_a_hundred_at_a_time() -> None:
    asked_for: list[list[str]] = []

    def describe_alarms(**request: Any) -> dict[str, Any]:
        asked_for.append(request["AlarmNames"])
        assert (request["AlarmTypes"], request["MaxRecords"]) == (["MetricAlarm"], 100)
        return {"MetricAlarms": [{"AlarmName": name} for name in request["AlarmNames"] if name.endswith("7")]}

    resources = {f"A{n}": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": f"lake-{n}"}} for n in range(120)}
    wanted = {"lake-monitoring": {"Resources": resources}}
    own = {("AWS::CloudWatch::Alarm", "lake-7")}
    found, unknown = clashes.taken(lake(cloudwatch=SimpleNamespace(describe_alarms=describe_alarms)), wanted, own)
    assert ([name for _, name in found], unknown) == ([f"lake-{n}" for n in range(17, 120, 10)], {})
    assert [len(names) for names in asked_for] == [100, 19]


def test_a_type_that_may_not_be_looked_for_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "lake-loads"}},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "lake-arrived"}},
    }
    monkeypatch.setattr(doctor, "templates", lambda _: {"lake-orchestration": {"Resources": resources}})
    pages = SimpleNamespace(paginate=lambda **_: [{"Stacks": []}])
    asked_of = lake(
        cloudformation=SimpleNamespace(get_paginator=lambda _: pages),
        sqs=SimpleNamespace(get_queue_url=refusing("AccessDenied")),
        events=SimpleNamespace(describe_rule=lambda **_: {"Name": "lake-arrived"}),
    )
    assert [(found.level, found.what) for found in doctor.names(asked_of)] == [
        (Level.NOTE, "names of AWS::SQS::Queue not looked at: AWS refused Look: AccessDenied: no"),
        (Level.ERROR, "AWS::Events::Rule lake-arrived is there already and belongs to no stack of dev"),
    ]


def test_the_number_of_stacks_that_differ_is_read_from_the_last_line() -> None:
    assert different(["Stack Storage", "✨  Number of stacks with differences: 3", ""]) == 3
    assert different(["✨  Number of stacks with differences: 0"]) == 0
