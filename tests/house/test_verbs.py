"""Every file in cli/ is a verb that helps."""

import ast
from pathlib import Path

import pytest

from cli.__main__ import main

ROOT = Path(__file__).parents[2]
VERBS = sorted(path.stem.replace("_", "-") for path in (ROOT / "cli").glob("[a-z]*.py"))
STEPS = {"node", "local", "jars"}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    assert f"./lake {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_opens_with_one_line_on_what_it_does(verb: str) -> None:
    tree = ast.parse((ROOT / "cli" / f"{verb.replace('-', '_')}.py").read_text(encoding="utf-8"))
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    assert first.endswith(".")
    assert len(first) <= 130


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_needs_only_steps_that_there_are(verb: str) -> None:
    tree = ast.parse((ROOT / "cli" / f"{verb.replace('-', '_')}.py").read_text(encoding="utf-8"))
    needs = [node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NEEDS"]
    assert {step for value in needs for step in ast.literal_eval(value)} <= STEPS


def test_the_verbs_of_the_readme_are_there() -> None:
    assert {"check", "crawl", "demo", "deploy", "land", "local", "lock", "query", "runs", "smoke", "synth", "test", "wait"} <= set(VERBS)
    assert {"check", "demo", "deploy", "destroy", "diff", "doctor", "land", "local", "lock"} <= set(VERBS)
    assert {"new-dataset", "query", "runs", "synth", "test", "wait"} <= set(VERBS)
