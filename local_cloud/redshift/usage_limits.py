"""Usage limits of workgroups: one that deactivates refuses statements until its period is over."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from local_cloud.redshift import rules
from local_cloud.redshift.records import ARN, Record, ServerlessError, check, found

HOUR = 3600
COMPUTE = "serverless-compute"


@dataclass
class UsageLimits:
    """The limits, each by its id.

    Attributes:
        used: ARN of a workgroup and the day, in UTC -> RPU seconds.
    """

    records: dict[str, Record] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)

    def actions(self, of_arn: Callable[[str], Record]) -> dict[str, Callable[[Record], Record]]:
        """Return the actions by operation.

        Args:
            of_arn: returns what has an ARN, or raises a ServerlessError.
        """

        def create(data: Record) -> Record:
            check(rules.of_limit(data))
            of_arn(data["resourceArn"])
            return self.create(data)

        return {
            "CreateUsageLimit": create,
            "GetUsageLimit": lambda data: {"usageLimit": self.limit(data)},
            "ListUsageLimits": self.list,
            "UpdateUsageLimit": self.update,
            "DeleteUsageLimit": self.delete,
        }

    def limit(self, data: Record) -> Record:
        """Return the limit that a request names, or raise a ServerlessError."""
        return found(self.records, data["usageLimitId"], "usage limit")

    def create(self, data: Record) -> Record:
        """CreateUsageLimit."""
        for same in self.records.values():
            if all(same[name] == data.get(name) for name in ("resourceArn", "usageType", "period")):
                raise ServerlessError(
                    "ConflictException", f"a {same['period']} limit of {data['usageType']} exists: {same['usageLimitId']}"
                )
        number = str(uuid.uuid4())
        made = {"usageLimitId": number, "usageLimitArn": f"{ARN}:usagelimit/{number}"}
        self.records[number] = {"period": "monthly", "breachAction": "log"} | data | made
        return {"usageLimit": self.records[number]}

    def list(self, data: Record) -> Record:
        """ListUsageLimits."""
        wanted = {name: data[name] for name in ("resourceArn", "usageType") if data.get(name)}
        return {"usageLimits": [limit for limit in self.records.values() if all(limit[name] == wanted[name] for name in wanted)]}

    def update(self, data: Record) -> Record:
        """UpdateUsageLimit."""
        changed = self.limit(data) | data
        check(rules.of_limit(changed))
        self.records[data["usageLimitId"]] = changed
        return {"usageLimit": changed}

    def delete(self, data: Record) -> Record:
        """DeleteUsageLimit."""
        return {"usageLimit": self.records.pop(self.limit(data)["usageLimitId"])}

    def use(self, resource: str, rpu_seconds: float, day: date) -> None:
        """Count what statements of a workgroup used on a day."""
        key = _key(resource, day)
        self.used[key] = self.used.get(key, 0) + rpu_seconds

    def breach(self, resource: str, day: date) -> str | None:
        """Return why a workgroup runs no statement on a day; None where it does."""
        for limit in self.records.values():
            if limit["resourceArn"] != resource or limit["breachAction"] != "deactivate":
                continue
            days = (day - _first_day(limit["period"], day)).days + 1
            used = sum(self.used.get(_key(resource, day - timedelta(days=back)), 0) for back in range(days)) / HOUR
            if limit["usageType"] == COMPUTE and used >= int(limit["amount"]):
                return f"the {limit['period']} usage limit of {limit['amount']} RPU hours is reached: {used:.1f} are used"
        return None

    def forget(self, resource: str) -> None:
        """Delete the limits of a workgroup that is deleted."""
        for limit in [limit for limit in self.records.values() if limit["resourceArn"] == resource]:
            del self.records[limit["usageLimitId"]]


def _key(resource: str, day: date) -> str:
    return f"{resource} {day}"


def _first_day(period: str, day: date) -> date:
    """Return when a period began, in UTC: a day, a week from Sunday on, or a month.

    https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UsageLimit.html
    """
    if period == "weekly":
        return day - timedelta(days=day.isoweekday() % 7)
    return day.replace(day=1) if period == "monthly" else day
