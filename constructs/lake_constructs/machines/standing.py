"""Standing: looks for what stands still in the ledger: leases that are held for long, and objects that no refresh has accounted for.

One look sends two numbers for the whole lake. A look that fails sends nothing, and an alarm takes that for the worst.
"""

from collections.abc import Sequence

from lake_constructs.machines.batch_read import MOST_KEYS, batch_read, wanted
from lake_constructs.machines.freshness import CLOUDWATCH_RETRY, TIMEOUT_SECONDS
from lake_constructs.machines.states import CAUGHT, State, catch, expression, task

NAMESPACE = "Lake/Standing"
LEASE, WAITING = "OldestLeaseHours", "WaitingObjects"

# An execution's name says when it was made, as `flights-20130101T120000000-1a2b3c4d`: the lease it holds is as old as that.
_PARTS = ((0, 4, "-"), (4, 2, "-"), (6, 5, ":"), (11, 2, ":"), (13, 2, "."), (15, 3, "Z"))
_MADE = " & ".join(f"$substring($made, {start}, {length}) & '{behind}'" for start, length, behind in _PARTS)
_AGE = f"($made := $split($, '-')[-2]; ($millis() - $toMillis({_MADE})) / 3600000)"


def standing(lake: str, ledger: str, *, datasets: Sequence[str], hours: int) -> State:
    """Return the definition.

    Args:
        hours: that an object may wait.
    """
    groups = [list(datasets[start : start + MOST_KEYS]) for start in range(0, len(datasets), MOST_KEYS)]
    return {
        "Comment": "Looks for leases that are held for long and for objects that no refresh has accounted for.",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "StartAt": "EachGroup",
        "States": {
            "EachGroup": {
                "Type": "Map",
                "Items": [{"datasets": group} for group in groups],
                "MaxConcurrency": 1,
                "ItemProcessor": {"StartAt": "TakeGroup", "States": _of_group(ledger, hours)},
                "Assign": {
                    "oldest": expression("$max([0, $states.result.oldest])"),
                    "waiting": expression("$sum([0, $states.result.waiting])"),
                },
                "Output": {},
                "Next": "SendCounts",
            },
            "SendCounts": task(
                "aws-sdk:cloudwatch:putMetricData",
                {
                    "Namespace": NAMESPACE,
                    "MetricData": [_datum(lake, LEASE, "oldest", "None"), _datum(lake, WAITING, "waiting", "Count")],
                },
                None,
                Retry=CLOUDWATCH_RETRY,
            ),
        },
    }


def _of_group(ledger: str, hours: int) -> dict[str, State]:
    owners = "$leases[$exists(owner)].owner.S"
    return {
        "TakeGroup": {
            "Type": "Pass",
            "Assign": {
                "datasets": expression("$states.input.datasets"),
                **wanted(ledger, "[$states.input.datasets.{'dataset': {'S': $}, 'item': {'S': 'lease'}}]", into="leases"),
            },
            "Next": "ReadLeases",
        },
        # what was not read must not pass for free
        **batch_read(
            ledger,
            "Leases",
            then="EachDataset",
            otherwise="NotAllRead",
            caught=catch("States.ALL", "NotAllRead", {"cause": expression(CAUGHT)}),
            into="leases",
        ),
        "NotAllRead": {"Type": "Fail", "Error": "NotAllRead", "Cause": expression("$cause")},
        "EachDataset": {
            "Type": "Map",
            "Items": expression("$datasets"),
            "MaxConcurrency": 5,
            "ItemProcessor": {"StartAt": "CountWaiting", "States": {"CountWaiting": _count(ledger, hours)}},
            "Output": expression(f"{{'oldest': $max([0, {owners}.{_AGE}]), 'waiting': $sum([0, $states.result])}}"),
            "End": True,
        },
    }


def _count(ledger: str, hours: int) -> State:
    return task(
        "aws-sdk:dynamodb:query",
        {
            "TableName": ledger,
            "IndexName": "pending",
            "KeyConditionExpression": "dataset = :dataset",
            "FilterExpression": "arrived_at < :since",
            "ExpressionAttributeValues": {
                ":dataset": {"S": expression("$states.input")},
                ":since": {"S": expression(f"$fromMillis($millis() - {hours * 3600 * 1000})")},
            },
            "Select": "COUNT",
        },
        None,
        # more than one page of objects that wait is as good as one that waits for long
        Output=expression("$states.result.Count + ($exists($states.result.LastEvaluatedKey) ? 1 : 0)"),
    )


def _datum(lake: str, metric: str, variable: str, unit: str) -> dict[str, object]:
    return {
        "MetricName": metric,
        "Dimensions": [{"Name": "Lake", "Value": lake}],
        "Unit": unit,
        "Value": expression(f"${variable}"),
    }
