"""What is made of a contract whose records are shown as they come; tests/local_cloud/test_redshift_streams.py runs it."""

from dataclasses import replace

from config.datasets import dataset_folders
from config.read import ROOT, settings
from contracts.contract import Column, Contract, Source
from contracts.read import read
from contracts.zone import Zone
from warehouse.apply import DEFINITION, Record, work
from warehouse.definitions import definitions
from warehouse.live import RECORDS, live
from warehouse.plan import Plan

CONTRACTS = read(dataset_folders(settings(ROOT / "config" / "prod.yaml")))
DATABASES = {Zone.CONSUMER: "lake_consumer"}


def made(contracts: list[Contract], stream: str | None = "lake-stream") -> dict[str, tuple[str, ...]]:
    return {one.name: one.statements for one in definitions(contracts, DATABASES, stream=stream)}


def test_a_dataset_that_asks_for_it_has_a_view_of_typed_columns_which_its_readers_may_read() -> None:
    assert [contract.name for contract in live(CONTRACTS.values())] == ["weather"]
    found = made(list(CONTRACTS.values()))
    drop, view, comment, grant = found["live:weather"]
    assert drop == 'drop view if exists live."weather"'
    assert "try_cast(nullif(nullif(json_extract_path_text(record, 'temp', true), ''), 'NA') as double precision) as \"temp\"" in view
    assert view.endswith(f"from {RECORDS} where dataset = 'weather' with no schema binding")
    assert "neither checked nor deduplicated" in comment
    assert grant == 'grant select on live."weather" to role lake_analyst'
    assert "grant usage on schema live to role lake_analyst" in found["schema:live"]


def test_all_of_them_share_one_materialized_view_that_takes_every_record_that_is_json() -> None:
    other = replace(CONTRACTS["weather"], name="weather_too")
    found = made([CONTRACTS["weather"], other])
    assert found["records:stream"] == made([CONTRACTS["weather"]])["records:stream"]
    drop, create = found["records:stream"]
    assert drop == f"drop materialized view if exists {RECORDS}"  # it has no `create or replace`
    assert "auto refresh yes" in create
    assert 'from stream."lake-stream" where is_utf8(kinesis_data) and can_json_parse(kinesis_data)' in create


def test_without_the_setting_or_a_dataset_that_asks_for_it_there_is_nothing_of_it() -> None:
    assert not [name for name in made(list(CONTRACTS.values()), None) if "live" in name or "stream" in name]
    assert not [name for name in made([replace(CONTRACTS["weather"], live=False)]) if "live" in name or "stream" in name]


def test_a_field_within_others_and_a_list_are_taken_as_they_lie_in_the_record() -> None:
    weather = CONTRACTS["weather"]
    stream = Source(location="weather/stream/", format="json", fields=())
    columns = (Column(name="who", type="bigint", source="$.user.id"), Column(name="tags", type="array<string>", source="tags"))
    view = made([replace(weather, stream=stream, columns=columns)])["live:weather"][1]
    assert "try_cast(nullif(json_extract_path_text(record, 'user', 'id', true), '') as bigint) as \"who\"" in view
    assert "nullif(json_extract_path_text(record, 'tags', true), '') as \"tags\"" in view


def test_what_was_switched_off_goes_but_for_its_schema() -> None:
    records = [Record(name=name, kind=DEFINITION, checksum="") for name in ("live:weather", "records:stream", "schema:stream")]
    assert {task.name: (*task.before, *task.transactions[0][2:]) for task in work(Plan(), records)} == {
        "live:weather": ('drop view if exists live."weather"',),
        "records:stream": (f"drop materialized view if exists {RECORDS}",),
    }
