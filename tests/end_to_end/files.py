"""Real flights as files, and what DuckDB makes of them without the lake."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from cli.common import sample

PRODUCTS = {  # product -> how DuckDB computes it, in another way than the product's own SQL where there is one
    "daily_punctuality": """
        select make_date(f.year, f.month, f.day)::varchar as flight_date, f.carrier, a.name as airline, count(*) as flights,
               count(*) filter (f.dep_time is null) as cancelled, count(f.dep_time) as departed, count(*) filter (f.dep_delay > 15) as delayed_15,
               round(avg(f.dep_delay), 6) as mean_departure_delay, round(avg(f.arr_delay), 6) as mean_arrival_delay
        from flights f left join airlines a using (carrier) group by all order by all
    """,
    "route_punctuality": """
        select origin, dest, (select name from airports where faa = dest) as dest_name, max(distance) as distance, count(*) as flights,
               count(*) - count(dep_time) as cancelled, round(sum(arr_delay) / count(arr_delay), 6) as mean_arrival_delay
        from flights group by origin, dest order by all
    """,
    "delay_by_weather": """
        with hours as (
            select origin, time_hour, coalesce(if(visib > 5, 'over 5 miles', if(visib >= 3, '3 to 5 miles', if(visib >= 1, '1 to 3 miles',
                   if(visib >= 0, 'under 1 mile', null)))), 'unknown') as visibility, coalesce(if(precip > 0.3, 'heavy',
                   if(precip >= 0.1, 'moderate', if(precip > 0, 'light', if(precip = 0, 'none', null)))), 'unknown') as precipitation,
                   coalesce(if(wind_speed > 253, null, if(wind_speed >= 39, 'gale', if(wind_speed >= 25, 'strong',
                   if(wind_speed >= 13, 'moderate', if(wind_speed >= 0, 'light', null))))), 'unknown') as wind
            from weather
        )
        select coalesce(visibility, 'unknown') as visibility, coalesce(precipitation, 'unknown') as precipitation,
               coalesce(wind, 'unknown') as wind, count(*) as flights, count(*) - count(dep_time) as cancelled, count(dep_time) as departed,
               count(*) filter (dep_delay > 15) as delayed_15, round(avg(dep_delay), 6) as mean_departure_delay,
               round(avg(arr_delay), 6) as mean_arrival_delay
        from flights left join hours using (origin, time_hour) group by all order by all
    """,
}


def over_source_files(sql: str) -> list[tuple[Any, ...]]:
    """Return what DuckDB answers without the lake."""
    return _source_files().sql(sql).fetchall()


def over_file(sql: str, *, flights: Path) -> list[tuple[Any, ...]]:
    """Return what DuckDB answers without the lake where one file of flights has landed."""
    connection = duckdb.connect()
    for dataset, file in {"flights": flights, "airlines": airlines()}.items():
        connection.execute(f"create table {dataset} as select * from read_csv('{file}', nullstr='NA', sample_size=-1)")
    return connection.sql(sql).fetchall()


@cache
def _source_files() -> duckdb.DuckDBPyConnection:
    """A database with a table for each dataset, as DuckDB reads its source files."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for dataset, files in sample.files().items():
        names = [str(file) for file in files]
        connection.execute(f"create table {dataset} as select * from read_csv({names}, nullstr='NA', sample_size=-1)")
    return connection


def airlines() -> Path:
    return sample.whole("airlines")


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


months = sample.months
