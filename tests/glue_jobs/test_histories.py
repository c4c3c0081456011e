"""Whatever happens to objects, events, runs and bookmarks: the table is what one batch of all that was read would make it."""

import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from contracts.contract import Load
from tests.glue_jobs.histories import Delete, Drop, Land, Mend, Redrive, Replay, Run, Step, check, histories, lived
from tests.glue_jobs.tables_in_memory import in_memory

DEEPEST = 20
"""Effects of a run that reads an object again."""
SEED = int(os.environ.get("LAKE_SEED", random.randrange(1_000_000)))
pytestmark = pytest.mark.usefixtures("tables")
KEPT = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tables() -> Iterator[None]:
    with in_memory():
        yield


APART = Land("o", ("a,1", "b,broken", "c,odd"))
REPLAYED = (
    [APART, Run(), Replay("o")],
    [APART, Run(), Mend(), Replay("o")],
    [APART, Run(), Delete("o"), Replay("o")],
    [APART, Run(), Land("o", ("a,2", "b,broken")), Run(), Replay("o")],
    [APART, Run(), Drop("o"), Run(), Replay("o")],
    [APART, Run(), Land("p", ("d,broken",)), Run(), Replay("o"), Replay("p"), Redrive("o"), Drop("p")],
)


@pytest.mark.parametrize("load", list(Load))
@pytest.mark.parametrize("history", REPLAYED)
def test_an_object_that_is_replayed_has_its_rows_once_wherever_a_run_dies_or_another_one_comes(
    tmp_path: Path, load: Load, history: list[Step]
) -> None:
    check(lived(tmp_path / "whole", load, history))
    for effects, dies in itertools.product(range(DEEPEST), (True, False)):
        check(lived(tmp_path / f"{effects}-{dies}", load, [*history, Run(effects, dies=dies)]))
        if dies:
            check(lived(tmp_path / f"{effects}-gone", load, [*history, Run(effects), Delete("o"), Replay("o")]))


@pytest.mark.parametrize("load", list(Load))
@KEPT
@given(history=histories())
def test_after_any_history_the_table_is_that_of_one_batch_and_each_object_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, load: Load, history: list[Step]
) -> None:
    check(lived(tmp_path_factory.getbasetemp() / f"histories-{load}", load, history))


@pytest.mark.matrix
@pytest.mark.parametrize("load", list(Load))
@seed(SEED)
@settings(KEPT, max_examples=1000, derandomize=False, database=None)
@given(history=histories())
def test_after_a_thousand_other_histories_too(tmp_path_factory: pytest.TempPathFactory, load: Load, history: list[Step]) -> None:
    check(lived(tmp_path_factory.getbasetemp() / f"more-{load}", load, history))
