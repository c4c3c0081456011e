"""A lake is left and come back to: what stays is exactly what was listed, a deploy that failed in the middle is repeated, and works."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.files import airlines
from tests.end_to_end.lake import ROOT, Lake
from tests.end_to_end.left import held
from tests.local_cloud.running import LocalCloud, free_port

COUNT = "select count(*) as airlines from lake_processed.airlines"


def fail(lake: Lake, *stacks: str) -> None:
    (lake.home / "faults.json").write_text(json.dumps({f"failed_stack:{stack}": 1 for stack in stacks}), encoding="utf-8")


def statuses(lake: Lake) -> dict[str, str]:
    found = lake.client("cloudformation").describe_stacks()["Stacks"]
    return {stack["StackName"]: stack["StackStatus"] for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"}


def test_destroyed_a_lake_leaves_what_was_listed_and_a_deploy_that_failed_in_the_middle_is_repeated(lake: Lake, tmp_path: Path) -> None:
    lake.land("airlines", airlines())  # its refresh is at work, or about to begin, when the destroy comes
    name = lake.environment.stem
    refused = lake.run("destroy", "--delete-data", fails=True)
    assert f"nobody is here to be asked: say --yes {name}" in refused.stderr
    done = lake.run("destroy", "--delete-data", "--yes", name)
    assert "left is what was listed, and nothing else" in done.stderr
    assert set(statuses(lake)) == {"CDKToolkit"}
    assert unlisted(lake, done.stdout, tmp_path) == set()

    fail(lake, "lake-orchestration")
    failed = lake.run("deploy", fails=True)
    assert "lake-orchestration" in failed.stderr
    assert "fault: stack lake-orchestration fails at its end" in failed.stderr
    assert statuses(lake)["lake-orchestration"] == "ROLLBACK_COMPLETE"
    again = lake.run("deploy")
    assert "lake-orchestration had never come up (ROLLBACK_COMPLETE), and was deleted" in again.stderr
    assert set(statuses(lake).values()) == {"CREATE_COMPLETE"}


def unlisted(lake: Lake, told: str, folder: Path) -> set[tuple[str, str, str]]:
    """Return what the local cloud holds that neither a new one holds nor was listed as staying."""
    new = LocalCloud(folder / "new", free_port())
    new.start()
    new.end()
    lake.run("local", "stop")
    left = held(lake.home) - held(new.home)
    assert {entry[0] for entry in left} <= {"kms", "cloudwatch_logs"}
    found = {entry for entry in left if entry[2] not in told}
    lake.run("local", "start")
    return found


@pytest.mark.matrix
def test_without_the_flag_the_data_stays_and_the_next_deploy_finds_it(lake: Lake) -> None:
    lake.land("airlines", airlines())
    lake.wait()
    name = lake.environment.stem
    planned = lake.run("destroy", "--plan").stdout
    done = lake.run("destroy", "--yes", name)
    assert done.stdout == planned
    assert set(statuses(lake)) == {"CDKToolkit", "lake-storage", "lake-catalog", "lake-ingestion"}
    assert "stack lake-storage, since it holds data: " in done.stdout
    assert re.search(r"would still cost.*\n(?:  .*\n)*  stack lake-ingestion: \d+\.\d\d", done.stdout)
    assert "but for those that hold data: lake-storage" in lake.run("destroy", "--yes", name).stderr
    assert "there is room for what the templates make" in lake.run("doctor").stdout
    lake.run("deploy")
    assert lake.query(COUNT) == [{"airlines": 16}]
    lake.land("airlines", airlines())
    lake.wait()
    assert lake.query(COUNT) == [{"airlines": 16}]


@pytest.mark.matrix
def test_what_an_earlier_lake_left_is_deleted_where_it_is_empty_and_named_where_it_is_not(lake: Lake) -> None:
    lake.run("destroy", "--delete-data", "--yes", lake.environment.stem)
    glue, logs = lake.client("glue"), lake.client("logs")
    glue.create_database(DatabaseInput={"Name": "lake_raw"})
    logs.create_log_group(logGroupName="/aws/vendedlogs/states/lake-refresh")
    glue.create_database(DatabaseInput={"Name": "lake_processed"})
    glue.create_table(DatabaseName="lake_processed", TableInput={"Name": "kept"})
    refused = lake.run("deploy", fails=True)
    assert "AWS::Glue::Database lake_processed holds tables: kept" in refused.stderr
    assert set(statuses(lake)) == {"CDKToolkit"}
    glue.delete_table(DatabaseName="lake_processed", Name="kept")
    again = lake.run("deploy")
    assert "AWS::Glue::Database lake_processed, which no stack had and nothing was in, was deleted" in again.stderr
    assert set(statuses(lake).values()) == {"CREATE_COMPLETE"}


@pytest.fixture(scope="module")
def bootstrapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Path]]:
    """A lake whose account is bootstrapped and has no stack of it yet, and a copy of its state to come back to."""
    settings = yaml.safe_load((ROOT / "config" / "local.yaml").read_text(encoding="utf-8"))
    settings["endpoint_url"] = f"http://127.0.0.1:{free_port()}"
    environment = tmp_path_factory.mktemp("settings") / "rolled-back.yaml"
    environment.write_text(yaml.safe_dump(settings), encoding="utf-8")
    lake = Lake(environment, settings["endpoint_url"])
    lake.run("local", "reset")
    lake.run("local", "start")
    try:
        fail(lake, "lake-storage")  # all others wait for it
        lake.run("deploy", fails=True)
        lake.client("cloudformation").delete_stack(StackName="lake-storage")
        yield lake, lake.kept("bootstrapped")
    finally:
        lake.run("local", "reset")


STACKS = ("storage", "catalog", "ingestion", "processing-aviation", "orchestration", "network", "warehouse", "monitoring")


def failed_in_turn(lake: Lake) -> dict[str, str]:
    """Deploy until each stack has failed once at its end; return the status that each was seen in after it had."""
    fail(lake, *(f"lake-{stack}" for stack in STACKS))
    seen: dict[str, str] = {}
    while any(json.loads((lake.home / "faults.json").read_text(encoding="utf-8")).values()):
        assert "fails at its end" in lake.run("deploy", fails=True).stderr
        seen |= {name: status for name, status in statuses(lake).items() if "ROLLBACK" in status}
    return {name.removeprefix("lake-"): status for name, status in seen.items()}


@pytest.mark.matrix
def test_a_first_deploy_that_fails_in_each_stack_in_turn_is_rolled_back_and_repeated(bootstrapped: tuple[Lake, Path]) -> None:
    lake, copy = bootstrapped
    lake.restore(copy)
    assert failed_in_turn(lake) == dict.fromkeys(STACKS, "ROLLBACK_COMPLETE")
    lake.run("deploy")
    assert set(statuses(lake).values()) == {"CREATE_COMPLETE"}


@pytest.mark.matrix
def test_a_protected_stack_that_never_came_up_does_not_stop_the_next_deploy(bootstrapped: tuple[Lake, Path], tmp_path: Path) -> None:
    lake, copy = bootstrapped
    lake.restore(copy)
    before = lake.environment.read_text(encoding="utf-8")
    settings = {**yaml.safe_load(before), "storage": {"protected": True}, "notify": ["somebody@example.org"]}
    try:
        lake.environment.write_text(yaml.safe_dump(settings), encoding="utf-8")
        fail(lake, "lake-storage")
        lake.run("deploy", fails=True)
        assert statuses(lake)["lake-storage"] == "ROLLBACK_COMPLETE"
        assert {bucket["Name"][:4] for bucket in lake.client("s3").list_buckets()["Buckets"]} == {"cdk-"}  # retained, except on create
        lake.run("deploy")
        assert set(statuses(lake).values()) == {"CREATE_COMPLETE"}
        refused = lake.run("destroy", "--delete-data", "--yes", lake.environment.stem, fails=True)
        assert "is protected (storage.protected is true)" in refused.stderr
        lake.environment.write_text(before, encoding="utf-8")
        refused = lake.run("destroy", "--delete-data", "--yes", lake.environment.stem, fails=True)
        assert "stack lake-storage was deployed with termination protection" in refused.stderr
    finally:
        lake.environment.write_text(before, encoding="utf-8")


@pytest.mark.matrix
def test_an_update_that_fails_in_each_stack_in_turn_is_rolled_back_and_repeated(bootstrapped: tuple[Lake, Path]) -> None:
    lake, copy = bootstrapped
    lake.restore(copy)
    lake.run("deploy")
    lake.land("airlines", airlines())
    lake.wait()
    before = lake.environment.read_text(encoding="utf-8")
    try:
        settings = {**yaml.safe_load(before), "tags": {"team": "data"}, "logs": {"retention_days": 30}}
        lake.environment.write_text(yaml.safe_dump(settings), encoding="utf-8")
        assert failed_in_turn(lake) == dict.fromkeys(STACKS, "UPDATE_ROLLBACK_COMPLETE")
        assert lake.query(COUNT) == [{"airlines": 16}]
        lake.run("deploy")
        assert {status for name, status in statuses(lake).items() if name != "CDKToolkit"} == {"UPDATE_COMPLETE"}
        lake.land("airlines", airlines())
        lake.wait()
        assert lake.query(COUNT) == [{"airlines": 16}]
    finally:
        lake.environment.write_text(before, encoding="utf-8")
