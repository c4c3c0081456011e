"""Alarms on what jobs say of their runs, and on what a machine sees standing in the ledger.

Their dimension is the lake alone: a metric per dataset costs as much as an alarm and a half, and `./lake runs` names the dataset.
"""

from collections.abc import Iterator

from aws_cdk.aws_cloudwatch import TreatMissingData

from lake_constructs.alarms import Alarm, Urgency
from lake_constructs.machines import standing

RUN_METRICS = "Lake/Runs"
"""Namespace of what jobs send; the same as `NAMESPACE` of glue_jobs/common/metrics.py."""
QUARANTINED, WARNINGS, OPEN, SLOWNESS, COST = "QuarantinedPercent", "Warnings", "OpenAccounts", "Slowness", "DpuHours"
HOUR, DAY = 3600, 24 * 3600


def run_alarms(lake: str, *, quarantined_percent: float, slow_times: float, daily_dpu_hours: float) -> Iterator[Alarm]:
    """Yield the alarms on runs; what nobody sends, because nothing ran, is no alarm.

    Args:
        quarantined_percent: of the rows of a refresh that may be set apart.
        slow_times: as long as the median of the last runs a run may take.
        daily_dpu_hours: that all jobs together may use.
    """
    yield _of_runs(
        lake,
        "accounts-open",
        OPEN,
        urgency=Urgency.NOW,
        fault="refreshes",
        meaning="Rows of an object do not add up to what was read; the refresh published nothing.",
    )
    yield _of_runs(
        lake,
        "quarantine-share",
        QUARANTINED,
        statistic="Maximum",
        threshold=quarantined_percent,
        period_seconds=HOUR,
        meaning=f"A refresh set {quarantined_percent:g} % or more of its rows apart.",
    )
    yield _of_runs(
        lake,
        "run-warnings",
        WARNINGS,
        period_seconds=HOUR,
        meaning="A refresh ended with warnings: a rule that only warns is broken, or the source has columns that the contract does not know.",
    )
    yield _of_runs(
        lake,
        "job-slow",
        SLOWNESS,
        statistic="Maximum",
        threshold=slow_times,
        period_seconds=HOUR,
        meaning=f"A run of a job took {slow_times:g} times as long as the dataset's last runs, or longer.",
    )
    yield _of_runs(
        lake,
        "job-cost",
        COST,
        threshold=daily_dpu_hours,
        period_seconds=DAY,
        meaning=f"In a day, Glue jobs used {daily_dpu_hours:g} DPU hours or more.",
    )


def standing_alarms(lake: str, hours: int) -> Iterator[Alarm]:
    """Yield the alarms on what stands still; where nobody looks, that is an alarm too."""
    named = (
        (standing.LEASE, "lease-old", hours, f"A dataset's lease is held for more than {hours} hours, or nobody looked for an hour."),
        (
            standing.WAITING,
            "unaccounted-objects",
            1,
            f"Objects arrived more than {hours} hours ago, and no refresh has accounted for them; or nobody looked for an hour.",
        ),
    )
    for metric, name, threshold, meaning in named:
        yield Alarm(
            name=name,
            namespace=standing.NAMESPACE,
            metric=metric,
            dimensions={"Lake": lake},
            statistic="Minimum",  # all looks of an hour saw it
            period_seconds=HOUR,
            threshold=threshold,
            missing=TreatMissingData.BREACHING,
            urgency=Urgency.NOW,
            runbook=name,
            meaning=meaning,
            fault="standing",
        )


def _of_runs(
    lake: str,
    name: str,
    metric: str,
    *,
    meaning: str,
    urgency: Urgency = Urgency.TODAY,
    statistic: str = "Sum",
    threshold: float = 1,
    period_seconds: int = 300,
    fault: str | None = None,
) -> Alarm:
    return Alarm(
        name=name,
        namespace=RUN_METRICS,
        metric=metric,
        dimensions={"Lake": lake},
        statistic=statistic,
        threshold=threshold,
        period_seconds=period_seconds,
        urgency=urgency,
        runbook=name,
        meaning=meaning,
        fault=fault,
    )
