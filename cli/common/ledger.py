"""The ledger as the verbs read it: what arrived, what is running, what was published."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from cli.common import outputs
from cli.common.session import Lake
from contracts.asked import ITEM, PREFIX, Ask
from contracts.pull import PARTITION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

UNKNOWN = "_unknown"  # partition of objects that belong to no dataset
ERRORS = "_errors"  # partition of objects with what could not be delivered
UNDONE = ("refused", "superseded", "gone", "unknown")  # states of objects whose rows are in no table
ROWS = ("read", "inserted", "updated", "unchanged", "duplicate", "quarantined", "deleted", "rows")  # what a run counts

Item = dict[str, Any]


@dataclass(frozen=True)
class Ledger:
    """The ledger's table."""

    lake: Lake
    table: str

    @classmethod
    def of(cls, lake: Lake) -> "Ledger":
        return cls(lake, outputs.value(lake, outputs.STORAGE, "LedgerTable"))

    def lease(self, dataset: str) -> Item:
        """Return who refreshes the dataset and what was requested; empty before the first request."""
        return self._get(dataset, "lease")

    def load_lease(self, dataset: str) -> Item:
        """Return who loads the warehouse's copy of the dataset and what was requested; empty before the first request."""
        return self._get(dataset, "load_lease")

    def publication(self, dataset: str) -> Item:
        """Return what was published last; empty before the first time."""
        return self._get(dataset, "publication")

    def object(self, dataset: str, key: str, version: str) -> Item:
        """Return what is recorded of one version of an object; empty before its arrival is."""
        return self._get(dataset, f"object#{key}#{version}")

    def waits(self, dataset: str, key: str, version: str) -> bool:
        """Return whether an object in raw is still to be refreshed: its arrival is not recorded yet, or no refresh accounted for it."""
        recorded = self.object(dataset, key, version)
        return not recorded or "pending" in recorded

    def runs(self, dataset: str, most: int) -> list[Item]:
        """Return the last refreshes, the newest first: their names are in order of time."""
        found = self._query(dataset, "run#", newest_first=True, most=most)
        return [{**item, "run": item["item"].removeprefix("run#"), **_cause(item)} for item in found]

    def undone(self, dataset: str) -> list[Item]:
        """Return the objects of which a record is in no table but that of the quarantine, each with the reason."""
        return [item for item in self._query(dataset, "object#") if item["state"] in UNDONE or item.get("quarantined")]

    def apart(self, dataset: str, key: str | None) -> list[Item]:
        """Return the objects of which rows are in quarantine, and those that were refused, each with what is `asked` of it.

        Args:
            key: of the one object that is meant; None for all.
        """
        asked = {item["item"]: item["ask"] for item in self._query(dataset, PREFIX)}
        found = [item for item in self.undone(dataset) if item["state"] == "refused" or item.get("quarantined")]
        wanted = [item for item in found if key in (None, item["object"])]
        return [{**item, "asked": asked.get(ITEM.format(item["object"], item["version"]))} for item in wanted]

    def ask(self, item: Item, what: Ask, by: str, because: str) -> None:
        """Ask something of an object that was set apart, whole or in part; a ClientError says that something is asked already."""
        facts = {"object": item["object"], "version": item["version"], "ask": what.value, "of": item["run"], "by": by, "because": because}
        facts["asked_at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        names = {f"#n{number}": name for number, name in enumerate(facts)}
        values: dict[str, AttributeValueTypeDef] = {f":n{number}": {"S": value} for number, value in enumerate(facts.values())}
        self.update(
            {"dataset": item["dataset"], "item": ITEM.format(item["object"], item["version"])},
            "SET " + ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True)),
            "attribute_not_exists(#item)",
            values,
            {**names, "#item": "item"},
        )

    def accounts(self, dataset: str, run: str) -> list[Item]:
        """Return the objects that a run accounted for."""
        return [item for item in self._query(dataset, "object#") if item.get("run") == run]

    def errors(self, since: datetime | None = None) -> list[Item]:
        """Return the error objects whose records were not sent again, the oldest first."""
        waiting = [item for item in self._query(ERRORS, "object#") if "pending" in item]
        recent = [item for item in waiting if since is None or datetime.fromisoformat(item["arrived_at"]) >= since]
        return sorted(recent, key=lambda item: str(item["arrived_at"]))

    def objects(self, dataset: str, prefix: str) -> list[Item]:
        """Return the objects of a dataset below a prefix of raw."""
        return self._query(dataset, f"object#{prefix}")

    def pull(self, dataset: str) -> Item:
        """Return how the pulls of a dataset from its API stand; empty before the first."""
        return self._get(PARTITION.format(dataset), "state")

    def last_objects(self, dataset: str, prefix: str, most: int = 100) -> list[Item]:
        """Return the objects below a prefix of raw whose names come last."""
        return self._query(dataset, f"object#{prefix}", newest_first=True, most=most)

    def waiting(self, dataset: str) -> int:
        """Return how many objects no refresh has accounted for."""
        pages = self.lake.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="pending",
            Select="COUNT",
            KeyConditionExpression="dataset = :dataset",
            ExpressionAttributeValues={":dataset": {"S": dataset}},
        )
        return sum(page["Count"] for page in pages)

    def update(
        self, item: Item, change: str, condition: str, values: Mapping[str, "AttributeValueTypeDef"], names: Mapping[str, str]
    ) -> None:
        """Change an item where a condition holds; a ClientError says where it does not."""
        self.lake.dynamodb.update_item(
            TableName=self.table,
            Key={"dataset": {"S": item["dataset"]}, "item": {"S": item["item"]}},
            UpdateExpression=change,
            ConditionExpression=condition,
            ExpressionAttributeValues=dict(values),
            ExpressionAttributeNames=dict(names),
        )

    def _get(self, dataset: str, item: str) -> Item:
        key = {"dataset": {"S": dataset}, "item": {"S": item}}
        return plain(self.lake.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item", {}))

    def _query(self, dataset: str, prefix: str, *, newest_first: bool = False, most: int | None = None) -> list[Item]:
        pages = self.lake.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="dataset = :dataset and begins_with(#item, :prefix)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":dataset": {"S": dataset}, ":prefix": {"S": prefix}},
            ScanIndexForward=not newest_first,
            PaginationConfig={"MaxItems": most} if most else {},
        )
        return [plain(item) for page in pages for item in page["Items"]]


def _cause(item: Item) -> Item:
    """Return the cause of a failure as a sentence: a task's is the whole description of its job run as JSON."""
    if "cause" not in item:
        return {}
    _, _, text = item["cause"].partition(": ")
    try:
        described = json.loads(text)
    except ValueError:
        return {"cause": item["cause"]}
    said = described.get("ErrorMessage") or described.get("JobRunState") if isinstance(described, dict) else None
    return {"cause": f"{said} (job run {described['Id']})" if said else item["cause"]}


def plain(item: Any) -> Item:
    """Return a DynamoDB item as Python values, whole numbers as int."""
    values = {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
    return {name: int(value) if isinstance(value, Decimal) and value == int(value) else value for name, value in values.items()}


def seconds(item: Item) -> float | None:
    """Return how long a run took; None while it runs, or for one that was never seen to start."""
    if "started_at" not in item or "finished_at" not in item:
        return None
    return (datetime.fromisoformat(item["finished_at"]) - datetime.fromisoformat(item["started_at"])).total_seconds()
