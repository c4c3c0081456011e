"""Refresh: one execution brings one dataset up to date, says so, and hands the lease on.

It ends green only where the work is done and announced. A failure is recorded with its cause, people are told, the lease is handed on,
and then the execution fails.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lake_constructs.machines.batch_read import batch_read, wanted
from lake_constructs.machines.lease import release, take
from lake_constructs.machines.run import failed, failure, run_item, start, unexpected, waiting
from lake_constructs.machines.states import State, catch, choice, expression, get_item, key, task, update_item
from lake_constructs.machines.upkeep import Upkeep, attach

# a run that died without a word (its host was lost) is started again this often; a run that failed with a reason is not
MOST_RUNS = 3
PAUSE_SECONDS = 10
FAILED_PREFIX = "Refresh"
MESSAGE = "'The refresh of ' & $dataset & ' failed: ' & $cause & ' (run ' & $run & '). Readers still have the last good version.'"

# https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html#API_StartJobRun_Errors, those that pass
GLUE_RETRY = [
    {
        "ErrorEquals": [
            "Glue.ConcurrentRunsExceededException",
            "Glue.InternalServiceException",
            "Glue.OperationTimeoutException",
            "Glue.ResourceNumberLimitExceededException",
            "Glue.ThrottlingException",
        ],
        "IntervalSeconds": 5,
        "MaxAttempts": 8,
        "BackoffRate": 2,
        "MaxDelaySeconds": 300,
        "JitterStrategy": "FULL",
    }
]


@dataclass(frozen=True, kw_only=True)
class RefreshTargets:
    """What a refresh uses, by name and ARN.

    Attributes:
        ledger: name of the table.
        refresh: ARN of this machine.
        failures: ARN of the topic that is told of failures.
        job_prefix: what stands before the dataset in the name of its job.
        event_source: source of the events it sends to the default bus.
        timeout_seconds: after which the wait for a job is given up.
    """

    ledger: str
    refresh: str
    failures: str
    job_prefix: str
    event_source: str
    timeout_seconds: int


def refresh(targets: RefreshTargets, upkeep: Upkeep, *, inputs: Mapping[str, Sequence[str]], cadences: Mapping[str, int]) -> State:
    """Return the definition.

    Args:
        upkeep: what the tables of a published dataset get.
        inputs: product -> the datasets that it reads.
        cadences: dataset -> least seconds between the starts of two refreshes.
    """
    return {
        "Comment": "Brings one dataset up to date and announces it.",
        "QueryLanguage": "JSONata",
        "StartAt": "ReadLease",
        "States": {
            **take(targets.ledger, targets.refresh, then="RecordStart", cadences=cadences),
            "RecordStart": start(targets.ledger, "HasInputs"),
            **_check_inputs(targets, inputs),
            **_work(targets),
            **_announce(targets),
            **attach(upkeep, targets.ledger, then="Release"),
            **release(targets.ledger, targets.refresh, name="Release", then="Done"),
            "Done": {"Type": "Succeed"},
            **failure(targets.ledger, targets.failures, subject="'Data lake: the refresh of ' & $dataset & ' failed'", message=MESSAGE),
            **release(targets.ledger, targets.refresh, name="ReleaseAfterFailure", then="Failed"),
            "Failed": failed(FAILED_PREFIX),
        },
    }


def _check_inputs(targets: RefreshTargets, inputs: Mapping[str, Sequence[str]]) -> dict[str, State]:
    """Return the states by which a product whose input was never published waits, without starting a job."""
    known = json.dumps({name: list(read) for name, read in inputs.items()})
    published = "$items[$exists(snapshot)].dataset.S"
    return {
        "HasInputs": {
            "Type": "Pass",
            "Assign": {"inputs": expression(f"[$lookup({known}, $dataset)]")},
            "Next": "ReadsOthers",
        },
        "ReadsOthers": choice([("$count($inputs) > 0", "TakeInputs")], "Work"),
        "TakeInputs": {
            "Type": "Pass",
            "Assign": wanted(targets.ledger, "[$inputs.{'dataset': {'S': $}, 'item': {'S': 'publication'}}]"),
            "Next": "ReadInputs",
        },
        # what DynamoDB left unread must not pass for never published
        **batch_read(targets.ledger, "Inputs", then="FindMissing", otherwise="RecordFailure", caught=unexpected()),
        "FindMissing": {
            "Type": "Pass",
            "Assign": {"missing": expression(f"$join([$inputs[$not($ in [{published}])]], ', ')")},
            "Next": "AreInputsThere",
        },
        "AreInputsThere": choice([("$missing != ''", "RecordWaiting")], "Work"),
        "RecordWaiting": waiting(targets.ledger, "$missing"),
    }


def _work(targets: RefreshTargets) -> dict[str, State]:
    """Return the states that run the job, and again where it died without a word.

    A job writes why it failed into the run's record; of a failure that it did not expect, the message of Glue says more.
    """
    job = {"JobName": expression(f"'{targets.job_prefix}' & $dataset"), "Arguments": {"--run_id": expression("$run")}}
    caught = "$states.errorOutput.Cause"
    told = f"""$contains({caught}, '"ErrorMessage"') ? $parse({caught}).ErrorMessage : $states.errorOutput.Error & ': ' & {caught}"""
    # what took too long or was denied would do so again
    final = f'$states.errorOutput.Error = \'States.Timeout\' or $contains({caught}, /AccessDenied|"TIMEOUT"|"STOPPED"/)'
    says = "$states.result.Item.status.S = 'failed' and $exists($states.result.Item.cause)"
    return {
        "Work": task(
            "glue:startJobRun.sync",
            job,
            "ReadPublication",
            TimeoutSeconds=targets.timeout_seconds,
            Retry=GLUE_RETRY,
            Assign={"attempt": expression("$attempt + 1")},
            Catch=[
                catch(
                    "States.ALL",
                    "ReadOutcome",
                    {"attempt": expression("$attempt + 1"), "cause": expression(told), "final": expression(final)},
                )
            ],
        ),
        "ReadOutcome": get_item(
            targets.ledger,
            run_item(),
            "DidItSayWhy",
            Assign={
                "isFinal": expression(f"({says}) or $final"),
                "cause": expression(f"{says} and $not($exists($states.result.Item.unexpected)) ? $states.result.Item.cause.S : $cause"),
            },
            Catch=[unexpected()],
        ),
        "DidItSayWhy": choice([("$isFinal", "RecordFailure"), (f"$attempt < {MOST_RUNS}", "Pause")], "RecordFailure"),
        "Pause": {"Type": "Wait", "Seconds": PAUSE_SECONDS, "Next": "Work"},
    }


def _announce(targets: RefreshTargets) -> dict[str, State]:
    """Return the states that announce a snapshot which is not announced yet, whoever published it."""
    publication = key(expression("$dataset"), "publication")
    detail = "{'dataset': $dataset, 'snapshot': $snapshot, 'run': $run}"
    return {
        "ReadPublication": get_item(
            targets.ledger,
            publication,
            "IsNew",
            Assign={
                "snapshot": expression("$exists($states.result.Item.snapshot) ? $states.result.Item.snapshot.S : ''"),
                "announced": expression("$exists($states.result.Item.announced) ? $states.result.Item.announced.S : ''"),
                "kept": expression("$exists($states.result.Item.upkeep) ? $states.result.Item.upkeep.S : ''"),
            },
            Catch=[unexpected()],
        ),
        "IsNew": choice([("$snapshot != $announced", "Announce")], "IsKept"),
        "Announce": task(
            "events:putEvents",
            {
                "Entries": [
                    {
                        "Source": targets.event_source,
                        "DetailType": "Dataset Refreshed",
                        "Detail": expression(detail),
                        "EventBusName": "default",
                    }
                ]
            },
            "MarkAnnounced",
            Catch=[unexpected()],
        ),
        "MarkAnnounced": update_item(
            targets.ledger,
            publication,
            "SET announced = :snapshot",
            {":snapshot": {"S": expression("$snapshot")}},
            "IsKept",
            Catch=[unexpected()],
        ),
    }
