"""What a file becomes on its way to the stream."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.common.errors import UserError
from cli.common.moments import moment
from cli.stream import enveloped, of_csv, of_json_lines, shape
from contracts.envelope import open_envelope
from contracts.read import read

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def weather() -> Any:
    return read([ROOT / "datasets" / "weather"])["weather"]


def test_a_row_of_csv_becomes_an_object_with_numbers_and_nulls_where_the_contract_has_them(weather: Any, tmp_path: Path) -> None:
    file = tmp_path / "weather.csv"
    file.write_text(
        '\ufefforigin,time_hour,temp,wind_dir,precip\n"J, F",2013-01-01T06:00:00Z,39.02,NA,0.0\nLGA,2013-01-01T07:00:00Z,hot,,07\n'
    )
    (number, text, key), (_, second, other) = of_csv(weather, file)
    assert number == 2
    assert json.loads(text) == {"origin": "J, F", "time_hour": "2013-01-01T06:00:00Z", "temp": 39.02, "wind_dir": None, "precip": 0.0}
    assert '"temp":39.02' in text
    assert json.loads(second) == {"origin": "LGA", "time_hour": "2013-01-01T07:00:00Z", "temp": "hot", "wind_dir": None, "precip": "07"}
    assert key != other


def test_a_line_of_json_is_sent_as_it_stands_whatever_it_is(weather: Any, tmp_path: Path) -> None:
    file = tmp_path / "weather.jsonl"
    file.write_bytes(b'{"origin":"JFK", "time_hour":"x"}\n\nnot json\r\n[1]\n\xff\n')
    found = list(of_json_lines(weather, file))
    assert [(number, text) for number, text, _ in found] == [
        (1, '{"origin":"JFK", "time_hour":"x"}'),
        (3, "not json"),
        (4, "[1]"),
        (5, "\ufffd"),
    ]
    assert [key is not None for _, _, key in found] == [True, False, False, False]


def test_an_envelope_opens_to_the_record_it_was_made_of() -> None:
    record = '{"a": 1.10, "b": "x\\ny"}'
    assert open_envelope(enveloped("weather", record), ["weather"]).record == record


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(UserError, match=r"ends in \.parquet; expected \.csv"):
        shape(Path("weather.parquet"))


def test_a_time_is_utc_unless_it_says_otherwise() -> None:
    assert moment("2026-11-21").isoformat() == "2026-11-21T00:00:00+00:00"
    assert moment("2026-11-21T16:00+01:00").isoformat() == "2026-11-21T15:00:00+00:00"
    with pytest.raises(UserError, match="'yesterday' is no time"):
        moment("yesterday")
