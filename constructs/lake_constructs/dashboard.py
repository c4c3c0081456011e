"""One page on which the lake can be seen."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from lake_constructs import log_errors
from lake_constructs.machines import standing, upkeep
from lake_constructs.machines.freshness import MEASURED, METRIC, NAMESPACE, dimensions
from lake_constructs.run_alarms import QUARANTINED, RUN_METRICS, SLOWNESS, WARNINGS

FULL, HALF = 24, 12  # columns
MOST = 100  # alarms that one widget shows; datasets too, since each takes two of the 500 metrics of a widget
REFRESH_METRICS = ("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed")


class LakeDashboard(Construct):
    """Alarms, the age of each dataset, refreshes, failures, what runs say of themselves, and what stands still."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        lake: str,
        alarms: Sequence[cloudwatch.IAlarm],
        refresh_arn: str,
        failures: Sequence[cloudwatch.IMetric],
        logged: Sequence[str],
        freshness_hours: Mapping[str, int],
    ) -> None:
        """Define the dashboard.

        Args:
            alarms: all that have a state.
            refresh_arn: of the machine.
            failures: metrics that are zero or absent while all is well.
            logged: metrics of the error lines in logs, by the parts that wrote them.
            freshness_hours: dataset -> the greatest age that its contract allows.
        """
        super().__init__(scope, construct_id)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=lake, default_interval=Duration.days(3))
        for start in range(0, len(alarms), MOST):
            shown = list(alarms[start : start + MOST])
            dashboard.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=shown, width=FULL, height=6))
        shares = _shares(lake, freshness_hours)
        for start in range(0, len(shares), MOST):
            title = "Age of the last publication, as a share of what the contract allows"
            dashboard.add_widgets(cloudwatch.GraphWidget(title=title, width=FULL, left=shares[start : start + MOST]))
        refreshes = [_count(metric, refresh_arn) for metric in REFRESH_METRICS]
        dashboard.add_widgets(
            cloudwatch.GraphWidget(title="Refreshes", width=HALF, left=refreshes),
            cloudwatch.GraphWidget(title="Failures", width=HALF, left=list(failures)),
        )
        dashboard.add_widgets(
            cloudwatch.GraphWidget(title="Runs: what they set apart in percent, warnings, slowness", width=HALF, left=_of_runs(lake)),
            cloudwatch.GraphWidget(
                title="What stands still: hours of the oldest lease, objects that wait", width=HALF, left=_standing(lake)
            ),
            cloudwatch.GraphWidget(title="Error lines in logs", width=HALF, left=[_errors(part) for part in logged]),
            cloudwatch.GraphWidget(
                title="Ages measured, optimizers that do not work",
                width=HALF,
                left=[_of_lake(NAMESPACE, MEASURED, lake, "Sum"), _of_lake(upkeep.NAMESPACE, upkeep.METRIC, lake, "Maximum")],
            ),
        )


def _shares(lake: str, freshness_hours: Mapping[str, int]) -> list[cloudwatch.IMetric]:
    """Return each dataset's age divided by the greatest that is allowed, so that 1 is the limit for all of them."""
    hour = Duration.hours(1)
    return [
        cloudwatch.MathExpression(
            expression=f"age{number} / {hours}",
            using_metrics={
                f"age{number}": cloudwatch.Metric(
                    namespace=NAMESPACE, metric_name=METRIC, dimensions_map=dimensions(lake, dataset), statistic="Maximum"
                )
            },
            label=dataset,
            period=hour,
        )
        for number, (dataset, hours) in enumerate(freshness_hours.items())
    ]


def _of_runs(lake: str) -> list[cloudwatch.IMetric]:
    greatest = [(QUARANTINED, "Maximum"), (WARNINGS, "Sum"), (SLOWNESS, "Maximum")]
    return [_of_lake(RUN_METRICS, metric, lake, statistic) for metric, statistic in greatest]


def _standing(lake: str) -> list[cloudwatch.IMetric]:
    return [_of_lake(standing.NAMESPACE, metric, lake, "Maximum") for metric in (standing.LEASE, standing.WAITING)]


def _of_lake(namespace: str, metric: str, lake: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace, metric_name=metric, dimensions_map={"Lake": lake}, statistic=statistic, period=Duration.hours(1), label=metric
    )


def _errors(part: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(namespace=log_errors.NAMESPACE, metric_name=part, statistic="Sum", period=Duration.hours(1), label=part)


def _count(metric: str, machine_arn: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=metric,
        dimensions_map={"StateMachineArn": machine_arn},
        statistic="Sum",
        period=Duration.hours(1),
        label=metric.removeprefix("Executions").lower(),
    )
