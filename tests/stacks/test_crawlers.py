"""What is crawled in raw, and how."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from contracts.read import read
from lake_constructs.crawler import table_level
from stacks.raw_crawlers import RawCrawlers
from tests.contracts.conftest import TABLE
from tests.stacks.synthesis import ROOT, Assembly
from tests.stacks.test_permissions import statements


def test_there_is_one_crawler_with_one_target_per_dataset_that_arrives_as_files(prod: Assembly) -> None:
    contracts = read(path.parent for path in (ROOT / "datasets").glob("*/contract.yaml"))
    crawlers = [resource["Properties"] for resource in prod.resources("AWS::Glue::Crawler").values()]
    assert len(crawlers) >= 2
    assert sorted(crawler["Name"] for crawler in crawlers) == [
        f"lake-raw-{name}" for name, contract in sorted(contracts.items()) if contract.source is not None
    ]
    assert all(len(crawler["Targets"]["S3Targets"]) == 1 for crawler in crawlers)


def test_the_table_level_is_that_of_the_dataset_s_folder_and_the_source_lies_below_it(prod: Assembly) -> None:
    contracts = read(path.parent for path in (ROOT / "datasets").glob("*/contract.yaml"))
    for crawler in (resource["Properties"] for resource in prod.resources("AWS::Glue::Crawler").values()):
        source = contracts[crawler["Name"].removeprefix("lake-raw-")].source
        (target,) = crawler["Targets"]["S3Targets"]
        assert source is not None
        assert json.loads(crawler["Configuration"])["Grouping"]["TableLevelConfiguration"] == 2
        assert source.location.startswith(path_in_bucket(target["Path"]))


def test_a_crawler_passes_over_what_the_stream_of_its_dataset_delivered(prod: Assembly) -> None:
    crawlers = {resource["Properties"]["Name"]: resource["Properties"] for resource in prod.resources("AWS::Glue::Crawler").values()}
    excluded = {name: "stream/**" in crawler["Targets"]["S3Targets"][0]["Exclusions"] for name, crawler in crawlers.items()}
    assert (excluded["lake-raw-weather"], excluded["lake-raw-flights"]) == (True, False)


def path_in_bucket(path: Any) -> str:
    """Return the last text of a joined path, without the slash that ends the bucket."""
    return str(path["Fn::Join"][1][-1]).removeprefix("/")


@pytest.mark.parametrize(("folder", "level"), [("", 1), ("flights", 2), ("flights/", 2), ("/flights/files/", 3), ("a/b/c", 4)])
def test_the_level_of_a_folder_counts_the_bucket_as_one(folder: str, level: int) -> None:
    assert table_level(folder) == level


def test_every_crawler_joins_what_fits_and_its_partitions_inherit_and_makes_one_table(prod: Assembly) -> None:
    for crawler in (resource["Properties"] for resource in prod.resources("AWS::Glue::Crawler").values()):
        configuration = json.loads(crawler["Configuration"])
        assert configuration["CrawlerOutput"] == {
            "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
            "Tables": {"TableThreshold": 1},
        }
        assert configuration["Grouping"]["TableGroupingPolicy"] == "CombineCompatibleSchemas"
        assert crawler["SchemaChangePolicy"] == {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
        assert {"_**", "**/_**"} <= set(crawler["Targets"]["S3Targets"][0]["Exclusions"])


def test_a_crawler_comes_after_its_role_s_policy_its_security_configuration_and_its_classifier(prod: Assembly) -> None:
    kinds = {name: resource["Type"] for (_, name), resource in prod.resources().items()}
    for crawler in prod.resources("AWS::Glue::Crawler").values():
        assert {"AWS::IAM::Policy", "AWS::Glue::SecurityConfiguration", "AWS::Glue::Classifier"} <= {
            kinds[name] for name in crawler["DependsOn"]
        }


def test_the_crawlers_read_raw_and_write_tables_of_the_raw_database_and_nothing_else(prod: Assembly) -> None:
    allowed = statements(prod, "CrawlersAccessRole")
    assert set(allowed) == {"ListObjects", "ReadObjects", "UseKey", "WriteTables", "WriteLog"}
    assert allowed["ReadObjects"]["Action"] == "s3:GetObject"
    assert "Raw" in json.dumps(allowed["ReadObjects"]["Resource"])
    assert [arn.rpartition(":")[2] for arn in allowed["WriteTables"]["Resource"]] == ["catalog", "database/lake_raw", "table/lake_raw/*"]
    assert not [action for action in allowed["WriteTables"]["Action"] if "Delete" in action]


def crawlers_of(folder: Path, *contracts: str) -> Template:
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    for number, text in enumerate(contracts):
        place = folder / f"set{number}"
        place.mkdir()
        (place / "contract.yaml").write_text(text.format(name=f"set{number}"), encoding="utf-8")
    stack = Stack(
        App(context=context, builtin_cloud_formation_validation=False), "Alone", env=Environment(account="1" * 12, region="eu-west-1")
    )
    RawCrawlers(
        stack,
        "Crawlers",
        name="lake",
        contracts=read(folder.iterdir()),
        bucket=s3.Bucket(stack, "Raw"),
        database="lake_raw",
        encryption_key=kms.Key(stack, "Key"),
    )
    return Template.from_stack(stack)


def test_a_crawler_runs_by_the_schedule_of_its_contract_and_without_one_on_demand_alone(tmp_path: Path) -> None:
    template = crawlers_of(tmp_path, TABLE, TABLE.replace("load: upsert", 'load: upsert, crawl: "cron(15 4 * * ? *)"'))
    found = {one["Properties"]["Name"]: one["Properties"] for one in template.find_resources("AWS::Glue::Crawler").values()}
    assert "Schedule" not in found["lake-raw-set0"]
    assert found["lake-raw-set1"]["Schedule"] == {"ScheduleExpression": "cron(15 4 * * ? *)"}


def test_objects_with_a_header_share_a_classifier_per_delimiter_and_others_have_their_own(tmp_path: Path) -> None:
    without = TABLE.replace("load: upsert", "load: upsert, source: {{header: false}}")
    template = crawlers_of(tmp_path, TABLE, TABLE, TABLE.replace("format: csv", 'format: csv, delimiter: "|"'), without)
    found = [one["Properties"]["CsvClassifier"] for one in template.find_resources("AWS::Glue::Classifier").values()]
    assert sorted((one["Delimiter"], one["ContainsHeader"], tuple(one.get("Header", ()))) for one in found) == [
        (",", "ABSENT", ("id", "amount")),
        (",", "PRESENT", ()),
        ("|", "PRESENT", ()),
    ]


def test_json_needs_no_classifier(tmp_path: Path) -> None:
    template = crawlers_of(tmp_path, TABLE.replace("format: csv", "format: json"))
    template.resource_count_is("AWS::Glue::Classifier", 0)
    template.resource_count_is("AWS::Glue::Crawler", 1)


def test_a_hundred_crawlers_cost_one_role_and_a_resource_each(tmp_path: Path) -> None:
    template = crawlers_of(tmp_path, *[TABLE] * 100)
    resources = template.to_json()["Resources"]
    assert len(resources) <= 100 + 8
