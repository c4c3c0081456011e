from pathlib import Path

import pytest

from contracts import times
from contracts.document import ContractError
from contracts.read import read_one
from tests.contracts.conftest import Dataset

AT = ("logicalType: number}", "logicalType: timestamp, required: true}")


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ContractError) as raised:
        read_one(folder)
    return [*raised.value.problems]


def test_how_far_from_its_arrival_a_time_may_lie_becomes_a_condition_on_one_row(dataset: Dataset) -> None:
    bounded = ("load: upsert}", "load: upsert, earliest: {amount: 2w}, latest: {amount: 90min}}")
    contract = read_one(dataset("orders", AT, bounded))
    assert [(rule.name, rule.broken) for rule in contract.row_rules] == [
        ("amount more than 2w before arrival", "cast(`amount` as timestamp) < _arrived_at - interval 1209600 seconds"),
        ("amount more than 90min after arrival", "cast(`amount` as timestamp) > _arrived_at + interval 5400 seconds"),
    ]


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ("earliest: {amount: 90}", "lake.earliest.amount is 90"),
        ("earliest: {amount: 90x}", "'90x' of amount is no duration, expected a whole number and one of min, h, d, w, as 90d"),
        ("earliest: {amount: 365251d}", "'365251d' of amount is too long, expected at most 365250d, which are 1,000 years"),
        (f"latest: {{amount: {'9' * 5000}w}}", " of amount is too long, expected at most 365250d, which are 1,000 years"),
        ("latest: {amuont: 1h}", "latest: amuont is no column; columns: id, amount"),
        ("latest: {id: 1h}", "latest: id is int, expected a column of date or timestamp"),
    ],
)
def test_a_bound_that_is_none_is_told(dataset: Dataset, bounds: str, told: str) -> None:
    (problem,) = problems_of(dataset("orders", AT, ("load: upsert}", f"load: upsert, {bounds}}}")))
    assert told in problem


def test_a_thousand_years_are_the_longest_bound(dataset: Dataset) -> None:
    (rule,) = read_one(dataset("orders", AT, ("load: upsert}", "load: upsert, earliest: {amount: 365250d}}"))).row_rules
    assert rule.broken.endswith("interval 31557600000 seconds")


def test_a_product_has_no_arrival(dataset: Dataset) -> None:
    bounded = ("refresh: full}", "refresh: full, latest: {total: 1h}}")
    folder = dataset("totals", ("logicalType: number", "logicalType: timestamp"), bounded, sql="select max(at) as total from orders")
    assert "a product has no arrival: leave it out" in problems_of(folder)[0]


@pytest.mark.parametrize(
    ("kind", "bound", "literal"),
    [
        ("timestamp", "2013-01-01T00:00:00Z", "timestamp '2013-01-01T00:00:00Z'"),
        ("timestamp", "2013-01-01T00:00:00+05:30", "timestamp '2012-12-31T18:30:00Z'"),
        ("timestamp", "1903-12-17", "timestamp '1903-12-17T00:00:00Z'"),
        ("date", "1903-12-17", "date '1903-12-17'"),
    ],
)
def test_a_fixed_bound_of_a_time_is_one_in_utc(kind: str, bound: str, literal: str) -> None:
    assert times.literal(bound, kind) == literal


@pytest.mark.parametrize(
    ("kind", "bound", "told"),
    [
        ("timestamp", '"yesterday"', "minimum 'yesterday' is no timestamp, expected one as 2013-01-01T00:00:00Z"),
        (
            "timestamp",
            '"9999-12-31T23:59:59-05:00"',
            "'9999-12-31T23:59:59-05:00' lies outside the years 1 to 9999 in UTC, expected one within them",
        ),
        (
            "timestamp",
            '"0001-01-01T00:00:00+01:00"',
            "'0001-01-01T00:00:00+01:00' lies outside the years 1 to 9999 in UTC, expected one within them",
        ),
        ("date", '"2013-02-29"', "minimum '2013-02-29' is no date, expected one as 2013-01-01"),
    ],
)
def test_a_fixed_bound_that_nothing_could_break_is_told(dataset: Dataset, kind: str, bound: str, told: str) -> None:
    bounded = ("logicalType: number}", f"logicalType: {kind}, logicalTypeOptions: {{minimum: {bound}}}}}")
    assert any(told in problem for problem in problems_of(dataset("orders", bounded)))


def test_a_fixed_bound_of_a_time_becomes_a_condition_on_one_row(dataset: Dataset) -> None:
    bounded = ("logicalType: number}", 'logicalType: timestamp, logicalTypeOptions: {minimum: "1903-12-17T00:00:00Z"}}')
    (rule,) = read_one(dataset("orders", bounded)).row_rules
    assert rule.broken == "`amount` < timestamp '1903-12-17T00:00:00Z'"


def test_a_column_that_is_derived_from_the_clock_is_refused(dataset: Dataset) -> None:
    derived = ("logicalType: number}", "logicalType: number, transformLogic: 'id + year(current_date())'}")
    (problem,) = problems_of(dataset("orders", derived))
    assert "transformLogic of amount has current_date, which gives another answer each time" in problem
