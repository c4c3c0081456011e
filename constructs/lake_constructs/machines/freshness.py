"""Freshness: measures how long ago each dataset was published, for an alarm to compare with the contract.

A dataset that was never published counts from the making of its job. Datasets are taken a hundred at a time: one read of the ledger takes no
more, and one call for many metrics costs as much as one call for one. What is published is measured first, so that a job that cannot be found keeps no other
dataset from being measured. What could not be measured fails the execution at its end, and keeps nothing else from being measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lake_constructs.machines.batch_read import MOST_KEYS, batch_read, wanted
from lake_constructs.machines.states import CAUGHT, State, catch, choice, expression, task

NAMESPACE = "Lake/Freshness"
METRIC = "AgeHours"
MEASURED = "Measured"
"""How many ages were sent, of the lake alone: where nothing comes of it, nobody knows any."""
TIMEOUT_SECONDS = 240  # an Express execution has 300


def _retry(*errors: str) -> list[dict[str, object]]:
    return [
        {"ErrorEquals": [*errors, "States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 4, "BackoffRate": 2, "JitterStrategy": "FULL"}
    ]


# faults that pass, as the SDK for Java names them; throttling goes by the general name
GLUE_RETRY = _retry("Glue.InternalServiceException", "Glue.OperationTimeoutException", "Glue.GlueException", "Glue.SdkClientException")
CLOUDWATCH_RETRY = _retry("CloudWatch.InternalServiceFaultException", "CloudWatch.CloudWatchException", "CloudWatch.SdkClientException")


@dataclass(frozen=True, kw_only=True)
class FreshnessTargets:
    """What the machine uses.

    Attributes:
        lake: name of the lake, which tells its metrics from those of another in the same account.
        ledger: name of the table.
        job_prefix: what stands before the dataset in the name of its job.
    """

    lake: str
    ledger: str
    job_prefix: str


def dimensions(lake: str, dataset: str) -> dict[str, str]:
    """Return the dimensions of a dataset's age; both values may be JSONata."""
    return {"Lake": lake, "Dataset": dataset}


def freshness(targets: FreshnessTargets, *, datasets: Sequence[str]) -> State:
    """Return the definition."""
    groups = [{"datasets": list(datasets[start : start + MOST_KEYS])} for start in range(0, len(datasets), MOST_KEYS)]
    return {
        "Comment": "Measures how long ago each dataset was published.",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "StartAt": "EachGroup",
        "States": {
            "EachGroup": {
                "Type": "Map",
                "Items": groups,
                "MaxConcurrency": 1,
                "ItemProcessor": {"StartAt": "TakeGroup", "States": _of_group(targets)},
                "Assign": {"notMeasured": expression("[$states.result[$exists(notMeasured)].notMeasured]")},
                "Output": {},
                "Next": "WereAllMeasured",
            },
            "WereAllMeasured": choice([("$count($notMeasured) > 0", "SomeNotMeasured")], "Done"),
            "SomeNotMeasured": {"Type": "Fail", "Error": "NotMeasured", "Cause": expression("$join($notMeasured, '; ')")},
            "Done": {"Type": "Succeed"},
        },
    }


def _of_group(targets: FreshnessTargets) -> dict[str, State]:
    published = "$items[$exists(published_at)].{'dataset': dataset.S, 'since': published_at.S}"
    return {
        "TakeGroup": {
            "Type": "Pass",
            "Assign": {
                "datasets": expression("$states.input.datasets"),
                "missing": [],
                **wanted(targets.ledger, "[$states.input.datasets.{'dataset': {'S': $}, 'item': {'S': 'publication'}}]"),
            },
            "Next": "ReadPublications",
        },
        # what was not read must not pass for never published
        **batch_read(targets.ledger, "Publications", then="TakePublished", otherwise="GroupNotMeasured", caught=_failed()),
        "TakePublished": {"Type": "Pass", "Assign": {"published": expression(f"[{published}]")}, "Next": "IsAnyPublished"},
        "IsAnyPublished": choice([("$count($published) > 0", "MeasurePublished")], "FindJobs"),
        "MeasurePublished": _measure(targets.lake, "$published", then="FindJobs"),
        "FindJobs": {
            "Type": "Map",
            "Items": expression("[$datasets[$not($ in $published.dataset)]]"),
            "MaxConcurrency": 5,
            "ItemProcessor": {
                "StartAt": "GetJob",
                "States": {
                    "GetJob": task(
                        "aws-sdk:glue:getJob",
                        {"JobName": expression(f"'{targets.job_prefix}' & $states.input")},
                        None,
                        Retry=GLUE_RETRY,
                        Output={"dataset": expression("$states.input"), "since": expression("$states.result.Job.CreatedOn")},
                        Catch=[
                            {
                                **catch("States.ALL", "NoJob"),
                                "Output": {"missing": expression(f"'job of ' & $states.input & ': ' & {CAUGHT}")},
                            }
                        ],
                    ),
                    "NoJob": {"Type": "Succeed"},
                },
            },
            "Assign": {
                "unpublished": expression("[$states.result[$exists(since)]]"),
                "missing": expression("[$states.result[$exists(missing)].missing]"),
            },
            "Next": "IsAnyUnpublished",
        },
        "IsAnyUnpublished": choice([("$count($unpublished) > 0", "MeasureUnpublished")], "WereAllFound"),
        "MeasureUnpublished": _measure(targets.lake, "$unpublished", then="WereAllFound"),
        "WereAllFound": choice([("$count($missing) > 0", "SomeNotFound")], "Measured"),
        "SomeNotFound": {"Type": "Pass", "Assign": {"cause": expression("$join($missing, '; ')")}, "Next": "GroupNotMeasured"},
        "GroupNotMeasured": {"Type": "Pass", "Output": {"notMeasured": expression("$cause")}, "End": True},
        "Measured": {"Type": "Pass", "Output": {}, "End": True},
    }


def _failed() -> State:
    """Return the catcher of a group for what no state expects."""
    return catch("States.ALL", "GroupNotMeasured", {"cause": expression(CAUGHT)})


def _measure(lake: str, since: str, then: str) -> State:
    """Return the task that sends the ages of datasets; `since` is the variable that holds them."""
    names = [f"{{'Name': '{name}', 'Value': {value}}}" for name, value in dimensions(f"'{lake}'", "dataset").items()]
    datum = f"{{'MetricName': '{METRIC}', 'Dimensions': [{', '.join(names)}], 'Unit': 'None', 'Value': ($millis() - $toMillis(since)) / 3600000}}"
    number = f"{{'MetricName': '{MEASURED}', 'Dimensions': [{names[0]}], 'Unit': 'Count', 'Value': $count({since})}}"
    return task(
        "aws-sdk:cloudwatch:putMetricData",
        {"Namespace": NAMESPACE, "MetricData": expression(f"[{since}.{datum}, {number}]")},
        then,
        Catch=[_failed()],
    )
