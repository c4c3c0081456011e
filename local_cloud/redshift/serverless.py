"""The actions of Redshift Serverless: namespaces, workgroups and usage limits, kept and shown."""

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from local_cloud.answers import Answer, answer, refusal
from local_cloud.environment import ACCOUNT, REGION
from local_cloud.own_service import Action, Caller
from local_cloud.redshift import rules
from local_cloud.redshift.records import ARN, Record, ServerlessError, check, found
from local_cloud.redshift.usage_limits import UsageLimits


class Around(Protocol):
    """What of other services belongs to a namespace or workgroup."""

    def keep_password(self, namespace: Record, password: str) -> str:
        """Keep the managed password of a namespace's administrator as a secret, and return its ARN."""

    def forget_password(self, namespace: Record) -> None:
        """Delete the secret."""

    def subnets(self, ids: list[str]) -> list[Record]:
        """Return those subnets that there are, in the form of EC2's API."""


@dataclass
class Serverless:
    """What there is: each by its name, usage limits by their id.

    Attributes:
        drop: deletes the database of a namespace.
    """

    around: Around
    drop: Callable[[Record], None] = lambda _: None
    namespaces: dict[str, Record] = field(default_factory=dict)
    workgroups: dict[str, Record] = field(default_factory=dict)
    limits: UsageLimits = field(default_factory=UsageLimits)
    tags: dict[str, list[Record]] = field(default_factory=dict)

    def actions(self) -> dict[str, Action]:
        """Return the actions by operation."""
        made: dict[str, Callable[[Record], Record]] = {
            "CreateNamespace": self.create_namespace,
            "GetNamespace": lambda data: {"namespace": _shown(self.namespace(data["namespaceName"]))},
            "ListNamespaces": lambda _: {"namespaces": [_shown(one) for one in self.namespaces.values()]},
            "UpdateNamespace": self.update_namespace,
            "DeleteNamespace": self.delete_namespace,
            "CreateWorkgroup": self.create_workgroup,
            "GetWorkgroup": lambda data: {"workgroup": _shown(self.workgroup(data["workgroupName"]))},
            "ListWorkgroups": lambda _: {"workgroups": [_shown(one) for one in self.workgroups.values()]},
            "UpdateWorkgroup": self.update_workgroup,
            "DeleteWorkgroup": self.delete_workgroup,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": lambda data: {"tags": self.tags.get(data["resourceArn"], [])},
            **self.limits.actions(self._by_arn),
        }
        return {operation: _answering(action) for operation, action in made.items()}

    def state(self) -> Record:
        """Return what survives a restart."""
        return {
            "namespaces": self.namespaces,
            "workgroups": self.workgroups,
            "limits": self.limits.records,
            "used": self.limits.used,
            "tags": self.tags,
        }

    def restore(self, state: Record) -> None:
        """Take back what `state` gave."""
        for name, records in self.state().items():
            records.update(state.get(name, {}))

    def namespace(self, name: str) -> Record:
        """Return a namespace, or raise a ServerlessError."""
        return found(self.namespaces, name, "namespace")

    def workgroup(self, name: str) -> Record:
        """Return a workgroup, or raise a ServerlessError."""
        return found(self.workgroups, name, "workgroup")

    def create_namespace(self, data: Record) -> Record:
        """CreateNamespace."""
        name = data["namespaceName"]
        check(rules.of_name("namespaceName", name) + rules.of_namespace(data))
        if name in self.namespaces:
            raise ServerlessError("ConflictException", f"Namespace {name} already exists")
        number = str(uuid.uuid4())
        record: Record = {"dbName": "dev", "adminUsername": "admin", "iamRoles": [], "logExports": []} | _without_passwords(data)
        record |= {"namespaceId": number, "namespaceArn": f"{ARN}:namespace/{number}", "status": "AVAILABLE", "creationDate": time.time()}
        if data.get("manageAdminPassword"):
            record["adminPasswordSecretArn"] = self.around.keep_password(record, secrets.token_urlsafe(24))
        self.namespaces[name] = record
        self.tags[record["namespaceArn"]] = data.get("tags") or []
        return {"namespace": _shown(record)}

    def update_namespace(self, data: Record) -> Record:
        """UpdateNamespace."""
        record = self.namespace(data["namespaceName"])
        changed = record | _without_passwords(data)
        check(rules.of_namespace(changed))
        if data.get("manageAdminPassword") and "adminPasswordSecretArn" not in record:
            changed["adminPasswordSecretArn"] = self.around.keep_password(record, secrets.token_urlsafe(24))
        self.namespaces[data["namespaceName"]] = changed
        return {"namespace": _shown(changed)}

    def delete_namespace(self, data: Record) -> Record:
        """DeleteNamespace: with its database; a final snapshot is refused, since nothing could be restored from it."""
        record = self.namespace(data["namespaceName"])
        used = [one["workgroupName"] for one in self.workgroups.values() if one["namespaceName"] == record["namespaceName"]]
        if used:
            raise ServerlessError(
                "ConflictException", f"Namespace {record['namespaceName']} has the workgroup {used[0]}; delete that first"
            )
        if data.get("finalSnapshotName"):
            raise ServerlessError("ValidationException", "finalSnapshotName is not in the local cloud: it has no snapshots")
        self.drop(record)
        if "adminPasswordSecretArn" in record:
            self.around.forget_password(record)
        self.tags.pop(record["namespaceArn"], None)
        return {"namespace": _shown(self.namespaces.pop(record["namespaceName"])) | {"status": "DELETING"}}

    def create_workgroup(self, data: Record) -> Record:
        """CreateWorkgroup."""
        name = data["workgroupName"]
        self.namespace(data["namespaceName"])
        check(rules.of_name("workgroupName", name) + self._problems(data))
        if name in self.workgroups:
            raise ServerlessError("ConflictException", f"Workgroup {name} already exists")
        number = str(uuid.uuid4())
        address = f"{name}.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com"
        record: Record = {
            "baseCapacity": 128,
            "enhancedVpcRouting": False,
            "publiclyAccessible": False,
            "port": 5439,
            "configParameters": [],
        } | data
        record |= {"workgroupId": number, "workgroupArn": f"{ARN}:workgroup/{number}", "status": "AVAILABLE", "creationDate": time.time()}
        record["endpoint"] = {"address": address, "port": record["port"], "vpcEndpoints": []}
        self.tags[record["workgroupArn"]] = record.pop("tags", None) or []
        self.workgroups[name] = record
        return {"workgroup": _shown(record)}

    def update_workgroup(self, data: Record) -> Record:
        """UpdateWorkgroup."""
        changed = self.workgroup(data["workgroupName"]) | data
        check(self._problems(changed))
        self.workgroups[data["workgroupName"]] = changed
        return {"workgroup": _shown(changed)}

    def delete_workgroup(self, data: Record) -> Record:
        """DeleteWorkgroup, with its usage limits."""
        record = self.workgroups.pop(self.workgroup(data["workgroupName"])["workgroupName"])
        self.limits.forget(record["workgroupArn"])
        self.tags.pop(record["workgroupArn"], None)
        return {"workgroup": _shown(record) | {"status": "DELETING"}}

    def tag(self, data: Record) -> Record:
        """TagResource."""
        self._by_arn(data["resourceArn"])
        given = {tag["key"]: tag for tag in [*self.tags.get(data["resourceArn"], []), *data["tags"]]}
        self.tags[data["resourceArn"]] = list(given.values())
        return {}

    def untag(self, data: Record) -> Record:
        """UntagResource."""
        self._by_arn(data["resourceArn"])
        self.tags[data["resourceArn"]] = [tag for tag in self.tags.get(data["resourceArn"], []) if tag["key"] not in data["tagKeys"]]
        return {}

    def _problems(self, record: Record) -> list[str]:
        subnets = list(record.get("subnetIds") or [])
        return rules.of_workgroup(record) + (rules.of_subnets(self.around.subnets(subnets), subnets) if subnets else [])

    def _by_arn(self, arn: str) -> Record:
        everything = [*self.namespaces.values(), *self.workgroups.values()]
        return found({one.get("workgroupArn") or one["namespaceArn"]: one for one in everything}, arn, "resource")


def _without_passwords(data: Record) -> Record:
    return {name: value for name, value in data.items() if name not in ("adminUserPassword", "tags")}


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in ("manageAdminPassword", "tags")}


def _answering(action: Callable[[Record], Record]) -> Action:
    def carried_out(data: Record, _: Caller) -> Answer:
        try:
            return answer(action(data))
        except ServerlessError as error:
            return refusal(error.code, str(error))

    return carried_out
