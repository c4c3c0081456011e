"""The record of a run: that it started, how it ended, and the path that every failure takes.

A failure is recorded with its cause, people are told, that they were told is noted, and then the lease is handed on. None of these steps keeps the next
from being done: what one of them leaves undone is seen by the machine that looks after executions that ended badly (`ended.py`).
"""

from collections.abc import Mapping, Sequence

from lake_constructs.machines.states import CAUGHT, CONDITION_FAILED, State, catch, expression, key, task, update_item

FAILED, UNTOLD = "Failed", "FailedUntold"  # how the error of an execution ends that recorded its failure: people were told, or not


def run_item() -> dict[str, dict[str, str]]:
    """Return the key of the run's item in the ledger."""
    return key(expression("$dataset"), expression("'run#' & $run"))


def start(ledger: str, then: str, *, kind: str | None = None) -> State:
    """Return the task that records the start of a run; `kind` tells it from a refresh."""
    return update_item(
        ledger,
        run_item(),
        f"SET #status = :running, started_at = :now{', kind = :kind' if kind else ''}",
        {":running": {"S": "running"}, ":now": {"S": expression("$now()")}, **({":kind": {"S": kind}} if kind else {})},
        then,
        Catch=[unexpected()],
    )


def finish(ledger: str, status: str, more: str, values: Mapping[str, object]) -> State:
    """Return the task that records how a run ended that did not fail; `more` is what else it sets."""
    return update_item(
        ledger,
        run_item(),
        f"SET #status = :status, finished_at = :now{more}",
        {":status": {"S": status}, ":now": {"S": expression("$now()")}, **values},
        "Release",
        Catch=[unexpected()],
    )


def waiting(ledger: str, on: str) -> State:
    """Return the task that records that a run waits for what was never published; `on` is an expression."""
    return finish(ledger, "waiting", ", cause = :cause", {":cause": {"S": expression(f"'never published yet: ' & {on}")}})


def failure(ledger: str, topic: str, *, subject: str, message: str) -> dict[str, State]:
    """Return the failure path of a machine that holds a lease, up to the handing on of it; `subject` and `message` are expressions."""
    return {
        "RecordFailure": {
            **record_failure(ledger, "TellOfFailure"),
            "Assign": {"told": True},
            "Catch": [catch("States.ALL", "TellOfFailure", {"told": True})],
        },
        **tell(
            ledger,
            topic,
            subject=subject,
            message=message,
            then="ReleaseAfterFailure",
            untold=catch("States.ALL", "ReleaseAfterFailure", {"told": False}),
            unnoted=catch("States.ALL", "ReleaseAfterFailure"),
        ),
    }


def failed(prefix: str) -> State:
    """Return the end of the failure path; its error says whether people were told."""
    return {"Type": "Fail", "Error": expression(f"$told ? '{prefix}{FAILED}' : '{prefix}{UNTOLD}'"), "Cause": expression("$cause")}


def record_failure(ledger: str, then: str, *, condition: str | None = None, values: Mapping[str, object] | None = None) -> State:
    """Return the task that records a failure with its cause."""
    return update_item(
        ledger,
        run_item(),
        "SET #status = :failed, finished_at = :now, cause = :cause",
        {":failed": {"S": "failed"}, ":now": {"S": expression("$now()")}, ":cause": {"S": expression("$cause")}, **(values or {})},
        then,
        condition=condition,
        returns="ALL_NEW",
    )


def tell(
    ledger: str,
    topic: str,
    *,
    subject: str,
    message: str,
    then: str,
    untold: Mapping[str, object],
    unnoted: Mapping[str, object] | None = None,
) -> dict[str, State]:
    """Return the states that tell people of a failure and note that they were told.

    Args:
        untold: the catcher for when they could not be told.
        unnoted: the same for when it could not be noted.
    """
    arguments = {"TopicArn": topic, "Subject": expression(f"$substring({subject}, 0, 100)"), "Message": expression(message)}
    return {
        "TellOfFailure": task("sns:publish", arguments, "NoteTold", Catch=[untold]),
        # one write after the message: whoever looks after this run does not tell again
        "NoteTold": update_item(ledger, run_item(), "SET told = :now", {":now": {"S": expression("$now()")}}, then, Catch=[unnoted]),
    }


def unexpected() -> State:
    """Return the catcher for what no state expects: the failure path, with the cause."""
    return catch("States.ALL", "RecordFailure", {"cause": expression(CAUGHT)})


def unless(met: str, otherwise: State) -> Sequence[State]:
    """Return the catchers of a conditional write: where its condition does not hold it leads to `met`."""
    return [catch(CONDITION_FAILED, met), otherwise]
