"""The Data API of a warehouse: statements of each kind, transactions, pages, errors, time limits."""

import json

import pytest

from tests.local_cloud.running import LocalCloud, refusal, until
from tests.local_cloud.warehouses import Warehouse, warehouse

SLOW = "select count(*) from (select a.n from numbers a, numbers b, numbers c, numbers d where a.n + b.n + c.n + d.n = 1) as t"


@pytest.fixture(scope="module")
def house(cloud: LocalCloud) -> Warehouse:
    made = warehouse(cloud, "statements")
    made.run("create table numbers (n integer)")
    digits = ", ".join(f"({n})" for n in range(10))
    made.run(
        f"insert into numbers select a.n * 100 + b.n * 10 + c.n from (values {digits}) a(n), (values {digits}) b(n), (values {digits}) c(n)"
    )
    return made


def test_a_value_comes_as_the_member_of_its_type(house: Warehouse) -> None:
    number = house.run(
        "select 1 as whole, cast(1.5 as float8) as fraction, true as truth, cast(null as integer) as nothing, 'a' as text,"
        " cast(2.50 as decimal(5,2)) as exact, date '2013-01-02' as day, cast('2013-01-02 03:04:05.6' as timestamp) as moment,"
        " cast('2013-01-02 03:04:05' as timestamptz) as zoned"
    )["Id"]
    result = house.api.get_statement_result(Id=number)
    assert result["TotalNumRows"] == 1
    assert result["Records"] == [
        [
            {"longValue": 1},
            {"doubleValue": 1.5},
            {"booleanValue": True},
            {"isNull": True},
            {"stringValue": "a"},
            {"stringValue": "2.50"},
            {"stringValue": "2013-01-02"},
            {"stringValue": "2013-01-02 03:04:05.6"},
            {"stringValue": "2013-01-02 03:04:05+00"},
        ]
    ]
    assert [column["typeName"] for column in result["ColumnMetadata"]] == [
        "int4", "float8", "bool", "int4", "varchar", "numeric", "date", "timestamp", "timestamptz",
    ]  # fmt: skip


def test_integers_are_computed_as_on_redshift(house: Warehouse) -> None:
    assert house.rows("select 7 / 2, avg(n), sum(n) / count(*) from (select 1 as n union all select 2) as t") == [[3, 1, 1]]


def test_a_column_without_a_name_has_the_one_that_redshift_gives_it(house: Warehouse) -> None:
    number = house.run("select count(*), max(n), 1 + 1, case when true then 1 end from numbers")["Id"]
    found = [column["name"] for column in house.api.get_statement_result(Id=number)["ColumnMetadata"]]
    assert found == ["count", "max", "?column?", "case"]


def test_changes_say_how_many_rows_they_changed(house: Warehouse) -> None:
    house.run("create table changed (n integer, word varchar(10) default 'none')")
    assert house.run("insert into changed (n) values (1), (2), (3)")["ResultRows"] == 3
    assert house.run("update changed set word = 'two' where n = 2")["ResultRows"] == 1
    assert house.run("delete from changed where word = 'none'")["ResultRows"] == 2
    house.run(
        "merge into changed using (select 2 as n, 'zwei' as word union all select 4, 'vier') as new on changed.n = new.n"
        " when matched then update set word = new.word when not matched then insert (n, word) values (new.n, new.word)"
    )
    assert house.rows("select n, word from changed order by n") == [[2, "zwei"], [4, "vier"]]
    house.run("truncate changed")
    assert house.rows("select count(*) from changed") == [[0]]


def test_a_result_comes_in_pages(house: Warehouse) -> None:
    number = house.run("select a.n from numbers a, (values (1), (2), (3)) b(m) order by 1")["Id"]
    first = house.api.get_statement_result(Id=number)
    assert (len(first["Records"]), first["TotalNumRows"]) == (1000, 3000)
    pages = list(house.api.get_paginator("get_statement_result").paginate(Id=number))
    assert [len(page["Records"]) for page in pages] == [1000, 1000, 1000]
    assert pages[2]["Records"][-1] == [{"longValue": 999}]


