"""Whatever happens to objects, events, runs and bookmarks: the table is what one batch of all that was read would make it."""

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, seed, settings

from contracts.contract import Load
from tests.glue_jobs.histories import Step, check, histories, lived
from tests.glue_jobs.tables_in_memory import in_memory

SEED = int(os.environ.get("LAKE_SEED", random.randrange(1_000_000)))
pytestmark = pytest.mark.usefixtures("tables")
KEPT = settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tables() -> Iterator[None]:
    with in_memory():
        yield


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
