"""Jobs on Spark, from lines in raw to an Iceberg table, and the table as Athena reads it."""

from typing import Any

import pytest

from tests.local_cloud.jobs import GlueJob
from tests.local_cloud.queries import Athena
from tests.local_cloud.running import ACCOUNT, LocalCloud, refusal
from tests.local_cloud.warehouses import SERVICE, warehouse
from tests.local_cloud.words import words_job

KEY = "raw/ingest_date=2013-01-01/a file + more.csv"


@pytest.fixture(scope="module")
def job(cloud: LocalCloud) -> GlueJob:
    job = words_job(cloud)
    job.put("data", KEY, b'one\n"two, and\n\n')
    job.put("data", "raw/ingest_date=2013-01-01/ignored.bad", b"bad\n")
    job.put("data", "raw/_errors/ignored", b"hidden\n")
    return job


@pytest.fixture(scope="module")
def first_run(job: GlueJob) -> dict[str, Any]:
    return job.run()


@pytest.fixture
def athena(cloud: LocalCloud, first_run: dict[str, Any]) -> Athena:
    assert first_run["JobRunState"] == "SUCCEEDED", first_run
    return Athena(cloud, "words", "s3://words-data/results/")


def test_lines_come_whole_with_the_address_of_their_object(job: GlueJob, first_run: dict[str, Any]) -> None:
    address = f"s3://words-data/{KEY}"
    told = job.log(first_run["Id"])
    assert first_run["JobRunState"] == "SUCCEEDED", told
    assert f"lines {[('', address), (chr(34) + 'two, and', address), ('one', address)]}" in told


def test_a_run_with_nothing_new_gets_a_frame_without_columns_until_its_bookmark_is_reset(job: GlueJob, first_run: dict[str, Any]) -> None:
    assert job.glue.get_job_bookmark(JobName=job.name)["JobBookmarkEntry"]["RunId"] == first_run["Id"]
    second = job.run()
    assert "columns []" in job.log(second["Id"]), second
    job.glue.reset_job_bookmark(JobName=job.name)
    assert "EntityNotFoundException" in refusal(job.glue.get_job_bookmark, JobName=job.name)


def test_a_role_without_a_grant_that_iceberg_needs_fails_in_seconds_naming_it(job: GlueJob, first_run: dict[str, Any]) -> None:
    job.script("from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().table('glue_catalog.words.word')")
    give_back = job.without("read")
    run = job.run()
    give_back()
    metadata = "arn:aws:s3:::words-data/word/metadata/"
    assert run["JobRunState"] == "FAILED"
    assert f"is not authorized to perform: s3:GetObject on resource: {metadata}" in run["ErrorMessage"]
    assert run["ExecutionTime"] < 60  # Iceberg by itself asks for a minute and a half


def test_a_query_gets_rows_and_types_as_athena_gives_them(athena: Athena) -> None:
    result = athena.query("SELECT word, size, at FROM word WHERE size > 0 ORDER BY word DESC")
    assert result.types == {"word": "varchar", "size": "integer", "at": "timestamp with time zone"}
    assert result.rows == [["one", "3", "2013-01-01 05:00:00.000000 UTC"], ['"two, and', "9", "2013-01-01 05:00:00.000000 UTC"]]
    assert result.published == (
        '"word","size","at"\n"one","3","2013-01-01 05:00:00.000000 UTC"\n"""two, and","9","2013-01-01 05:00:00.000000 UTC"\n'
    )


def test_a_table_is_found_by_its_database_and_an_unnamed_column_is_numbered(athena: Athena) -> None:
    result = athena.query("WITH w AS (SELECT * FROM words.word) SELECT words.word.size, count(*) FROM words.word, w GROUP BY 1 ORDER BY 1")
    assert list(result.types.items()) == [("size", "integer"), ("_col1", "bigint")]
    assert result.rows == [["0", "3"], ["3", "3"], ["9", "3"]]


def test_integers_are_divided_as_integers(athena: Athena) -> None:
    assert athena.query("SELECT max(size) / count(*), max(size) / 2.0, sum(size) / 5 FROM word").rows == [["3", "4.5", "2"]]


