"""Intake: what arrived is recorded, and a refresh of what it concerns is running or starts.

A burst of a thousand objects raises one counter a thousand times and starts one refresh, or two: the lease coalesces. The execution
that is about to start holds the lease already, under a name that intake chose; a lease whose execution is dead is taken over.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lake_constructs.machines.lease import request
from lake_constructs.machines.states import CONDITION_FAILED, State, catch, choice, expression, key, task

UNKNOWN = "_unknown"  # partition of the ledger for objects of no dataset
ERRORS = "_errors"  # the same for objects that hold what could not be delivered
UNDELIVERED = (ERRORS, "_refused")  # their first folder


@dataclass(frozen=True, kw_only=True)
class IntakeTargets:
    """What intake writes to and starts, by name and ARN.

    Attributes:
        ledger: name of the table.
        refresh: ARN of the refresh machine.
        failures: ARN of the topic that is told of objects of no dataset.
    """

    ledger: str
    refresh: str
    failures: str


def intake(targets: IntakeTargets, *, locations: Mapping[str, Sequence[str]], readers: Mapping[str, Sequence[str]]) -> State:
    """Return the definition.

    Args:
        locations: dataset -> the prefixes of raw that it arrives under.
        readers: dataset -> the products that read it.
    """
    return {
        "Comment": "Records what arrived and sees to it that a refresh runs.",
        "QueryLanguage": "JSONata",
        "StartAt": "WhatHappened",
        "States": {
            "WhatHappened": choice(
                [
                    ("$states.input.`detail-type` = 'Object Created'", "FindDataset"),
                    ("$states.input.`detail-type` = 'Dataset Refreshed'", "FindReaders"),
                    ("$states.input.`detail-type` = 'Refresh Requested'", "TakeRequest"),
                ],
                "NotForUs",
            ),
            "NotForUs": {"Type": "Fail", "Error": "UnknownEvent", "Cause": expression("$string($states.input)")},
            **_arrival(targets, locations),
            "FindReaders": _datasets(f"[$lookup({json.dumps(dict(readers))}, $states.input.detail.dataset)]"),
            "TakeRequest": _datasets("[$states.input.detail.dataset]"),
            "RequestEach": {
                "Type": "Map",
                "Items": expression("$datasets"),
                "ItemSelector": {"dataset": expression("$states.context.Map.Item.Value")},
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "NameExecution",
                    "States": request(targets.ledger, targets.refresh),
                },
                "Assign": {"notRequested": expression("[$states.result[$exists(notRequested)].notRequested]")},
                "Next": "WereAllRequested",
            },
            "WereAllRequested": choice([("$count($notRequested) > 0", "SomeNotRequested")], "Done"),
            "SomeNotRequested": {"Type": "Fail", "Error": "NotRequested", "Cause": expression("$join($notRequested, '; ')")},
            "Done": {"Type": "Succeed"},
        },
    }


def _datasets(found: str) -> State:
    return {"Type": "Pass", "Assign": {"datasets": expression(found)}, "Next": "RequestEach"}


def _arrival(targets: IntakeTargets, locations: Mapping[str, Sequence[str]]) -> dict[str, State]:
    """Return the states from an object's event to its dataset, recorded once whatever the number of events."""
    record = {
        "object": {"S": expression("$object")},
        "version": {"S": expression("$version")},
        "size": {"N": expression("$string($size)")},
        "arrived_at": {"S": expression("$at")},
        "recorded_at": {"S": expression("$now()")},
    }
    item = expression("'object#' & $object & '#' & $version")
    return {
        "FindDataset": {
            "Type": "Pass",
            "Assign": {
                "object": expression("$states.input.detail.object.key"),
                "version": expression(
                    "$exists($states.input.detail.object.`version-id`) ? $states.input.detail.object.`version-id` : 'null'"
                ),
                "size": expression("$states.input.detail.object.size"),
                "at": expression("$states.input.time"),
                # not `dataset`: a variable of the iteration may not have the name of one outside it
                "found": expression("$split($states.input.detail.object.key, '/')[0]"),
            },
            "Next": "LookUpLocation",
        },
        "LookUpLocation": {
            "Type": "Pass",
            "Assign": {
                "known": expression(
                    f"$count($filter([$lookup({json.dumps({name: list(places) for name, places in locations.items()})}, $found)], "
                    "function($place) { $substring($object, 0, $length($place)) = $place }))"
                )
            },
            "Next": "IsKnown",
        },
        "IsKnown": choice(
            [
                (f"$found in {json.dumps(UNDELIVERED)}", "RecordError"),
                ("$substring($found, 0, 1) = '_'", "Done"),  # reserved
                ("$known > 0", "RecordArrival"),
            ],
            "RecordUnknown",
        ),
        # pending, until its records are sent again
        "RecordError": _put(
            targets, {**key(ERRORS, item), **record, "state": {"S": "arrived"}, "pending": {"S": item}}, then="Done", repeated="Done"
        ),
        "RecordArrival": _put(
            targets,
            {**key(expression("$found"), item), **record, "state": {"S": "arrived"}, "pending": {"S": item}},
            then="RequestDataset",
            repeated="RequestDataset",  # the first event may have died before it requested
        ),
        "RequestDataset": _datasets("[$found]"),
        "RecordUnknown": _put(targets, {**key(UNKNOWN, item), **record, "state": {"S": "unknown"}}, then="TellOfUnknown", repeated="Done"),
        "TellOfUnknown": task(
            "sns:publish",
            {
                "TopicArn": targets.failures,
                "Subject": "Data lake: an object of no dataset",
                "Message": expression(
                    "'Object ' & $object & ' arrived in raw, but no dataset arrives under its prefix. Add a dataset, or remove it.'"
                ),
            },
            "Done",
        ),
    }


def _put(targets: IntakeTargets, item: Mapping[str, object], *, then: str, repeated: str) -> State:
    arguments = {"TableName": targets.ledger, "Item": item, "ConditionExpression": "attribute_not_exists(dataset)"}
    return task("aws-sdk:dynamodb:putItem", arguments, then, Catch=[catch(CONDITION_FAILED, repeated)])
