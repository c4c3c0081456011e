"""What the lake costs is counted in its templates: all of it, and nothing twice."""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cli.common.costs import prices, profile, report
from cli.common.costs.bill import Bill, Cause
from cli.common.costs.counting import HOURS, Counting, Resource, UnknownCostError, count
from cli.common.costs.drivers import DRIVERS
from cli.common.costs.environment import archive
from cli.common.costs.runs import starts
from cli.common.errors import UserError
from tests.stacks.synthesis import ROOT, Assembly

PRICED = ("dev", "prod")  # a lake on a laptop costs nothing
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "cost.md"
NAT = {"Type": "AWS::EC2::NatGateway", "Properties": {}}


def bill(templates: Mapping[str, Any], **changes: Any) -> Bill:
    """Return the bill of templates; `changes` are other resources in the stack of storage."""
    found = deepcopy(dict(templates))
    found["Storage"]["Resources"] |= changes
    return count(found, profile.load(), prices.load(), DRIVERS)


def hold(page: Path, tables: Iterable[Sequence[str]], request: pytest.FixtureRequest) -> None:
    """Say that the tables stand in a page; with --update they are put in the place of those with the same first line."""
    text = page.read_text(encoding="utf-8")
    for table in tables:
        if request.config.getoption("update_snapshots"):
            text = re.sub(rf"^{re.escape(table[0])}\n(\|.*\n)*", "\n".join([*table, ""]).replace("\\", r"\\"), text, flags=re.MULTILINE)
            page.write_text(text, encoding="utf-8")
        assert "\n".join(table) in text, f"{page.name} is not what ./lake cost says; run this test with --update"


def test_the_table_of_the_readme_is_what_the_command_says(assemblies: Mapping[str, Assembly], request: pytest.FixtureRequest) -> None:
    hold(README, [report.environments({name: bill(assemblies[name].templates) for name in PRICED})], request)


def test_the_tables_of_the_documentation_are_what_the_command_says(prod: Assembly, request: pytest.FixtureRequest) -> None:
    whole, keys = bill(prod.templates), {"stack": report.by_stack, "driver": report.by_driver}
    titles = {"stack": "stack of `prod`, US dollars", "driver": "driver in `prod`, US dollars"}
    hold(PAGE, [report.markdown(titles[name], report.parts(whole, key)) for name, key in keys.items()], request)


def test_the_price_list_of_the_documentation_is_the_table(request: pytest.FixtureRequest) -> None:
    hold(PAGE, [report.markdown("price", list(report.price_list(prices.load())), ("US dollars", "per", "source", "checked"))], request)
    assert f"{prices.load().region}, {prices.load().date}" in PAGE.read_text(encoding="utf-8")


def test_every_resource_of_every_environment_is_priced_or_free_with_a_reason(assemblies: Mapping[str, Assembly], pulling: Assembly) -> None:
    for name, assembly in {**assemblies, "pulling": pulling}.items():
        assert bill(assembly.templates).unknown == (), name
        assert len({resource["Type"] for resource in assembly.resources().values()}) > 30


def test_a_resource_of_a_type_that_nobody_priced_is_named_and_not_free(prod: Assembly) -> None:
    found = bill(prod.templates, Cluster={"Type": "AWS::MSK::Cluster", "Properties": {}})
    assert [(one.stack, one.name, one.type) for one in found.unknown] == [("Storage", "Cluster", "AWS::MSK::Cluster")]


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        ({"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 128}}, "how often it is invoked"),
        ({"Type": "AWS::Logs::LogGroup", "Properties": {}}, "for ever"),
        ({"Type": "AWS::S3::Bucket", "Properties": {}}, "how much is kept in it"),
        ({"Type": "AWS::DynamoDB::Table", "Properties": {}}, "provisioned"),
        ({"Type": "AWS::Glue::Job", "Properties": {"WorkerType": "Z.9X", "NumberOfWorkers": 2, "Timeout": 1}}, "'Z.9X'"),
        ({"Type": "AWS::Scheduler::Schedule", "Properties": {"ScheduleExpression": "now and then"}}, "'now and then'"),
    ],
    ids=["function nobody calls", "log without end", "bucket", "provisioned table", "worker", "schedule"],
)
def test_a_resource_whose_use_is_not_known_is_named(prod: Assembly, resource: dict[str, Any], why: str) -> None:
    (unknown,) = bill(prod.templates, Odd=resource).unknown
    assert unknown.name == "Odd"
    assert why in unknown.why


def test_adding_a_resource_changes_what_the_readme_has_to_say(prod: Assembly) -> None:
    before, after = bill(prod.templates), bill(prod.templates, Nat=NAT)
    assert after.idle - before.idle == pytest.approx(HOURS * 0.045)
    assert report.environments({"prod": after}) != report.environments({"prod": before})
    assert report.change(before, after) == [
        ["Storage: NAT gateways", "+32.85", "", "", "", "", "+32.85"],
        ["all", "+32.85", "", "", "", "", "+32.85"],
    ]


def test_what_a_change_takes_away_is_shown_too(prod: Assembly) -> None:
    without = {stack: template for stack, template in prod.templates.items() if stack not in ("Network", "Warehouse")}
    *_, (_, idle, *_) = report.change(bill(prod.templates), bill(without))
    assert float(idle) < -20


