"""Upkeep: the states that attach Glue's optimizers to the tables of a dataset, and the machine that looks whether they work.

No event and no metric that Glue documents tells of an optimizer that fails or that it has suspended: somebody has to ask.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lake_constructs.machines.batch_read import MOST_KEYS, batch_read, wanted
from lake_constructs.machines.freshness import CLOUDWATCH_RETRY, TIMEOUT_SECONDS
from lake_constructs.machines.run import unexpected
from lake_constructs.machines.states import CAUGHT, State, catch, choice, expression, key, task, update_item

NAMESPACE = "Lake/Upkeep"
METRIC = "Failing"
NO_SUCH = "Glue.EntityNotFoundException"
# https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTableOptimizer.html#API_UpdateTableOptimizer_Errors, those that pass
OPTIMIZER_RETRY = [
    {
        "ErrorEquals": [
            "Glue.ConcurrentModificationException",
            "Glue.GlueException",
            "Glue.InternalServiceException",
            "Glue.SdkClientException",
            "Glue.ThrottlingException",
            "States.Timeout",
        ],
        "IntervalSeconds": 1,
        "MaxAttempts": 4,
        "BackoffRate": 2,
        "JitterStrategy": "FULL",
    }
]


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """What upkeep is about.

    Attributes:
        account: whose catalog it is.
        tables: dataset -> its tables, each with its database before a dot.
        optimizers: what each table gets: `Type` and `Configuration`, as Step Functions spells them.
        fingerprint: of the optimizers; those of a dataset with another one are brought up to date.
    """

    account: str
    tables: Mapping[str, Sequence[str]]
    optimizers: Sequence[Mapping[str, Any]]
    fingerprint: str


def attach(upkeep: Upkeep, ledger: str, *, then: str) -> dict[str, State]:
    """Return the states that see to it that the tables of a published dataset have their optimizers.

    The ledger remembers what they were told, so that a refresh after the first calls Glue only where the settings have changed.
    """
    tables = json.dumps({dataset: list(names) for dataset, names in upkeep.tables.items()})
    return {
        "IsKept": choice([(f"$snapshot = '' or $kept = '{upkeep.fingerprint}'", then)], "AttachUpkeep"),
        "AttachUpkeep": {
            "Type": "Map",
            "Items": expression(f"[$lookup({tables}, $dataset)]"),
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "TakeTable",
                "States": {
                    "TakeTable": _take("table", "$states.input", then="EachOptimizer"),
                    "EachOptimizer": {
                        "Type": "Map",
                        "Items": [dict(optimizer) for optimizer in upkeep.optimizers],
                        "MaxConcurrency": 1,
                        "ItemProcessor": {"StartAt": "TakeOptimizer", "States": _attach_one(upkeep)},
                        "Output": {},
                        "End": True,
                    },
                },
            },
            "Output": {},
            "Next": "NoteUpkeep",
            "Catch": [unexpected()],
        },
        "NoteUpkeep": update_item(
            ledger,
            key(expression("$dataset"), "publication"),
            "SET upkeep = :upkeep",
            {":upkeep": {"S": upkeep.fingerprint}},
            then,
            Catch=[unexpected()],
        ),
    }


def _attach_one(upkeep: Upkeep) -> dict[str, State]:
    arguments = {
        **_optimizer(upkeep.account, "$table", "$optimizer.Type"),
        "TableOptimizerConfiguration": expression("$optimizer.Configuration"),
    }
    return {
        "TakeOptimizer": _take("optimizer", "$states.input", then="CreateOptimizer"),
        "CreateOptimizer": task(
            "aws-sdk:glue:createTableOptimizer",
            arguments,
            None,
            Retry=OPTIMIZER_RETRY,
            Catch=[catch("Glue.AlreadyExistsException", "UpdateOptimizer")],
        ),
        # it is there already: what it was told is brought up to date
        "UpdateOptimizer": task("aws-sdk:glue:updateTableOptimizer", arguments, None, Retry=OPTIMIZER_RETRY),
    }


def watch(lake: str, ledger: str, account: str, *, tables: Mapping[str, Sequence[str]], kinds: Sequence[str]) -> State:
    """Return the machine that counts the optimizers that fail, are off or are gone, of the tables that have been given some."""
    datasets = list(tables)
    groups = [datasets[start : start + MOST_KEYS] for start in range(0, len(datasets), MOST_KEYS)]
    return {
        "Comment": "Counts the optimizers of tables that do not work.",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "StartAt": "EachGroup",
        "States": {
            "EachGroup": {
                "Type": "Map",
                "Items": [{"datasets": group} for group in groups],
                "MaxConcurrency": 1,
                "ItemProcessor": {"StartAt": "TakeGroup", "States": _of_group(lake, ledger, account, tables, kinds)},
                "Output": {},
                "End": True,
            }
        },
    }


def _of_group(lake: str, ledger: str, account: str, tables: Mapping[str, Sequence[str]], kinds: Sequence[str]) -> dict[str, State]:
    known = json.dumps({dataset: list(names) for dataset, names in tables.items()})
    datum = f"{{'MetricName': '{METRIC}', 'Dimensions': [{{'Name': 'Lake', 'Value': '{lake}'}}], 'Unit': 'Count', 'Value': $failing}}"
    return {
        "TakeGroup": {
            "Type": "Pass",
            "Assign": wanted(ledger, "[$states.input.datasets.{'dataset': {'S': $}, 'item': {'S': 'publication'}}]"),
            "Next": "ReadPublications",
        },
        # what was not read must not pass for never attached
        **batch_read(
            ledger,
            "Publications",
            then="EachTable",
            otherwise="NotAllRead",
            caught=catch("States.ALL", "NotAllRead", {"cause": expression(CAUGHT)}),
        ),
        "NotAllRead": {"Type": "Fail", "Error": "NotAllRead", "Cause": expression("$cause")},
        "EachTable": {
            "Type": "Map",
            "Items": expression(f"[$items[$exists(upkeep)].dataset.S.$lookup({known}, $)]"),
            "MaxConcurrency": 5,
            "ItemProcessor": {"StartAt": "TakeTable", "States": _look(account, kinds)},
            "Assign": {"failing": expression("$sum([$states.result])")},
            "Next": "SendCount",
        },
        "SendCount": task(
            "aws-sdk:cloudwatch:putMetricData",
            {"Namespace": NAMESPACE, "MetricData": expression(f"[{datum}]")},
            None,
            Retry=CLOUDWATCH_RETRY,
        ),
    }


def _look(account: str, kinds: Sequence[str]) -> dict[str, State]:
    found = "$states.result.TableOptimizer"
    return {
        "TakeTable": _take("table", "$states.input", then="EachOptimizer"),
        "EachOptimizer": {
            "Type": "Map",
            "Items": list(kinds),
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "GetOptimizer",
                "States": {
                    "GetOptimizer": task(
                        "aws-sdk:glue:getTableOptimizer",
                        _optimizer(account, "$table", "$states.input"),
                        None,
                        Retry=OPTIMIZER_RETRY,
                        Output=expression(f"$not({found}.Configuration.Enabled) or {found}.LastRun.EventType = 'failed' ? 1 : 0"),
                        Catch=[catch(NO_SUCH, "IsGone")],
                    ),
                    "IsGone": {"Type": "Pass", "Output": 1, "End": True},
                },
            },
            "Output": expression("$sum([$states.result])"),
            "End": True,
        },
    }


def _optimizer(account: str, table: str, kind: str) -> dict[str, str]:
    """Return the arguments that name an optimizer; the last two are expressions."""
    return {
        "CatalogId": account,
        "DatabaseName": expression(f"$split({table}, '.')[0]"),
        "TableName": expression(f"$split({table}, '.')[1]"),
        "Type": expression(kind),
    }


def _take(name: str, value: str, *, then: str) -> State:
    return {"Type": "Pass", "Assign": {name: expression(value)}, "Next": then}
