"""The lease: at most one refresh of a dataset runs, and whatever was requested meanwhile runs after it.

It only coalesces. What keeps two writers apart is the job's MaxConcurrentRuns of 1 and Iceberg's check at the commit.
"""

import json
from collections.abc import Mapping
from typing import Any

from lake_constructs.machines.states import (
    CAUGHT,
    CONDITION_FAILED,
    ME,
    State,
    catch,
    choice,
    expression,
    get_item,
    key,
    task,
    update_item,
)

GATHER_SECONDS = 2  # objects that land together are one refresh, and not one and another for those that came while it started
LEASE, LOAD_LEASE = "lease", "load_lease"
"""Items of the ledger: of a dataset's refresh, and of the load of the warehouse's copy of it."""


def request(ledger: str, refresh: str, *, lease: str = LEASE) -> dict[str, State]:
    """Return the states that see to it that a refresh of one dataset starts after now.

    They do not fail, which would end the requests of other datasets beside them: what could not be done is their output, as `notRequested`.
    """
    held = _item(lease)
    next_owner = {"S": expression("$prefix & $name")}
    failed = catch("States.ALL", "NotRequested", {"cause": expression(CAUGHT)})
    return {
        "NameExecution": {
            "Type": "Pass",
            "Assign": {
                "dataset": expression("$states.input.dataset"),
                "name": expression(new_name("$states.input.dataset")),
                "prefix": execution_prefix(refresh),
            },
            "Next": "Request",
        },
        "Request": update_item(
            ledger,
            held,
            "ADD requested :one",
            {":one": {"N": "1"}},
            "IsHeld",
            returns="ALL_NEW",
            Assign={"owner": expression("$exists($states.result.Attributes.owner) ? $states.result.Attributes.owner.S : ''")},
            Catch=[failed],
        ),
        "IsHeld": choice([("$owner = ''", "Acquire")], "IsHolderAlive"),
        # who acquired since we requested will see our request
        "Acquire": update_item(
            ledger,
            held,
            "SET #owner = :next",
            {":next": next_owner},
            "Start",
            condition="attribute_not_exists(#owner) OR #owner = :next",  # a write that is retried may have been done
            Catch=[catch(CONDITION_FAILED, "Coalesced"), failed],
        ),
        "IsHolderAlive": task(
            "aws-sdk:sfn:describeExecution",
            {"ExecutionArn": expression("$owner")},
            "HolderStatus",
            Assign={"status": expression("$states.result.Status")},
            Catch=[catch("Sfn.ExecutionDoesNotExistException", "TakeOver"), failed],
        ),
        "HolderStatus": choice([("$status = 'RUNNING'", "Coalesced")], "TakeOver"),
        "TakeOver": update_item(
            ledger,
            held,
            "SET #owner = :next, lost = :dead",  # the sweep sees to it that people are told of the dead one
            {":next": next_owner, ":dead": {"S": expression("$owner")}},
            "Start",
            condition="#owner = :dead OR #owner = :next",
            Catch=[catch(CONDITION_FAILED, "Acquire"), failed],  # it was taken over, or freed
        ),
        "Start": start_refresh(refresh, "$name", "Requested", Catch=[failed]),
        "NotRequested": {"Type": "Pass", "Output": {"notRequested": expression("$dataset & ': ' & $cause")}, "End": True},
        "Requested": {"Type": "Succeed"},
        "Coalesced": {"Type": "Succeed"},
    }


def take(ledger: str, refresh: str, *, then: str, cadences: Mapping[str, int], lease: str = LEASE) -> dict[str, State]:
    """Return the states that check the lease, wait for what lands together and for the cadence, and note what was requested by now."""
    since = "($millis() - $toMillis($states.result.Item.started_at.S)) / 1000"
    cadence = f"$lookup({json.dumps(dict(cadences))}, $states.input.dataset)"
    return {
        "ReadLease": get_item(
            ledger,
            key(expression("$states.input.dataset"), lease),
            "IsMine",
            Assign={
                "dataset": expression("$states.input.dataset"),
                "run": expression("$states.context.Execution.Name"),
                "attempt": 0,
                "next": expression(new_name("$states.input.dataset")),
                "prefix": execution_prefix(refresh),
                "owner": expression("$exists($states.result.Item.owner) ? $states.result.Item.owner.S : ''"),
                "pause": expression(
                    f"$exists({cadence}) and $exists($states.result.Item.started_at)"
                    f" ? $max([{GATHER_SECONDS}, $ceil({cadence} - {since})]) : {GATHER_SECONDS}"
                ),
            },
        ),
        "IsMine": choice([("$owner = $states.context.Execution.Id", "WaitForMore")], "HeldByAnother"),
        "HeldByAnother": {"Type": "Succeed"},
        "WaitForMore": {"Type": "Wait", "Seconds": expression("$pause"), "Next": "Note"},
        "Note": update_item(
            ledger,
            _item(lease),
            "SET started_at = :now, noted = requested REMOVE restarts",
            {":now": {"S": expression("$now()")}, ":me": {"S": ME}},
            then,
            condition="#owner = :me",
            returns="ALL_NEW",
            Assign={"noted": expression("$states.result.Attributes.requested.N")},
            # what else fails here, or before, is for the machine that looks after executions that ended badly: it starts the next one with a cap
            Catch=[catch(CONDITION_FAILED, "HeldByAnother")],
        ),
    }


def release(ledger: str, refresh: str, *, name: str, then: str, lease: str = LEASE) -> dict[str, State]:
    """Return the states that free the lease, or start the next execution where more was requested meanwhile."""
    values = {":me": {"S": ME}, ":noted": {"N": expression("$noted")}}
    return {
        name: update_item(
            ledger,
            _item(lease),
            "SET served = :noted REMOVE #owner",
            values,
            then,
            condition="#owner = :me AND requested = :noted",
            Catch=[catch(CONDITION_FAILED, f"{name}ToNext")],
        ),
        f"{name}ToNext": update_item(
            ledger,
            _item(lease),
            "SET served = :noted, #owner = :next",
            {**values, ":next": {"S": expression("$prefix & $next")}},
            f"{name}StartNext",
            condition="#owner = :me OR #owner = :next",
            Catch=[catch(CONDITION_FAILED, then)],
        ),
        f"{name}StartNext": start_refresh(refresh, "$next", then),
    }


def _item(lease: str) -> dict[str, dict[str, str]]:
    return key(expression("$dataset"), lease)


def start_refresh(machine: str, name: str, then: str, **more: Any) -> State:
    """Return the task that starts the execution `name`, which holds the lease already; the same name and input again is the same execution."""
    arguments = {"StateMachineArn": machine, "Name": expression(name), "Input": expression("$string({'dataset': $dataset})")}
    return task("aws-sdk:sfn:startExecution", arguments, then, **more)


def new_name(dataset: str) -> str:
    """Return an expression for an execution's name, in order of time within a dataset, at most 80 characters."""
    return f"$substring({dataset}, 0, 40) & '-' & $replace($replace($substring($now(), 0, 23), ':', ''), /[.-]/, '') & '-' & $substring($uuid(), 0, 8)"


def execution_prefix(machine: str) -> str:
    """Return an expression for what stands before the name in the ARN of a machine's execution."""
    return expression(f"$replace('{machine}', ':stateMachine:', ':execution:') & ':'")