def test_a_batch_is_one_transaction_with_the_result_of_each_statement(house: Warehouse) -> None:
    found = house.run(
        "create table pairs (n integer)", "insert into pairs values (1), (2)", "select count(*) as pairs from pairs", "select 'done'"
    )
    assert [(part["Status"], part["ResultRows"], part["HasResultSet"]) for part in found["SubStatements"]] == [
        ("FINISHED", -1, False), ("FINISHED", 2, False), ("FINISHED", 1, True), ("FINISHED", 1, True),
    ]  # fmt: skip
    assert house.api.get_statement_result(Id=f"{found['Id']}:3")["Records"] == [[{"longValue": 2}]]
    assert house.api.describe_statement(Id=f"{found['Id']}:2")["QueryString"] == "insert into pairs values (1), (2)"


def test_a_batch_that_fails_names_its_statement_and_leaves_nothing(house: Warehouse) -> None:
    house.run("create table kept (n integer)")
    number = house.start(
        "create schema half",
        "create table half.done (n integer) diststyle all",
        "comment on table half.done is 'gone'",
        "create role half_reader",
        "insert into kept values (1)",
        "select cast(case when count(*) = 0 then '0' else 'already applied' end as integer) from kept",
        "insert into kept values (2)",
    )
    found = house.ended(number)
    assert found["Status"] == "FAILED"
    assert found["Error"].startswith("Query #6 failed with ERROR: ")
    assert "already applied" in found["Error"]
    assert [part["Status"] for part in found["SubStatements"]] == ["FINISHED"] * 5 + ["FAILED", "ABORTED"]
    assert house.rows("select count(*) from kept") == [[0]]
    assert house.rows("select count(*) from svv_tables where table_schema = 'half'") == [[0]]
    assert house.rows("select count(*) from svv_table_info where schema = 'half'") == [[0]]
    assert house.rows("select count(*) from svv_roles where role_name = 'half_reader'") == [[0]]
    assert 'schema "half" does not exist' in house.fails("create table half.again (n integer)")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select n from nowhere.nothing", 'relation "nowhere.nothing" does not exist'),
        ("select missing from numbers", 'column "missing" does not exist'),
        ("selec n from numbers", "syntax error"),
        ("select cast('word' as integer)", "'word'"),
        ("insert into numbers values ('word')", "'word'"),
        ("select 1; select 2", "cannot insert multiple commands"),
        ("select * from other.public.numbers", 'database "other" does not exist'),
    ],
)
def test_a_wrong_statement_fails_with_what_is_wrong(house: Warehouse, sql: str, why: str) -> None:
    assert why in house.fails(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "copy numbers from 's3://bucket/numbers' iam_role default",
        "unload ('select 1') to 's3://bucket/one' iam_role default",
        "unload ('select 1') to 's3://bucket/one' iam_role default format parquet encrypted",
        "create materialized view copied auto refresh yes as select n from numbers",
        "create external schema topics from kafka iam_role default",
        "create datashare shared",
        "grant usage on datashare shared to account '111122223333'",
        "create table odd (n super)",
        "create table odd (n integer identity(1, 1))",
        "select * from read_text('/etc/hostname')",
        "call procedure_of_mine()",
        "vacuum numbers",
    ],
)
def test_what_is_not_in_the_local_cloud_is_refused_with_its_text(house: Warehouse, sql: str) -> None:
    why = house.fails(sql)
    assert "the local cloud does not run" in why
    assert sql.split()[1].strip("('").upper() in why.upper()


def test_a_parameter_is_a_text_whose_type_follows_from_its_place(house: Warehouse) -> None:
    given = [{"name": "most", "value": "2"}, {"name": "word", "value": "it's"}]
    assert house.rows("select n, :word as word from numbers where n < :most order by n", Parameters=given) == [[0, "it's"], [1, "it's"]]
    assert "parameter :most has no value" in house.fails("select n from numbers where n < :most")


def test_the_same_token_is_the_same_statement(house: Warehouse) -> None:
    house.run("create table once (n integer)")
    first, second = (house.start("insert into once values (1)", ClientToken="load-1") for _ in range(2))
    assert first == second
    house.ended(first)
    assert house.start("insert into once values (1)", ClientToken="load-2") != first
    until(lambda: house.rows("select count(*) from once") == [[2]])


