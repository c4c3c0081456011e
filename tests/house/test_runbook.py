"""The commands of the runbook are commands; tests/end_to_end/test_drill.py runs those that only look."""

import re
import shlex
from collections.abc import Iterator

import pytest
import typer.main

from cli.__main__ import verb_app
from tests.house.test_docs import ROOT

COMMAND = re.compile(r"`\./lake ([^`]+)`")
STANDS_FOR = {"DATASET": "flights", "NAME": "local", "age-DATASET": "age-flights", "FILE": "README.md"}


def runbook() -> str:
    return (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def commands() -> Iterator[list[str]]:
    """Yield the verbs of the runbook with their arguments."""
    for found in sorted(set(COMMAND.findall(runbook()))):
        yield [STANDS_FOR.get(word, word) for word in shlex.split(found)]


def lacking(text: str) -> Iterator[str]:
    """Yield what a reader of a section of the runbook cannot do by a command: look, or see that it is over."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name, (_, look, do, over) = section.partition("\n")[0], re.split(r"\*\*(?:Look|Do|Over)\*\*", section)
        yield from (f"{name}: {what}" for what, part in (("look", look), ("over", over)) if not COMMAND.search(part))
        if not do.strip():
            yield f"{name}: nothing to do"


def test_every_section_says_how_to_look_and_how_to_know_that_it_is_over_by_a_command() -> None:
    assert list(lacking(runbook())) == []


def test_a_section_without_a_command_is_found() -> None:
    look = "## A\n\n**Meaning** a\n\n**Look** {}\n\n**Do** b\n\n**Over** `./lake alarms a` says so.\n"
    assert list(lacking(look.format("`./lake runs`"))) == []
    assert list(lacking(look.format("The log."))) == ["A: look"]


@pytest.mark.parametrize("command", [*commands()], ids=" ".join)
def test_every_command_of_the_runbook_has_arguments_that_its_verb_takes(command: list[str]) -> None:
    verb, *arguments = command
    typer.main.get_command(verb_app(verb)).make_context(verb, arguments)


def test_an_option_that_a_verb_does_not_have_is_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        typer.main.get_command(verb_app("retry")).make_context("retry", ["flights", "--lode"])