def test_the_history_of_a_table_is_a_table(athena: Athena) -> None:
    snapshots = athena.query("SELECT operation, summary['added-records'] AS added, snapshot_id FROM \"word$snapshots\"")
    assert snapshots.rows[0][:2] == ["append", "3"]
    snapshot = snapshots.rows[0][2]
    assert athena.query(f"SELECT count(*) FROM word FOR VERSION AS OF {snapshot}").rows == [["3"]]
    assert athena.query('SELECT name, type FROM "word$refs"').rows == [["main", "BRANCH"]]
    assert athena.query('SELECT is_current_ancestor FROM "word$history"').rows == [["true"]]


def test_names_are_listed_and_described(athena: Athena) -> None:
    assert athena.query("SHOW TABLES IN words 'w*'").rows == [["word"]]
    assert ["words"] in athena.query("show databases").rows
    assert athena.query("DESCRIBE word").rows == [["word", "string", ""], ["size", "int", ""], ["at", "timestamp", ""]]
    assert "ICEBERG_SCAN" in str(athena.query("EXPLAIN SELECT * FROM word").rows)


def test_results_come_page_by_page_with_the_header_in_the_first(athena: Athena) -> None:
    query_id = athena.start("SELECT word FROM word ORDER BY size")
    athena.ended(query_id)
    pages = athena.api.get_paginator("get_query_results").paginate(QueryExecutionId=query_id, PaginationConfig={"PageSize": 2})
    assert [[row["Data"][0].get("VarCharValue") for row in page["ResultSet"]["Rows"]] for page in pages] == [
        ["word", ""],
        ["one", '"two, and'],
    ]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT *\nFROM nothing", "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.words.nothing' does not exist"),
        ("SELECT * FROM nowhere.word", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"),
        ("SELECT wrod FROM word", "COLUMN_NOT_FOUND: line 1:8: Column 'wrod' cannot be resolved"),
        ("SELECT sise(word) FROM word", "FUNCTION_NOT_FOUND: line 1:8: Function 'sise' not registered"),
        ("SELECT CAST(word AS integer) FROM word", "INVALID_CAST_ARGUMENT: Could not convert string"),
        ('SELECT * FROM "word$files"', "NOT_SUPPORTED: line 1:15: the local cloud has no word$files"),
        ("DELETE FROM word", "NOT_SUPPORTED: the local cloud does not run DELETE FROM"),
        ("SELECT * FROM read_text('/etc/hosts')", "NOT_SUPPORTED: the local cloud does not read from"),
    ],
)
def test_a_query_that_cannot_be_answered_fails_with_a_reason_like_athenas(athena: Athena, sql: str, reason: str) -> None:
    execution = athena.ended(athena.start(sql))
    assert execution["Status"]["State"] == "FAILED"
    assert execution["Status"]["StateChangeReason"].startswith(reason)


def test_text_that_is_no_sql_is_refused_before_it_runs(athena: Athena) -> None:
    told = refusal(athena.start, sql="SELEC 1")
    assert told.startswith("InvalidRequestException: line 1:7: mismatched input '1'")


def test_redshift_reads_the_table_as_it_is_and_as_it_was(cloud: LocalCloud, first_run: dict[str, Any]) -> None:
    assert first_run["JobRunState"] == "SUCCEEDED", first_run
    catalog = [f"arn:aws:glue:us-east-1:{ACCOUNT}:{part}" for part in ("catalog", "database/words", "table/words/*")]
    read = {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::words-data", "arn:aws:s3:::words-data/word/*"]}
    role = cloud.role("reads-words", [{"Action": "glue:GetTable", "Resource": catalog}, read], SERVICE)
    house = warehouse(cloud, "words", [role])
    house.run("create external schema words from data catalog database 'words' iam_role default")
    rows = [['"two, and', 9, "2013-01-01 05:00:00+00"], ["one", 3, "2013-01-01 05:00:00+00"]]
    assert house.rows("select word, size, at from words.word where size > 0 order by word") == rows
    assert house.rows("select count(*) from words.word as of timestamp '2100-01-01 00:00:00'") == [[3]]
    assert "has no snapshot as of timestamp 2013-01-01" in house.fails("select count(*) from words.word as of timestamp '2013-01-01'")
    house.run("create table copied (word varchar(20), size integer)", "insert into copied select word, size / 2 from words.word")
    assert house.rows("select sum(size) from copied") == [[5]]
