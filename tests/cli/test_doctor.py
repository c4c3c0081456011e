from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.common import clashes, inventory
from cli.common.preflight import lake_formation
from cli.common.preflight.finding import Level
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
    assert clashes.NAMES.keys() <= inventory.LOOKS.keys()


def test_the_number_of_stacks_that_differ_is_read_from_the_last_line() -> None:
    assert different(["Stack Storage", "✨  Number of stacks with differences: 3", ""]) == 3
    assert different(["✨  Number of stacks with differences: 0"]) == 0
