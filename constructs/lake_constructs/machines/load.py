"""Load: one execution brings the warehouse's copy of one product to the snapshot that was published last.

A load is one transaction, which takes the copy from whatever it held to the rows of that snapshot; it can be repeated at will. It ends green only where
the transaction did.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lake_constructs.machines.lease import LOAD_LEASE, release, take
from lake_constructs.machines.run import failed, failure, finish, start, unexpected, waiting
from lake_constructs.machines.states import State, choice, expression, get_item, key, task

LONGEST_PAUSE = 20  # seconds between two looks at a statement
LONGEST_TOKEN = 64  # characters of a ClientToken
FAILED_PREFIX = "Load"
MESSAGE = (
    "'The load of ' & $dataset & ' into the warehouse failed: ' & $cause & ' (run ' & $run & '). The warehouse holds what it held before.'"
)

# https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html#API_BatchExecuteStatement_Errors, those that pass
DATA_RETRY = [
    {
        "ErrorEquals": [
            "RedshiftData.ActiveSessionsExceededException",
            "RedshiftData.ActiveStatementsExceededException",
            "RedshiftData.BatchExecuteStatementException",
            "RedshiftData.InternalServerException",
            "RedshiftData.SdkClientException",
            "RedshiftData.ThrottlingException",
        ],
        "IntervalSeconds": 2,
        "MaxAttempts": 6,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }
]


@dataclass(frozen=True, kw_only=True)
class LoadTargets:
    """What a load uses, by name and ARN.

    Attributes:
        ledger: name of the table.
        load: ARN of this machine.
        failures: ARN of the topic that is told of failures.
        workgroup: name of the warehouse's workgroup.
        database: of the warehouse.
        timeout_seconds: after which a transaction is cancelled.
    """

    ledger: str
    load: str
    failures: str
    workgroup: str
    database: str
    timeout_seconds: int


def load(targets: LoadTargets, *, statements: Mapping[str, Sequence[str]]) -> State:
    """Return the definition.

    Args:
        statements: dataset -> the transaction, with {as_of}, {rows}, {snapshot} and {run} where the execution knows them.
    """
    return {
        "Comment": "Brings the warehouse's copy of one product up to date.",
        "QueryLanguage": "JSONata",
        "StartAt": "ReadLease",
        "States": {
            **take(targets.ledger, targets.load, then="RecordStart", cadences={}, lease=LOAD_LEASE),
            "RecordStart": start(targets.ledger, "ReadPublication", kind="load"),
            **_find(targets, statements),
            **_run_transaction(targets),
            "RecordLoad": finish(
                targets.ledger,
                "loaded",
                ", #snapshot = :snapshot, #rows = :rows",
                {":snapshot": {"S": expression("$snapshot")}, ":rows": {"N": expression("$rows")}},
            ),
            **release(targets.ledger, targets.load, name="Release", then="Done", lease=LOAD_LEASE),
            "Done": {"Type": "Succeed"},
            **failure(targets.ledger, targets.failures, subject="'Data lake: the load of ' & $dataset & ' failed'", message=MESSAGE),
            **release(targets.ledger, targets.load, name="ReleaseAfterFailure", then="Failed", lease=LOAD_LEASE),
            "Failed": failed(FAILED_PREFIX),
        },
    }


def _find(targets: LoadTargets, statements: Mapping[str, Sequence[str]]) -> dict[str, State]:
    """Return the states that read what was published last; its moment, its snapshot and its rows come from one item, and so belong together."""
    item = "$states.result.Item"
    moment = f"$substring({item}.published_at.S, 0, 10) & ' ' & $substring({item}.published_at.S, 11, 12)"
    filled = "$replace($replace($replace($replace($sql, '{as_of}', $moment), '{rows}', $rows), '{snapshot}', $snapshot), '{run}', $run)"
    return {
        "ReadPublication": get_item(
            targets.ledger,
            key(expression("$dataset"), "publication"),
            "IsPublished",
            Assign={
                "snapshot": expression(f"$exists({item}.snapshot) ? {item}.snapshot.S : ''"),
                "rows": expression(f"$exists({item}.rows) ? {item}.rows.N : '0'"),
                "moment": expression(f"$exists({item}.published_at) ? {moment} : ''"),
            },
            Catch=[unexpected()],
        ),
        "IsPublished": choice([("$snapshot != ''", "WriteTransaction")], "RecordWaiting"),
        "RecordWaiting": waiting(targets.ledger, "$dataset"),
        "WriteTransaction": {
            "Type": "Pass",
            "Assign": {
                "statements": expression(
                    f"$map($lookup({json.dumps({name: list(sql) for name, sql in statements.items()})}, $dataset), function($sql) {{ {filled} }})"
                ),
                "begun": expression("$millis()"),
                "looks": 0,
            },
            "Next": "Begin",
        },
    }


def _run_transaction(targets: LoadTargets) -> dict[str, State]:
    """Return the states that run the transaction and wait for it, no longer than they may."""
    where = {"WorkgroupName": targets.workgroup, "Database": targets.database}
    token = f"$length($run) > {LONGEST_TOKEN} ? $substring($run, $length($run) - {LONGEST_TOKEN}) : $run"
    failed = "$states.result.SubStatements[Status = 'FAILED'][0]"
    said = f"$exists({failed}.Error) ? {failed}.Error & ' | ' & $substring({failed}.QueryString, 0, 300) : $states.result.Error"
    return {
        "Begin": task(
            "aws-sdk:redshiftdata:batchExecuteStatement",
            # the same token is the same transaction, so that a call that is repeated begins no second one
            {
                **where,
                "Sqls": expression("$statements"),
                "StatementName": expression("'load ' & $dataset"),
                "ClientToken": expression(token),
            },
            "Pause",
            Retry=DATA_RETRY,
            Assign={"transaction": expression("$states.result.Id")},
            Catch=[unexpected()],
        ),
        "Pause": {"Type": "Wait", "Seconds": expression(f"$min([1 + $looks, {LONGEST_PAUSE}])"), "Next": "Look"},
        "Look": task(
            "aws-sdk:redshiftdata:describeStatement",
            {"Id": expression("$transaction")},
            "HowIsIt",
            Retry=DATA_RETRY,
            Assign={
                "status": expression("$states.result.Status"),
                "looks": expression("$looks + 1"),
                "cause": expression(f"$states.result.Status in ['FAILED', 'ABORTED'] ? $states.result.Status & ': ' & ({said}) : ''"),
            },
            Catch=[unexpected()],
        ),
        "HowIsIt": choice(
            [
                ("$status = 'FINISHED'", "RecordLoad"),
                ("$status in ['FAILED', 'ABORTED']", "RecordFailure"),
                (f"$millis() - $begun > {1000 * targets.timeout_seconds}", "Cancel"),
            ],
            "Pause",
        ),
        "Cancel": task(
            "aws-sdk:redshiftdata:cancelStatement",
            {"Id": expression("$transaction")},
            "RecordFailure",
            Retry=DATA_RETRY,
            Assign={"cause": f"the transaction took more than {targets.timeout_seconds} seconds and was cancelled"},
            Catch=[unexpected()],
        ),
    }
