"""One dashboard of the lake and one of each domain; every widget shows a metric that something in the same app sends."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lake_constructs.validation.rules.metrics import _rows
from tests.stacks.metrics import measured, unsent
from tests.stacks.mutate import graph
from tests.stacks.synthesis import Assembly

Body = dict[str, Any]


def dashboards(assembly: Assembly) -> dict[str, Body]:
    """Return the body of each dashboard by its name, what is known at the deploy in words."""
    templates = graph(assembly)
    found = templates.resources("AWS::CloudWatch::Dashboard")
    return {str(one.properties["DashboardName"]): json.loads(templates.text(one.stack, one.properties["DashboardBody"])) for one in found}


def shown(body: Body) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
    """Yield title, namespace, metric and dimensions of all that the widgets of a dashboard show."""
    for widget in body["widgets"]:
        for row in _rows(widget):
            if row:  # a row of an expression holds no text
                yield widget["properties"]["title"], row[0], row[1], dict(zip(row[2::2], row[3::2], strict=True))


def empty(assembly: Assembly, body: Body) -> dict[str, str]:
    """Return what of a dashboard nothing in the app sends: title -> why."""
    return {title: why for title, namespace, metric, by in shown(body) if (why := unsent(assembly, namespace, metric, by))}


def uncalculated(body: Body) -> list[str]:
    """Return the expressions of a dashboard that name a metric which is not in their widget."""
    rows = [
        (row[-1], {one[-1].get("id") for one in widget["properties"]["metrics"] if isinstance(one[-1], dict)})
        for widget in body["widgets"]
        for row in widget["properties"].get("metrics", [])
        if isinstance(row[-1], dict) and "expression" in row[-1]
    ]
    return [row["expression"] for row, ids in rows if not set(re.findall(r"[a-z]\w*", row["expression"])) <= ids]


def test_there_is_one_of_the_lake_and_one_of_each_domain(prod: Assembly, pulling: Assembly) -> None:
    for assembly in (prod, pulling):
        domains = {stack.removeprefix("Processing-") for stack in assembly.templates if stack.startswith("Processing-")}
        assert domains
        assert dashboards(assembly).keys() == {"lake", *(f"lake-{domain}" for domain in domains)}


@pytest.mark.parametrize("environment", ["prod", "local", "pulling"])
def test_every_widget_shows_what_something_in_the_same_app_sends(environment: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = (
        request.getfixturevalue("pulling") if environment == "pulling" else request.getfixturevalue("assemblies")[environment]
    )
    found = dashboards(assembly)
    assert all(len(list(shown(body))) >= 3 for body in found.values())
    assert {name: problems for name, body in found.items() if (problems := empty(assembly, body) or uncalculated(body))} == {}


def test_the_dashboards_of_prod_are_of_metrics_that_it_sends(prod: Assembly) -> None:
    assert {name: problems for name, body in dashboards(prod).items() if (problems := empty(prod, body))} == {}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("AgeHours", "AgeDays"),
        ("Lake/Freshness", "Lake/Age"),
        ('"Dataset"', '"Set"'),
        ('"flights"', '"fligths"'),
        ("lake-flights", "lake-fligths"),
        ("glue.driver.aggregate.elapsedTime", "glue.driver.aggregate.elapsed"),
        ("QuarantinedPercent", "Quarantined"),
        ("OldestLeaseHours", "OldestLease"),
        ("lake-intake", "lake-outtake"),
        ("ExecutionsStarted", "ExecutionsBegun"),
        ('"Lake","lake"', '"Lake","pond"'),
    ],
)
def test_a_widget_of_a_metric_that_nothing_sends_is_found(right: str, wrong: str, prod: Assembly) -> None:
    texts = {name: json.dumps(body, separators=(",", ":")) for name, body in dashboards(prod).items()}
    broken = {name: json.loads(text.replace(right, wrong)) for name, text in texts.items() if right in text}
    assert broken
    assert any(empty(prod, body) for body in broken.values())


def test_a_share_of_an_age_that_is_not_in_its_widget_is_found(prod: Assembly) -> None:
    body = json.loads(json.dumps(dashboards(prod)["lake-aviation"]).replace('"id": "age0"', '"id": "ages0"'))
    assert uncalculated(body) == ["age0 / 8784"]


def test_the_dashboard_of_the_lake_shows_every_alarm_and_every_age(prod: Assembly) -> None:
    (found,) = [one for one in prod.resources("AWS::CloudWatch::Dashboard").values() if one["Properties"]["DashboardName"] == "lake"]
    body = json.dumps(found["Properties"]["DashboardBody"])
    assert [name for _, name in prod.resources("AWS::CloudWatch::Alarm") if name not in body] == []
    assert [dataset for dataset in measured(prod) if dataset not in body] == []


def failing(assembly: Assembly) -> set[tuple[str, str, frozenset[str]]]:
    """Return the metrics of the alarms on counts that are zero while all is well, but for those of runs and of single pulls, which other graphs show."""
    templates = graph(assembly)
    return {
        (held["Namespace"], held["MetricName"], frozenset(templates.text(one.stack, by["Value"]) for by in held["Dimensions"]))
        for one in templates.resources("AWS::CloudWatch::Alarm")
        for held in [one.properties]
        if (held["TreatMissingData"], held["Threshold"]) == ("notBreaching", 1) and held["ComparisonOperator"].startswith("GreaterThan")
        if held["Namespace"].startswith("AWS/") and "-pull-failed-" not in held["AlarmName"]
    }


def test_the_graph_of_failures_shows_what_is_zero_while_all_is_well_and_nothing_else(prod: Assembly, pulling: Assembly) -> None:
    for assembly in (prod, pulling):
        found = [
            (space, metric, frozenset(by.values()))
            for title, space, metric, by in shown(dashboards(assembly)["lake"])
            if title == "Failures"
        ]
        assert set(found) == failing(assembly)
        assert len(found) == len(set(found))


def test_the_graph_of_failures_has_those_of_what_mends_and_no_sign_of_life(prod: Assembly) -> None:
    found = {(metric, *by.values()) for title, _, metric, by in shown(dashboards(prod)["lake"]) if title == "Failures"}
    assert {metric for metric, _ in found} & {"ExecutionsStarted", "DeliveryToS3.Success", "DeliveryToS3.DataFreshness"} == set()
    ends = {(metric, machine.rpartition(":")[2]) for metric, machine in found}
    machines = ("lake-ended", "lake-sweep", "lake-load-ended", "lake-load-sweep")
    assert {(metric, machine) for machine in machines for metric in ("ExecutionsFailed", "ExecutionsTimedOut")} <= ends


def test_the_dashboard_of_a_domain_shows_who_answers_for_its_datasets_and_their_alarms(prod: Assembly, pulling: Assembly) -> None:
    body = json.dumps(dashboards(prod)["lake-aviation"])
    assert [dataset for dataset in measured(prod) if f":alarm:lake-age-{dataset}" not in body or f"| {dataset} | " not in body] == []
    assert "| flights | files | data-platform | 26 h |" in body
    ((_, pulled),) = [(name, body) for name, body in dashboards(pulling).items() if name != "lake"]
    assert {
        kind for kind in ("pull-failed", "nothing-pulled", "log-errors-pull") if f":alarm:lake-{kind}-departures" in json.dumps(pulled)
    } == {
        "pull-failed",
        "nothing-pulled",
        "log-errors-pull",
    }


def test_the_alarms_of_a_dashboard_are_alarms_of_the_app(prod: Assembly) -> None:
    named = {found["Properties"]["AlarmName"] for found in prod.resources("AWS::CloudWatch::Alarm").values()}
    listed = [arn for widget in dashboards(prod)["lake-aviation"]["widgets"] for arn in widget["properties"].get("alarms", [])]
    assert listed
    assert {arn.rpartition(":")[2] for arn in listed} <= named


def test_no_widget_lies_over_another(prod: Assembly) -> None:
    places = [(widget["x"], widget["y"], widget["width"]) for widget in dashboards(prod)["lake-aviation"]["widgets"]]
    covered = [(x + column, y) for x, y, width in places for column in range(width)]
    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) < 24
