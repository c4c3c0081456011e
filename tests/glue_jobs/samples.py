"""Contracts as small as a test needs them."""

from dataclasses import replace
from typing import Any

from contracts.contract import Column, Contract, Field, Load, Refresh, RowRule, Rule, Severity, Source
from contracts.zone import Zone

HEADER = "station,at,level,note"
SOURCE = Source(
    location="readings/files/",
    format="csv",
    null_value="NA",
    fields=(
        Field(name="station", type="string"),
        Field(name="at", type="timestamp"),
        Field(name="level", type="int"),
        Field(name="note", type="string"),
    ),
)
STREAM = replace(SOURCE, location="readings/stream/", format="json", enveloped=True)
READINGS = Contract(
    name="readings",
    version="1.0.0",
    domain="rivers",
    zone=Zone.PROCESSED,
    description="Water levels.",
    owner="rivers",
    load=Load.UPSERT,
    source=SOURCE,
    key=("at", "station"),
    partition_by=("month(at)",),
    columns=(
        Column(name="at", type="timestamp", required=True, source="at"),
        Column(name="station", type="string", required=True, source="station"),
        Column(name="level", type="int", source="level", description="Centimetres; the station's own zero."),
        Column(name="day", type="date", required=True, expression="to_date(at)"),
    ),
    row_rules=(RowRule(name="level is below 1000", broken="level >= 1000"),),
    rules=(Rule(name="not all zero", scope="table", value="max(level)", wanted="value > 0", severity=Severity.ERROR),),
)
HIGHEST = Contract(
    name="highest",
    version="1.0.0",
    domain="rivers",
    zone=Zone.CONSUMER,
    description="The highest level of each station.",
    owner="rivers",
    refresh=Refresh.FULL,
    key=("station",),
    inputs=("readings",),
    sql="select max(level) as level, station from readings group by station",
    columns=(Column(name="station", type="string", required=True), Column(name="level", type="bigint")),
)


def readings(name: str, **changes: Any) -> Contract:
    """Return the contract of readings under a name that no other test uses."""
    return replace(READINGS, name=name, source=replace(SOURCE, location=f"{name}/files/"), **changes)


def streamed(name: str, **changes: Any) -> Contract:
    """Return the contract of readings that come by the stream too."""
    return readings(name, stream=replace(STREAM, location=f"{name}/stream/"), **changes)
