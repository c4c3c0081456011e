"""The commands of the runbook are commands; tests/end_to_end/test_drill.py runs those that only look."""

import re
from collections.abc import Iterator

import pytest
import typer.main

from cli.__main__ import verb_app
from tests.house.test_docs import ROOT

COMMAND = re.compile(r"`\./lake ([^`]+)`")
STANDS_FOR = {"DATASET": "flights", "NAME": "local"}


def commands() -> Iterator[list[str]]:
    """Yield the verbs of the runbook with their arguments."""
    for found in sorted(set(COMMAND.findall((ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")))):
        yield [STANDS_FOR.get(word, word) for word in found.split()]


@pytest.mark.parametrize("command", [*commands()], ids=" ".join)
def test_every_command_of_the_runbook_has_arguments_that_its_verb_takes(command: list[str]) -> None:
    verb, *arguments = command
    typer.main.get_command(verb_app(verb)).make_context(verb, arguments)


def test_an_option_that_a_verb_does_not_have_is_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        typer.main.get_command(verb_app("retry")).make_context("retry", ["flights", "--lode"])
