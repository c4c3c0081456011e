"""What goes wrong around the warehouse leaves it as it was, says why, and is mended by the next try."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from config import read
from config.datasets import dataset_folders
from contracts.read import read as read_contracts
from stacks.archive import archive
from stacks.warehouse_code import MIGRATES, plan
from tests.end_to_end.copies import PRODUCT, copied, in_lake, load, rows, spoil
from tests.end_to_end.files import airlines, first_rows, months
from tests.end_to_end.grants import without
from tests.end_to_end.lake import Lake
from warehouse.plan import Migration, digest

pytestmark = pytest.mark.matrix
LOAD_STEPS = (
    "ReadLease", "IsMine", "WaitForMore", "Note", "RecordStart", "ReadPublication", "IsPublished", "WriteTransaction", "Begin", "Pause", "Look",
    "HowIsIt", "RecordLoad", "Release", "Done",
)  # fmt: skip
HELD = "select table_schema, table_name, table_type from svv_tables order by 1, 2"
APPLIED = "select name, checksum from lake_admin.migrations order by name"


@pytest.fixture(scope="module")
def loaded(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a copy that is up to date, as a copy of its whole state."""
    lake.land("airlines", airlines())
    lake.land("flights", first_rows(months()[0], tmp_path_factory.mktemp("files"), 400))
    lake.wait()
    return lake.kept("loaded")


def test_a_load_that_is_killed_at_any_step_is_mended_by_the_next_one(lake: Lake, loaded: Path) -> None:
    machines, machine = lake.client("stepfunctions"), lake.output("LoadMachineArn")
    whole = json.loads(machines.describe_state_machine(stateMachineArn=machine)["definition"])
    assert set(LOAD_STEPS) <= set(whole["States"])
    wanted = in_lake(lake)
    for step in LOAD_STEPS:
        spoil(lake)
        # whoever comes to this step is gone, without a word and without giving back what it holds
        killed = {**whole, "States": {**whole["States"], step: {"Type": "Fail", "Error": "Killed"}}}
        machines.update_state_machine(stateMachineArn=machine, definition=json.dumps(killed))
        assert load(lake) == "FAILED", step
        machines.update_state_machine(stateMachineArn=machine, definition=json.dumps(whole))
        assert load(lake) == "SUCCEEDED", step
        assert copied(lake) == wanted, step
        (lease,) = lake.ledger(PRODUCT, "load_lease")
        assert "owner" not in lease, step


def test_a_migration_that_fails_in_the_middle_leaves_the_warehouse_as_before_and_is_named(lake: Lake, loaded: Path) -> None:
    before = [rows(lake, sql) for sql in (HELD, APPLIED)]
    settings = read.settings(str(lake.environment))
    deployed = plan(settings, read_contracts(dataset_folders(settings)))
    broken = ("create table lake.half (n integer)", "insert into lake.half values (1)", "insert into lake.half values ('many')")
    migration = Migration(name="0002_half", statements=broken, checksum=digest("".join(broken)))
    code = archive(MIGRATES, {"plan.json": replace(deployed, migrations=(*deployed.migrations, migration)).to_json()})
    functions, name = lake.client("lambda"), lake.output("MigrateFunctionName")
    functions.update_function_code(FunctionName=name, ZipFile=code.read_bytes())
    told = lake.run("warehouse", "migrate", fails=True).stderr
    assert "0002_half" in told
    assert "insert into lake.half values ('many')" in told
    assert "many" in told
    assert [rows(lake, sql) for sql in (HELD, APPLIED)] == before
    assert "pending" in lake.run("warehouse", "status").stdout


@pytest.mark.parametrize(("sid", "action"), [("ReadTables", "s3:GetObject"), ("FindConsumer", "glue:GetTable")])
def test_the_warehouse_without_a_statement_of_its_role_reads_nothing_and_the_action_is_named(
    sid: str, action: str, lake: Lake, loaded: Path
) -> None:
    lake.restore(loaded)
    without(lake, "lake-warehouse-Reader", sid)
    told = lake.run("query", f"select count(*) from lake.{PRODUCT}", "--engine", "redshift", fails=True).stderr
    assert f"is not authorized to perform: {action}" in told
    assert load(lake) == "FAILED"
    failed = [run["cause"] for run in lake.ledger(PRODUCT, "run#") if run["status"] == "failed"]
    assert f"is not authorized to perform: {action}" in failed[-1]


def test_a_migration_without_the_administrators_secret_fails_and_the_action_is_named(lake: Lake, loaded: Path) -> None:
    lake.restore(loaded)
    without(lake, "lake-warehouse-MigrateFunctionRole", "BeAdministrator")
    told = lake.run("warehouse", "migrate", fails=True).stderr
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in told
