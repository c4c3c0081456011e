"""Crawls of real objects, and what Athena sees of them."""

import gzip
import json
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from tests.local_cloud.queries import Athena
from tests.local_cloud.running import ACCOUNT, LocalCloud, refusal, until
from tests.local_cloud.test_crawler_parts import CONFIGURATION, DEFINITION

DAY = "ingest_date=2026-01-0"
CSV = b'id,name\n1,"Smith, J."\n2,\n'


@dataclass(frozen=True)
class Raw:
    """A bucket, a database and a role, all named `crawled`."""

    cloud: LocalCloud

    @property
    def glue(self) -> Any:
        return self.cloud.client("glue")

    def create(self) -> "Raw":
        self.cloud.client("s3").create_bucket(Bucket="crawled")
        self.glue.create_database(DatabaseInput={"Name": "crawled"})
        self.glue.create_classifier(CsvClassifier={"Name": "quoted", "Delimiter": ",", "QuoteSymbol": '"', "ContainsHeader": "PRESENT"})
        self.cloud.role("crawled", self.grants())
        return self

    def grants(self, *without: str) -> list[dict[str, Any]]:
        tables = ["GetTable", "CreateTable", "UpdateTable", "GetPartitions", "BatchCreatePartition", "BatchUpdatePartition"]
        all_of_them = ["s3:ListBucket", "s3:GetObject", *(f"glue:{action}" for action in tables)]
        return [{"Action": [action for action in all_of_them if action not in without], "Resource": "*"}]

    def put(self, key: str, body: bytes) -> None:
        self.cloud.client("s3").put_object(Bucket="crawled", Key=key, Body=body)

    def crawler(self, dataset: str) -> str:
        self.glue.create_crawler(
            **DEFINITION
            | {
                "Name": dataset,
                "Role": f"arn:aws:iam::{ACCOUNT}:role/crawled",
                "DatabaseName": "crawled",
                "Classifiers": ["quoted"],
                "Targets": {"S3Targets": [{"Path": f"s3://crawled/{dataset}/", "Exclusions": ["_**", "**/_**"]}]},
            }
        )
        return dataset

    def crawl(self, crawler: str) -> dict[str, Any]:
        """Run a crawler to its end and return LastCrawl."""
        self.glue.start_crawler(Name=crawler)
        found = until(lambda: _at_rest(self.glue.get_crawler(Name=crawler)["Crawler"]))
        last: dict[str, Any] = found["LastCrawl"]
        return last

    def table(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = self.glue.get_table(DatabaseName="crawled", Name=name)["Table"]
        return table

    def columns(self, name: str) -> dict[str, str]:
        return {column["Name"]: column["Type"] for column in self.table(name)["StorageDescriptor"]["Columns"]}

    def query(self, sql: str) -> list[list[str | None]]:
        return Athena(self.cloud, "crawled", "s3://crawled/_results/").query(sql).rows


def _at_rest(crawler: dict[str, Any]) -> dict[str, Any] | None:
    return crawler if crawler["State"] == "READY" else None


@pytest.fixture(scope="module")
def raw(cloud: LocalCloud) -> Raw:
    return Raw(cloud).create()


def test_csv_becomes_a_table_with_partitions_that_athena_reads(raw: Raw) -> None:
    raw.put(f"people/files/{DAY}1/a.csv", CSV)
    raw.put(f"people/files/{DAY}2/b.csv.gz", gzip.compress(CSV))
    raw.put("people/_errors/broken", b"\x00")
    raw.put("people/files/_SUCCESS", b"x")
    last = raw.crawl(raw.crawler("people"))
    assert last["Status"] == "SUCCEEDED", last
    assert raw.columns("people") == {"id": "string", "name": "string"}
    assert [key["Name"] for key in raw.table("people")["PartitionKeys"]] == ["partition_0", "ingest_date"]
    assert raw.query("select id, name, ingest_date from people order by ingest_date, id") == [
        ["1", "Smith, J.", "2026-01-01"],
        ["2", "", "2026-01-01"],
        ["1", "Smith, J.", "2026-01-02"],
        ["2", "", "2026-01-02"],
    ]
    assert raw.query("select count(*) from people where ingest_date = '2026-01-02'") == [["2"]]
    assert raw.query("describe people")[-1] == ["ingest_date", "string", ""]


def test_an_object_in_a_known_partition_is_seen_at_once_and_a_new_partition_after_the_next_crawl(raw: Raw) -> None:
    raw.put(f"arriving/files/{DAY}1/a.csv", CSV)
    crawler = raw.crawler("arriving")
    raw.crawl(crawler)
    raw.put(f"arriving/files/{DAY}1/b.csv", CSV)
    raw.put(f"arriving/files/{DAY}2/c.csv", CSV)
    assert raw.query("select count(*) from arriving") == [["4"]]
    raw.crawl(crawler)
    assert raw.query("select count(*) from arriving") == [["6"]]


def test_nested_json_lines_become_structs_and_a_later_field_a_column_of_every_partition(raw: Raw) -> None:
    raw.put(f"events/files/{DAY}1/a.json", b'{"id": 1, "who": {"name": "a"}}\n{"id": 2}\n')
    crawler = raw.crawler("events")
    assert raw.crawl(crawler)["Status"] == "SUCCEEDED"
    raw.put(f"events/files/{DAY}2/b.json.gz", gzip.compress(b'{"id": 3, "score": 0.5}\n'))
    assert raw.crawl(crawler)["Status"] == "SUCCEEDED"
    assert raw.columns("events") == {"id": "bigint", "who": "struct<name:string>", "score": "double"}
    partitions = raw.glue.get_partitions(DatabaseName="crawled", TableName="events")["Partitions"]
    assert [len(found["StorageDescriptor"]["Columns"]) for found in partitions] == [3, 3]
    assert raw.query("select id, who.name, score from events order by id") == [["1", "a", None], ["2", None, None], ["3", None, "0.5"]]


def test_parquet_keeps_its_types(raw: Raw, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("parquet") / "a.parquet"
    duckdb.sql("select 1::int as id, 2.50::decimal(6,2) as price, timestamp '2026-01-01 10:00:00' as at").write_parquet(str(file))
    raw.put(f"prices/files/{DAY}1/a.parquet", file.read_bytes())
    assert raw.crawl(raw.crawler("prices"))["Status"] == "SUCCEEDED"
    assert raw.columns("prices") == {"id": "int", "price": "decimal(6,2)", "at": "timestamp"}
    assert raw.query("select id, price from prices") == [["1", "2.50"]]


@pytest.mark.parametrize(
    "action", ["s3:ListBucket", "s3:GetObject", "glue:GetTable", "glue:CreateTable", "glue:GetPartitions", "glue:BatchCreatePartition"]
)
def test_a_crawl_whose_role_lacks_a_grant_has_failed_and_names_it(raw: Raw, action: str) -> None:
    dataset = action.replace(":", "_").lower()
    raw.put(f"{dataset}/files/{DAY}1/a.csv", CSV)
    crawler = raw.crawler(dataset)
    raw.cloud.allow("crawled", raw.grants(action))
    last = raw.crawl(crawler)
    raw.cloud.allow("crawled", raw.grants())
    assert last["Status"] == "FAILED"
    assert f"is not authorized to perform: {action}" in last["ErrorMessage"]
    assert "assumed-role/crawled/AWS-Crawler" in last["ErrorMessage"]
    assert raw.crawl(crawler)["Status"] == "SUCCEEDED"


def test_two_formats_in_a_folder_fail_the_crawl_and_leave_no_table(raw: Raw) -> None:
    raw.put(f"mixed/files/{DAY}1/a.csv", CSV)
    raw.put(f"mixed/files/{DAY}1/b.json", b'{"id": 1}\n')
    last = raw.crawl(raw.crawler("mixed"))
    assert (last["Status"], "csv and json" in last["ErrorMessage"]) == ("FAILED", True)
    assert "EntityNotFoundException" in refusal(raw.glue.get_table, DatabaseName="crawled", Name="mixed")


def test_a_corrupt_archive_fails_the_crawl_and_is_named(raw: Raw) -> None:
    raw.put(f"corrupt/files/{DAY}1/a.csv.gz", b"\x1f\x8b" + b"broken" * 9)
    last = raw.crawl(raw.crawler("corrupt"))
    assert last["ErrorMessage"].startswith(f"s3://crawled/corrupt/files/{DAY}1/a.csv.gz is not the gzip that it begins as")


def test_a_table_that_no_crawler_made_is_left_alone(raw: Raw) -> None:
    raw.put(f"owned/files/{DAY}1/a.csv", CSV)
    raw.glue.create_table(DatabaseName="crawled", TableInput={"Name": "owned"})
    assert "nothing is owned twice" in raw.crawl(raw.crawler("owned"))["ErrorMessage"]


def test_more_tables_than_the_threshold_are_none(raw: Raw) -> None:
    for name in ("one", "two"):
        raw.put(f"several/{name}/a.csv", CSV)
    crawler = raw.crawler("several")
    raw.glue.update_crawler(Name=crawler, Configuration=json.dumps(_at_level(3)))
    assert "(2: one, two) exceeds the table threshold 1" in raw.crawl(crawler)["ErrorMessage"]


def _at_level(level: int) -> dict[str, Any]:
    configuration: dict[str, Any] = json.loads(CONFIGURATION)
    configuration["Grouping"]["TableLevelConfiguration"] = level
    return configuration


def test_a_folder_without_objects_is_crawled_without_a_table(raw: Raw) -> None:
    assert raw.crawl(raw.crawler("nothing_there"))["Status"] == "SUCCEEDED"
    log = raw.cloud.client("logs").get_log_events(logGroupName="/aws-glue/crawlers", logStreamName="nothing_there")["events"]
    assert [event["message"] for event in log] == ["no objects, no tables", "SUCCEEDED"]


def test_what_is_not_there_or_not_possible_is_refused_as_glue_refuses_it(raw: Raw) -> None:
    crawler = raw.crawler("refused")
    assert refusal(raw.glue.start_crawler, Name="none").startswith("EntityNotFoundException")
    assert refusal(raw.glue.stop_crawler, Name=crawler).startswith("CrawlerNotRunningException")
    assert "schedule 'rate(5 minutes)'" in refusal(raw.glue.update_crawler, Name=crawler, Schedule="rate(5 minutes)")
    raw.glue.update_crawler(Name=crawler, Schedule="cron(15 4 ? * MON-FRI *)")
    shown = raw.glue.get_crawler(Name=crawler)["Crawler"]["Schedule"]
    assert shown == {"ScheduleExpression": "cron(15 4 ? * MON-FRI *)", "State": "SCHEDULED"}


def test_a_plain_table_has_no_history(raw: Raw) -> None:
    athena = Athena(raw.cloud, "crawled", "s3://crawled/_results/")
    told = athena.ended(athena.start('select * from "people$snapshots"'))["Status"]["StateChangeReason"]
    assert "crawled.people is no Iceberg table" in told


def test_lazy_csv_reads_what_is_no_number_as_null(raw: Raw) -> None:
    raw.put("lazy/a.csv", b"id;name\n1;a\nx;b\n")
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "Parameters": {"field.delim": ";"}}
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
    storage = {"Columns": columns, "Location": "s3://crawled/lazy/", "SerdeInfo": serde}
    raw.glue.create_table(
        DatabaseName="crawled", TableInput={"Name": "lazy", "StorageDescriptor": storage, "Parameters": {"skip.header.line.count": "1"}}
    )
    assert raw.query("select id, name from lazy order by name") == [["1", "a"], [None, "b"]]


def test_a_table_of_another_serde_is_refused_by_name(raw: Raw) -> None:
    storage = {"Columns": [], "Location": "s3://crawled/lazy/", "SerdeInfo": {"SerializationLibrary": "org.example.GrokSerDe"}}
    raw.glue.create_table(DatabaseName="crawled", TableInput={"Name": "grok", "StorageDescriptor": storage})
    athena = Athena(raw.cloud, "crawled", "s3://crawled/_results/")
    assert "is read by org.example.GrokSerDe" in athena.ended(athena.start("select * from grok"))["Status"]["StateChangeReason"]
