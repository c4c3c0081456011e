"""What bad input gets: nothing is lost, everything odd is explained, and the good rows are there."""

import gzip
from pathlib import Path

import pytest

from cli.common import sample
from tests.end_to_end.files import first_rows, months
from tests.end_to_end.lake import Lake, People, closes, eventually

GOOD = 50


def landed(lake: Lake, key: str, body: bytes) -> None:
    lake.client("s3").put_object(Bucket=lake.output("RawBucket"), Key=key, Body=body)


@pytest.fixture(scope="module")
def people(lake: Lake) -> People:
    return lake.people()


@pytest.fixture(scope="module")
def taken_in(lake: Lake, people: People, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("files")
    good = first_rows(months()[0], folder, GOOD)
    prefix = "flights/files/ingest_date=2026-01-01/"
    landed(lake, f"{prefix}empty.csv", b"")
    landed(lake, f"{prefix}truncated.csv.gz", gzip.compress(good.read_bytes())[:-20])
    landed(lake, f"{prefix}whole.csv.gz", gzip.compress(good.read_bytes()))
    landed(lake, f"{prefix}other-header.csv", good.read_bytes().replace(b"carrier", b"airline", 1))
    landed(lake, f"{prefix}{sample.dirty().name}", sample.dirty().read_bytes())
    landed(lake, "boats/files/boats.csv", b"a,b\n1,2\n")
    eventually(lambda: len(lake.ledger("flights", "object#")) == 5, "the record of five objects")
    lake.wait()
    return lake


def state_of(lake: Lake, name: str) -> dict[str, object]:
    (found,) = [item for item in lake.ledger("flights", "object#") if item["object"].endswith(f"/{name}")]
    return found


def test_an_empty_object_is_accounted_for_with_no_rows(taken_in: Lake) -> None:
    found = state_of(taken_in, "empty.csv")
    assert (found["state"], found["read"]) == ("accounted", 0)


def test_a_truncated_gzip_is_refused_with_its_reason_and_a_whole_one_is_read(taken_in: Lake) -> None:
    found = state_of(taken_in, "truncated.csv.gz")
    assert found["state"] == "refused"
    assert "gzip" in str(found["reason"]).lower() or "compress" in str(found["reason"]).lower()
    assert state_of(taken_in, "whole.csv.gz")["inserted"] == GOOD


def test_a_file_with_another_header_is_refused_and_both_names_are_told(taken_in: Lake) -> None:
    found = state_of(taken_in, "other-header.csv")
    assert found["state"] == "refused"
    assert "carrier" in str(found["reason"])
    assert "airline" in str(found["reason"])


def test_broken_rows_are_in_quarantine_with_reason_object_and_record_and_the_good_ones_are_not(taken_in: Lake) -> None:
    name = sample.dirty().name
    rows = taken_in.query("select array_join(_reasons, '; ') as why, _object, _record from lake_processed.flights_quarantine order by 1")
    assert len(rows) == 4
    assert all(row["_object"].endswith(f"/{name}") and row["_record"] for row in rows)
    told = " ".join(row["why"] for row in rows)
    for reason in ("carrier is missing", "fields", "dep_delay", "UTF-8"):
        assert reason in told
    found = state_of(taken_in, name)
    assert (found["read"], found["inserted"], found["quarantined"]) == (6, 2, 4)


def test_a_file_of_no_dataset_is_recorded_and_people_are_told(taken_in: Lake, people: People) -> None:
    (found,) = taken_in.ledger("_unknown", "object#")
    assert (found["object"], found["state"]) == ("boats/files/boats.csv", "unknown")
    assert people.messages() == [
        "Object boats/files/boats.csv arrived in raw, but no dataset arrives under its prefix. Add a dataset, or remove it."
    ]


def test_what_is_odd_is_explained_by_the_verb_that_shows_refreshes(taken_in: Lake) -> None:
    told = taken_in.run("runs").stdout
    for name in ("truncated.csv.gz", "other-header.csv", "boats.csv"):
        assert name in told


def test_the_accounts_close(taken_in: Lake) -> None:
    objects = taken_in.ledger("flights", "object#")
    assert len(objects) == 5
    assert closes(objects)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["land", "flights", "no-such-file.csv"], "no-such-file.csv", id="land-of-a-missing-file"),
        pytest.param(["land", "boats", str(Path(__file__))], "flights", id="land-of-an-unknown-dataset"),
        pytest.param(["query", "select wrong from lake_processed.flights"], "wrong", id="unknown-column"),
        pytest.param(["query", "selec 1"], "line 1:7", id="sql-that-is-none"),
        pytest.param(["local", "start"], "runs already", id="second-start"),
    ],
)
def test_a_verb_that_cannot_do_its_work_says_so_in_two_lines_and_no_traceback(arguments: list[str], told: str, taken_in: Lake) -> None:
    done = taken_in.run(*arguments, fails=True)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