def test_a_statement_that_is_cancelled_is_aborted_and_one_that_is_over_cannot_be(house: Warehouse) -> None:
    number = house.start(SLOW)
    until(lambda: house.api.describe_statement(Id=number)["Status"] == "STARTED")
    waiting = house.start("create table never (n integer)")
    assert house.api.cancel_statement(Id=waiting)["Status"]
    assert house.api.cancel_statement(Id=number)["Status"]
    assert house.ended(number)["Status"] == "ABORTED"
    assert house.ended(waiting)["Status"] == "ABORTED"
    assert "already in ABORTED state" in refusal(house.api.cancel_statement, Id=number)
    assert "does not exist" in house.fails("select * from never")


def test_a_statement_that_takes_longer_than_its_workgroup_lets_it_fails(cloud: LocalCloud, house: Warehouse) -> None:
    serverless = cloud.client("redshift-serverless")
    limit = {"parameterKey": "max_query_execution_time", "parameterValue": "1"}
    serverless.update_workgroup(workgroupName=house.name, configParameters=[limit])
    try:
        assert "max_query_execution_time" in house.fails("insert into numbers values (-1)", SLOW)
    finally:
        serverless.update_workgroup(workgroupName=house.name, configParameters=[])
    assert house.rows("select count(*) from numbers where n < 0") == [[0]]


def test_a_call_that_asks_for_what_is_not_here_is_refused_by_name(house: Warehouse) -> None:
    execute = house.api.execute_statement
    assert "there is no workgroup other" in refusal(execute, WorkgroupName="other", Database="lake", Sql="select 1")
    assert 'database "dev" does not exist' in refusal(execute, WorkgroupName=house.name, Database="dev", Sql="select 1")
    assert "there are no provisioned clusters" in refusal(execute, ClusterIdentifier="a", DbUser="b", Database="lake", Sql="select 1")
    assert "WithEvent is not in the local cloud" in refusal(execute, **house.place, Sql="select 1", WithEvent=True)
    assert "has no ListSchemas in the local cloud" in refusal(house.api.list_schemas, **house.place)
    assert "Query does not exist" in refusal(house.api.describe_statement, Id="00000000-0000-0000-0000-000000000000")
    assert "Query does not have result" in refusal(house.api.get_statement_result, Id=house.run("create schema nothing")["Id"])


def test_a_state_machine_calls_the_data_api_under_its_role(cloud: LocalCloud, house: Warehouse) -> None:
    arn = cloud.client("redshift-serverless").get_workgroup(workgroupName=house.name)["workgroup"]["workgroupArn"]
    statements = [
        {"Action": ["redshift-data:ExecuteStatement", "redshift-serverless:GetCredentials"], "Resource": arn},
        {"Action": ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"], "Resource": "*"},
    ]
    role = cloud.role("asks", statements, "states.amazonaws.com")
    call = "arn:aws:states:::aws-sdk:redshiftdata:"
    found = {"Id.$": "$.Id"}
    definition = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": f"{call}executeStatement",
                "Parameters": {**house.place, "Sql": "select 7 as n"},
                "Next": "Wait",
            },
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Look"},
            "Look": {"Type": "Task", "Resource": f"{call}describeStatement", "Parameters": found, "ResultPath": "$.Told", "Next": "Read"},
            "Read": {"Type": "Task", "Resource": f"{call}getStatementResult", "Parameters": found, "ResultPath": "$.Result", "End": True},
        },
    }
    machine = cloud.client("stepfunctions").create_state_machine(name="asks", definition=json.dumps(definition), roleArn=role)
    output = json.loads(cloud.execute(machine["stateMachineArn"], {})["output"])
    assert output["Told"]["Status"] == "FINISHED"
    assert output["Result"]["Records"] == [[{"LongValue": 7}]]
    denied = {**definition, "StartAt": "Cancel", "States": {"Cancel": {
        "Type": "Task", "Resource": f"{call}cancelStatement", "Parameters": {"Id": output["Id"]}, "End": True}}}  # fmt: skip
    other = cloud.client("stepfunctions").create_state_machine(name="cancels", definition=json.dumps(denied), roleArn=role)
    failed = cloud.execute(other["stateMachineArn"], {})
    assert "redshift-data:CancelStatement" in failed["cause"]
