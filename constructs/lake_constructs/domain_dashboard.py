"""One page on which the datasets of a business domain can be seen; written out, so that a dataset more costs no message to the CDK's node process."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from lake_constructs.dashboard import FULL, HALF, MOST
from lake_constructs.machines.freshness import METRIC, NAMESPACE, dimensions
from lake_constructs.pull_alarms import NEW_RECORDS, PULL_METRICS

HOUR = 3600
HEIGHT = 6
GLUE = "Glue"
ALL_RUNS = ("JobRunId", "ALL", "Type", "count")
"""https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html: across all runs of a job, counted since the last report."""
OF_JOBS = {
    "glue.driver.aggregate.elapsedTime": "Jobs: milliseconds that they ran",
    "glue.driver.aggregate.recordsRead": "Jobs: rows that they read",
    "glue.driver.aggregate.numFailedTasks": "Jobs: tasks of Spark that failed",
}

Widget = dict[str, Any]
Row = list[Any]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A dataset on the page.

    Attributes:
        made_of: what its rows come from, in a reader's words.
        freshness_hours: the greatest age that its contract allows; None for one that promises none.
        pull: name of the function that pulls it; None where none does.
        alarms: names of the alarms on it, behind the name of the lake.
    """

    name: str
    owner: str
    made_of: str
    freshness_hours: int | None
    pull: str | None
    alarms: Sequence[str]


class DomainDashboard(Construct):
    """Who answers for each dataset of a domain, their alarms, their ages, and what their jobs and pulls do."""

    def __init__(self, scope: Construct, construct_id: str, *, lake: str, domain: str, datasets: Sequence[Shown]) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        alarms = stack.format_arn(service="cloudwatch", resource="alarm", resource_name="", arn_format=ArnFormat.COLON_RESOURCE_NAME)
        body = {
            "start": "-P3D",
            "periodOverride": "inherit",
            "widgets": [{**widget, **place} for widget, place in _placed(_widgets(lake, datasets, alarms, stack.region))],
        }
        cloudwatch.CfnDashboard(
            self, "Dashboard", dashboard_name=f"{lake}-{domain}", dashboard_body=json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        )


def _widgets(lake: str, datasets: Sequence[Shown], alarms: str, region: str) -> Iterator[tuple[Widget, int]]:
    """Yield the widgets, each with its width."""
    yield {"type": "text", "properties": {"markdown": _table(datasets)}}, FULL
    watched = [f"{alarms}{lake}-{alarm}" for shown in datasets for alarm in shown.alarms]
    for part in _parts(watched, MOST):
        yield {"type": "alarm", "properties": {"title": "Alarms", "alarms": part}}, FULL
    graphs: list[tuple[str, list[list[Row]], int]] = [
        ("Age of the last publication, as a share of what the contract allows", _shares(lake, datasets), FULL),
        *((title, [[_of_job(metric, lake, shown)] for shown in datasets], HALF) for metric, title in OF_JOBS.items()),
        ("Records that pulls brought", [[_of_pull(shown.name, shown.pull)] for shown in datasets if shown.pull], HALF),
    ]
    for title, rows, width in graphs:
        for part in _parts(rows, MOST):
            yield _graph(title, [row for group in part for row in group], region), width


def _table(datasets: Sequence[Shown]) -> str:
    lines = [
        f"| {shown.name} | {shown.made_of} | {shown.owner} | {f'{shown.freshness_hours} h' if shown.freshness_hours else ''} |"
        for shown in datasets
    ]
    return "\n".join(["| dataset | made of | owner | never older than |", "|---|---|---|---|", *lines])


def _shares(lake: str, datasets: Sequence[Shown]) -> list[list[Row]]:
    """Return each dataset's age divided by the greatest that is allowed, so that 1 is the limit for all of them."""
    promising = [(shown.name, shown.freshness_hours) for shown in datasets if shown.freshness_hours is not None]
    return [
        [
            [NAMESPACE, METRIC, *_flat(dimensions(lake, name)), {"id": f"age{number}", "visible": False, "stat": "Maximum"}],
            [{"expression": f"age{number} / {hours}", "label": name, "id": f"share{number}"}],
        ]
        for number, (name, hours) in enumerate(promising)
    ]


def _of_job(metric: str, lake: str, shown: Shown) -> Row:
    return [GLUE, metric, "JobName", f"{lake}-{shown.name}", *ALL_RUNS, {"stat": "Sum", "label": shown.name}]


def _of_pull(dataset: str, function: str) -> Row:
    return [PULL_METRICS, NEW_RECORDS, "service", function, {"stat": "Sum", "label": dataset}]


def _graph(title: str, metrics: list[Row], region: str) -> Widget:
    return {
        "type": "metric",
        "properties": {"view": "timeSeries", "title": title, "region": region, "period": HOUR, "metrics": metrics, "yAxis": {}},
    }


def _placed(widgets: Iterator[tuple[Widget, int]]) -> Iterator[tuple[Widget, Widget]]:
    """Yield each widget with its place: from left to right as long as there is room."""
    x = y = 0
    for widget, width in widgets:
        if x + width > FULL:
            x, y = 0, y + HEIGHT
        yield widget, {"x": x, "y": y, "width": width, "height": HEIGHT}
        x += width


def _parts(items: Sequence[Any], most: int) -> Iterator[list[Any]]:
    return (list(items[start : start + most]) for start in range(0, len(items), most))


def _flat(dimensions: Mapping[str, str]) -> list[str]:
    return [text for pair in sorted(dimensions.items()) for text in pair]
