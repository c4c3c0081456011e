from pathlib import Path

import pytest

from contracts.contract import Contract
from contracts.document import ContractError
from contracts.pull import Authentication, Order, Paging, Pull, Scheme, Watermark
from contracts.read import read_one
from tests.contracts.conftest import Dataset

DEPARTURES = Path(__file__).parents[1] / "end_to_end" / "datasets" / "departures"
FILES = "server: files, type: s3, location: orders/files/, format: csv"
API = ("{" + FILES, '{server: api, type: api, location: "https://api.example.com/v1/orders"')
PULL = "load: upsert, pull: {paging: page, schedule: rate(1 hour)"
PAGED = ("load: upsert", PULL + "}")


def problem_of(folder: Path) -> str:
    with pytest.raises(ContractError) as raised:
        read_one(folder)
    (problem,) = raised.value.problems
    return problem


def test_a_server_that_is_an_api_becomes_objects_of_json_lines_and_the_pull_that_brings_them() -> None:
    contract = read_one(DEPARTURES)
    assert contract.source is not None
    assert (contract.source.location, contract.source.format) == ("departures/api/", "json")
    assert contract.pull == Pull(
        url="https://api.example.com/cursor",
        schedule="rate(15 minutes)",
        paging=Paging.CURSOR,
        page_parameter="cursor",
        first_page=1,
        size_parameter="size",
        page_size=100,
        next=("next",),
        records=("data", "departures"),
        watermark=Watermark(parameter="since", field=("time_hour",), order=Order.TIME, start="2013-01-01T05:00:00Z"),
        authentication=Authentication(secret="lake/departures", scheme=Scheme.BEARER, header="Authorization"),
        requests_per_second=1000,
        page_mib=16,
        quiet_hours=24,
    )
    assert Contract.from_json(contract.to_json()) == contract
    assert Pull.from_json(contract.pull.to_json()) == contract.pull


def test_an_api_needs_no_more_than_how_its_pages_are_counted_and_when(dataset: Dataset) -> None:
    pull = read_one(dataset("orders", API, PAGED)).pull
    assert pull is not None
    assert (pull.watermark, pull.authentication, pull.size_parameter, pull.records) == (None, None, None, ())
    assert Pull.from_json(pull.to_json()) == pull


@pytest.mark.parametrize(
    ("replaced", "line", "told"),
    [
        pytest.param([API], 19, "a server of type api needs lake.pull", id="no-pull"),
        pytest.param([PAGED], 19, "lake.pull needs a server of type api", id="no-api"),
        pytest.param([API, PAGED, ("https://", "http://")], 19, "expected https://", id="plain-http"),
        pytest.param([API, PAGED, ("v1/orders", "v1/orders?key=1")], 19, "expected https://... without parameters", id="parameters-in-url"),
        pytest.param(
            [API, ("load: upsert", f"{PULL}, laod: 1}}")], 19, "unknown key 'laod' under `lake`; known keys: paging, schedule", id="key"
        ),
        pytest.param(
            [API, ("load: upsert", f"{PULL}, watermark: {{parameter: since, feld: id, field: id}}}}")],
            19,
            "known keys: parameter, field",
            id="deep-key",
        ),
        pytest.param([API, ("load: upsert", PULL.replace("page", "pages") + "}")], 19, "lake.pull.paging is 'pages'", id="paging"),
        pytest.param([API, ("load: upsert", PULL.replace("page", "cursor") + "}")], 19, "paging cursor needs next", id="no-next"),
        pytest.param(
            [API, ("load: upsert", PULL + ", next: $.next}")], 19, "next means nothing where pages are counted", id="next-of-pages"
        ),
        pytest.param([API, ("load: upsert", PULL + ", records: data}")], 19, "records is 'data', expected a path", id="no-path"),
        pytest.param([API, ("load: upsert", PULL.replace("1 hour", "1 minute") + "}")], 19, "expected 5 min or more apart", id="often"),
        pytest.param(
            [API, ("load: upsert", PULL.replace("1 hour", "hourly") + "}")], 19, "is no rate, expected rate(value unit)", id="no-rate"
        ),
        pytest.param(
            [API, ("load: upsert", PULL.replace("rate(1 hour)", "hourly") + "}")], 19, "is no schedule, expected cron(", id="no-cron"
        ),
        pytest.param(
            [API, ("load: upsert", f"{PULL}, watermark: {{parameter: since, field: at}}}}")],
            19,
            "watermark names at, which is no field",
            id="no-field",
        ),
        pytest.param(
            [API, ("load: upsert", f"{PULL}, watermark: {{parameter: since, field: amount}}}}")],
            19,
            "watermark amount has type double",
            id="double",
        ),
        pytest.param([API, ("load: upsert", PULL + ", authentication: {secret: 'a b'}}")], 19, "secret is 'a b'", id="secret"),
        pytest.param([API, ("load: upsert", PULL + ", quietHours: 200}")], 19, "lake.pull.quietHours is 200", id="quiet"),
        pytest.param(
            [API, ("load: upsert", PULL.replace("upsert", "snapshot") + "}")],
            19,
            "load is snapshot, but an API gives a record again",
            id="load",
        ),
    ],
)
def test_a_pull_that_cannot_work_is_told_with_file_and_line(
    replaced: list[tuple[str, str]], line: int, told: str, dataset: Dataset
) -> None:
    problem = problem_of(dataset("orders", *replaced))
    assert told in problem
    assert f"contract.yaml:{line}:" in problem
