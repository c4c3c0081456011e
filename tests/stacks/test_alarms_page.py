"""docs/alarms.md lists the alarms of the templates: `./lake test --update tests/stacks/test_alarms_page.py` writes it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.stacks.metrics import SENT, WATCHED, measured
from tests.stacks.synthesis import ROOT, Assembly
from tests.stacks.test_alarms import alarms, children, composites, dimensions

PAGE = ROOT / "docs" / "alarms.md"
SIGNS = {"GreaterThanOrEqualToThreshold": ">=", "GreaterThanThreshold": ">", "LessThanThreshold": "<", "LessThanOrEqualToThreshold": "<="}
INTRODUCTION = """\
# Alarms

Every alarm of a lake with files, a stream, a warehouse and a dataset that is pulled from an API, as the templates have it; written by `tests/stacks/test_alarms_page.py`.
What to do about each one: [runbook.md](runbook.md). Thresholds that a company may want otherwise are settings (`alarms`, [config/alarms.py](../config/alarms.py)).

One fault tells people once. Alarms that have one cause as a rule stand under a composite alarm, `LAKE-fault-NAME`, which tells of all of them; the others tell themselves.
Datasets that are made of one another are one fault when they are late; where nobody measures any age, `freshness-silent` alone tells. Every alarm tells when it begins and when it is over.
Who is in `notify` hears of alarms and of nothing else; `notify_each` gets each single failure as it comes ([decision](decisions/0061-people-are-paged-by-alarms-alone.md)).

Three things are shown of every alarm: that it watches a metric that something in the same app sends, with its dimensions, and tells somebody
(`tests/stacks/test_alarms.py`); that data drives it to alarm and back, and what silence means to it, by the local cloud's own evaluation and a clock that the test moves
(`tests/stacks/test_alarms_fire.py`); and that it begins, tells and ends in a lake that runs: `./lake drill` ([drill.md](drill.md)).
The lake of the drill pulls from no API: the alarms of pulls are driven by data alone, in the second way.

All of them are on the dashboard of the lake; those of a dataset on that of its domain too. What every widget shows is checked as the alarms are (`tests/stacks/test_dashboards.py`).
"""


def pieces(alarm: Mapping[str, Any]) -> str:
    """Return when an alarm begins."""
    period = alarm["Period"]
    every = f"{period // 86400} d" if period >= 86400 else f"{period // 3600} h" if period >= 3600 else f"{period // 60} min"
    times = f" x {alarm['EvaluationPeriods']}" if alarm["EvaluationPeriods"] > 1 else ""
    return f"{alarm['Statistic']} of {every}{times} {SIGNS[alarm['ComparisonOperator']]} {alarm['Threshold']:g}"


def row(name: str, alarm: Mapping[str, Any], told: str) -> str:
    silence = "alarm" if alarm["TreatMissingData"] == "breaching" else "no alarm"
    watched = f"{alarm['Namespace']} {alarm['MetricName']}"
    urgency = "now" if alarm["AlarmDescription"].startswith("Look now") else "today"
    anchor = alarm["AlarmDescription"].rpartition("#")[2]
    return (
        f"| [{name}](runbook.md#{anchor}) | {watched} | {', '.join(dimensions(alarm))} | {pieces(alarm)} | {silence} | {urgency} | {told} |"
    )


def lines(prod: Assembly, pulling: Assembly) -> Iterator[str]:
    yield INTRODUCTION
    yield "| alarm | metric | by | begins when | no data is | look | told by |"
    yield "|---|---|---|---|---|---|---|"
    over = {child: name for assembly in (prod, pulling) for name, made in composites(assembly).items() for child in children(made)}
    datasets = measured(prod) | measured(pulling)
    seen = set()
    for name, alarm in sorted((alarms(pulling) | alarms(prod)).items()):
        dataset = next((one for one in datasets if name.endswith(f"-{one}")), None)
        shown = name.removeprefix("lake-") if dataset is None else f"{name.removeprefix('lake-').removesuffix(dataset)}DATASET"
        if shown in seen:
            continue
        seen.add(shown)
        told = over.get(name, "itself").removeprefix("lake-") if not shown.startswith("age-") else "fault-late-DATASET, or itself"
        line = row(shown, alarm, told)
        yield line.replace(f"> {alarm['Threshold']:g}", "> the contract's hours") if shown.startswith("age-") else line
    yield ""
    yield "Which dimensions the metrics of a namespace have, and who says so:"
    yield ""
    yield "| metrics | by | source |"
    yield "|---|---|---|"
    for namespace, (dimension, _, _, page) in sorted(WATCHED.items()):
        yield f"| {namespace} | {dimension} | [AWS's documentation]({page}) |"
    for namespace, (known, sender) in sorted(SENT.items()):
        yield f"| {namespace} | {', '.join(known)} | {sender} |"


def test_the_page_of_alarms_is_what_the_templates_have(prod: Assembly, pulling: Assembly, request: pytest.FixtureRequest) -> None:
    text = "".join(f"{line}\n" for line in lines(prod, pulling))
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, f"{PAGE.name} is not what the templates have: run this test with --update"
