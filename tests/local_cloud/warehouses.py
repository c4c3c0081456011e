"""A warehouse in a local cloud, for tests, asked through the Data API."""

from dataclasses import dataclass
from typing import Any

from tests.local_cloud.running import LocalCloud, until

SERVICE = "redshift.amazonaws.com"
DATABASE = "lake"
SIXTY = "(select a.n from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) a(n), (values (0), (1), (2), (3), (4), (5)) b(n))"
SLOW = f"select count(*) from {', '.join(f'{SIXTY} t{index}' for index in range(8))} where t0.n + t7.n = 1"
"""A query that ends in no test's time."""


@dataclass(frozen=True)
class Warehouse:
    """A workgroup and whoever asks it.

    Attributes:
        keys: of the caller; None for the account's root.
    """

    cloud: LocalCloud
    name: str
    keys: dict[str, str] | None = None

    @property
    def api(self) -> Any:
        return self.cloud.client("redshift-data", self.keys)

    @property
    def place(self) -> dict[str, str]:
        return {"WorkgroupName": self.name, "Database": DATABASE}

    def start(self, *statements: str, **options: Any) -> str:
        """Ask for one statement, or for a batch of them, and return its id."""
        if len(statements) == 1:
            started = self.api.execute_statement(Sql=statements[0], **self.place, **options)
        else:
            started = self.api.batch_execute_statement(Sqls=list(statements), **self.place, **options)
        number: str = started["Id"]
        return number

    def ended(self, number: str) -> dict[str, Any]:
        """Return the description of a statement once it is over."""
        return until(lambda: _over(self.api.describe_statement(Id=number)))

    def run(self, *statements: str, **options: Any) -> dict[str, Any]:
        """Run statements, which must succeed, and return their description."""
        found = self.ended(self.start(*statements, **options))
        assert found["Status"] == "FINISHED", found
        return found

    def fails(self, *statements: str, **options: Any) -> str:
        """Run statements, which must fail, and return why."""
        found = self.ended(self.start(*statements, **options))
        assert found["Status"] == "FAILED", found
        return str(found["Error"])

    def rows(self, sql: str, **options: Any) -> list[list[Any]]:
        """Return the rows of a query as plain values."""
        number = self.run(sql, **options)["Id"]
        pages = self.api.get_paginator("get_statement_result").paginate(Id=number)
        return [[plain(field) for field in record] for page in pages for record in page["Records"]]


def plain(field: dict[str, Any]) -> Any:
    """Return a field of a result as a plain value."""
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value


def warehouse(cloud: LocalCloud, name: str, roles: list[str] | None = None, **workgroup: Any) -> Warehouse:
    """Make a namespace and a workgroup; the first of its roles is its default."""
    given = {"iamRoles": roles, "defaultIamRoleArn": roles[0]} if roles else {}
    serverless = cloud.client("redshift-serverless")
    serverless.create_namespace(namespaceName=name, dbName=DATABASE, adminUsername="administrator", manageAdminPassword=True, **given)
    serverless.create_workgroup(workgroupName=name, namespaceName=name, baseCapacity=8, **workgroup)
    return Warehouse(cloud, name)


def _over(found: dict[str, Any]) -> dict[str, Any] | None:
    return None if found["Status"] in ("SUBMITTED", "PICKED", "STARTED") else found
