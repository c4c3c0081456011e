"""What a status says of a lake, in a sentence, in the terminal and as a page."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from cli.common.activity import Activity
from cli.common.overview import gather, html, terminal, verdict, words
from cli.common.overview.state import Dataset, Health, State
from cli.common.paths import ROOT
from tests.cli.states import NOW, changed, contracts, empty, ill, well

CONTRACTS = contracts()


def printed(state: State) -> str:
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115 - what is recorded is what counts
    for part in terminal.page(state):
        console.print(part)
    console.file.close()
    return console.export_text()


@pytest.mark.parametrize(
    ("state", "health", "sentence"),
    [
        (well(), Health.GOOD, "All 8 datasets are fresh"),
        (empty(), Health.NEW, "Nothing has landed yet"),
        (changed("weather", published_at=NOW - timedelta(days=3)), Health.BAD, "1 of 8 datasets needs a look: weather"),
        (changed("flights", failure="no rows"), Health.BAD, "1 of 8 datasets needs a look: flights"),
        (ill(), Health.BAD, "2 of 8 datasets need a look: flights, weather"),
        (changed("flights", doing="refreshing"), Health.BUSY, "The lake is well, and at work on flights"),
        (changed("flights", published_at=None), Health.GOOD, "7 of 8 datasets are fresh; nothing has landed yet for flights"),
        (replace(well(), alarms=ill().alarms[:1]), Health.BAD, "The datasets are fresh, but 1 thing needs a look"),
        (replace(well(), strays=2), Health.BAD, "The datasets are fresh, but 1 thing needs a look"),
    ],
    ids=["well", "empty", "late", "failed", "ill", "busy", "one new", "alarm", "strays"],
)
def test_the_first_sentence_says_how_the_lake_is(state: State, health: Health, sentence: str) -> None:
    assert (verdict.health(state), verdict.sentence(state)) == (health, sentence)
    assert sentence in html.status(state, CONTRACTS)
    assert sentence in printed(state)


def test_all_that_is_wrong_is_named_with_what_to_do() -> None:
    found = {problem.what: problem.do for problem in verdict.problems(ill())}
    assert found == {
        "flights: its refresh failed": "./lake runs flights, then docs/runbook.md#refresh-failed",
        "weather is 3 days old": "./lake runs weather says whether anything came",
        "Alarm lake-refresh-failed": "docs/runbook.md#refresh-failed",
        "1 alarm rings since nothing was measured": "docs/runbook.md#freshness-silent",
        "Records of the stream could not be delivered": "./lake errors",
        "The warehouse's copy is behind: daily_punctuality": "./lake runs daily_punctuality",
        "The warehouse is not up to date": "./lake warehouse migrate",
        "1 object in raw belongs to no dataset": "./lake runs",
    }


def test_what_to_do_names_the_environment_where_it_is_not_the_local_one() -> None:
    assert {problem.do for problem in verdict.problems(replace(well(), environment="prod", strays=1))} == {"./lake runs --env prod"}


def test_a_copy_that_could_not_be_loaded_is_no_failed_refresh() -> None:
    (problem,) = verdict.problems(changed("daily_punctuality", failure="its copy in the warehouse: no such column"))
    assert problem.what == "daily_punctuality: the load of the warehouse's copy failed"
    assert problem.do.endswith("docs/runbook.md#load-failed")


def test_a_pull_that_failed_is_a_problem_of_its_dataset() -> None:
    (problem,) = verdict.problems(changed("flights", failure="its pull: HTTP 500"))
    assert problem.what == "flights: its pull failed"
    assert problem.do.endswith("docs/runbook.md#pull-failed")


def test_every_section_of_the_runbook_that_a_problem_names_is_there() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    sections = {heading.lower().replace(" ", "-") for heading in headings}
    assert {section for _, section in verdict.FAILURES.values()} | {"freshness-silent"} <= sections


def test_alarms_of_a_lake_that_was_deployed_just_now_wait_for_their_first_measurement() -> None:
    young = empty()
    assert (young.ringing, len(young.settling)) == ([], 1)
    old = replace(young, watched_since=NOW - timedelta(hours=2))
    assert (len(old.ringing), old.settling) == (1, [])


def test_a_warehouse_that_does_not_answer_is_a_problem_and_not_the_end() -> None:
    assert well().warehouse is not None
    state = replace(well(), warehouse=replace(well().warehouse, failure="the function timed out"))  # type: ignore[type-var]
    assert [problem.what for problem in verdict.problems(state)] == ["The warehouse does not answer"]


def test_text_of_the_lake_is_no_markup_in_the_page() -> None:
    page = html.status(ill(), CONTRACTS)
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#39;cause&#39;)" in page
    assert "<b>no rows" not in page


def test_a_page_needs_nothing_from_elsewhere() -> None:
    pages = {"status": html.status(ill(), CONTRACTS), **html.catalogue("lake", CONTRACTS, well())}
    for name, page in pages.items():
        for way in ("http://", "https://", "<link", "<script", "@import", "<img", "<iframe"):
            assert way not in page, (name, way)
        assert set(re.findall(r"url\([^)]*\)", page)) <= {"url(#tip)"}, name


def test_the_terminal_shows_what_the_page_shows() -> None:
    text = printed(ill())
    for words_of_it in (
        "docs/runbook.md#refresh-failed",
        "336,777",
        "late",
        "native.daily_punctuality",
        "flights, weather → delay_by_weather",
    ):
        assert words_of_it in text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (200_000, "2 days"),
    ],
)
def test_an_age_is_said_in_its_greatest_unit(seconds: int, said: str) -> None:
    assert words.age(timedelta(seconds=seconds)) == said


def test_a_dataset_without_a_limit_is_never_late() -> None:
    contract = replace(CONTRACTS["flights"], freshness_hours=None)
    assert not Dataset(contract, published_at=NOW - timedelta(days=900)).is_late(NOW)


class Ledger:
    """A ledger with one dataset's items."""

    def publication(self, dataset: str) -> Mapping[str, Any]:
        return {"published_at": "2026-11-21T19:57:00Z", "rows": 12}

    def runs(self, dataset: str, most: int) -> list[Mapping[str, Any]]:
        load = {"run": "l", "kind": "load", "status": "loaded"}
        return [load, {"run": "r", "status": "failed", "read": 3, "cause": "no rows", "warnings": ["odd"]}]

    def last_objects(self, dataset: str, prefix: str) -> list[Mapping[str, Any]]:
        return [{"arrived_at": "2026-11-21T19:50:00+00:00"}, {"arrived_at": "2026-11-21T19:55:00+00:00"}, {}]

    def waiting(self, dataset: str) -> int:
        return 2


class Absent:
    """A lake whose tables are not there; it answers for Glue, and for itself."""

    settings = type("Settings", (), {"name": "lake"})

    @property
    def glue(self) -> "Absent":
        return self

    def get_table(self, **_: str) -> None:
        raise ClientError({"Error": {"Code": "EntityNotFoundException", "Message": "none"}}, "GetTable")


def test_what_the_ledger_says_becomes_the_state_and_loads_are_no_refreshes() -> None:
    lake: Any = Absent()
    ledger: Any = Ledger()
    found = gather.dataset(lake, ledger, CONTRACTS["flights"], Activity({"flights": "refreshing"}, {}, {"flights": "no rows"}))
    assert (found.rows, found.quarantined, found.waiting, found.doing, found.failure) == (12, None, 2, "refreshing", "no rows")
    assert [(run.name, run.counts, run.cause, run.warnings) for run in found.runs] == [("r", {"read": 3}, "no rows", ("odd",))]
    assert f"{found.arrived_at:%H:%M}" == "19:55"
