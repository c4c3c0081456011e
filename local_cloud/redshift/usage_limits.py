"""Usage limits of workgroups, kept and shown."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from local_cloud.redshift import rules
from local_cloud.redshift.records import ARN, Record, ServerlessError, check, found


@dataclass
class UsageLimits:
    """The limits, each by its id."""

    records: dict[str, Record] = field(default_factory=dict)

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

    def forget(self, resource: str) -> None:
        """Delete the limits of a workgroup that is deleted."""
        for limit in [limit for limit in self.records.values() if limit["resourceArn"] == resource]:
            del self.records[limit["usageLimitId"]]
