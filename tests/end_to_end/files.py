"""Real flights as files, and what DuckDB makes of them without the lake."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from cli.common import sample

TYPES = "columns={'carrier': 'VARCHAR', 'name': 'VARCHAR'}"
PUNCTUALITY = """
    select make_date(f.year::int, f.month::int, f.day::int)::varchar as flight_date, f.carrier, a.name as airline, count(*) as flights,
           count(*) filter (f.dep_time is null) as cancelled, count(f.dep_time) as departed,
           count(*) filter (f.dep_delay::int > 15) as delayed_15,
           round(avg(f.dep_delay::int), 6) as mean_departure_delay, round(avg(f.arr_delay::int), 6) as mean_arrival_delay
    from flights f left join airlines a using (carrier) group by all order by all
"""


def punctuality(flights: Sequence[Path], airlines: Path) -> list[tuple[Any, ...]]:
    """Return the product as DuckDB computes it from the source files."""
    connection = duckdb.connect()
    names = [str(file) for file in flights]
    connection.execute(f"create view flights as select * from read_csv({names}, all_varchar=true, nullstr='NA')")
    connection.execute(f"create view airlines as select * from read_csv('{airlines}', all_varchar=true)")
    return connection.sql(PUNCTUALITY).fetchall()


def shuffled(files: Sequence[Path], into: Path, *, pieces: int, seed: int) -> list[Path]:
    """Return the same records in another order and other files."""
    header = files[0].read_bytes().splitlines()[0]
    records = [line for file in files for line in file.read_bytes().splitlines()[1:]]
    random.Random(seed).shuffle(records)
    made = []
    for piece in range(pieces):
        path = into / f"shuffled-{seed}-{piece}.csv"
        path.write_bytes(b"\n".join([header, *records[piece::pieces], b""]))
        made.append(path)
    return made


def first_rows(source: Path, into: Path, rows: int) -> Path:
    """Return a file of the first rows of another."""
    path = into / f"first-{rows}-of-{source.name}"
    path.write_bytes(b"\n".join([*source.read_bytes().splitlines()[: rows + 1], b""]))
    return path


months, airlines = sample.months, sample.airlines
