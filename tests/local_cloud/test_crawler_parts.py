"""What a crawler makes of names, types and times."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local_cloud.crawlers.definition import Crawler
from local_cloud.crawlers.layout import CrawlError, Found, folders
from local_cloud.crawlers.patterns import expression
from local_cloud.crawlers.sample import Sample
from local_cloud.crawlers.schema import Csv, columns, hive_type
from local_cloud.crawlers.timetable import Timetable, tick
from local_cloud.glue.parameters import NotUnderstoodError
from tests.local_cloud.running import PYTHON, REPOSITORY, environment

CONFIGURATION = (
    '{"Version":1.0,"CrawlerOutput":{"Partitions":{"AddOrUpdateBehavior":"InheritFromTable"},"Tables":{"TableThreshold":1}},'
    '"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas","TableLevelConfiguration":2}}'
)
DEFINITION: dict[str, Any] = {
    "Name": "raw-words",
    "Role": "words",
    "DatabaseName": "lake_raw",
    "Targets": {"S3Targets": [{"Path": "s3://raw/words/", "Exclusions": ["_**"]}]},
    "Configuration": CONFIGURATION,
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
}


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "day/a.csv", False),
        ("**.csv", "day/a.csv", True),
        ("_**", "_errors/day/a.csv", True),
        ("**/_**", "files/_temporary/a", True),
        ("**/_**", "files/a_b", False),
        ("day=?/{a,b}.csv", "day=1/b.csv", True),
        ("[!ab]*", "a.csv", False),
        (r"\*", "*", True),
    ],
)
def test_an_exclusion_matches_as_glue_says(pattern: str, path: str, matches: bool) -> None:
    assert bool(expression(pattern).fullmatch(path)) is matches


def objects(*keys: str) -> list[Found]:
    return [Found("raw", key, 1) for key in keys]


def test_many_datasets_make_a_table_each_and_what_lies_below_makes_partitions() -> None:
    keys = [f"set{number}/files/ingest_date=2026-01-0{day}/a.csv" for number in range(3) for day in (1, 2)]
    made = folders(objects(*keys), level=2)
    assert [(folder.name, folder.location, folder.keys, len(folder.partitions)) for folder in made] == [
        (f"set{number}", f"s3://raw/set{number}/", ("partition_0", "ingest_date"), 2) for number in range(3)
    ]
    assert made[0].partitions["files", "2026-01-01"] == "s3://raw/set0/files/ingest_date=2026-01-01/"


def test_a_level_too_high_makes_one_table_of_all_and_one_too_low_a_table_per_day() -> None:
    keys = objects("a/files/ingest_date=2026-01-01/x", "b/files/ingest_date=2026-01-01/x")
    assert [folder.name for folder in folders(keys, level=1)] == ["raw"]
    assert [folder.name for folder in folders(keys, level=4)] == ["ingest_date_2026_01_01", "ingest_date_2026_01_01"]


def test_an_object_above_the_level_and_a_folder_of_another_shape_are_named() -> None:
    with pytest.raises(CrawlError, match=r"s3://raw/stray\.csv lies above table level 2"):
        folders(objects("stray.csv"), level=2)
    with pytest.raises(CrawlError, match=r"s3://raw/a/x\.csv has partition columns none, others of s3://raw/a/ have day"):
        folders(objects("a/day=1/x.csv", "a/x.csv"), level=2)


def test_a_definition_is_understood_whole() -> None:
    crawler = Crawler.from_definition(DEFINITION)
    assert (crawler.level, crawler.most_tables, crawler.targets[0].prefix) == (2, 1, "words/")
    assert [crawler.targets[0].takes(key) for key in ("words/files/a", "words/_errors/a")] == [True, False]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Targets": {"JdbcTargets": [{"Path": "db"}]}}, "targets have JdbcTargets"),
        ({"Targets": {"S3Targets": [{"Path": "s3://a", "SampleSize": 3}]}}, "targets have SampleSize"),
        ({"Configuration": ""}, "Configuration.Version is None"),
        ({"Configuration": CONFIGURATION.replace(',"TableLevelConfiguration":2', "")}, "TableLevelConfiguration is None"),
        ({"SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}}, "UpdateBehavior is 'LOG'"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "RecrawlBehavior is 'CRAWL_EVENT_MODE'"),
    ],
)
def test_what_a_crawler_cannot_do_here_is_refused_by_name(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(NotUnderstoodError, match=told):
        Crawler.from_definition(DEFINITION | changed)


def sample(folder: Path, content: bytes, classification: str) -> Sample:
    file = folder / f"{len(list(folder.iterdir()))}"
    file.write_bytes(content)
    return Sample(file, classification, "none")


def test_quoted_csv_gives_texts_and_unquoted_csv_the_types_that_its_values_have(tmp_path: Path) -> None:
    found = [sample(tmp_path, b"Id,name\n1,a\n", "csv"), sample(tmp_path, b"Id,name\n2,b\n", "csv")]
    assert columns(found, Csv(quote='"')) == [("id", "string"), ("name", "string")]
    assert columns(found, Csv()) == [("id", "bigint"), ("name", "string")]


def test_csv_without_a_header_is_named_by_its_classifier(tmp_path: Path) -> None:
    assert columns([sample(tmp_path, b"1|a\n", "csv")], Csv("|", '"', ("id", "name"))) == [("id", "string"), ("name", "string")]


def test_csv_without_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CrawlError, match="name an AWS::Glue::Classifier"):
        columns([sample(tmp_path, b"a,b\n", "csv")], None)


def test_json_lines_with_other_fields_are_one_table_and_dates_in_them_are_texts(tmp_path: Path) -> None:
    lines = [b'{"id": 1, "at": "2026-01-01", "who": {"name": "a", "tags": ["x"]}}\n', b'{"id": 2, "score": 0.5}\n']
    found = columns([sample(tmp_path, line, "json") for line in lines], None)
    assert found == [("id", "bigint"), ("at", "string"), ("who", "struct<name:string,tags:array<string>>"), ("score", "double")]


@pytest.mark.parametrize(
    ("given", "hive"), [("HUGEINT", "bigint"), ("DECIMAL(12,2)", "decimal(12,2)"), ("TIMESTAMP WITH TIME ZONE", "timestamp")]
)
def test_a_type_has_its_name_in_hive(given: str, hive: str) -> None:
    assert hive_type(given) == hive


def test_a_classifier_that_guesses_at_headers_is_refused() -> None:
    with pytest.raises(CrawlError, match="ContainsHeader UNKNOWN with 0 names"):
        Csv.from_classifier({"Name": "guess", "ContainsHeader": "UNKNOWN"})


def test_a_crawler_is_due_once_per_turn_from_the_first_look_on() -> None:
    start = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
    timetable = Timetable(lambda expression, moment: moment + timedelta(minutes=int(expression)))
    looks = [timetable.due([("a", "5"), ("b", "60")], start + timedelta(minutes=minute)) for minute in (0, 4, 5, 6, 10, 61)]
    assert looks == [[], [], ["a"], [], ["a"], ["a", "b"]]


def test_a_schedule_that_changes_counts_anew_and_one_that_never_fires_does_not() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    timetable = Timetable(lambda expression, moment: moment + timedelta(minutes=int(expression)) if expression else None)
    assert timetable.due([("a", "5"), ("never", "")], start) == []
    assert timetable.due([("a", "10"), ("never", "")], start + timedelta(minutes=5)) == []
    assert timetable.due([("a", "10"), ("never", "")], start + timedelta(minutes=15)) == ["a"]


class FakeGlue:
    """Crawlers of which one is on demand, and one runs already."""

    class exceptions:  # noqa: N801 - botocore's name
        class CrawlerRunningException(Exception):  # noqa: N818 - Glue's name
            pass

    def __init__(self) -> None:
        self.started: list[str] = []

    def get_crawlers(self) -> dict[str, Any]:
        scheduled = [{"Name": name, "Schedule": {"ScheduleExpression": "5"}} for name in ("running", "idle")]
        return {"Crawlers": [{"Name": "on_demand"}, *scheduled]}

    def start_crawler(self, Name: str) -> None:  # noqa: N803 - boto3's argument
        if Name == "running":
            raise self.exceptions.CrawlerRunningException
        self.started.append(Name)


def test_a_turn_starts_what_is_due_and_passes_over_what_still_runs() -> None:
    start, glue = datetime(2026, 1, 1, tzinfo=UTC), FakeGlue()
    timetable = Timetable(lambda expression, moment: moment + timedelta(minutes=int(expression)))
    for minute in (0, 4, 5, 6):
        tick(timetable, glue, start + timedelta(minutes=minute))
    assert glue.started == ["idle"]


def test_a_cron_expression_fires_when_aws_would_fire_it(tmp_path: Path) -> None:
    program = (
        "from datetime import UTC, datetime; from local_cloud.crawlers.schedule import after; saturday = datetime(2026, 1, 3, tzinfo=UTC)\n"
        "for text in ('15 4 ? * MON-FRI *', '0/20 * * * ? *', '0 3 L * ? *', '0 3 ? * FRI#2 *', '0 3 1 1 ? 2020'):\n"
        "    print(after(f'cron({text})', saturday))"
    )
    variables = environment() | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "LOCAL_CLOUD_HOME": str(tmp_path), "STATE_DIR": str(tmp_path)}
    done = subprocess.run([str(PYTHON), "-c", program], cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        "2026-01-05 04:15:00+00:00",
        "2026-01-03 00:20:00+00:00",
        "2026-01-31 03:00:00+00:00",
        "2026-01-09 03:00:00+00:00",
        "None",
    ], done.stderr
