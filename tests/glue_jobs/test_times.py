"""Times are what the record says, whatever the zone of the machine, and impossible ones are set apart."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from contracts import times
from contracts.contract import Contract
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import HEADER, readings

ZONES = [("America/New_York", "Asia/Kolkata"), ("Asia/Kolkata", "America/New_York"), ("Europe/Berlin", "Pacific/Kiritimati")]
"""Of Python and of the JVM."""
MOMENTS = {  # what a record says -> the moment in UTC and the day
    "2012-12-31T23:59:59.999999Z": ("2012-12-31 23:59:59.999999", "2012-12-31"),
    "2013-01-01T00:00:00Z": ("2013-01-01 00:00:00", "2013-01-01"),
    "2013-01-01T00:00:00+05:30": ("2012-12-31 18:30:00", "2012-12-31"),
    "2013-01-01 23:30:00-05:00": ("2013-01-02 04:30:00", "2013-01-02"),
    "2012-02-29": ("2012-02-29 00:00:00", "2012-02-29"),
    # the hour that New York has not, and the one that it has twice
    "2013-03-10 02:30:00": ("2013-03-10 02:30:00", "2013-03-10"),
    "2013-11-03T01:30:00Z": ("2013-11-03 01:30:00", "2013-11-03"),
    "2013-11-03T05:30:00Z": ("2013-11-03 05:30:00", "2013-11-03"),
    "2013-11-03T01:30:00-05:00": ("2013-11-03 06:30:00", "2013-11-03"),
    "2013-03-10 02:30:00 America/New_York": ("2013-03-10 07:30:00", "2013-03-10"),
    # the beginning of time as machines count it, and the ends of what a date can be
    "1969-12-31T23:59:59.999999Z": ("1969-12-31 23:59:59.999999", "1969-12-31"),
    "1970-01-01T00:00:00Z": ("1970-01-01 00:00:00", "1970-01-01"),
    "1582-10-10T00:00:00Z": ("1582-10-10 00:00:00", "1582-10-10"),
    "0001-01-01T00:00:00Z": ("0001-01-01 00:00:00", "0001-01-01"),
    "2038-01-19T03:14:08Z": ("2038-01-19 03:14:08", "2038-01-19"),
    "9999-12-31T23:59:59Z": ("9999-12-31 23:59:59", "9999-12-31"),
}
IMPOSSIBLE = (
    "12:30",
    "T12:30:00",
    "201301",
    "20130101",
    "2013-02-29",
    "2013-13-01",
    "2013-01-01T24:01:00Z",
    "0000-01-01",
    "now",
    "today",
    "1357034400",
)
LakeOf = Callable[[Contract], Lake]


@pytest.fixture
def lake_of(spark: SparkSession, buckets: Path) -> LakeOf:
    return lambda contract: Lake(spark, buckets, contract)


@pytest.fixture
def set_zones(spark: SparkSession) -> Iterator[Callable[[str, str], None]]:
    """Give Python and the JVM other time zones than they have."""
    jvm: Any = spark._jvm
    before, python = jvm.java.util.TimeZone.getDefault(), os.environ.get("TZ")

    def set_both(of_python: str, of_java: str) -> None:
        os.environ["TZ"] = of_python
        time.tzset()
        jvm.java.util.TimeZone.setDefault(jvm.java.util.TimeZone.getTimeZone(of_java))

    yield set_both
    jvm.java.util.TimeZone.setDefault(before)
    os.environ.pop("TZ")
    if python is not None:
        os.environ["TZ"] = python
    time.tzset()


def moments(lake: Lake) -> dict[str, tuple[str, str]]:
    """Return what the table has of each station, read as texts: Python would turn times into the zone of its machine."""
    return {station: (at, day) for station, at, day in lake.rows("station, cast(at as string), cast(day as string)")}


def lines() -> list[str]:
    return [f"{said},{said},1," for said in MOMENTS]


@pytest.mark.parametrize(
    ("python", "java"), [pytest.param(*zones, marks=pytest.mark.matrix if place else []) for place, zones in enumerate(ZONES)]
)
def test_a_time_is_the_same_moment_and_day_whatever_the_zones_of_the_machine(
    lake_of: LakeOf, set_zones: Callable[[str, str], None], python: str, java: str
) -> None:
    lake = lake_of(readings(f"zones_{java.partition('/')[2].lower()}"))
    set_zones(python, java)
    lake.land("a.csv", HEADER, *lines())
    outcome = lake.refresh()
    assert (outcome.facts["inserted"], moments(lake)) == (len(MOMENTS), MOMENTS)
    set_zones(java, python)
    lake.land("b.csv", HEADER, *lines())
    assert lake.refresh().status == "unchanged"  # hashes, keys and the order of arrivals too
    assert str(lake.rows("cast(max(_arrived_at) as string)")[0][0]) == "2013-01-01 00:01:00"


def test_without_a_session_in_utc_it_would_not_be(spark: SparkSession, lake_of: LakeOf) -> None:
    lake = lake_of(readings("zones_lost"))
    lake.land("a.csv", HEADER, "Elbe,2013-03-10 02:30:00,1,")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        lake.refresh()
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert moments(lake) != {"Elbe": ("2013-03-10 02:30:00", "2013-03-10")}


def test_a_time_that_is_none_is_set_apart_and_never_one_of_today(lake_of: LakeOf) -> None:
    lake = lake_of(readings("impossible"))
    lake.land("a.csv", HEADER, *(f"Elbe,{said},1," for said in IMPOSSIBLE))
    lake.refresh()
    assert lake.rows("station") == []
    assert lake.rows("_reasons[0]", "impossible_quarantine") == sorted((f"at: '{said}' is not timestamp",) for said in IMPOSSIBLE)


def test_rows_that_are_weeks_late_land_in_the_partition_of_their_time(lake_of: LakeOf) -> None:
    lake = lake_of(readings("weeks_late"))
    lake.land("july.csv", HEADER, "Elbe,2013-07-01T00:00:00Z,7,", "Oder,2013-06-30T23:59:59Z,6,")
    lake.refresh()
    before = partitions(lake)
    lake.land("late.csv", HEADER, "Elbe,2013-01-31T23:59:59Z,1,", "Oder,2013-06-30T23:59:58Z,5,")
    lake.refresh()
    after = partitions(lake)
    assert before == {"2013-06": 1, "2013-07": 1}
    assert after == {"2013-01": 1, "2013-06": 2, "2013-07": 1}


def partitions(lake: Lake) -> dict[str, int]:
    """Return the rows of each month's partition, as Iceberg's metadata tells them."""
    found = lake.rows("partition.at_month, record_count", f"{lake.contract.name}.partitions")
    return {f"{1970 + month // 12}-{month % 12 + 1:02d}": rows for month, rows in found}


def test_a_time_that_lies_too_far_from_its_arrival_is_set_apart_whenever_it_is_read(lake_of: LakeOf) -> None:
    bounds = tuple(times.row_rules({"at": "30d"}, {"at": "1h", "day": "2d"}))
    lake = lake_of(readings("bounded", row_rules=bounds))
    at = {"old": "2012-12-01T23:59:59Z", "oldest": "2012-12-02T00:01:00Z", "newest": "2013-01-01T01:01:00Z", "new": "2013-01-01T01:01:01Z"}
    lake.land("a.csv", HEADER, *(f"{name},{said},1," for name, said in at.items()), "far,9999-12-31T23:59:59Z,1,")  # a minute past midnight
    lake.refresh()
    assert lake.rows("station") == [("newest",), ("oldest",)]
    assert lake.rows("_reasons", "bounded_quarantine") == [
        (["at more than 1h after arrival", "day more than 2d after arrival"],),
        (["at more than 1h after arrival"],),
        (["at more than 30d before arrival"],),
    ]
