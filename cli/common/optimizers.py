"""Glue's table optimizers, as a verb sees them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from cli.common.errors import UserError
from cli.common.session import Lake
from contracts.contract import Contract

KINDS = ("compaction", "retention", "orphan_file_deletion")
QUARANTINE = "_quarantine"
RUN = "AWSGlue.RunTableOptimizers"  # of the local cloud alone: Glue has no such action
ENDED = ("completed", "failed")
DID = {  # what a run counts, by its name in Glue's API
    "NumberOfFilesCompacted": "files compacted",
    "NumberOfDataFilesDeleted": "data files deleted",
    "NumberOfManifestFilesDeleted": "manifests deleted",
    "NumberOfManifestListsDeleted": "snapshots expired",  # each has one list
    "NumberOfOrphanFilesDeleted": "orphans deleted",
}


@dataclass(frozen=True)
class Table:
    """An Iceberg table that is there.

    Attributes:
        files: data files that readers see now; 0 where nothing was published.
    """

    database: str
    name: str
    files: int

    @property
    def shown(self) -> str:
        return f"{self.database}.{self.name}"


@dataclass(frozen=True)
class State:
    """How one optimizer stands.

    Attributes:
        enabled: None where the table has no such optimizer.
        run: its last run; empty before the first.
    """

    table: Table
    kind: str
    enabled: bool | None
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def word(self) -> str:
        if self.enabled is None:
            return "not attached"
        if not self.enabled:
            return "suspended"
        return str(self.run.get("eventType", "never ran"))

    @property
    def did(self) -> str:
        """What the last run counted, in words."""
        counts = {
            name: number for part in self.run.values() if isinstance(part, dict) for name, number in part.get("IcebergMetrics", {}).items()
        }
        return ", ".join(f"{int(counts[name])} {words}" for name, words in DID.items() if counts.get(name))

    @property
    def ended(self) -> datetime | None:
        return self.run.get("endTimestamp")


def tables(lake: Lake, contracts: Sequence[Contract]) -> Iterator[Table]:
    """Yield the Iceberg tables of datasets, as far as they are there."""
    for contract in contracts:
        for name in [contract.name] if contract.is_product else [contract.name, contract.name + QUARANTINE]:
            database = f"{lake.settings.name}_{contract.zone}"
            try:
                found = lake.glue.get_table(DatabaseName=database, Name=name)["Table"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "EntityNotFoundException":
                    raise
                continue
            yield Table(database, name, _files(lake, found["Parameters"]["metadata_location"]))


def state(lake: Lake, table: Table, kind: str) -> State:
    """Return how an optimizer stands."""
    try:
        found = lake.glue.get_table_optimizer(
            CatalogId=lake.settings.account,
            DatabaseName=table.database,
            TableName=table.name,
            Type=kind,  # type: ignore[arg-type]  # one of KINDS
        )["TableOptimizer"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        return State(table, kind, None)
    return State(table, kind, found["configuration"].get("enabled", False), dict(found.get("lastRun", {})))


def start(lake: Lake, chosen: Sequence[Table]) -> None:
    """Let the local cloud run the optimizers of some tables.

    Raises:
        UserError: they run already.
    """
    body = json.dumps({"Tables": [{"DatabaseName": table.database, "TableName": table.name} for table in chosen]})
    headers = {"X-Amz-Target": RUN, "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", f"{lake.settings.endpoint_url}/", headers=headers, data=body)
    SigV4Auth(Credentials("test", "test"), "glue", lake.settings.region).add_auth(request)
    response = URLLib3Session().send(request.prepare())
    if response.status_code != 200:
        raise UserError(f"the local cloud refused to run the optimizers: {json.loads(response.text)['message']}")


def _files(lake: Lake, metadata: str) -> int:
    bucket, _, key = metadata.removeprefix("s3://").partition("/")
    found = json.loads(lake.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    summaries = {snapshot["snapshot-id"]: snapshot["summary"] for snapshot in found.get("snapshots", [])}
    return int(summaries.get(found.get("current-snapshot-id"), {}).get("total-data-files", 0))
