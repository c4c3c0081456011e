"""Query executions: what was asked, how it goes, what came of it."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.athena.statement import Statement

_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
Record = dict[str, Any]


class InvalidRequestError(Exception):
    """A query cannot be started as it was asked for."""


@dataclass(frozen=True)
class Settings:
    """Where the result of a query goes and how much it may scan.

    Attributes:
        most_bytes: None for no limit.
    """

    location: str
    encryption: Mapping[str, str]
    most_bytes: int | None

    @classmethod
    def of(cls, workgroup: Mapping[str, Any], asked: Mapping[str, Any]) -> "Settings":
        """Return what a workgroup and a request for a query make together; the workgroup's word is the last if it is enforced.

        Raises:
            InvalidRequestError: neither says where the result goes.
        """
        configuration = workgroup.get("Configuration") or {}
        own = configuration.get("ResultConfiguration") or {}
        enforced = configuration.get("EnforceWorkGroupConfiguration", True) and own.get("OutputLocation")
        chosen = own if enforced or not asked.get("OutputLocation") else asked
        location = chosen.get("OutputLocation")
        if not location:
            raise InvalidRequestError(
                "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input."
            )
        cutoff = configuration.get("BytesScannedCutoffPerQuery")
        return cls(location.rstrip("/") + "/", chosen.get("EncryptionConfiguration") or {}, int(cutoff) if cutoff else None)

    def put_parameters(self) -> dict[str, str]:
        """Return the parameters of S3's PutObject that encrypt the result."""
        option = self.encryption.get("EncryptionOption")
        if option == "SSE_KMS":
            return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.encryption["KmsKey"]}
        return {"ServerSideEncryption": "AES256"} if option == "SSE_S3" else {}


def begin(data: Mapping[str, Any], statement: Statement | None, settings: Settings) -> Record:
    """Return the record of a new execution in the form of Athena's API."""
    query_id = str(uuid.uuid4())
    kind = statement.type if statement else "DDL"
    context = data.get("QueryExecutionContext") or {}
    return {
        "QueryExecutionId": query_id,
        "Query": data["QueryString"],
        "StatementType": kind,
        "ResultConfiguration": {
            "OutputLocation": f"{settings.location}{query_id}.{'csv' if kind == 'DML' else 'txt'}",
            **({"EncryptionConfiguration": dict(settings.encryption)} if settings.encryption else {}),
        },
        "QueryExecutionContext": {"Catalog": "awsdatacatalog"} | context,
        "Status": {"State": "RUNNING", "SubmissionDateTime": time.time()},
        "Statistics": {"DataScannedInBytes": 0},
        "WorkGroup": data.get("WorkGroup", "primary"),
        "EngineVersion": _ENGINE,
    }


def end(record: Record, state: str, scanned: int = 0, reason: str | None = None) -> bool:
    """Bring an execution to its end, and return whether it did: one that has been stopped is at its end already."""
    status = record["Status"]
    if status["State"] != "RUNNING":
        return False
    now = time.time()
    taken = int((now - status["SubmissionDateTime"]) * 1000)
    record["Statistics"] = {
        "DataScannedInBytes": scanned,
        "EngineExecutionTimeInMillis": taken,
        "QueryQueueTimeInMillis": 0,
        "QueryPlanningTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
        "TotalExecutionTimeInMillis": taken,
    }
    status["CompletionDateTime"] = now
    if reason is not None:
        status["StateChangeReason"] = reason
        status["AthenaError"] = {"ErrorCategory": 2, "ErrorType": 1000, "Retryable": False, "ErrorMessage": reason}
    status["State"] = state
    return True
