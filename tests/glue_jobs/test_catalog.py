from pathlib import Path
from typing import Any, cast

import pytest

from glue_jobs.common.catalog import Catalog
from glue_jobs.common.errors import LostTableError
from glue_jobs.common.objects import Objects
from tests.glue_jobs.fakes import FakeGlue, FakeS3


@pytest.fixture
def glue() -> FakeGlue:
    return FakeGlue()


@pytest.fixture
def s3(tmp_path: Path) -> FakeS3:
    return FakeS3(tmp_path)


@pytest.fixture
def catalog(glue: FakeGlue, s3: FakeS3) -> Catalog:
    return Catalog(cast(Any, glue), "lake_processed", Objects(cast(Any, s3), "processed"))


def test_a_table_that_never_was_may_be_made(catalog: Catalog, s3: FakeS3) -> None:
    s3.put("readings_quarantine/metadata/00000.metadata.json", "{}")
    catalog.check("readings")


def test_a_table_with_its_metadata_may_be_written(catalog: Catalog, glue: FakeGlue) -> None:
    glue.tables["readings"] = {"metadata_location": "s3://processed/readings/metadata/00000.metadata.json"}
    catalog.check("readings")


def test_a_table_that_lost_its_metadata_location_is_not_started_anew(catalog: Catalog, glue: FakeGlue) -> None:
    glue.tables["readings"] = {"table_type": "ICEBERG"}
    with pytest.raises(LostTableError, match=r"lake_processed\.readings has no metadata_location"):
        catalog.check("readings")


def test_a_table_that_the_catalog_forgot_is_not_started_anew(catalog: Catalog, s3: FakeS3) -> None:
    s3.put("readings/metadata/00000.metadata.json", "{}")
    with pytest.raises(LostTableError, match="but s3://processed/readings/metadata/ holds an Iceberg table's metadata"):
        catalog.check("readings")


def test_a_table_whose_first_run_died_while_it_was_made_may_be_made(catalog: Catalog, s3: FakeS3) -> None:
    s3.put("readings/metadata/00000-5d0e.metadata.json", "{}")
    catalog.check("readings")
    s3.put("readings/metadata/00001-77aa.metadata.json", "{}")
    with pytest.raises(LostTableError, match="but s3://processed/readings/metadata/ holds an Iceberg table's metadata"):
        catalog.check("readings")
