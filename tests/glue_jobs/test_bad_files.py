"""Each odd file of the table through the job, on folders and memory; end to end they go through the lake."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts.read import read_one
from tests.end_to_end.bad_files import BAD_FILES, COLUMNS, BadFile
from tests.glue_jobs.lake import Lake

CONTRACTS = Path(__file__).parents[1] / "end_to_end" / "datasets"
PAGE = Path(__file__).parents[2] / "docs" / "bad-files.md"
FORMS = {"shipments": "csv", "memos": "csv, `multiline`, no header", "announcements": "JSON lines"}


class Taken:
    """A lake that took in all odd files of a dataset at once."""

    def __init__(self, spark: SparkSession, buckets: Path, dataset: str) -> None:
        self.lake = Lake(spark, buckets, read_one(CONTRACTS / dataset))
        self.keys: dict[str, str] = {}
        for file in (file for file in BAD_FILES if file.dataset == dataset):
            for body in filter(lambda body: body is not None, (file.before, file.body)):
                self.keys[file.name] = self.lake.land(file.name, body=body)
        self.outcome = self.lake.refresh()
        self.accounts = {item["object"]: item for item in map(self.lake.item, self.lake.dynamodb.items) if "object" in item}
        self.rows = _by_object(self.lake.rows(f"_object, {COLUMNS[dataset]}"))
        self.apart = _by_object(self.lake.rows("_object, explode(_reasons)", f"{dataset}_quarantine"))


def _by_object(rows: list[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for key, *values in rows:
        found[key].append(tuple(values))
    return found


@pytest.fixture(scope="module", params=COLUMNS)
def taken(request: pytest.FixtureRequest, spark: SparkSession, buckets: Path) -> Taken:
    return Taken(spark, buckets, request.param)


def test_nothing_waits_and_all_records_add_up(taken: Taken) -> None:
    assert taken.lake.ledger.pending() == []
    assert taken.outcome.facts["read"] == sum(file.read for file in BAD_FILES if file.dataset == taken.lake.contract.name)


def _check(file: BadFile, taken: Taken) -> None:
    key = taken.keys[file.name]
    account = taken.accounts[key]
    assert (account["state"], file.refused or "") == ("refused" if file.refused else "accounted", file.refused or ""), account
    assert taken.rows[key] == sorted(file.rows)
    assert sorted(reason for (reason,) in taken.apart[key]) == sorted(file.apart)
    if file.refused:
        assert file.refused in account["reason"]
        return
    assert (int(account["read"]), int(account["quarantined"])) == (file.read, len(file.apart))
    assert all(reason in account["reason"] for reason in file.apart)


def test_each_odd_file_gets_what_the_table_says(taken: Taken, subtests: Any) -> None:
    for file in (file for file in BAD_FILES if file.dataset == taken.lake.contract.name):
        with subtests.test(file.what):
            _check(file, taken)


def _row(file: BadFile) -> str:
    """Return an odd file as a row of the table for people."""
    rows = f"{len(file.rows)} rows" if len(file.rows) > 1 else "1 row" if file.rows else "no row"
    becomes = "refused" if file.refused else rows + (f", {len(file.apart)} in quarantine" if file.apart else "")
    told = f"... {file.refused} ..." if file.refused else "; ".join(dict.fromkeys(file.apart))
    if file.before is not None:
        told = "of the former version: it was overwritten before it was read ..."
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in (file.what, FORMS[file.dataset], becomes, told)) + " |"


def test_the_table_for_people_is_that_of_the_tests(request: pytest.FixtureRequest) -> None:
    before, found, after = re.split(r"(?<=\|---\|---\|---\|---\|\n)((?:\|.*\n)*)", PAGE.read_text(encoding="utf-8"), maxsplit=1)
    table = "".join(f"{_row(file)}\n" for file in BAD_FILES)
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(before + table + after, encoding="utf-8")
        found = table
    assert found == table, f"{PAGE.name} is not what the files become: run this test with --update"
