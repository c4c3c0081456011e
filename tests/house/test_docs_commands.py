"""The commands that the documentation shows: each is one that its verb takes, and each verb is run by a test."""

import re
import shlex
from typing import Any

import pytest
import typer

from cli.__main__ import verb_app
from tests.end_to_end.test_readme import COMMAND, ELSEWHERE
from tests.house.test_docs import PAGES, ROOT, verbs

SHOWN = re.compile(r"(?:`|^ *)\./lake ([a-z][^`|\n]*)", re.MULTILINE)
BY_CI = {"check", "lock", "test"}  # which no test can run, since they run the tests, or fetch packages
WORDS = {"TIME": "2026-11-20", "REF": "HEAD"}  # what stands for a value of a form of its own
USAGE: Any = typer.BadParameter.__base__  # what click, which typer carries with it, calls a wrong use
MENTION = re.compile("requires an argument|[Mm]issing")  # a verb or an option that is spoken of, with nothing behind it


def commands() -> set[tuple[str, str]]:
    """Return each command with the page that it stands in."""
    return {
        (str(page.relative_to(ROOT)), re.split(r" +#| && |;", command)[0].strip())
        for page in PAGES
        for command in SHOWN.findall(page.read_text(encoding="utf-8"))
    }


def wrong(command: str) -> str:
    """Return why a verb would refuse a command before it does anything; an empty text where it would not."""
    verb, *arguments = shlex.split(command)
    if verb in BY_CI or not arguments:  # pytest takes the arguments of the one, and the other is a mention
        return ""
    parsed: Any = typer.main.get_command(verb_app(verb))
    given = [WORDS.get(word, word) for word in arguments]
    try:
        while hasattr(parsed, "resolve_command"):
            _, parsed, given = parsed.resolve_command(parsed.make_context(verb, list(given), resilient_parsing=True), given)
        parsed.make_context(verb, given)
    except USAGE as error:
        return "" if MENTION.search(str(error)) else str(error)
    return ""


@pytest.mark.parametrize(("page", "command"), sorted(commands()))
def test_every_command_of_a_page_is_one_that_its_verb_takes(page: str, command: str) -> None:
    assert wrong(command) == ""


def test_a_command_with_an_option_that_does_not_exist_is_found() -> None:
    assert "--force" in wrong("destroy --force")
    assert "--nowhere" in wrong("local start --nowhere")
    assert wrong("destroy --plan --env dev") == ""


def test_every_verb_that_a_page_shows_is_run() -> None:
    folders = ("tests/end_to_end", "tests/cli", "benchmarks")  # the last runs the demo
    tests = "".join(path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).glob("*.py"))
    ci = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    table = {command.split()[0] for command in COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))} - set(ELSEWHERE)
    shown = {command.split()[0] for _, command in commands()} & verbs()
    assert len(shown) > 20
    assert {verb for verb in shown - table - BY_CI if f'"{verb}"' not in tests and f"./lake {verb}" not in ci} == set()
