"""What the contract of a source does not know is counted and told; what it wants and does not get is never a silent null."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from contracts.contract import Column, Contract, Field
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HEADER, SOURCE, readings

LakeOf = Callable[[Contract], Lake]


@pytest.fixture
def lake_of(spark: SparkSession, buckets: Path) -> LakeOf:
    return lambda contract: Lake(spark, buckets, contract)


def knowing(contract: Contract) -> Contract:
    """Return a contract that has the column `depth` too."""
    fields = (*SOURCE.fields, Field(name="depth", type="int"))
    assert contract.source
    changed = replace(contract.source, fields=fields)
    return replace(contract, source=changed, columns=(*contract.columns, Column(name="depth", type="int", source="depth")))


def as_json(**fields: object) -> str:
    return json.dumps({"station": "Elbe", "at": "2013-01-01", "level": 7, **fields})


def test_a_column_more_of_a_header_is_counted_and_told_and_comes_in_once_the_contract_knows_it(lake_of: LakeOf) -> None:
    lake = lake_of(readings("drift_csv"))
    drifted = f"depth,{HEADER},", "3,Elbe,2013-01-01,7,,x", "4,Oder,2013-01-02,9,,y", "5,Main,2013-01-03,1,"
    lake.land("a.csv", *drifted)
    lake.land("b.csv", HEADER, "Rhein,2013-01-04,2,", "Rhein,2013-01-05,2")
    outcome = lake.refresh()
    assert lake.rows("station, level") == [("Elbe", 7), ("Oder", 9), ("Rhein", 2)]
    assert outcome.facts["unknown"] == {"depth": 3, "(no name)": 3}
    told = "is no column of the contract, and 3 records have it: it is in no table; raw keeps it"
    assert outcome.facts["warnings"] == [f"(no name) {told}", f"depth {told}"]
    assert lake.rows("_reasons[0]", "drift_csv_quarantine") == [
        ("the line has 3 fields, but the contract has 4",),
        ("the line has 5 fields, but the header has 6",),
    ]

    lake.contract = knowing(lake.contract)
    lake.land("a.csv", *drifted)
    outcome = lake.refresh()
    assert lake.rows("station, depth") == [("Elbe", 3), ("Oder", 4), ("Rhein", None)]
    assert outcome.facts["unknown"] == {"(no name)": 3}


def a_replay_brings_in_what_the_contract_has_come_to_know(lake_of: LakeOf, name: str) -> None:
    """Check it of many rows: of one, its new hash alone might let it pass for the later one."""
    lake = lake_of(readings(name))
    key = lake.land("a.csv", f"{HEADER},depth", *(f"Elbe,2013-01-{day:02d},7,,{day}" for day in range(1, 29)))
    lake.refresh()
    lake.contract = knowing(lake.contract)
    for _ in range(2):
        lake.ledger.wait_again(key, "v1")
        outcome = lake.refresh()
    assert lake.rows("day(at), depth") == sorted(((day, day) for day in range(1, 29)), key=repr)
    assert (outcome.status, outcome.facts["unchanged"]) == ("unchanged", 28)


def test_a_replay_brings_in_what_the_contract_has_come_to_know(lake_of: LakeOf) -> None:
    a_replay_brings_in_what_the_contract_has_come_to_know(lake_of, "drift_replay")


def test_the_header_of_an_object_with_columns_more_is_no_record_wherever_it_stands(lake_of: LakeOf) -> None:
    lake = lake_of(readings("drift_header"))
    header = f'"depth",{HEADER}'
    key = lake.land("a.csv", header, "3,Elbe,2013-01-01,7,", header, "4,Oder,2013-01-02,9,")
    lake.refresh()
    assert (lake.rows("station, level"), lake.item(f"object#{key}#v1")["read"]) == ([("Elbe", 7), ("Oder", 9)], 2)


def test_fields_more_of_json_are_counted_record_by_record_and_come_in_once_the_contract_knows_them(lake_of: LakeOf) -> None:
    contract = readings("drift_json")
    lake = lake_of(replace(contract, source=replace(SOURCE, location="drift_json/files/", format="json")))
    lines = as_json(), as_json(station="Oder", depth=3, hue="red"), as_json(station="Main", depth=4), "no json"
    lake.land("a.json", *lines)
    outcome = lake.refresh()
    assert (outcome.facts["unknown"], len(lake.rows("station"))) == ({"depth": 2, "hue": 1}, 3)
    lake.contract = knowing(lake.contract)
    lake.land("a.json", *lines)
    assert lake.refresh().facts["unknown"] == {"hue": 1}
    assert lake.rows("station, depth") == [("Elbe", None), ("Main", 4), ("Oder", 3)]


def test_a_source_as_its_contract_has_it_is_no_drift(lake_of: LakeOf) -> None:
    lake = lake_of(readings("drift_none"))
    lake.land("a.csv", HEADER, "Elbe,2013-01-01,7,")
    outcome = lake.refresh()
    assert ("unknown" in outcome.facts, outcome.facts["warnings"]) == (False, [])


def what_is_wanted_is_never_a_silent_null(lake_of: LakeOf, name: str) -> None:
    """Check it of a column that is missing and of a value that does not cast, in JSON, where a field may be left out."""
    lake = lake_of(replace(readings(name), source=replace(SOURCE, location=f"{name}/files/", format="json")))
    lake.land("a.json", as_json(), as_json(station="Oder", at=None), as_json(station="Main", level="high"), '{"at": "2013-01-01"}')
    lake.refresh()
    assert lake.rows("station") == [("Elbe",)]
    assert lake.rows("_reasons", f"{name}_quarantine") == [
        (["level: 'high' is not int"],),
        (["at is missing", "day is missing"],),
        (["station is missing"],),
    ]


def test_what_is_wanted_is_never_a_silent_null(lake_of: LakeOf) -> None:
    what_is_wanted_is_never_a_silent_null(lake_of, "wanted")
