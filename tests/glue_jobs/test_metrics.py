"""What a run says of itself to CloudWatch."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from glue_jobs.common.errors import AccountsOpenError
from glue_jobs.common.metrics import Meter, slowness
from glue_jobs.common.run import Outcome, Run
from glue_jobs.common.steps import Steps


@dataclass
class FakeCloudWatch:
    """Keeps what it is sent.

    Attributes:
        denied: whether it refuses all of it.
    """

    denied: bool = False
    sent: dict[str, float] = field(default_factory=dict)
    dimensions: list[Any] = field(default_factory=list)

    def put_metric_data(self, **request: Any) -> None:
        assert request["Namespace"] == "Lake/Runs"
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutMetricData")
        self.sent |= {datum["MetricName"]: datum["Value"] for datum in request["MetricData"]}
        self.dimensions += [datum["Dimensions"] for datum in request["MetricData"]]


def a_run(lines: list[str], durations: list[float] | None = None) -> Run:
    """Return as much of a run as its metrics want."""
    ledger = SimpleNamespace(durations=lambda: durations or [])
    return cast(Run, SimpleNamespace(id="run-1", ledger=ledger, steps=Steps("run-1", write=lines.append)))


def a_meter(client: FakeCloudWatch, *seconds: float) -> Meter:
    """Return a meter whose clock shows these seconds, one after the other."""
    return Meter(client=client, lake="lake", dpus=4, clock=iter(seconds).__next__)


def test_a_run_that_publishes_sends_its_share_of_quarantine_its_warnings_its_slowness_and_its_cost() -> None:
    client = FakeCloudWatch()
    with a_meter(client, 0, 360, 900).measuring(a_run([], [120.0] * 5)) as ended:
        outcome = ended(Outcome(status="published", facts={"read": 200, "quarantined": 10, "warnings": ["a", "b"]}))
    assert client.sent == {"QuarantinedPercent": 5.0, "Warnings": 2, "Slowness": 3.0, "DpuHours": 1.0}
    assert {json.dumps(one) for one in client.dimensions} == {'[{"Name": "Lake", "Value": "lake"}]'}
    assert outcome.facts["seconds"] == "360"


def test_a_run_that_read_nothing_has_no_share_and_one_that_published_nothing_is_not_slow() -> None:
    client = FakeCloudWatch()
    with a_meter(client, 0, 1, 1).measuring(a_run([], [60.0] * 5)) as ended:
        ended(Outcome(status="unchanged", facts={"read": 0, "quarantined": 0, "warnings": []}))
    assert client.sent.keys() == {"Warnings", "DpuHours"}


def test_a_run_whose_accounts_do_not_close_says_so_and_fails() -> None:
    client = FakeCloudWatch()
    with pytest.raises(AccountsOpenError), a_meter(client, 0, 9).measuring(a_run([])):
        raise AccountsOpenError("a.csv: 2 rows were read, but 1 are accounted for")
    assert client.sent["OpenAccounts"] == 1


def test_a_run_that_fails_otherwise_sends_what_it_cost() -> None:
    client = FakeCloudWatch()
    with pytest.raises(ValueError, match="odd"), a_meter(client, 0, 9).measuring(a_run([])):
        raise ValueError("odd")
    assert client.sent == {"DpuHours": 0.01}


def test_metrics_that_cannot_be_sent_are_told_in_the_log_and_fail_nothing() -> None:
    lines: list[str] = []
    with a_meter(FakeCloudWatch(denied=True), 0, 1, 1).measuring(a_run(lines)) as ended:
        ended(Outcome(status="unchanged"))
    assert "AccessDenied" in json.loads(lines[0])["error"]


@pytest.mark.parametrize(
    ("seconds", "earlier", "expected"),
    [
        (600.0, [100.0, 200.0, 300.0, 200.0, 200.0], 3.0),
        (600.0, [200.0] * 4, 0.0),  # too few to tell
        (59.0, [1.0] * 5, 59 / 60),  # short runs are as long as the machine pleases
    ],
)
def test_a_run_is_as_slow_as_it_is_longer_than_the_median_of_the_last(seconds: float, earlier: list[float], expected: float) -> None:
    assert slowness(seconds, earlier) == expected
