"""What the documentation says of the cost is what the template of prod makes it."""

from copy import deepcopy

import pytest

from benchmarks.stream_cost import LOADS, table
from cli.common.costs.prices import load
from cli.common.costs.stream import Load, million
from tests.stacks.synthesis import ROOT, Assembly

PAGE = ROOT / "docs" / "streams.md"


def test_the_table_of_the_documentation_is_computed_from_the_template(prod: Assembly) -> None:
    expected = table(prod.templates["Ingestion"])
    assert "\n".join(expected) in PAGE.read_text(encoding="utf-8"), (
        "type .venv/bin/python -m benchmarks.stream_cost after ./lake synth --env prod"
    )


def test_a_small_record_costs_as_much_to_deliver_as_one_of_5_kb(prod: Assembly) -> None:
    template = prod.templates["Ingestion"]
    small, five, six = (million(template, Load(size, 1000), load()) for size in (1, 5 * 1024, 5 * 1024 + 1))
    assert small["delivery"] == five["delivery"] == six["delivery"] / 2 == pytest.approx(1e6 * 5 * 1024 / 2**30 * 0.029)


def test_a_stream_of_shards_is_paid_by_the_hour_and_by_units_of_25_kb(prod: Assembly) -> None:
    template = deepcopy(prod.templates["Ingestion"])
    (stream,) = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Kinesis::Stream"]
    stream |= {"StreamModeDetails": {"StreamMode": "PROVISIONED"}, "ShardCount": 4}
    found = million(template, Load(26 * 1024, 1000), load())
    assert found["stream, by volume"] == pytest.approx(2 * 0.014)
    hours = 1e6 / 1000 / 3600
    assert found["stream, by the hour"] == pytest.approx(hours * 4 * (0.015 + 0.02))  # kept for a week
    stream["RetentionPeriodHours"] = 24
    assert million(template, Load(1, 1000), load())["stream, by the hour"] == pytest.approx(hours * 4 * 0.015)
    template["Resources"]["Fraud"] = {"Type": "AWS::Kinesis::StreamConsumer"}
    assert million(template, Load(1, 1000), load())["stream, by the hour"] == pytest.approx(hours * 4 * (0.015 + 0.015))


def test_what_is_pushed_to_a_consumer_and_what_is_kept_for_long_is_paid_by_volume(prod: Assembly) -> None:
    template = deepcopy(prod.templates["Ingestion"])
    without = million(template, Load(1024, 1000), load())["stream, by volume"]
    template["Resources"]["Fraud"] = {"Type": "AWS::Kinesis::StreamConsumer"}
    pushed = million(template, Load(1024, 1000), load())["stream, by volume"]
    gib = 1e6 * 1024 / 2**30
    assert pushed - without == pytest.approx(gib * 0.05)
    (stream,) = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Kinesis::Stream"]
    stream["RetentionPeriodHours"] = 24 * 37
    assert million(template, Load(1024, 1000), load())["stream, by volume"] - pushed == pytest.approx(gib * 0.023)


def test_every_load_of_the_table_is_paid_for_in_every_part(prod: Assembly) -> None:
    template, prices = prod.templates["Ingestion"], load()
    assert all(part > 0 for records in LOADS.values() for part in million(template, records, prices).values())
