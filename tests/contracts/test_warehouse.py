"""What a contract asks of the warehouse, and what the warehouse cannot do; each is told with file and line before anything is deployed."""

import re
from pathlib import Path

import pytest

from contracts.document import ContractError
from contracts.read import read, read_one
from tests.contracts.conftest import Dataset

TOTALS = ("- {name: total, logicalType: number, transformSourceObjects: [orders]}", "- {name: total, %s, transformSourceObjects: [orders]}")
FULL = "value: {zone: consumer, refresh: full}"
STREAM = (
    "format: csv}\n",
    "format: csv}\n  - {server: stream, type: kinesis, format: json}\n",
)
LIVE = ("load: upsert}", "load: upsert, live: true}")
AMOUNT = "- {name: amount, logicalType: number}"
SQL = "select sum(amount) as total from orders"


def problems(*folders: Path) -> list[str]:
    with pytest.raises(ContractError) as raised:
        read(folders)
    return [re.sub(r"^.*?contract\.yaml", "", problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("replaced", "told"),
    [
        ((TOTALS[0], TOTALS[1] % "logicalType: string, physicalType: variant"), ":13: column total is variant, which Redshift cannot read"),
        ((FULL, FULL.replace("full", "full, native: {}")), ":16: native needs a key, by which a changed row is told"),
        (
            (FULL, FULL.replace("full", "full, native: {distributeBy: nowhere}")),
            "distributeBy is nowhere, expected one of auto, even, all or",
        ),
        ((FULL, FULL.replace("full", "full, native: {sortBy: [nothing]}")), "sortBy names nothing, which is no column; columns: total"),
        (
            (FULL, FULL.replace("full", "full, live: true")),
            ":16: live shows the records of a stream, and totals has no server of type kinesis",
        ),
    ],
    ids=["type", "key", "distribution", "sorting", "stream"],
)
def test_a_product_that_the_warehouse_cannot_hold_is_told(replaced: tuple[str, str], told: str, dataset: Dataset) -> None:
    found = problems(dataset("orders"), dataset("totals", replaced, sql=SQL))
    assert any(told in problem for problem in found), found


def test_a_copy_is_for_products(dataset: Dataset) -> None:
    found = problems(dataset("orders", ("load: upsert}", "load: upsert, native: {}}")))
    assert found == [":19: native is for products, but orders is of zone processed; leave it out"]


def test_records_of_a_dataset_are_shown_where_it_has_a_stream(dataset: Dataset) -> None:
    assert read_one(dataset("orders", STREAM, LIVE)).live
    assert problems(dataset("other", LIVE)) == [
        ":19: live shows the records of a stream, and other has no server of type kinesis: add one, or leave it out"
    ]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (
            "- {name: amount, logicalType: number, transformLogic: id * 2}",
            "the warehouse does not know the Spark SQL that it is derived by",
        ),
        ("- {name: amount, logicalType: number, physicalName: $.a.b.c.d.e}", "$.a.b.c.d.e lies deeper than Redshift's 5 names of a path"),
        ("- {name: amount, logicalType: string, physicalType: variant}", "it is variant, and it is of Iceberg v3 alone"),
    ],
    ids=["derived", "deep", "variant"],
)
def test_a_column_that_does_not_stand_in_the_record_is_told_with_its_line(column: str, told: str, dataset: Dataset) -> None:
    as_json = (STREAM[0].replace("csv", "json"), STREAM[1].replace("csv", "json"))
    found = problems(dataset("orders", (AMOUNT, column), LIVE, ("format: csv}", "format: json}"), as_json))
    assert any(problem.startswith(":17: live cannot show amount") and told in problem for problem in found), found
