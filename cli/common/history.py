"""What executions and job runs leave behind them: histories and logs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.common.session import Lake

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import JobRunTypeDef

LOG_GROUPS = "/aws-glue/jobs"  # a security configuration adds to the names below it
FAILED = ("Failed", "TimedOut", "Aborted")
MOST_JOB_RUNS = 100  # that are looked through for those of one execution


def failures(lake: Lake, machine: str, execution: str) -> Iterator[str]:
    """Yield what failed in an execution, in its order: states and tasks with error and cause; nothing of one that is forgotten."""
    settings = lake.settings
    arn = f"arn:aws:states:{settings.region}:{settings.account}:execution:{settings.name}-{machine}:{execution}"
    try:
        pages = [*lake.stepfunctions.get_paginator("get_execution_history").paginate(executionArn=arn)]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
            raise
        return  # Step Functions forgets after 90 days
    state = ""
    for event in (event for page in pages for event in page["events"]):
        state = event.get("stateEnteredEventDetails", {}).get("name", state)
        if event["type"].endswith(FAILED):
            yield f"{event['timestamp']:%Y-%m-%d %H:%M:%S} {state}: {event['type']} {_details(event)}".rstrip()


def job_runs(lake: Lake, dataset: str, execution: str) -> "list[JobRunTypeDef]":
    """Return the job runs that an execution started, the oldest first; none where the job is gone."""
    try:
        pages = lake.glue.get_paginator("get_job_runs").paginate(
            JobName=f"{lake.settings.name}-{dataset}", PaginationConfig={"MaxItems": MOST_JOB_RUNS}
        )
        found = [run for page in pages for run in page["JobRuns"]]
    except lake.glue.exceptions.EntityNotFoundException:
        return []
    return [run for run in reversed(found) if run.get("Arguments", {}).get("--run_id") == execution]


def lines(lake: Lake, job_run: str, most: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the log groups that a job run wrote to, each with its last lines."""
    groups = [
        group["logGroupName"] for page in _pages(lake, "describe_log_groups", logGroupNamePrefix=LOG_GROUPS) for group in page["logGroups"]
    ]
    for group in groups:
        found = lake.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job_run)["logStreams"]
        written = [line for stream in found for line in _written(lake, group, stream["logStreamName"], most)]
        if written:
            yield group, written[-most:]


def _written(lake: Lake, group: str, stream: str, most: int) -> list[str]:
    events = lake.logs.get_log_events(logGroupName=group, logStreamName=stream, limit=most, startFromHead=False)["events"]
    return [event["message"].rstrip() for event in events]


def _pages(lake: Lake, operation: str, **arguments: Any) -> Any:
    return lake.logs.get_paginator(operation).paginate(**arguments)


def _details(event: Any) -> str:
    for name, details in event.items():
        if name.endswith("EventDetails") and ("error" in details or "cause" in details):
            return f"{details.get('error', '')}: {details.get('cause', '')}"
    return ""
