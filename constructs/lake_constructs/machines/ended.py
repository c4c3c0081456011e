"""Ended: what an execution that failed, timed out or was stopped left behind is put in order.

A rule starts it with the event of the status; where that event never came, the sweep does. It may come twice for one execution: a job that still runs is
stopped, the run is recorded as failed, people are told unless they were, and the lease goes to the next execution where more was requested, else it is freed.
Where the failure can be neither recorded nor told the lease stays with the dead execution, and so the sweep comes back to it.
"""

from dataclasses import dataclass

from lake_constructs.machines.lease import execution_prefix, new_name, start_refresh
from lake_constructs.machines.run import FAILED, record_failure, run_item, tell, unless
from lake_constructs.machines.states import CAUGHT, CONDITION_FAILED, State, catch, choice, expression, key, task, update_item

MOST_RESTARTS = 3  # of executions that died before they noted what was requested; the sweep goes on from there, at its own pace
NEWEST_RUNS = 20  # of a job that are looked at; a job runs once at a time, so the newest few are all that can still be there
ALIVE = "['STARTING', 'RUNNING', 'WAITING']"

# https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobRuns.html#API_GetJobRuns_Errors, those that pass
GLUE_RETRY = [
    {
        "ErrorEquals": [
            "Glue.GlueException",
            "Glue.InternalServiceException",
            "Glue.OperationTimeoutException",
            "Glue.SdkClientException",
            "States.Timeout",
        ],
        "IntervalSeconds": 1,
        "MaxAttempts": 4,
        "BackoffRate": 2,
        "JitterStrategy": "FULL",
    }
]


@dataclass(frozen=True, kw_only=True)
class EndedTargets:
    """What the machine is about, by name and ARN.

    Attributes:
        ledger: name of the table.
        machine: ARN of the machine whose executions it looks after.
        prefix: what the errors of that machine's own failure path begin with, as Refresh.
        what: the same for people, as refresh.
        lease: item of the ledger.
        failures: ARN of the topic that is told of failures.
        job_prefix: what stands before the dataset in the name of its job; None where the machine runs no job.
    """

    ledger: str
    machine: str
    prefix: str
    what: str
    lease: str
    failures: str
    job_prefix: str | None = None


def ended(targets: EndedTargets) -> State:
    """Return the definition."""
    jobs = {} if targets.job_prefix is None else _stop_jobs(targets.job_prefix)
    return {
        "Comment": f"Puts in order what a {targets.what} that ended badly left behind.",
        "QueryLanguage": "JSONata",
        "StartAt": "TakeEvent",
        "States": {
            "TakeEvent": _take_event(targets, then="IsOfDataset"),
            # who starts one by hand, without a dataset, gets no lease and leaves nothing behind
            "IsOfDataset": choice([("$dataset = ''", "Done")], next(iter(jobs), "RecordFailure")),
            **jobs,
            **_record(targets),
            **_hand_on(targets),
            "IsAllDone": choice([("$problem != ''", "Failed")], "Done"),
            "Failed": {"Type": "Fail", "Error": "LeftUndone", "Cause": expression("$problem")},
            "Done": {"Type": "Succeed"},
        },
    }


def _take_event(targets: EndedTargets, then: str) -> State:
    detail, given = "$states.input.detail", "$parse($states.input.detail.input).dataset"
    dataset = f"($exists({given}) ? {given} : '')"
    said = [f"($type({detail}.{part}) = 'string' and {detail}.{part} != '' ? ' ' & {detail}.{part} : '')" for part in ("error", "cause")]
    return {
        "Type": "Pass",
        "Assign": {
            "dataset": expression(dataset),
            "run": expression(f"{detail}.name"),
            "dead": expression(f"{detail}.executionArn"),
            "cause": expression(f"{detail}.status & {said[0]} & {said[1]}"),
            "told": expression(f"{detail}.error = '{targets.prefix}{FAILED}'"),
            "problem": "",
            "next": expression(new_name(dataset)),
            "prefix": execution_prefix(targets.machine),
        },
        "Next": then,
    }


def _left_undone(then: str) -> State:
    """Return the catcher that goes on with another step and keeps what went wrong, which fails the execution at its end."""
    return catch("States.ALL", then, {"problem": expression(f"$problem & {CAUGHT} & ' '")})


