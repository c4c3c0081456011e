"""The warehouse follows the lake; what goes wrong leaves it as it was, says why, and is mended by the next try."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from config import read
from config.datasets import dataset_folders
from contracts.read import read as read_contracts
from stacks.archive import archive
from stacks.warehouse_code import MIGRATES, plan
from tests.end_to_end.copies import COLUMNS, PRODUCT, copied, in_lake, load, rows, spoil
from tests.end_to_end.files import PRODUCTS, airlines, first_rows, months, over_file
from tests.end_to_end.grants import without
from tests.end_to_end.lake import Lake
from warehouse.plan import Migration, Plan, digest

ROWS = 400
REPRESENTATIVE = "Look"  # the transaction runs, and nobody waits for it any more
OTHER_STEPS = (
    "ReadLease", "IsMine", "WaitForMore", "Note", "RecordStart", "ReadPublication", "IsPublished", "WriteTransaction", "Begin", "Pause",
    "HowIsIt", "RecordLoad", "Release", "Done",
)  # fmt: skip
HELD = "select table_schema, table_name, table_type from svv_tables order by 1, 2"
APPLIED = "select name, checksum from lake_admin.migrations order by name"


@pytest.fixture(scope="module")
def landed(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = first_rows(months()[0], tmp_path_factory.mktemp("files"), ROWS)
    lake.land("airlines", airlines())
    lake.land("flights", file)
    lake.wait()
    return file


def test_a_refreshed_product_is_the_same_in_athena_through_spectrum_in_its_copy_and_in_the_files(lake: Lake, landed: Path) -> None:
    wanted = in_lake(lake)
    assert [tuple(row.values()) for row in wanted] == [found[:7] for found in over_file(PRODUCTS[PRODUCT], flights=landed)]
    assert lake.query(f"select {COLUMNS} from lake.{PRODUCT} order by 1, 2", engine="redshift") == wanted
    assert copied(lake) == wanted
    shown = lake.run("warehouse", "status").stdout
    assert "up to date" in shown
    assert not {"pending", "changed", "unknown", "behind"} & set(shown.split())


def test_what_the_lake_does_not_have_goes_from_the_copy_and_what_the_copy_lacks_comes(lake: Lake, landed: Path) -> None:
    spoil(lake)
    assert copied(lake) != in_lake(lake)
    assert load(lake) == "SUCCEEDED"
    assert copied(lake) == in_lake(lake)


def test_a_question_that_redshift_cannot_answer_fails_in_one_line(lake: Lake, landed: Path) -> None:
    failed = lake.run("query", f"select nothing from lake.{PRODUCT}", "--engine", "redshift", fails=True)
    assert failed.stderr.strip().splitlines() == ['the query failed: column "nothing" does not exist']


@pytest.mark.parametrize("step", [REPRESENTATIVE, *(pytest.param(step, marks=pytest.mark.matrix) for step in OTHER_STEPS)])
def test_a_load_that_is_killed_at_any_step_is_mended_by_the_next_one(step: str, lake: Lake, landed: Path) -> None:
    machines, machine = lake.client("stepfunctions"), lake.output("LoadMachineArn")
    whole = json.loads(machines.describe_state_machine(stateMachineArn=machine)["definition"])
    assert step in whole["States"]
    wanted = in_lake(lake)
    spoil(lake)
    # whoever comes to this step is gone, without a word and without giving back what it holds
    killed = {**whole, "States": {**whole["States"], step: {"Type": "Fail", "Error": "Killed"}}}
    machines.update_state_machine(stateMachineArn=machine, definition=json.dumps(killed))
    try:
        assert load(lake) == "FAILED"
    finally:
        machines.update_state_machine(stateMachineArn=machine, definition=json.dumps(whole))
    assert load(lake) == "SUCCEEDED"
    assert copied(lake) == wanted
    (lease,) = lake.ledger(PRODUCT, "load_lease")
    assert "owner" not in lease


@pytest.mark.parametrize(
    ("sid", "action"), [("ReadTables", "s3:GetObject"), pytest.param("FindConsumer", "glue:GetTable", marks=pytest.mark.matrix)]
)
def test_the_warehouse_without_a_statement_of_its_role_reads_nothing_and_the_action_is_named(
    sid: str, action: str, lake: Lake, landed: Path
) -> None:
    give_back = without(lake, "lake-warehouse-Reader", sid)
    told = lake.run("query", f"select count(*) from lake.{PRODUCT}", "--engine", "redshift", fails=True).stderr
    ended = load(lake)
    give_back()
    assert f"is not authorized to perform: {action}" in told
    assert ended == "FAILED"
    failed = [run["cause"] for run in lake.ledger(PRODUCT, "run#") if run["status"] == "failed"]
    assert f"is not authorized to perform: {action}" in failed[-1]
    assert load(lake) == "SUCCEEDED"


@pytest.mark.matrix
def test_a_migration_without_the_administrators_secret_fails_and_the_action_is_named(lake: Lake) -> None:
    give_back = without(lake, "lake-warehouse-MigrateFunctionRole", "BeAdministrator")
    told = lake.run("warehouse", "migrate", fails=True).stderr
    give_back()
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in told
    assert "nothing to do" in lake.run("warehouse", "migrate").stderr


def put(lake: Lake, made: Plan) -> None:
    """Give the function another plan, as a deploy does."""
    code = archive(MIGRATES, {"plan.json": made.to_json()})
    lake.client("lambda").update_function_code(FunctionName=lake.output("MigrateFunctionName"), ZipFile=code.read_bytes())


@pytest.mark.matrix
def test_a_migration_that_fails_in_the_middle_leaves_the_warehouse_as_before_and_is_named(lake: Lake) -> None:
    before = [rows(lake, sql) for sql in (HELD, APPLIED)]
    settings = read.settings(str(lake.environment))
    deployed = plan(settings, read_contracts(dataset_folders(settings)))
    broken = ("create table lake.half (n integer)", "insert into lake.half values (1)", "insert into lake.half values ('many')")
    put(lake, replace(deployed, migrations=(*deployed.migrations, Migration(name="0002_half", statements=broken, checksum=digest("half")))))
    told = lake.run("warehouse", "migrate", fails=True).stderr
    status = lake.run("warehouse", "status").stdout
    put(lake, deployed)
    assert "0002_half" in told
    assert "insert into lake.half values ('many')" in told
    assert [rows(lake, sql) for sql in (HELD, APPLIED)] == before
    assert "pending" in status


def test_a_deploy_is_refused_before_anything_changes_where_an_applied_migration_was_edited(lake: Lake) -> None:
    settings = read.settings(str(lake.environment))
    deployed = plan(settings, read_contracts(dataset_folders(settings)))
    first = deployed.migrations[0]
    (before,) = [row["checksum"] for row in rows(lake, APPLIED) if row["name"] == first.name]
    # as if the file had been another one when it was deployed
    put(lake, replace(deployed, migrations=(replace(first, checksum=digest("other")), *deployed.migrations[1:])))
    rows(lake, f"update lake_admin.migrations set checksum = '{digest('other')}' where name = '{first.name}'")
    told = lake.run("deploy", fails=True).stderr
    status = lake.run("warehouse", "status").stderr
    rows(lake, f"update lake_admin.migrations set checksum = '{before}' where name = '{first.name}'")
    put(lake, deployed)
    assert f"{first.name} was changed after it was applied" in told
    assert told.strip().splitlines()[-1] == "nothing was deployed"
    assert f"would be refused: {first.name} was changed after it was applied" in status


def unload(lake: Lake, name: str) -> str:
    """Return the statement by which a person takes the copy out of the warehouse."""
    query = f"select {COLUMNS} from native.{PRODUCT} order by 1, 2".replace("'", "''")
    return f"unload ('{query}') to 's3://{lake.output('QueryResultsBucket')}/unload/{name}_' iam_role default format parquet"


def test_a_copy_is_unloaded_to_where_results_of_queries_lie(lake: Lake, landed: Path, tmp_path: Path) -> None:
    rows(lake, unload(lake, "copy"))
    (tmp_path / "copy.parquet").write_bytes(
        lake.client("s3").get_object(Bucket=lake.output("QueryResultsBucket"), Key="unload/copy_0000_part_00.parquet")["Body"].read()
    )
    found = duckdb.sql(f"select * from '{tmp_path / 'copy.parquet'}'")
    assert [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()] == copied(lake)


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("sid", "action"),
    [
        ("Unload", "s3:PutObject"),
        ("ListUnloaded", "s3:ListBucket"),
        ("EncryptUnloaded", "kms:GenerateDataKey"),
        ("ReadStream", "kinesis:ListShards"),
    ],
)
def test_an_option_without_its_statement_fails_and_the_action_is_named(sid: str, action: str, lake: Lake, landed: Path) -> None:
    asked = "select count(*) from live.weather" if sid == "ReadStream" else unload(lake, sid)
    give_back = without(lake, "lake-warehouse-Reader", sid)
    told = lake.run("query", asked, "--engine", "redshift", fails=True).stderr
    give_back()
    assert f"is not authorized to perform: {action}" in told


def test_records_of_the_stream_are_in_the_warehouse_before_any_refresh(lake: Lake, tmp_path: Path) -> None:
    """The last one: what is delivered meanwhile starts refreshes."""
    hours = [{"origin": "EWR", "time_hour": f"2013-01-01T{hour:02}:00:00Z", "temp": 39.0 + hour} for hour in range(24)]
    file = tmp_path / "day.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in [*hours, hours[0]]), encoding="utf-8")
    lake.run("stream", "weather", file)
    counted = "select count(*) as records, count(distinct time_hour) as hours, max(temp) as warmest from live.weather"
    assert lake.query(counted, engine="redshift") == [{"records": 25, "hours": 24, "warmest": 62.0}]
