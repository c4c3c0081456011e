"""The actions of Athena's API that are about running queries."""

import logging
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.answers import Answer, answer, refusal
from local_cloud.athena.execution import InvalidRequestError, Record, Settings, begin, end
from local_cloud.athena.failure import QueryError, ScanLimitError
from local_cloud.athena.query import Query
from local_cloud.athena.result import Results, rows_of_api
from local_cloud.athena.statement import MalformedQueryError, understand

_logger = logging.getLogger(__name__)
_PAGE = 1000


@dataclass(frozen=True)
class QueryActions:
    """StartQueryExecution and what comes after it.

    Attributes:
        executions: id -> record in the form of Athena's API.
        workgroups: name -> workgroup in the form of Athena's API.
        announce: is told of each execution that ended.
    """

    executions: MutableMapping[str, Record]
    workgroups: MutableMapping[str, dict[str, Any]]
    results: Results
    announce: Callable[[Record], None] = lambda _: None
    _queries: dict[str, Query] = field(default_factory=dict)

    def start(self, data: dict[str, Any]) -> Answer:
        """StartQueryExecution."""
        workgroup = self.workgroups.get(data.get("WorkGroup", "primary"))
        if workgroup is None:
            return _invalid(f"WorkGroup {data['WorkGroup']} is not found.")
        try:
            settings = Settings.of(workgroup, data.get("ResultConfiguration") or {})
            record = self._begin(data, settings)
        except InvalidRequestError as error:
            return _invalid(str(error))
        except MalformedQueryError as error:
            return refusal("InvalidRequestException", str(error), AthenaErrorCode="MALFORMED_QUERY")
        return answer({"QueryExecutionId": record["QueryExecutionId"]})

    def results_of(self, data: dict[str, Any]) -> Answer:
        """GetQueryResults."""
        record = self.executions.get(data["QueryExecutionId"])
        if record is None:
            return _invalid(f"QueryExecution {data['QueryExecutionId']} was not found")
        state = record["Status"]["State"]
        if state != "SUCCEEDED":
            told = (
                "Query has not yet finished. Current state"
                if state == "RUNNING"
                else "Query did not finish successfully. Final query state"
            )
            return _invalid(f"{told}: {state}")
        position = int(data.get("NextToken") or 0)
        header = record["StatementType"] == "DML" and not position
        most = min(int(data.get("MaxResults") or _PAGE), _PAGE)
        page = self.results.page(record["QueryExecutionId"], position, most - header)
        result = {"Rows": rows_of_api(page, header), "ResultSetMetadata": {"ColumnInfo": [column.describe() for column in page.columns]}}
        return answer({"ResultSet": result, "UpdateCount": 0} | ({"NextToken": str(page.position)} if page.position else {}))

    def stop(self, data: dict[str, Any]) -> Answer:
        """StopQueryExecution."""
        query_id = data["QueryExecutionId"]
        record, query = self.executions.get(query_id), self._queries.get(query_id)
        if record is None:
            return _invalid(f"QueryExecution {query_id} was not found")
        self._end(record, "CANCELLED", reason="Query cancelled by user")
        if query is not None:
            query.interrupt()
        return answer({})

    def _begin(self, data: dict[str, Any], settings: Settings) -> Record:
        try:
            statement = understand(data["QueryString"])
        except QueryError as error:
            record = begin(data, None, settings)
            self._end(record, "FAILED", reason=error.reason(data["QueryString"]))
            self.executions[record["QueryExecutionId"]] = record
            return record
        record = begin(data, statement, settings)
        self.executions[record["QueryExecutionId"]] = record
        database = record["QueryExecutionContext"].get("Database", "default")
        query = self._queries[record["QueryExecutionId"]] = Query(statement, database, settings.most_bytes)
        threading.Thread(target=self._carry_out, args=(record, query, settings), daemon=True).start()
        return record

    def _carry_out(self, record: Record, query: Query, settings: Settings) -> None:
        query_id = record["QueryExecutionId"]
        try:
            self.results.keep(query_id, query.answer())
            location = record["ResultConfiguration"]["OutputLocation"]
            self.results.publish(query_id, location, settings.put_parameters(), header=record["StatementType"] == "DML")
            self._end(record, "SUCCEEDED", query.bytes)
        except ScanLimitError as error:
            self._end(record, "CANCELLED", query.bytes, str(error))
        except QueryError as error:
            self._end(record, "FAILED", query.bytes, error.reason(record["Query"]))
        except ClientError as error:
            self._end(record, "FAILED", query.bytes, f"GENERIC_USER_ERROR: {error}")
        except Exception as error:  # whatever it was, the execution must not run for ever
            _logger.exception("query %s", query_id)
            self._end(record, "FAILED", query.bytes, f"GENERIC_INTERNAL_ERROR: {error}")
        finally:
            self._queries.pop(query_id, None)

    def _end(self, record: Record, state: str, scanned: int = 0, reason: str | None = None) -> None:
        if end(record, state, scanned, reason):
            self.announce(record)


def _invalid(message: str) -> Answer:
    return refusal("InvalidRequestException", message, AthenaErrorCode="INVALID_INPUT")
