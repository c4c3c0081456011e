"""Where statements run: the workgroup that a call names, once IAM lets its caller in."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.client import client
from local_cloud.clock import speed
from local_cloud.cloudwatch.metrics import record
from local_cloud.environment import REGION
from local_cloud.own_service import Caller
from local_cloud.redshift.data_api import Place, RefusedError
from local_cloud.redshift.records import Record, ServerlessError
from local_cloud.redshift.serverless import Serverless
from local_cloud.redshift.session import Session
from local_cloud.redshift.spectrum import Roles, Spectrum
from local_cloud.redshift.warehouse import Warehouse

Denial = Callable[[str, str, str], str | None]
"""(access key, action, resource) -> why IAM denies it, in its words; None where it does not."""


@dataclass(frozen=True)
class Workgroups:
    """The workgroups and their databases.

    Attributes:
        open_ones: number of a namespace -> its database, opened when it is first asked.
    """

    serverless: Serverless
    folder: Path
    roles: Roles
    denial: Denial
    open_ones: dict[str, Warehouse] = field(default_factory=dict)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def of(self, data: Mapping[str, Any], caller: Caller) -> Place:
        """Return where the statements of a call run.

        Raises:
            RefusedError: there is no such workgroup or database, or the caller may not come in.
        """
        try:
            workgroup = self.serverless.workgroup(data["WorkgroupName"])
        except ServerlessError as error:
            message = f"Redshift endpoint doesn't exist in this region: there is no workgroup {data['WorkgroupName']}"
            raise RefusedError("ValidationException", message) from error
        namespace = self.serverless.namespace(workgroup["namespaceName"])
        user = self._user(data, caller, workgroup, namespace)
        if data["Database"].lower() != namespace["dbName"]:
            raise RefusedError(
                "ValidationException", f'FATAL: database "{data["Database"]}" does not exist; there is "{namespace["dbName"]}"'
            )
        database = self.database(namespace)

        def session(in_batch: bool) -> Session:
            cursor = database.cursor()
            return Session(
                cursor,
                Spectrum(cursor, self.roles),
                namespace["dbName"],
                user,
                namespace["iamRoles"],
                namespace.get("defaultIamRoleArn"),
                _search_path(workgroup),
                in_batch,
            )

        def used(seconds: float) -> None:
            rpu_seconds = workgroup["baseCapacity"] * seconds * speed()
            record("AWS/Redshift-Serverless", "ComputeSeconds", {"Workgroup": workgroup["workgroupName"]}, rpu_seconds)
            self.serverless.limits.use(workgroup["workgroupArn"], rpu_seconds, datetime.now(UTC).date())

        def refused() -> str | None:
            return self.serverless.limits.breach(workgroup["workgroupArn"], datetime.now(UTC).date())

        return Place(workgroup["workgroupName"], namespace["dbName"], user, _most_seconds(workgroup), session, database.do, refused, used)

    def database(self, namespace: Record) -> Warehouse:
        """Return the database of a namespace."""
        number = namespace["namespaceId"]
        with self._opening:
            if number not in self.open_ones:
                self.open_ones[number] = Warehouse(self.folder / f"{number}.duckdb")
            return self.open_ones[number]

    def drop(self, namespace: Record) -> None:
        """Delete the database of a namespace."""
        self.database(namespace).delete()
        del self.open_ones[namespace["namespaceId"]]

    def close(self) -> None:
        """Close all databases."""
        for database in self.open_ones.values():
            database.close()

    def _user(self, data: Mapping[str, Any], caller: Caller, workgroup: Record, namespace: Record) -> str:
        """Return whom the database takes the caller for: the administrator with the secret's password, or a user of its own."""
        if not data.get("SecretArn"):
            self._ask(caller, "redshift-serverless:GetCredentials", workgroup["workgroupArn"])
            kind, _, name = caller.arn.rpartition(":")[2].partition("/")
            return f"IAMR:{name.partition('/')[0]}" if kind == "assumed-role" else f"IAM:{name or 'root'}"
        try:
            secret = client("secretsmanager").describe_secret(SecretId=data["SecretArn"])
        except ClientError as error:
            raise RefusedError("ValidationException", f"the secret {data['SecretArn']} cannot be read: {error}") from error
        self._ask(caller, "secretsmanager:GetSecretValue", secret["ARN"])
        if secret["ARN"] != namespace.get("adminPasswordSecretArn"):
            raise RefusedError("ValidationException", f"the secret {data['SecretArn']} is not that of the namespace's administrator")
        return str(namespace["adminUsername"])

    def _ask(self, caller: Caller, action: str, resource: str) -> None:
        if denied := self.denial(caller.access_key, action, resource):
            raise RefusedError("AccessDeniedException", denied)


def resource_of(serverless: Serverless, data: Mapping[str, Any]) -> str:
    """Return the ARN of what a call of the Data API is about, as its policies name it."""
    workgroup = serverless.workgroups.get(str(data.get("WorkgroupName")))
    if workgroup is not None:
        return str(workgroup["workgroupArn"])
    return f"arn:aws:redshift-serverless:{REGION}:*:workgroup/*" if data.get("WorkgroupName") else "*"


def _most_seconds(workgroup: Record) -> float | None:
    return float(_parameter(workgroup, "max_query_execution_time") or 0) or None


def _search_path(workgroup: Record) -> tuple[str, ...]:
    named = (_parameter(workgroup, "search_path") or "public").split(",")
    return tuple(name.strip().strip('"').lower() for name in named if name.strip() != "$user")


def _parameter(workgroup: Record, key: str) -> str | None:
    found = [parameter["parameterValue"] for parameter in workgroup.get("configParameters") or [] if parameter["parameterKey"] == key]
    return str(found[0]) if found else None
