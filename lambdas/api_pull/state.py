"""What a pull must not forget, as one item of the ledger: the lease, the watermark, and the page that is next.

The item stands in a partition of its own, so that the pull's role may write no other item of the dataset.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from contracts.pull import PARTITION
from lambdas.api_pull.errors import HeldError, LostError

ITEM = "state"
FREE = "REMOVE #owner, expires"
MINE = "#owner = :me"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A pull that has begun and is not at its end, by one run or by several in turn.

    Attributes:
        began_at: when the first of them began, UTC.
        day: that its objects are named after, however long it takes.
        pages: that are safely in raw.
        next: cursor or URL of the page after them; None for the first, and where pages are counted.
        highest: the latest watermark in them.
        records: in them.
        new: those of them that are later than the watermark that was asked with.
        objects: that were put; a page that was there already is none.
    """

    began_at: str
    day: str
    pages: int = 0
    next: str | None = None
    highest: str | None = None
    records: int = 0
    new: int = 0
    objects: int = 0


@dataclass(frozen=True, kw_only=True)
class State:
    """What the ledger says.

    Attributes:
        watermark: the latest one of the last pull that came to its end; None before.
        not_before: moment, in seconds since 1970, that the API asked to be left alone until.
        progress: None where no pull has begun.
    """

    watermark: str | None = None
    not_before: float = 0
    progress: Progress | None = None


@dataclass(frozen=True)
class Ledger:
    """The state of one dataset's pull; every change but the first needs the lease.

    Attributes:
        client: of DynamoDB.
        me: name of the run; a repetition of it by Lambda has the same one, and goes on at once.
    """

    client: Any
    table: str
    dataset: str
    me: str

    def take(self, now: float, until: float) -> State:
        """Take the lease, if it is free or its time is over, and return the state.

        Args:
            until: seconds since 1970; whoever holds the lease is ended from outside before.

        Raises:
            HeldError: another run has it.
        """
        condition = f"attribute_not_exists(#owner) OR {MINE} OR expires < :now"
        try:
            item = self._update("SET #owner = :me, expires = :until", condition, {"now": int(now), "until": int(until) + 1})
        except LostError as error:
            raise HeldError(f"another pull of {self.dataset} runs") from error
        return _state(item)

    def advance(self, progress: Progress) -> None:
        """Note that one more page is safely in raw.

        Raises:
            LostError: another run has the lease, or has come further.
        """
        further = "(attribute_not_exists(progress) OR progress.pages <= :pages)"
        self._update("SET progress = :progress", f"{MINE} AND {further}", {"progress": asdict(progress), "pages": progress.pages})

    def start_over(self) -> None:
        """Forget the pages of a pull that cannot be gone on with; they stay in raw.

        Raises:
            LostError: another run has the lease.
        """
        self._update("REMOVE progress", MINE, {})

    def finish(self, progress: Progress, watermark: str | None, now: str) -> None:
        """Move the watermark, end the pull and give the lease back, all at once.

        Raises:
            LostError: another run has the lease.
        """
        last = {**asdict(progress), "run": self.me, "finished_at": now}
        change = f"{FREE}, progress, not_before, cause, failed_at SET #last = :last"
        values: dict[str, Any] = {"last": last}
        if watermark is not None:
            change, values = f"{change}, watermark = :watermark", {**values, "watermark": watermark}
        # the write may have been done, and its answer lost
        self._update(change, f"{MINE} OR #last.run = :me", values, {"#last": "last"})

    def release(self, *, not_before: float = 0, cause: str | None = None, now: str = "") -> None:
        """Give the lease back with the pages that are noted; a lease that is another's is left alone.

        Args:
            not_before: when the API may be asked again, in seconds since 1970.
            cause: why the pull failed, at the time `now`; None where it did not.
        """
        change, values = f"{FREE} SET not_before = :not_before", dict[str, Any](not_before=int(not_before))
        if cause is not None:
            change, values = f"{change}, cause = :cause, failed_at = :at", {**values, "cause": cause, "at": now}
        try:
            self._update(change, MINE, values)
        except LostError:
            return

    def _update(self, change: str, condition: str, values: Mapping[str, Any], names: Mapping[str, str] | None = None) -> dict[str, Any]:
        serialize = TypeSerializer().serialize
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key={"dataset": {"S": PARTITION.format(self.dataset)}, "item": {"S": ITEM}},
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#owner": "owner", **(names or {})},
                ExpressionAttributeValues={f":{name}": serialize(value) for name, value in {**values, "me": self.me}.items()},
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise LostError(f"another run pulls {self.dataset}") from error
        return {name: TypeDeserializer().deserialize(value) for name, value in answer["Attributes"].items()}


def _state(item: Mapping[str, Any]) -> State:
    progress = item.get("progress")
    whole = {name: int(value) for name, value in (progress or {}).items() if name in ("pages", "records", "new", "objects")}
    return State(
        watermark=item.get("watermark"),
        not_before=float(item.get("not_before", 0)),
        progress=Progress(**{**progress, **whole}) if progress else None,
    )
