"""The files of the jobs, read as text: what they read has a bookmark, and the bookmark is saved last."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

JOBS = Path(__file__).parents[2] / "glue_jobs"
FILES = sorted(JOBS.rglob("*.py"))
SCRIPTS = sorted(JOBS.glob("*_to_*.py"))
READERS = {
    "from_options",
    "from_catalog",
    "from_rdd",
    "create_dynamic_frame_from_options",
    "create_dynamic_frame_from_catalog",
    "getSource",
}


def unbookmarked(text: str) -> Iterator[str]:
    """Yield each read of a source by Glue that no bookmark follows: without `transformation_ctx` all objects are read each time."""
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in READERS:
            context = next((given.value for given in call.keywords if given.arg == "transformation_ctx"), None)
            if context is None or (isinstance(context, ast.Constant) and not context.value):
                yield f"line {call.lineno}: {call.func.attr} without a transformation_ctx"


def committed_early(text: str) -> Iterator[str]:
    """Yield what is wrong with the only `job.commit()` of a script: after it nothing may be written, since no run would do it again."""
    (main,) = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    commits = [node for node in ast.walk(main) if isinstance(node, ast.Call) and ast.unparse(node) == "job.commit()"]
    last: ast.stmt = main.body[-1]
    while isinstance(last, ast.With):
        last = last.body[-1]
    if len(commits) != 1:
        yield f"{len(commits)} calls of job.commit()"
    if ast.unparse(last) != "job.commit()":
        yield f"line {last.lineno}: {ast.unparse(last)} is the last statement, not job.commit()"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_source_that_glue_reads_has_a_bookmark(file: Path) -> None:
    assert list(unbookmarked(file.read_text(encoding="utf-8"))) == []


def test_there_is_a_read_to_look_at_and_there_are_two_scripts() -> None:
    assert "from_options" in (JOBS / "common" / "bookmark.py").read_text(encoding="utf-8")
    assert [script.name for script in SCRIPTS] == ["processed_to_consumer.py", "raw_to_processed.py"]


@pytest.mark.parametrize("context", ["", "transformation_ctx='',"])
def test_a_read_without_a_bookmark_is_found(context: str) -> None:
    text = f"context.create_dynamic_frame.from_options({context} connection_type='s3')"
    assert list(unbookmarked(text)) == ["line 1: from_options without a transformation_ctx"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_the_bookmark_is_saved_once_and_last(script: Path) -> None:
    assert list(committed_early(script.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_bookmark_that_is_saved_before_the_last_write_or_never_is_found(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    finish = "run.ledger.finish(run.id, outcome.status, outcome.facts)"
    early = text.replace(f"{finish}\n        job.commit()", f"job.commit()\n        {finish}")
    assert [fault.partition(": ")[2] for fault in committed_early(early)] == [f"{finish} is the last statement, not job.commit()"]
    assert len(list(committed_early(text.replace("        job.commit()\n", "")))) == 2
