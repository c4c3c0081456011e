from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from cli.common import sample
from cli.common.paths import ROOT
from contracts.read import read


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sample, "FOLDER", tmp_path)
    return tmp_path


def test_the_twelve_files_hold_each_flight_of_the_year_once() -> None:
    lines = [file.read_bytes().splitlines() for file in sample.months()]
    assert {file[0] for file in lines} == {lines[0][0]}
    assert sum(len(file) - 1 for file in lines) == 336_776


def test_every_dataset_that_is_loaded_from_raw_has_its_files_with_the_fields_of_its_contract() -> None:
    contracts = read(path.parent for path in (ROOT / "datasets").glob("*/contract.yaml"))
    sources = {name: contract.source for name, contract in contracts.items() if contract.source}
    files = sample.files()
    assert files.keys() == sources.keys()
    for name, source in sources.items():
        header = files[name][0].read_text(encoding="utf-8").splitlines()[0]
        assert sorted(header.split(",")) == sorted(field.name for field in source.fields)


def test_files_that_are_there_are_not_written_again(folder: Path) -> None:
    for month in range(1, 13):
        (folder / f"flights-2013-{month:02}.csv").write_text("kept", encoding="utf-8")
    assert [file.read_text(encoding="utf-8") for file in sample.months()] == ["kept"] * 12


def test_files_that_several_write_at_once_are_whole_for_each_of_them(folder: Path) -> None:
    together = Barrier(4)

    def sizes() -> list[int]:
        together.wait()
        return [file.stat().st_size for file in (*sample.weather(), *sample.weather())]

    with ThreadPoolExecutor(together.parties) as pool:
        found = [writer.result() for writer in [pool.submit(sizes) for _ in range(together.parties)]]
    assert [size > 0 for size in found[0]] == [True] * 4
    assert found == [found[0]] * together.parties
    assert sorted(path.name for path in folder.iterdir()) == ["weather-2013-12-30.csv", "weather-2013.csv"]


def test_the_dirty_file_holds_what_it_is_said_to_hold() -> None:
    header, new, changed, short, no_number, no_carrier, no_text = sample.dirty().read_bytes().splitlines()
    year = sample.months()[-1].read_bytes().splitlines()
    assert len(sample.DIRT) == 6
    assert new not in year
    assert len(set(changed.split(b",")) - {field for row in year for field in row.split(b",")}) <= 1
    assert len(short.split(b",")) < len(header.split(b","))
    assert b",late," in no_number
    assert b",," in no_carrier
    assert b"\xff" in no_text


def test_the_year_of_weather_and_its_last_day_are_the_whole() -> None:
    year, day = (path.read_bytes().splitlines() for path in sample.weather())
    assert len(day) == 1 + 72
    assert sorted([*year, *day[1:]]) == sorted(sample.whole("weather").read_bytes().splitlines())
