"""What a run says of itself to CloudWatch: numbers of the whole lake that alarms look at.

What is said is true whatever becomes of it: a metric that cannot be sent is told in the log, and changes nothing for the run.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from glue_jobs.common.errors import AccountsOpenError
from glue_jobs.common.run import Outcome, Run

NAMESPACE = "Lake/Runs"
QUARANTINED, WARNINGS, OPEN, SLOWNESS, COST = "QuarantinedPercent", "Warnings", "OpenAccounts", "Slowness", "DpuHours"
LEAST_RUNS = 5
"""Runs that a dataset must have had before one of them is called slow."""
LEAST_SECONDS = 60.0
"""Below this, a run is as long as the machine pleases."""

End = Callable[[Outcome], Outcome]


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Sends the metrics of runs.

    Attributes:
        client: CloudWatch.
        lake: their one dimension.
        dpus: what all workers of the job together may have; auto scaling may take fewer, so that a cost is one at most.
        clock: seconds that go on.
    """

    client: Any
    lake: str
    dpus: float
    clock: Callable[[], float] = time.monotonic

    @contextmanager
    def measuring(self, run: Run) -> Iterator[End]:
        """Send what a run comes to; the run says how it ended by what this gives, which adds to its record how long it took."""
        begin = self.clock()
        values: dict[str, float] = {}

        def ended(outcome: Outcome) -> Outcome:
            seconds = round(self.clock() - begin, 1)
            values.update(_of_outcome(outcome))
            if outcome.status == "published":
                values[SLOWNESS] = slowness(seconds, run.ledger.durations())
            return replace(outcome, facts={**outcome.facts, "seconds": str(seconds)})

        try:
            yield ended
        except AccountsOpenError:
            values[OPEN] = 1
            raise
        finally:
            self._send(run, {**values, COST: self.dpus * (self.clock() - begin) / 3600})

    def _send(self, run: Run, values: Mapping[str, float]) -> None:
        dimension = {"Name": "Lake", "Value": self.lake}
        data = [{"MetricName": name, "Dimensions": [dimension], "Value": value} for name, value in values.items()]
        try:
            self.client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except (BotoCoreError, ClientError) as error:
            run.steps.step("not measured", error=str(error))


def slowness(seconds: float, earlier: Sequence[float]) -> float:
    """Return how many times as long as the median of earlier runs a run took; 0 where there were too few to tell."""
    return seconds / max(median(earlier), LEAST_SECONDS) if len(earlier) >= LEAST_RUNS else 0.0


def _of_outcome(outcome: Outcome) -> dict[str, float]:
    facts = outcome.facts
    read, quarantined, warnings = facts.get("read"), facts.get("quarantined"), facts.get("warnings")
    found: dict[str, float] = {WARNINGS: len(warnings) if isinstance(warnings, list) else 0}
    if isinstance(read, int) and isinstance(quarantined, int) and read:
        found[QUARANTINED] = 100 * quarantined / read
    return found