@pytest.mark.parametrize("stack", ["Monitoring", "Network", "Ingestion", "Warehouse", "Processing-aviation"])
def test_no_lake_is_dearer_without_one_of_its_stacks(prod: Assembly, stack: str) -> None:
    without = {name: template for name, template in prod.templates.items() if name != stack}
    whole, rest = bill(prod.templates), bill(without)
    assert rest.month() < whole.month()
    assert all(rest.month(cause) <= whole.month(cause) + 1e-9 for cause in Cause)


def test_the_parts_of_a_bill_are_the_whole(prod: Assembly) -> None:
    whole = bill(prod.templates)
    for key in (report.by_stack, report.by_driver, report.by_both):
        assert sum(part.month() for part in whole.by(key).values()) == pytest.approx(whole.month())


def test_every_price_is_used_and_every_driver_has_one(prod: Assembly) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cli" / "common" / "costs").glob("*.py"))
    assert [name for name in prices.load().prices if f'"{name}"' not in source] == []
    assert set(DRIVERS) & set(prices.load().free) == set()


def test_an_own_metric_is_paid_once_though_alarm_and_dashboard_name_it(prod: Assembly) -> None:
    measured = {
        tuple(str(alarm["Properties"][member]) for member in ("Namespace", "MetricName", "Dimensions"))
        for alarm in prod.resources("AWS::CloudWatch::Alarm").values()
        if not alarm["Properties"]["Namespace"].startswith(("AWS/", "Lake/LogErrors"))
    }
    own = bill(prod.templates).by(report.by_driver)["own metrics"]
    assert own.idle == pytest.approx(len(measured) * 0.30)


def test_decisions_use_the_prices_of_the_table() -> None:
    usd = prices.load().usd
    text = next((ROOT / "docs" / "decisions").glob("0013-*")).read_text(encoding="utf-8")
    for words, name in {
        "a custom metric": "cloudwatch.metric_month",
        "an alarm": "cloudwatch.alarm_month",
        "a dashboard": "cloudwatch.dashboard_month",
        r"calls\s+of\s+PutMetricData": "cloudwatch.thousand_calls",
    }.items():
        found = re.search(rf"{words}\s+(\d+\.\d+)", text)
        assert found, words
        assert float(found[1]) == usd(name)
    assert f"{usd('cloudwatch.metric_month') + usd('cloudwatch.alarm_month'):.2f} US dollars" in next(
        (ROOT / "docs" / "decisions").glob("0016-*")
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("rate(15 minutes)", 2920),
        ("rate(1 hour)", 730),
        ("rate(2 days)", 15.2),
        ("cron(15 4 * * ? *)", 30.4),
        ("cron(0/15 * * * ? *)", 2920),
        ("cron(0 8-17 * * ? *)", 304),
        ("cron(0,30 6 * * ? *)", 60.8),
        ("at(2026-11-21T20:00:00)", 1),
    ],
)
def test_a_schedule_is_counted_by_how_often_it_starts(expression: str, times: float) -> None:
    assert starts(expression) == pytest.approx(times, rel=0.01)


def test_a_schedule_that_cannot_be_read_has_no_known_cost() -> None:
    with pytest.raises(UnknownCostError, match="'A-B'"):
        starts("cron(A-B 4 * * ? *)")


def test_more_traffic_costs_more_and_never_less(prod: Assembly, tmp_path: Path) -> None:
    text = profile.SHIPPED.read_text(encoding="utf-8")
    twice = tmp_path / "twice.yaml"
    twice.write_text(text.replace("  gb: 100", "  gb: 200").replace("objects: 3000", "objects: 6000"), encoding="utf-8")
    found = count(prod.templates, profile.load(twice), prices.load(), DRIVERS)
    assert found.idle == pytest.approx(bill(prod.templates).idle)
    assert found.month(Cause.FILES) > bill(prod.templates).month(Cause.FILES)


@pytest.mark.parametrize(
    ("what", "text", "said"),
    [
        ("no file", None, "cannot be read as a traffic profile: No such file"),
        ("no YAML", "files: [", "is not YAML"),
        ("unknown key", "files: {gb: 1, objects: 1, refreshes: 1, speed: 2}", "files.speed: Unexpected keyword argument"),
        ("nothing lands", "files: {gb: 0, objects: 1, refreshes: 1}", "files.gb: Input should be greater than 0, got 0"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 16 else "",
)
def test_a_profile_that_is_none_is_refused_with_the_reason(what: str, text: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "profile.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(said)):
        profile.load(file)


def test_a_price_without_a_page_of_aws_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    text = prices.TABLE.read_text(encoding="utf-8")
    file.write_text(text.replace("https://aws.amazon.com/athena/pricing/", "https://example.com/"), encoding="utf-8")
    with pytest.raises(UserError, match=r"prices\.athena\.scanned_tb\.source"):
        prices.load(file)


def test_a_price_that_is_missing_is_an_error_and_not_nothing() -> None:
    with pytest.raises(UserError, match=r"no 'moon\.hour'"):
        Counting({}, profile.load(), prices.load()).charge(Resource("s", "n", "t", {}), "moon", Cause.IDLE, 1, "moon.hour")


def test_a_commit_that_git_does_not_know_is_named() -> None:
    with pytest.raises(UserError, match="git knows no commit 'no-such-branch'"):
        archive("no-such-branch")
