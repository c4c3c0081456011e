"""A year of real flights, through the whole lake."""

from pathlib import Path

import pytest

from cli.common import sample
from tests.end_to_end.files import PRODUCTS, airlines, months, over_source_files, shuffled
from tests.end_to_end.lake import Lake, Rows, closes

PRODUCT = """
    select cast(flight_date as varchar) as flight_date, carrier, airline, flights, cancelled, departed, delayed_15,
           round(mean_departure_delay, 6) as mean_departure_delay, round(mean_arrival_delay, 6) as mean_arrival_delay
    from lake_consumer.daily_punctuality order by 1, 2
"""
ANSWERS = {
    "daily_punctuality": PRODUCT,
    "route_punctuality": """
        select origin, dest, dest_name, distance, flights, cancelled, round(mean_arrival_delay, 6) as mean_arrival_delay
        from lake_consumer.route_punctuality order by 1, 2
    """,
    "delay_by_weather": """
        select visibility, precipitation, wind, flights, cancelled, departed, delayed_15,
               round(mean_departure_delay, 6) as mean_departure_delay, round(mean_arrival_delay, 6) as mean_arrival_delay
        from lake_consumer.delay_by_weather order by 1, 2, 3
    """,
}
TABLES = {  # dataset -> SQL that Athena and DuckDB both read
    "airports": "select faa, name, lat, lon, alt, tz, dst, tzone from airports order by faa",
    "planes": "select tailnum, year, type, manufacturer, model, engines, seats, speed, engine from planes order by tailnum",
    "weather": """
        select month(time_hour) as month, day(time_hour) as day, hour(time_hour) as hour, origin, temp, dewp, humid, wind_dir, wind_speed,
               wind_gust, precip, pressure, visib
        from weather order by time_hour, origin
    """,
}
ROWS = 336_776

Answers = tuple[Rows, Rows]


@pytest.fixture(scope="module")
def year(lake: Lake) -> Lake:
    for dataset, files in sample.files().items():
        lake.land(dataset, *files)
    lake.wait()
    return lake


@pytest.fixture(scope="module")
def answers(year: Lake) -> Answers:
    return table(year), year.query(PRODUCT)


def table(lake: Lake) -> Rows:
    """Return what must be the same however the year arrived: how many flights, and a hash over all of them."""
    return lake.query(
        "select count(*) as flights, count(distinct _record_hash) as different, sum(_record_hash % 1000003) as hash from lake_processed.flights"
    )


def test_every_flight_of_the_year_is_a_row_and_the_accounts_of_every_file_close(year: Lake) -> None:
    assert table(year)[0]["flights"] == ROWS
    objects = year.ledger("flights", "object#")
    assert len(objects) == 12
    assert closes(objects)
    assert sum(item["inserted"] for item in objects) == ROWS
    assert year.ledger("flights", "object#")[0].get("pending") is None


@pytest.mark.parametrize(("product", "rows"), [("daily_punctuality", 5_432), ("route_punctuality", 224), ("delay_by_weather", 49)])
def test_a_product_equals_what_duckdb_computes_from_the_source_files(product: str, rows: int, year: Lake) -> None:
    wanted = over_source_files(PRODUCTS[product])
    assert len(wanted) == rows
    assert [tuple(row.values()) for row in year.query(ANSWERS[product])] == wanted


@pytest.mark.parametrize(("dataset", "rows"), [("airports", 1_458), ("planes", 3_322), ("weather", 26_115)])
def test_a_table_equals_what_duckdb_reads_from_its_source_file(dataset: str, rows: int, year: Lake) -> None:
    wanted = over_source_files(TABLES[dataset])
    assert len(wanted) == rows
    assert [
        tuple(row.values()) for row in year.query(TABLES[dataset].replace(f"from {dataset}", f"from lake_processed.{dataset}"))
    ] == wanted
    (account,) = year.ledger(dataset, "object#")
    assert (account["state"], account["read"], account["inserted"]) == ("accounted", rows, rows)


def test_the_hour_of_an_impossible_wind_is_kept_and_warned_of(year: Lake) -> None:
    (run, *_) = year.ledger("weather", "run#")
    assert "no_wind_beyond_the_strongest_ever_measured" in " ".join(run["warnings"])


def test_no_lease_is_left_and_every_snapshot_is_announced(year: Lake) -> None:
    for dataset in (*sample.files(), *PRODUCTS):
        (lease,) = year.ledger(dataset, "lease")
        (publication,) = year.ledger(dataset, "publication")
        assert "owner" not in lease
        assert lease["served"] == lease["requested"]
        assert publication["announced"] == publication["snapshot"]


def test_landing_everything_twice_changes_nothing(year: Lake) -> None:
    before, snapshot = table(year), year.ledger("flights", "publication")[0]["snapshot"]
    year.land("flights", *months())
    year.wait()
    assert table(year) == before
    assert year.ledger("flights", "publication")[0]["snapshot"] == snapshot
    objects = year.ledger("flights", "object#")
    assert len(objects) == 24
    assert closes(objects)
    assert sum(item["unchanged"] for item in objects) == ROWS


@pytest.mark.matrix
@pytest.mark.parametrize("seed", [1, 2])
def test_the_year_in_shuffled_splits_gives_the_same_tables(
    seed: int, answers: Answers, deployed: tuple[Lake, Path], tmp_path: Path
) -> None:
    lake, empty = deployed
    lake.restore(empty)
    lake.land("airlines", airlines())
    lake.land("flights", *shuffled(months(), tmp_path, pieces=3 + seed, seed=seed))
    lake.wait()
    assert (table(lake), lake.query(PRODUCT)) == answers
