"""Literal names of what one stack makes and another only watches.

An alarm finds what it watches by name. Taken from the resource, a name would reach the alarm only when the alarm's own stack is deployed again, which the
CDK leaves out where its template did not change.
"""

from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack


@dataclass(frozen=True)
class Names:
    """Names of machines, rules and queues, made from the name of the lake."""

    lake: str

    def of(self, part: str) -> str:
        """Return the name of a part, as `refresh`."""
        return f"{self.lake}-{part}"

    def watched(self, stack: Stack) -> dict[str, str]:
        """Return what the parts that alarms are about are called: machines by ARN, all others by name."""
        colon = ArnFormat.COLON_RESOURCE_NAME
        machines = {
            part.replace("-", "_"): stack.format_arn(
                service="states", resource="stateMachine", resource_name=self.of(part), arn_format=colon
            )
            for part in (REFRESH, INTAKE, FRESHNESS, LOAD, LOAD_REQUEST)
        }
        rules, queues = (ARRIVED, REFRESHED, JOB_FAILED, LOADS), (UNDELIVERED, ALARMS_UNDELIVERED, LOADS_UNDELIVERED)
        return machines | {part.replace("-", "_"): self.of(part) for part in (*rules, *queues, WAREHOUSE)}

    @property
    def event_source(self) -> str:
        """The source of the events that the lake sends."""
        return f"{self.lake}.lake"


# machines
REFRESH, INTAKE, FRESHNESS = "refresh", "intake", "freshness"
LOAD, LOAD_REQUEST = "load", "load-request"
# rules
ARRIVED, REFRESHED, JOB_FAILED = "arrived", "refreshed", "job-failed"
LOADS = "loads"
# queues
UNDELIVERED, ALARMS_UNDELIVERED, LOADS_UNDELIVERED = "undelivered", "alarms-undelivered", "loads-undelivered"
# of the warehouse
NETWORK, WAREHOUSE, MIGRATE, USAGE_LIMIT = "network", "warehouse", "migrate", "usage-limit"
