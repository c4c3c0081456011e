"""Sweep: by a schedule, what was requested and does not run is found and started.

It looks at each dataset for what the events did not bring about: an execution that died with the lease or lost it to another, without that anybody put in order
what it left; a request without an execution; a publication that was not announced; an input that was published since; an object that nobody recorded, or that
was recorded and not requested. What is younger than the grace time is left to the events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lake_constructs.machines.batch_read import batch_read, wanted
from lake_constructs.machines.lease import request
from lake_constructs.machines.states import CAUGHT, State, catch, choice, expression, task
from lake_constructs.machines.sweep_objects import search

GRACE_MILLISECONDS = (
    5 * 60 * 1000
)  # as long as intake may take: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
SIDE_BY_SIDE = 5
TIMEOUT_SECONDS = 290  # an Express execution has 300; what was not reached is found the next time


@dataclass(frozen=True, kw_only=True)
class SweepTargets:
    """What the machine uses, by name and ARN.

    Attributes:
        ledger: name of the table.
        machine: ARN of the machine that it starts.
        ended: ARN of the machine that looks after its executions that ended badly.
        lease: item of the ledger.
        raw: name of the bucket in which it looks for objects; None where it looks for none.
    """

    ledger: str
    machine: str
    ended: str
    lease: str
    raw: str | None = None


def swept(dataset: str, *, inputs: Sequence[str] = (), places: Sequence[str] = ()) -> dict[str, Any]:
    """Return what the sweep has to know of a dataset: whose publications concern it, and the prefixes of raw that it arrives under."""
    return {"dataset": dataset, "inputs": list(inputs), "places": list(places)}


def sweep(targets: SweepTargets, datasets: Sequence[Mapping[str, Any]]) -> State:
    """Return the definition."""
    return {
        "Comment": "Finds what was requested and does not run.",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "StartAt": "EachDataset",
        "States": {
            "EachDataset": {
                "Type": "Map",
                "Items": [dict(dataset) for dataset in datasets],
                "MaxConcurrency": SIDE_BY_SIDE,
                "ItemProcessor": {"StartAt": "TakeDataset", "States": _of_dataset(targets)},
                "Assign": {"notSwept": expression("[$states.result[$exists(notRequested)].notRequested]")},
                "Next": "WereAllSwept",
            },
            "WereAllSwept": choice([("$count($notSwept) > 0", "SomeNotSwept")], "Done"),
            "SomeNotSwept": {"Type": "Fail", "Error": "NotSwept", "Cause": expression("$join($notSwept, '; ')")},
            "Done": {"Type": "Succeed"},
        },
    }


def _of_dataset(targets: SweepTargets) -> dict[str, State]:
    keys = f"$append([{{'dataset': {{'S': $states.input.dataset}}, 'item': {{'S': '{targets.lease}'}}}}], "
    keys += "[$distinct($append($states.input.dataset, $states.input.inputs)).{'dataset': {'S': $}, 'item': {'S': 'publication'}}])"
    places = {} if targets.raw is None else search(targets.ledger, targets.raw, then="IsDue", grace=GRACE_MILLISECONDS)
    return {
        "TakeDataset": {
            "Type": "Pass",
            "Assign": {
                "dataset": expression("$states.input.dataset"),
                "inputs": expression("$states.input.inputs"),
                "places": expression("$states.input.places"),
                "found": 0,
                **wanted(targets.ledger, keys),
            },
            "Next": "ReadItems",
        },
        **batch_read(targets.ledger, "Items", then="Judge", otherwise="NotRequested", caught=_failed()),
        "Judge": _judge(targets),
        "EachHolder": {
            "Type": "Map",
            "Items": expression("[$filter([$owner, $lost], function($arn) { $arn != '' })]"),
            "MaxConcurrency": 1,
            "ItemProcessor": {"StartAt": "DescribeHolder", "States": _holder(targets)},
            "Assign": {
                "isGone": expression("$count($states.result[is = 'gone' and execution = $owner]) > 0"),
                "cause": expression("$join([$states.result[is = 'unknown'].cause], '; ')"),
            },
            "Output": {"dataset": expression("$dataset")},
            "Next": "AreHoldersKnown",
        },
        "AreHoldersKnown": choice([("$cause != ''", "NotRequested")], next(iter(places), "IsDue")),
        **places,
        "IsDue": choice([("$found > 0 or $isLate or $isGone or $owner = '' and $isOwed", "NameExecution")], "NothingToDo"),
        "NothingToDo": {"Type": "Succeed"},
        **request(targets.ledger, targets.machine, lease=targets.lease),
    }


def _judge(targets: SweepTargets) -> State:
    """Return the state that says of a dataset who has its lease, and whether it owes anybody a run."""
    lease = f"$items[item.S = '{targets.lease}']"
    published = "$items[item.S = 'publication' and $exists(snapshot)]"
    started = f"($exists({lease}.started_at) ? $toMillis({lease}.started_at.S) : 0)"
    count = {name: f"($exists({lease}.{name}) ? $number({lease}.{name}.N) : 0)" for name in ("requested", "served")}
    own = f"{published}[dataset.S = $dataset and ($not($exists(announced)) or announced.S != snapshot.S)]"
    late = f"{published}[dataset.S in $inputs and $toMillis(published_at.S) > {started}"
    return {
        "Type": "Pass",
        "Assign": {
            "owner": expression(f"$exists({lease}.owner) ? {lease}.owner.S : ''"),
            "lost": expression(f"$exists({lease}.lost) ? {lease}.lost.S : ''"),
            "since": expression(started),
            "isOwed": expression(f"{count['requested']} > {count['served']}" + (f" or $exists({own})" if targets.raw else "")),
            "isLate": expression(f"$exists({late} and $toMillis(published_at.S) < $millis() - {GRACE_MILLISECONDS}])"),
        },
        "Next": "EachHolder",
    }


def _holder(targets: SweepTargets) -> dict[str, State]:
    """Return the states that look at an execution which has the lease, or lost it; one that died is handed to the machine that looks after it."""
    names = {"executionArn": "ExecutionArn", "name": "Name", "input": "Input", "status": "Status", "error": "Error", "cause": "Cause"}
    detail = ", ".join(f"'{name}': $states.input.{member}" for name, member in names.items())
    recent = f"$toMillis($states.input.StopDate) > $millis() - {GRACE_MILLISECONDS}"
    unknown = {**catch("States.ALL", "HolderUnknown"), "Output": {"is": "unknown", "cause": expression(f"$dataset & ': ' & {CAUGHT}")}}
    return {
        "DescribeHolder": task(
            "aws-sdk:sfn:describeExecution",
            {"ExecutionArn": expression("$states.input")},
            "IsHolderDead",
            Catch=[
                {
                    **catch("Sfn.ExecutionDoesNotExistException", "HolderGone"),
                    "Output": {"is": "gone", "execution": expression("$states.input")},
                },
                unknown,
            ],
        ),
        # of one that died a moment ago the event is still under way
        "IsHolderDead": choice([(f"$states.input.Status = 'RUNNING' or {recent}", "HolderKnown")], "PutInOrder"),
        "PutInOrder": task(
            "aws-sdk:sfn:startExecution",
            {"StateMachineArn": targets.ended, "Input": expression(f"$string({{'detail': {{{detail}}}}})")},
            "HolderKnown",
            Catch=[unknown],
        ),
        "HolderKnown": {"Type": "Pass", "Output": {"is": "known"}, "End": True},
        "HolderGone": {"Type": "Succeed"},
        "HolderUnknown": {"Type": "Succeed"},
    }


def _failed() -> State:
    return catch("States.ALL", "NotRequested", {"cause": expression(CAUGHT)})
