"""What the documentation says is so."""

import re
from pathlib import Path

import pytest

from cli.common.forbidden import project_files
from cli.common.smoke_steps import STEPS
from local_cloud.services import SERVICES

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in project_files() if path.suffix == ".md")
VERB = re.compile(r"\./lake ([a-z][a-z-]*)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def verbs() -> set[str]:
    return {path.stem.replace("_", "-") for path in (ROOT / "cli").glob("[a-z]*.py")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_verb_that_a_page_names_exists() -> None:
    named = {(page.name, verb) for page in PAGES for verb in VERB.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert {(page, verb) for page, verb in named if verb not in verbs()} == set()


def test_a_verb_that_does_not_exist_is_found() -> None:
    assert VERB.findall("type `./lake depoly --env dev`") == ["depoly"]
    assert "depoly" not in verbs()


def rows(page: str, header: str) -> list[str]:
    """Return the rows of the one table of a page that has this header."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    begin = lines.index(header) + 2
    return lines[begin : begin + next(number for number, line in enumerate(lines[begin:]) if not line.startswith("|"))]


def test_the_table_of_stand_ins_is_that_of_the_local_cloud() -> None:
    table = rows("local-cloud.md", "| service | here | what differs |")
    assert table == [f"| {service.name} | {service.stands_in} | {service.differs} |" for service in SERVICES]


def test_the_table_of_the_smoke_is_that_of_its_steps() -> None:
    table = rows("local-cloud.md", "| | step | what an account shows of it |")
    assert table == [f"| {number} | {step.title} | {step.proves} |" for number, step in enumerate(STEPS, start=1)]


def proofs(text: str) -> list[str]:
    """Return the test files that a page's commands name."""
    return [
        file
        for command in re.findall(r"^ +\./lake test (.*)$", text, re.MULTILINE)
        for file in command.split()
        if file.startswith("tests/")
    ]


def test_every_guarantee_has_a_proof_that_exists_and_says_what_it_does_not_promise() -> None:
    _, *guarantees = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8").split("\n## ")
    assert len(guarantees) > 5
    for guarantee in guarantees:
        files = proofs(guarantee)
        assert files, guarantee.splitlines()[0]
        assert [file for file in files if not (ROOT / file).exists()] == []
        assert "Not promised: " in guarantee
    assert proofs("    ./lake test tests/nowhere.py") == ["tests/nowhere.py"]
