"""The ledger: what arrived for a dataset, what became of it, and what was published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from contracts.asked import ITEM as ASKED
from contracts.asked import PREFIX as EVERY_ASKED
from glue_jobs.common.accounts import Account, State

if TYPE_CHECKING:  # the stubs are no part of Glue
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef, UpdateItemInputTypeDef

THREADS = 16
ACCOUNTS_PER_ITEM = 200  # an item holds 400 KB, and a key of an object up to 1 KB

DURATIONS, LOOKED_AT = 10, 50  # runs that one is compared with, and records that they are looked for in

ITEM = "item"  # the sort key
PENDING = "pending"  # the attribute that a local index sorts by; there while an object is not accounted for
DROPPED_FACTS = ("dropped_by", "dropped_because", "dropped_at")  # who, why and when, where anything of an object was dropped

Item = dict[str, Any]


class Ledger:
    """The part of the ledger's DynamoDB table that belongs to one dataset.

    Every write can be repeated: a run that died half way is completed by doing it again.

    Attributes:
        client: DynamoDB; safe to share between threads.
        clock: gives the time for the stamps in the ledger; no row depends on it.
    """

    def __init__(self, client: DynamoDBClient, table: str, dataset: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._dataset = dataset
        self._clock = clock

    def pending(self) -> list[tuple[str, str]]:
        """Return key and version of each object that no published run has accounted for."""
        return [(item["object"], item["version"]) for item in self._query(PENDING, "object#")]

    def waiting_again(self) -> dict[tuple[str, str], Item]:
        """Return what is recorded, by (key, version), of each object that was accounted for and is to be read once more."""
        found = self._query(PENDING, "object#")
        return {(item["object"], item["version"]): item for item in found if item.get("state") == State.ACCOUNTED}

    def states(self, objects: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """Return the recorded state of each (key, version); None where the ledger does not know it or it still waits."""
        with ThreadPoolExecutor(THREADS) as pool:
            items = pool.map(lambda found: self._get(f"object#{found[0]}#{found[1]}"), objects)
        return {found: None if PENDING in item else item.get("state") for found, item in zip(objects, items, strict=True)}

    def prepare(self, snapshot: int, run: str, accounts: Sequence[Account]) -> None:
        """Write the accounts that hold as soon as `snapshot` is published."""
        for start in range(0, max(len(accounts), 1), ACCOUNTS_PER_ITEM):
            chunk = [account.to_item() for account in accounts[start : start + ACCOUNTS_PER_ITEM]]
            self._set(f"prepared#{snapshot}#{start // ACCOUNTS_PER_ITEM}", {"snapshot": str(snapshot), "run": run, "accounts": chunk})

    def prepared(self) -> dict[int, tuple[str, list[Account]]]:
        """Return run and accounts by the snapshot they were prepared for."""
        found: dict[int, tuple[str, list[Account]]] = {}
        for item in self._query(ITEM, "prepared#"):
            _, accounts = found.setdefault(int(item["snapshot"]), (item["run"], []))
            accounts.extend(Account.from_item(account) for account in item["accounts"])
        return found

    def forget(self, snapshot: int) -> None:
        """Remove what was prepared for a snapshot."""
        for item in self._query(ITEM, f"prepared#{snapshot}#"):
            self._client.delete_item(TableName=self._table, Key=self._key(item["item"]))

    def record(self, run: str, accounts: Sequence[Account]) -> None:
        """Write accounts into the items of their objects, which are then no longer pending."""
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda account: self._record_one(run, account), accounts))

    def accounted_by(self, objects: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """Return the run that accounted for each (key, version) that was read; None where none has."""
        with ThreadPoolExecutor(THREADS) as pool:
            items = pool.map(lambda found: self._get(f"object#{found[0]}#{found[1]}"), objects)
        return {
            found: item.get("run") if item.get("state") == State.ACCOUNTED else None for found, item in zip(objects, items, strict=True)
        }

    def note_apart(self, run: str) -> None:
        """Note that a run is about to set rows apart that it has not accounted for yet."""
        self._set(f"apart#{run}", {"run": run})

    def apart(self) -> list[str]:
        """Return the runs of which that is noted."""
        return [item["run"] for item in self._query(ITEM, "apart#")]

    def forget_apart(self, run: str) -> None:
        """Remove the note: the run has accounted for its rows, or they were taken back."""
        self._client.delete_item(TableName=self._table, Key=self._key(f"apart#{run}"))

    def asked(self) -> list[Item]:
        """Return what people ask of objects that were set apart, whole or in part."""
        return self._query(ITEM, EVERY_ASKED)

    def ask(self, key: str, version: str, values: Mapping[str, str]) -> None:
        """Ask something of a version of an object, unless something is asked of it already."""
        with suppress_failed_condition():
            self._set(ASKED.format(key, version), {"object": key, "version": version, **values}, condition="attribute_not_exists(#s0)")

    def forget_asked(self, key: str, version: str) -> None:
        """Remove what was asked of a version of an object: it is done."""
        self._client.delete_item(TableName=self._table, Key=self._key(ASKED.format(key, version)))

    def objects(self, objects: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Return what is recorded of each (key, version)."""
        with ThreadPoolExecutor(THREADS) as pool:
            items = pool.map(lambda found: self._get(f"object#{found[0]}#{found[1]}"), objects)
            return dict(zip(objects, items, strict=True))

    def wait_again(self, key: str, version: str) -> None:
        """Let a version of an object that was accounted for wait to be read again."""
        item = f"object#{key}#{version}"
        self._set(item, {PENDING: item})

    def wait_no_more(self, key: str, version: str) -> None:
        """Let a version of an object that was accounted for be so again."""
        self._set(f"object#{key}#{version}", {"state": State.ACCOUNTED.value}, [PENDING])

    def drop(self, key: str, version: str, by: str, because: str) -> None:
        """Record that nobody needs what is set apart of an object: its rows in quarantine, or all of it where it was refused."""
        item = f"object#{key}#{version}"
        found = self._get(item)
        told = {"dropped_by": by, "dropped_because": because, "dropped_at": self._now()}
        if found["state"] == State.REFUSED:
            self._set(item, {"state": State.DROPPED.value, **told}, [PENDING])
        elif rows := int(found.get("quarantined", 0)):
            reason = f"{rows:,} of {int(found['read']):,} records were dropped by {by}: {because}"
            self._set(item, {"quarantined": 0, "dropped": rows + int(found.get("dropped", 0)), "reason": reason, **told})

    def publication(self) -> Item:
        """Return what was last published; empty before the first time."""
        return self._get("publication")

    def publish(self, snapshot: int, rows: int) -> None:
        """Record that main is at `snapshot`, with `rows` rows."""
        self._set("publication", {"snapshot": str(snapshot), "rows": rows, "published_at": self._now()})

    def set_newest(self, newest: str) -> None:
        """Record the newest object that a table loaded from snapshots has seen, as `<arrival>#<key>`."""
        self._set("publication", {"newest": newest})

    def repeated(self) -> str | None:
        """Return when the newest object arrived that repeats what is stored, ISO 8601 in UTC; None where none does."""
        found: str | None = self.publication().get("repeated")
        return found

    def set_repeated(self, arrived_at: str) -> None:
        """Record when an object arrived that repeats what is stored, unless a newer one is recorded already."""
        with suppress_failed_condition():
            self._set("publication", {"repeated": arrived_at}, condition="attribute_not_exists(#s0) OR #s0 < :s0")

    def repeats(self, since: str) -> list[tuple[str, str]]:
        """Return key and version of each object that arrived no earlier than `since` and has records that changed nothing."""
        accounted = (item for item in self._query(ITEM, "object#") if int(item.get("unchanged", 0)))
        return [(item["object"], item["version"]) for item in accounted if item.get("arrived_at", "") >= since]

    def looked(self) -> Item:
        """Return what the last run that came to its end has seen: the `definition` of dataset and tables, and the `newest` arrival; empty before."""
        return self._get("looked")

    def note_look(self, definition: str, newest: str) -> None:
        """Record what a run has seen that came to its end."""
        self._set("looked", {"definition": definition, "newest": newest})

    def finish(self, run: str, status: str, facts: Mapping[str, object]) -> None:
        """Write how a run ended: published, unchanged, waiting or failed.

        A second attempt of a run that found nothing left to do leaves the record of the first, which published.
        """
        if status == "unchanged" and self._get(f"run#{run}").get("status") == "published":
            return
        self._set(f"run#{run}", {"run": run, "status": status, "finished_at": self._now(), **facts})

    def durations(self, most: int = DURATIONS) -> list[float]:
        """Return how many seconds the last runs took that published; the names of runs are in order of time."""
        found = self._client.query(
            TableName=self._table,
            KeyConditionExpression="dataset = :dataset and begins_with(#item, :prefix)",
            ExpressionAttributeNames={"#item": ITEM},
            ExpressionAttributeValues={":dataset": {"S": self._dataset}, ":prefix": {"S": "run#"}},
            ScanIndexForward=False,
            Limit=LOOKED_AT,
        )
        runs = [_plain(item) for item in found["Items"]]
        return [float(run["seconds"]) for run in runs if run.get("status") == "published" and "seconds" in run][:most]

    def _record_one(self, run: str, account: Account) -> None:
        removed = [PENDING, *(() if account.reason else ("reason",)), *(() if account.dropped else DROPPED_FACTS)]
        self._set(f"object#{account.object}#{account.version}", {**account.to_item(), "run": run}, removed)

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    def _key(self, item: str) -> Item:
        return {"dataset": {"S": self._dataset}, "item": {"S": item}}

    def _get(self, item: str) -> Item:
        return _plain(self._client.get_item(TableName=self._table, Key=self._key(item), ConsistentRead=True).get("Item", {}))

    def _query(self, sort: str, prefix: str) -> list[Item]:
        request: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "dataset = :dataset and begins_with(#sort, :prefix)",
            "ExpressionAttributeNames": {"#sort": sort},
            "ExpressionAttributeValues": {":dataset": {"S": self._dataset}, ":prefix": {"S": prefix}},
        }
        if sort == PENDING:
            request["IndexName"] = PENDING
        return [_plain(item) for page in self._client.get_paginator("query").paginate(**request) for item in page["Items"]]

    def _set(self, item: str, values: Mapping[str, object], removed: Sequence[str] = (), condition: str | None = None) -> None:
        names = {f"#s{number}": name for number, name in enumerate(values)}
        gone = {f"#r{number}": name for number, name in enumerate(removed)}
        expression = "SET " + ", ".join(f"{short} = :{short[1:]}" for short in names)
        request: UpdateItemInputTypeDef = {
            "TableName": self._table,
            "Key": self._key(item),
            "UpdateExpression": expression + (" REMOVE " + ", ".join(gone) if gone else ""),
            "ExpressionAttributeNames": {**names, **gone},
            "ExpressionAttributeValues": {f":{short[1:]}": TypeSerializer().serialize(values[name]) for short, name in names.items()},
        }
        if condition:
            request["ConditionExpression"] = condition
        self._client.update_item(**request)


@contextmanager
def suppress_failed_condition() -> Iterator[None]:
    """Leave an item as it is where the condition of a write does not hold."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def _plain(item: Mapping[str, Any]) -> Item:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
