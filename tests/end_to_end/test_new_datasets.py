"""Three files that nobody prepared, from a draft to an answer in one sitting, and then all of it destroyed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.cli import awkward
from tests.end_to_end.lake import ROOT, Lake, closes

pytestmark = pytest.mark.matrix  # it takes as long as all other end-to-end tests of the default together

FILES = {"drafted_events": awkward.events, "drafted_inspections": awkward.inspections, "drafted_trips": awkward.trips}
# what the lake is asked, and what DuckDB is asked of the file itself
QUESTIONS = {
    "drafted_events": (
        "select count(*) as n, sum(actor_id) as a, count(org_id) as o, cast(sum(score) as double) as s, count(distinct created_at) as t from {}",
        ("select count(*), sum((actor->>'id')::hugeint)::bigint, count(org), sum((score->>'$')::double), count(distinct created_at) "
        "from read_json('{}', format='newline_delimited', columns={{actor: 'JSON', org: 'JSON', score: 'JSON', created_at: 'VARCHAR'}})"),
    ),
    "drafted_inspections": (
        "select count(*) as n, count(name_dba) as d, sum(percent_score) as s, count(c_2nd_visit) as v, max(zip_code) as z from {}",
        ("select count(*), count(\"Name / DBA\"), sum(try_cast(\"% Score\" as int))::bigint, count(try_cast(\"2nd visit?\" as date)), "
        "max(\"ZIP CODE\") from read_csv('{}', delim=';', all_varchar=true)"),
    ),
    "drafted_trips": (
        ("select count(*) as n, cast(sum(fare_total_amount) as varchar) as f, sum(vendor_id) as v, count(passenger_count) as p, "
        "cast(cast(max(tpep_pickup_datetime) as timestamp) as varchar) as t from {}"),
        ("select count(*), sum(fare['total amount'])::varchar, sum(VendorID)::bigint, count(\"passenger count\"), max(tpepPickupDatetime)::varchar "
        "from read_parquet('{}')"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    folders = [ROOT / "company" / "datasets" / name for name in FILES]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    place = tmp_path_factory.mktemp("files")
    yield {name: make(place) for name, make in FILES.items()}
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def live(lake: Lake, files: dict[str, Path]) -> Lake:
    for name, file in files.items():
        lake.run("new-dataset", name, "--from", file, "--domain", "drafts")
    assert "lake-processing-drafts" in lake.run("diff").stdout
    lake.run("deploy")
    for name, file in files.items():
        lake.land(name, file)
    lake.wait()
    return lake


@pytest.mark.parametrize("name", FILES)
def test_a_drafted_dataset_answers_as_duckdb_does_from_the_file(name: str, live: Lake, files: dict[str, Path]) -> None:
    ours, theirs = QUESTIONS[name]
    (answer,) = live.query(ours.format(f"lake_processed.{name}"))
    assert tuple(answer.values()) == duckdb.sql(theirs.format(files[name])).fetchone()
    assert answer["n"] == awkward.ROWS
    (landed,) = live.ledger(name, "object#")
    assert (landed["state"], landed["read"], landed["inserted"], landed["quarantined"]) == ("accounted", awkward.ROWS, awkward.ROWS, 0)
    assert closes([landed])


def test_what_was_just_deployed_does_not_differ(live: Lake) -> None:
    assert "nothing differs" in live.run("diff", "--fail").stderr


def test_a_name_that_something_else_has_is_found_before_a_deploy_fails_on_it(live: Lake) -> None:
    assert "is taken by something else" in live.run("doctor").stdout
    contract = ROOT / "company" / "datasets" / "drafted_trips" / "contract.yaml"
    text = contract.read_text(encoding="utf-8")
    try:
        moved = contract.parent.with_name("drafted_rides")
        shutil.copytree(contract.parent, moved)
        (moved / "contract.yaml").write_text(text.replace("drafted_trips", "drafted_rides"), encoding="utf-8")
        job = live.client("glue").get_job(JobName="lake-drafted_trips")["Job"]
        live.client("glue").create_job(Name="lake-drafted_rides", Role=job["Role"], Command=job["Command"])
        told = live.run("doctor", fails=True).stdout
        assert "AWS::Glue::Job lake-drafted_rides is there already and belongs to no stack" in told
    finally:
        shutil.rmtree(moved)
        live.client("glue").delete_job(JobName="lake-drafted_rides")


def test_destroy_wants_the_name_and_then_leaves_no_stack_and_no_bucket_of_the_lake(live: Lake) -> None:
    assert "nobody is here to be asked" in live.run("destroy", "--delete-data", fails=True).stderr
    assert live.query("select count(*) as n from lake_processed.drafted_events") == [{"n": awkward.ROWS}]
    done = live.run("destroy", "--delete-data", "--yes", live.environment.stem)
    assert "stack CDKToolkit" in done.stdout
    stacks = live.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"] == ["CDKToolkit"]
    buckets = live.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets if not bucket["Name"].startswith("cdk-")] == []
    assert "nothing to destroy" in live.run("destroy", "--delete-data", "--yes", live.environment.stem).stderr