def _stop_jobs(prefix: str) -> dict[str, State]:
    """Return the states that stop the job of the run where it runs on: Step Functions does so too, at best effort."""
    job = {"JobName": expression(f"'{prefix}' & $dataset")}
    own = f"$states.result.JobRuns[JobRunState in {ALIVE} and $lookup(Arguments, '--run_id') = $run].Id"
    return {
        "FindJobRuns": task(
            "aws-sdk:glue:getJobRuns",
            {**job, "MaxResults": NEWEST_RUNS},
            "IsJobRunning",
            Retry=GLUE_RETRY,
            Assign={"left": expression(f"[{own}]")},
            Catch=[_left_undone("RecordFailure")],
        ),
        "IsJobRunning": choice([("$count($left) > 0", "StopJob")], "RecordFailure"),
        "StopJob": task(
            "aws-sdk:glue:batchStopJobRun",
            {**job, "JobRunIds": expression("$left")},
            "RecordFailure",
            Retry=GLUE_RETRY,
            Catch=[_left_undone("RecordFailure")],
        ),
    }


def _record(targets: EndedTargets) -> dict[str, State]:
    """Return the states that record the failure, unless the run says how it ended already, and tell people."""
    was_told = {"told": expression("$told or $exists($states.result.Attributes.told)")}
    subject = f"'Data lake: the {targets.what} of ' & $dataset & ' ended badly'"
    message = f"'The {targets.what} of ' & $dataset & ' ended as ' & $cause & ' (run ' & $run & '). What was requested meanwhile starts by itself.'"
    return {
        "RecordFailure": {
            **record_failure(
                targets.ledger,
                "WereTheyTold",
                condition="attribute_not_exists(#status) OR #status = :running",
                values={":running": {"S": "running"}},
            ),
            "Assign": was_told,
            "Catch": unless("RecordEnd", _left_undone("Failed")),
        },
        "RecordEnd": update_item(
            targets.ledger,
            run_item(),
            "SET ended = :cause",
            {":cause": {"S": expression("$cause")}},
            "WereTheyTold",
            returns="ALL_NEW",
            Assign=was_told,
            Catch=[_left_undone("Failed")],
        ),
        "WereTheyTold": choice([("$told", "PassOn")], "TellOfFailure"),
        **tell(
            targets.ledger,
            targets.failures,
            subject=subject,
            message=message,
            then="PassOn",
            untold=_left_undone("Failed"),
            unnoted=_left_undone("PassOn"),
        ),
    }


def _hand_on(targets: EndedTargets) -> dict[str, State]:
    """Return the states that hand the lease on or free it, where the dead execution has it still."""
    lease, dead = key(expression("$dataset"), targets.lease), {":dead": {"S": expression("$dead")}}
    more = "(attribute_not_exists(noted) OR noted < requested) AND (attribute_not_exists(restarts) OR restarts < :most)"
    return {
        "PassOn": update_item(
            targets.ledger,
            lease,
            "SET #owner = :next ADD restarts :one",
            {**dead, ":next": {"S": expression("$prefix & $next")}, ":one": {"N": "1"}, ":most": {"N": str(MOST_RESTARTS)}},
            "StartNext",
            condition=f"#owner = :next OR #owner = :dead AND {more}",  # a write that is retried may have been done
            Catch=unless("Free", _left_undone("IsAllDone")),
        ),
        "StartNext": start_refresh(targets.machine, "$next", "ForgetLost", Catch=[_left_undone("IsAllDone")]),
        # what was requested and is not served stays to be seen, by the sweep
        "Free": update_item(
            targets.ledger,
            lease,
            "SET served = if_not_exists(noted, :none) REMOVE #owner",
            {**dead, ":none": {"N": "0"}},
            "ForgetLost",
            condition="#owner = :dead",
            Catch=unless("ForgetLost", _left_undone("IsAllDone")),
        ),
        "ForgetLost": update_item(
            targets.ledger,
            lease,
            "REMOVE lost",
            dead,
            "IsAllDone",
            condition="lost = :dead",
            Catch=[catch(CONDITION_FAILED, "IsAllDone"), _left_undone("IsAllDone")],
        ),
    }
