"""Athena in a local cloud, for tests."""

from dataclasses import dataclass
from typing import Any

from tests.local_cloud.running import LocalCloud, until


@dataclass(frozen=True)
class Answer:
    """What a query gave.

    Attributes:
        types: by column.
        published: the object at the output location.
    """

    types: dict[str, str]
    rows: list[list[str | None]]
    published: str


@dataclass(frozen=True)
class Athena:
    """Queries against a database, with results at a location."""

    cloud: LocalCloud
    database: str
    location: str

    @property
    def api(self) -> Any:
        return self.cloud.client("athena")

    def start(self, sql: str, **options: Any) -> str:
        query_id: str = self.api.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.database},
            ResultConfiguration={"OutputLocation": self.location},
            **options,
        )["QueryExecutionId"]
        return query_id

    def ended(self, query_id: str) -> dict[str, Any]:
        return until(lambda: _over(self.api.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]))

    def query(self, sql: str) -> Answer:
        """Return what a query gives, which must succeed."""
        execution = self.ended(self.start(sql))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        result = self.api.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
        rows = [[value.get("VarCharValue") for value in row["Data"]] for row in result["Rows"]]
        return Answer(
            {column["Name"]: column["Type"] for column in result["ResultSetMetadata"]["ColumnInfo"]},
            rows[1:] if execution["StatementType"] == "DML" else rows,
            self._object(execution["ResultConfiguration"]["OutputLocation"]),
        )

    def _object(self, address: str) -> str:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        content: bytes = self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content.decode()


def _over(execution: dict[str, Any]) -> dict[str, Any] | None:
    return None if execution["Status"]["State"] in ("QUEUED", "RUNNING") else execution
