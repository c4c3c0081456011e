"""Each protection is needed: with it its check holds, and without it the check fails."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from contracts.contract import Contract
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.protections import HISTORIES, SPARK, Protection
from tests.glue_jobs.tables_in_memory import in_memory

LakeOf = Callable[[Contract], Lake]
_numbers = itertools.count()
REPRESENTATIVES = (  # in Spark each takes seconds
    "dedupe: one record of a key wins",
    "quarantine: what is set apart is noted first",
    "redrive: what was taken again leaves the quarantine",
    "schema: what is missing is told",
)


@pytest.fixture
def tables() -> Iterator[None]:
    with in_memory():
        yield


@pytest.fixture
def lake_of(spark: SparkSession, buckets: Path) -> LakeOf:
    return lambda contract: Lake(spark, buckets, contract)


def each(protections: Sequence[Protection], by_default: Sequence[str] = ()) -> pytest.MarkDecorator:
    """Give a test each protection; where names are given, the others belong to the whole matrix."""
    assert set(by_default) <= {protection.name for protection in protections}
    rare = [protection for protection in protections if by_default and protection.name not in by_default]
    given = [pytest.param(one, id=one.name, marks=[pytest.mark.matrix] if one in rare else []) for one in protections]
    return pytest.mark.parametrize("protection", given)


@each(HISTORIES)
@pytest.mark.usefixtures("tables")
def test_a_history_goes_wrong_where_its_protection_is_gone(protection: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protection.check(tmp_path / "with")
    remove(protection, monkeypatch)
    with pytest.raises(AssertionError):
        protection.check(tmp_path / "without")


@each(SPARK, REPRESENTATIVES)
def test_rows_go_wrong_where_their_protection_is_gone(protection: Protection, lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    number = next(_numbers)
    protection.check(lake_of, f"kept_{number}")
    remove(protection, monkeypatch)
    with pytest.raises(AssertionError):
        protection.check(lake_of, f"lost_{number}")


def remove(protection: Protection, patch: pytest.MonkeyPatch) -> None:
    for path, stand_in in protection.removed.items():
        patch.setattr(path, stand_in)
