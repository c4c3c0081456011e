"""Literal names of what one stack makes and another only watches.

An alarm finds what it watches by name. Taken from the resource, a name would reach the alarm only when the alarm's own stack is deployed again, which the
CDK leaves out where its template did not change.
"""

from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack

from contracts.zone import Zone


@dataclass(frozen=True)
class Names:
    """Names of machines, rules and queues, made from the name of the lake."""

    lake: str

    def of(self, part: str) -> str:
        """Return the name of a part, as `refresh`."""
        return f"{self.lake}-{part}"

    def database(self, zone: Zone) -> str:
        """Return the name of a zone's database."""
        return f"{self.lake}_{zone}"

    def pull(self, dataset: str) -> str:
        """Return the name of the function that pulls a dataset, and of its schedule."""
        return self.of(f"pull-{dataset}")

    def watched(self, stack: Stack) -> dict[str, str]:
        """Return what the parts that alarms are about are called: machines by ARN, all others by name."""
        colon = ArnFormat.COLON_RESOURCE_NAME
        machines = {
            part.replace("-", "_"): stack.format_arn(
                service="states", resource="stateMachine", resource_name=self.of(part), arn_format=colon
            )
            for part in (REFRESH, INTAKE, FRESHNESS, ENDED, SWEEP, LOAD, LOAD_REQUEST, LOAD_ENDED, LOAD_SWEEP)
        }
        rules = (ARRIVED, REFRESHED, JOB_FAILED, CUT_OFF, NOT_DELIVERED, LOADS)
        others = (UNDELIVERED, ALARMS_UNDELIVERED, LOADS_UNDELIVERED, STREAM, DELIVERY, TRANSFORM, WAREHOUSE)
        named = {part.replace("-", "_"): self.of(part) for part in (*rules, *others)}
        return machines | named | {"delivery_log": f"/aws/kinesisfirehose/{self.of(DELIVERY)}"}

    @property
    def event_source(self) -> str:
        """The source of the events that the lake sends."""
        return f"{self.lake}.lake"


# machines
REFRESH, INTAKE, FRESHNESS, STANDING, UPKEEP = "refresh", "intake", "freshness", "standing", "upkeep"
ENDED, SWEEP = "ended", "sweep"  # the rule and the schedule that start them go by the same names
LOAD, LOAD_REQUEST, LOAD_ENDED, LOAD_SWEEP = "load", "load-request", "load-ended", "load-sweep"
# rules
ARRIVED, REFRESHED, JOB_FAILED, NOT_DELIVERED = "arrived", "refreshed", "job-failed", "not-delivered"
CUT_OFF, LOADS = "cut-off", "loads"
# queues
UNDELIVERED, ALARMS_UNDELIVERED, LOADS_UNDELIVERED = "undelivered", "alarms-undelivered", "loads-undelivered"
BUDGET = "budget"
# stream, delivery and function of the ingestion of records
STREAM, DELIVERY, TRANSFORM = "stream", "delivery", "stream-transform"
# prefix of raw for what could not be delivered
ERRORS, REFUSED = "_errors/stream/", "_refused/stream/"  # of what Firehose could not deliver, and of what the transform refused
# queue of pulls that no repetition brought to their end
PULLS_SET_ASIDE = "pulls-set-aside"
# of the warehouse
NETWORK, WAREHOUSE, MIGRATE, USAGE_LIMIT = "network", "warehouse", "migrate", "usage-limit"
