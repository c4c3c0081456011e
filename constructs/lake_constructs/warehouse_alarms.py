"""The alarms of a lake that has a warehouse, and copies in it; rows of the catalogue, as those of alarm_catalogue.py.

Metrics of the warehouse: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-monitoring.html.
"""

from lake_constructs.alarm_catalogue import EVENTS, HOUR, QUEUES, STATES
from lake_constructs.alarms import Alarm, Urgency

DAY_SECONDS = 24 * HOUR
TOLD_AT = 0.8  # of what may be used in a day
LOAD, REQUEST = {"StateMachineArn": "{load}"}, {"StateMachineArn": "{load_request}"}


LOAD_CATALOGUE: tuple[Alarm, ...] = (
    Alarm(
        name="load-failed",
        period_seconds=HOUR,
        fault="loads",
        namespace=STATES,
        metric="ExecutionsFailed",
        dimensions=LOAD,
        urgency=Urgency.TODAY,
        runbook="load-failed",
        meaning="The warehouse's copy of a product was not brought up to date; it holds what it held before.",
    ),
    *(
        Alarm(
            name=f"load-{end}",
            fault="loads",
            namespace=STATES,
            metric=metric,
            dimensions=LOAD,
            urgency=Urgency.TODAY,
            runbook="load-ended-from-outside",
            meaning="A load ended without handing its lease on.",
        )
        for end, metric in (("timed-out", "ExecutionsTimedOut"), ("aborted", "ExecutionsAborted"))
    ),
    Alarm(
        name="load-request-failed",
        period_seconds=HOUR,
        fault="load-requests",
        namespace=STATES,
        metric="ExecutionsFailed",
        dimensions=REQUEST,
        urgency=Urgency.TODAY,
        runbook="load-not-requested",
        meaning="A product was refreshed, and no load of its copy may have started.",
    ),
    Alarm(
        name="load-request-timed-out",
        fault="load-requests",
        namespace=STATES,
        metric="ExecutionsTimedOut",
        dimensions=REQUEST,
        urgency=Urgency.TODAY,
        runbook="load-not-requested",
        meaning="The machine that starts loads took longer than the five minutes that it has.",
    ),
    Alarm(
        name="undelivered-load-events",
        fault="load-requests",
        namespace=QUEUES,
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": "{loads_undelivered}"},
        statistic="Maximum",
        urgency=Urgency.TODAY,
        runbook="load-not-requested",
        meaning="Events that ask for a load wait in the queue.",
    ),
    *(
        Alarm(
            name=f"loads-{end}",
            fault="load-requests",
            namespace=EVENTS,
            metric=metric,
            dimensions={"RuleName": "{loads}"},
            urgency=Urgency.TODAY,
            runbook="load-not-requested",
            meaning="An event that asks for a load was not delivered.",
        )
        for end, metric in (("not-delivered", "FailedInvocations"), ("lost", "InvocationsFailedToBeSentToDlq"))
    ),
)


def usage_alarm(warehouse: str, daily_rpu_hours: int) -> Alarm:
    """Return the one that tells before queries are refused.

    Args:
        warehouse: name of the workgroup.
        daily_rpu_hours: after which it refuses them.
    """
    told = round(TOLD_AT * daily_rpu_hours, 1)
    return Alarm(
        name="warehouse-used-much",
        namespace="AWS/Redshift-Serverless",
        metric="ComputeSeconds",
        dimensions={"Workgroup": warehouse},
        period_seconds=DAY_SECONDS,
        threshold=told * HOUR,
        urgency=Urgency.TODAY,
        runbook="warehouse-used-much",
        meaning=f"In a day the warehouse used {told:g} of the {daily_rpu_hours} RPU hours after which it refuses queries.",
    )
