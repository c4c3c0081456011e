"""Events of job runs that ended: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html."""

import json

from local_cloud.glue.job_run import JobRun, State
from local_cloud.replace import borrow

ANNOUNCED = (State.SUCCEEDED, State.FAILED, State.TIMEOUT, State.STOPPED)

_put_events = borrow("ministack.services.eventbridge", "_put_events", ("data", "allow_aws_source"), "tell that a run ended")


def announce(run: JobRun) -> None:
    """Send the event of a run that ended to the default bus."""
    if run.state not in ANNOUNCED:
        return
    detail = {
        "jobName": run.job_name,
        "jobRunId": run.id,
        "severity": "INFO" if run.state is State.SUCCEEDED else "ERROR",
        "state": run.state,
        "message": run.error or f"Job run {run.state.lower()}",
    }
    entry = {"Source": "aws.glue", "DetailType": "Glue Job State Change", "Detail": json.dumps(detail)}
    _put_events({"Entries": [entry]}, allow_aws_source=True)
