"""S3, DynamoDB and Glue in memory: as much of each as the jobs ask for."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

START = datetime(2013, 1, 1, tzinfo=UTC)


class NoSuchKeyError(ClientError):
    """The key is not there."""

    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")


class NoTableError(ClientError):
    """The Glue table is not there."""

    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "EntityNotFoundException", "Message": ""}}, "GetTable")


class FakeS3:
    """One bucket whose current versions lie as files in a folder, where Spark reads them too; a minute passes with each upload."""

    exceptions = SimpleNamespace(NoSuchKey=NoSuchKeyError)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.heads: dict[str, tuple[str, datetime]] = {}
        self.uploads = 0
        self.minute: int | None = None

    def put(self, key: str, body: bytes | str, minute: int | None = None) -> str:
        """Upload an object and return its version; `minute` dates it otherwise than by its turn."""
        self.uploads += 1
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        version = f"v{self.uploads}"
        self.heads[key] = version, START + timedelta(minutes=self.uploads if minute is None else minute)
        return version

    def delete(self, key: str) -> None:
        (self._folder / key).unlink()
        del self.heads[key]

    def get_object(self, **request: str) -> dict[str, Any]:
        key, span = request["Key"], request.get("Range")
        if not (self._folder / key).is_file():
            raise NoSuchKeyError
        body = (self._folder / key).read_bytes()
        if span and not body:
            raise ClientError({"Error": {"Code": "InvalidRange", "Message": ""}}, "GetObject")
        if span and span.startswith("bytes=-"):
            return {"Body": FakeBody(body[-int(span.removeprefix("bytes=-")) :])}
        last = int(span.rpartition("-")[2]) if span else len(body)
        version, modified = self._head(key)
        answer = {"VersionId": version, "LastModified": modified, "Body": FakeBody(body[: last + 1])}
        return {**answer, "ContentRange": f"bytes 0-{last}/{len(body)}"} if span else answer

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        found = [str(path.relative_to(self._folder)) for path in sorted(self._folder.rglob("*")) if path.is_file()]
        keys = [key for key in found if key.startswith(request["Prefix"])][: request.get("MaxKeys", 1000)]
        return {"KeyCount": len(keys), "Contents": [self._listed(key) for key in keys]}

    def _listed(self, key: str) -> dict[str, Any]:
        return {"Key": key, "LastModified": self._head(key)[1], "Size": (self._folder / key).stat().st_size}

    def _head(self, key: str) -> tuple[str, datetime]:
        """Return version and date of an object; of one that was not uploaded through here, those of the beginning."""
        return self.heads.get(key, ("v0", START))

    @property
    def now(self) -> datetime:
        """Half a minute after the last upload, unless a test says otherwise."""
        return START + timedelta(minutes=self.uploads + 0.5 if self.minute is None else self.minute)

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: [getattr(self, operation)(**request)])


class FakeBody(io.BytesIO):
    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while chunk := self.read(size):
            yield chunk


class FakeDynamoDB:
    """Items of one table by sort key, with the requests that the ledger makes."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def get_item(self, **request: Any) -> dict[str, Any]:
        item = self.items.get(request["Key"]["item"]["S"])
        return {"Item": dict(item)} if item else {}

    def delete_item(self, **request: Any) -> None:
        self.items.pop(request["Key"]["item"]["S"], None)

    def update_item(self, **request: Any) -> None:
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        item = self.items.setdefault(request["Key"]["item"]["S"], dict(request["Key"]))
        if "ConditionExpression" in request and not self._may(request["ConditionExpression"], item, names, values):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "UpdateItem")
        for short, value in re.findall(r"(#\w+) = (:\w+)", request["UpdateExpression"]):
            item[names[short]] = values[value]
        for short in re.findall(r"#r\d+", request["UpdateExpression"]):
            item.pop(names[short], None)

    def _may(self, condition: str, item: dict[str, Any], names: dict[str, str], values: dict[str, Any]) -> bool:
        """The conditions that the ledger sets: the attribute that is written is absent, or, of one of them, lower than what is written."""
        return names["#s0"] not in item or (" OR " in condition and bool(item[names["#s0"]]["S"] < values[":s0"]["S"]))

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=self._query)

    def query(self, **request: Any) -> dict[str, Any]:
        """Return one page: the newest first where that is asked."""
        names = {"#sort": request["ExpressionAttributeNames"]["#item"]}
        found: list[Any] = self._query(**{**request, "ExpressionAttributeNames": names})[0]["Items"]
        return {"Items": found if request.get("ScanIndexForward", True) else found[::-1]}

    def _query(self, **request: Any) -> list[Any]:
        sort = request["ExpressionAttributeNames"]["#sort"]
        prefix = request["ExpressionAttributeValues"][":prefix"]["S"]
        return [{"Items": [dict(item) for item in self.items.values() if item.get(sort, {"S": ""})["S"].startswith(prefix)]}]


class FakeGlue:
    """A catalog whose tables are parameters by name."""

    exceptions = SimpleNamespace(EntityNotFoundException=NoTableError)

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, str]] = {}

    def get_table(self, **request: str) -> dict[str, Any]:
        if request["Name"] not in self.tables:
            raise NoTableError
        return {"Table": {"Parameters": self.tables[request["Name"]]}}
