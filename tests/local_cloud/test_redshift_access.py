"""Who may use a warehouse, and with what rights it reads the lake."""

import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.local_cloud.running import ACCOUNT, LocalCloud, refusal
from tests.local_cloud.warehouses import DATABASE, SERVICE, Warehouse, warehouse

GLUE = f"arn:aws:glue:us-east-1:{ACCOUNT}:"
FIND = {
    "Sid": "Find",
    "Action": ["glue:GetTable", "glue:GetDatabase", "glue:GetPartitions"],
    "Resource": [GLUE + "catalog", GLUE + "database/shelf", GLUE + "table/shelf/*"],
}
LIST = {"Sid": "List", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::shelf"}
READ = {"Sid": "Read", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shelf/*"}
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@pytest.fixture(scope="module")
def reader(cloud: LocalCloud) -> str:
    """The role by which the warehouse reads."""
    return cloud.role("shelf-reader", [FIND, LIST, READ], SERVICE)


@pytest.fixture(scope="module")
def shelf(cloud: LocalCloud, reader: str, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with an external schema over a database of one table."""
    file: Path = tmp_path_factory.mktemp("books") / "books.parquet"
    duckdb.sql(f"COPY (SELECT 'Emma' AS title, 1815 AS year UNION ALL SELECT 'Persuasion', 1817) TO '{file}' (FORMAT parquet)")
    s3, glue = cloud.client("s3"), cloud.client("glue")
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="books/books.parquet", Body=io.BytesIO(file.read_bytes()))
    glue.create_database(DatabaseInput={"Name": "shelf"})
    columns = [{"Name": "title", "Type": "string"}, {"Name": "year", "Type": "int"}]
    storage = {"Columns": columns, "Location": "s3://shelf/books/", "SerdeInfo": {"SerializationLibrary": PARQUET}}
    glue.create_table(DatabaseName="shelf", TableInput={"Name": "books", "StorageDescriptor": storage})
    made = warehouse(cloud, "shelf", [reader])
    made.run("create external schema books from data catalog database 'shelf' iam_role default")
    return made


def test_an_external_schema_reads_tables_of_the_glue_catalog(shelf: Warehouse) -> None:
    assert shelf.rows("select title, year / 2 as half from books.books order by year") == [["Emma", 907], ["Persuasion", 908]]
    assert 'relation "shelf.none" of the Glue catalog does not exist' in shelf.fails("select * from books.none")
    assert shelf.rows("select schemaname, databasename from svv_external_schemas") == [["books", "shelf"]]


def test_a_view_without_schema_binding_may_come_before_its_table_and_reads_what_is_there_when_it_is_asked(
    cloud: LocalCloud, shelf: Warehouse
) -> None:
    shelf.run('create or replace view public."late" as select "title" from books."later" with no schema binding')
    shelf.run("comment on view public.late is 'what comes later'")
    assert shelf.rows("select remarks from svv_tables where table_name = 'late'") == [["what comes later"]]
    assert "does not exist" in shelf.fails("select * from late")
    table = cloud.client("glue").get_table(DatabaseName="shelf", Name="books")["Table"]
    later = {"Name": "later", "StorageDescriptor": table["StorageDescriptor"]}
    cloud.client("glue").create_table(DatabaseName="shelf", TableInput=later)
    assert shelf.rows("select count(*) from late where title = 'Emma'") == [[1]]
    assert "External tables are not supported in views" in shelf.fails("create view bound as select * from books.books")


def test_native_tables_take_from_external_ones_and_those_cannot_be_written(shelf: Warehouse) -> None:
    shelf.run("create table copied as select * from books.books")
    assert shelf.run("delete from copied using books.books b where copied.title = b.title and b.year < 1816")["ResultRows"] == 1
    assert shelf.rows("select title from copied") == [["Persuasion"]]
    assert "writes to external tables" in shelf.fails("insert into books.books values ('Sanditon', 1925)")


@pytest.mark.parametrize(
    ("kept", "action"),
    [([FIND, LIST], "s3:GetObject"), ([LIST, READ], "glue:GetTable"), ([FIND, READ], "s3:ListBucket")],
    ids=["Read", "Find", "List"],
)
def test_a_role_without_a_statement_fails_the_query_and_the_action_is_named(
    kept: list[dict[str, Any]], action: str, cloud: LocalCloud, shelf: Warehouse
) -> None:
    cloud.allow("shelf-reader", kept)
    try:
        why = shelf.fails("select * from books.books")
    finally:
        cloud.allow("shelf-reader", [FIND, LIST, READ])
    assert f"is not authorized to perform: {action}" in why
    assert len(shelf.rows("select * from books.books")) == 2


def test_a_schema_needs_a_role_of_the_namespace_that_trusts_redshift(cloud: LocalCloud, shelf: Warehouse) -> None:
    other = cloud.role("trusts-glue", [FIND, LIST, READ], "glue.amazonaws.com")
    create = "create external schema {} from data catalog database 'shelf' iam_role '{}'"
    assert f"the role {other} is not one of the namespace's" in shelf.fails(create.format("foreign_one", other))
    namespace = cloud.client("redshift-serverless").get_namespace(namespaceName="shelf")["namespace"]
    cloud.client("redshift-serverless").update_namespace(namespaceName="shelf", iamRoles=[*namespace["iamRoles"], other])
    shelf.run(create.format("distrusted", other))
    assert "its trust policy does not allow sts:AssumeRole" in shelf.fails("select * from distrusted.books")


def allowed(cloud: LocalCloud, name: str, statements: list[dict[str, Any]]) -> Warehouse:
    role = cloud.role(name, statements, "lambda.amazonaws.com")
    return Warehouse(cloud, "shelf", cloud.assume(role))


def test_a_caller_needs_the_call_its_statements_and_a_way_into_the_database(cloud: LocalCloud, shelf: Warehouse) -> None:
    arn = cloud.client("redshift-serverless").get_workgroup(workgroupName="shelf")["workgroup"]["workgroupArn"]
    execute = {"Action": ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"], "Resource": arn}
    own = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    follow = {"Action": ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"], "Resource": "*", "Condition": own}
    enter = {"Action": "redshift-serverless:GetCredentials", "Resource": arn}
    call = {"WorkgroupName": "shelf", "Database": DATABASE, "Sql": "select current_user"}

    nobody = allowed(cloud, "nobody", [])
    assert "redshift-data:ExecuteStatement" in refusal(nobody.api.execute_statement, **call)
    outside = allowed(cloud, "outside", [execute, follow])
    assert f"redshift-serverless:GetCredentials on resource: {arn}" in refusal(outside.api.execute_statement, **call)
    analyst = allowed(cloud, "analyst", [execute, follow, enter])
    assert analyst.rows("select current_user") == [["IAMR:analyst"]]
    another = shelf.run("select 1")["Id"]
    assert "redshift-data:DescribeStatement" in refusal(analyst.api.describe_statement, Id=another)


def test_the_secret_of_the_administrator_opens_the_database_to_whoever_may_read_it(cloud: LocalCloud, shelf: Warehouse) -> None:
    name = "redshift!shelf-administrator"
    secret = cloud.client("secretsmanager").describe_secret(SecretId=name)["ARN"]
    arn = cloud.client("redshift-serverless").get_workgroup(workgroupName="shelf")["workgroup"]["workgroupArn"]
    execute = {"Action": "redshift-data:ExecuteStatement", "Resource": arn}
    follow = {"Action": ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"], "Resource": "*"}
    know = {"Action": "secretsmanager:GetSecretValue", "Resource": secret}
    call = {"WorkgroupName": "shelf", "Database": DATABASE, "Sql": "select 1", "SecretArn": name}
    ignorant = allowed(cloud, "ignorant", [execute, follow])
    assert "secretsmanager:GetSecretValue" in refusal(ignorant.api.execute_statement, **call)
    administrator = allowed(cloud, "administrator", [execute, follow, know])
    assert administrator.rows("select current_user", SecretArn=name) == [["administrator"]]
    cloud.client("secretsmanager").create_secret(Name="another", SecretString=json.dumps({"username": "a", "password": "b"}))
    assert "is not that of the namespace's administrator" in refusal(shelf.api.execute_statement, **{**call, "SecretArn": "another"})
