"""Send again to the stream what could not be delivered, once what was wrong is mended."""

import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer
from botocore.exceptions import ClientError

from cli.common import outputs, undelivered
from cli.common.console import err, out, step
from cli.common.errors import UserError
from cli.common.ledger import Item, Ledger
from cli.common.moments import moment
from cli.common.options import Environment
from cli.common.sending import MOST_RECORDS, Outgoing, Sender
from cli.common.session import Lake, connect

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

ALIVE_SECONDS = 300  # after its last request, a redrive is taken for dead


@dataclass(frozen=True)
class Redriven:
    """What a redrive did.

    Attributes:
        objects: that are done with.
        records: that were sent.
        left: that failed behind the transform, where what Firehose keeps is no longer what the producer sent.
    """

    objects: int
    records: int
    left: int


def run(
    since: Annotated[
        str | None, typer.Option(help="Only what arrived from then on, as 2026-11-21 or 2026-11-21T16:00; all without.", metavar="TIME")
    ] = None,
    env: Environment = "local",
) -> None:
    lake = connect(env)
    with step("what could not be delivered sent again") as say:
        done = redrive(lake, moment(since) if since else None, lambda records: say(f"{records:,} records"))
    out.print(f"sent {done.records:,} records of {done.objects:,} objects again; ./lake wait, then ./lake runs shows what became of them")
    if done.left:
        err.print(f"{done.left:,} records failed behind the transform and stay where they are: ask lake_raw.stream_errors for them")


def redrive(lake: Lake, since: datetime | None, done: Callable[[int], None] = lambda _: None) -> Redriven:
    """Send the records of all error objects that were not sent again yet.

    How far an object was sent is kept with it in the ledger, request by request. A redrive that is killed loses nothing: the next one sends
    its last request again, which changes no table with a key.

    Raises:
        UserError: the stream does not take them, or another redrive is at work.
    """
    stream, bucket = outputs.value(lake, outputs.INGESTION, "StreamName"), outputs.value(lake, outputs.STORAGE, "RawBucket")
    ledger, me = Ledger.of(lake), str(uuid4())
    objects = records = left = 0
    for item in ledger.errors(since):
        claim(ledger, item, me)
        documents = list(undelivered.documents(lake, bucket, item["object"], item["version"]))
        for sent in range(int(item.get("sent", 0)), len(documents), MOST_RECORDS):
            batch = documents[sent : sent + MOST_RECORDS]
            again = [Outgoing(sent + number, b64decode(document["rawData"])) for number, document in enumerate(batch) if is_whole(document)]
            report = Sender(lake.kinesis, stream).send(again)
            if report.refused:
                number, why = report.refused[0]
                raise UserError(f"{item['object']}, record {number + 1}: {why}; {len(report.refused)} records of it were not sent again")
            note(ledger, item, me, {"sent": {"N": str(sent + len(batch))}, "redriver_at": {"N": str(int(time.time()))}})
            records, left = records + report.accepted, left + len(batch) - len(again)
            done(records)
        note(ledger, item, me, {"state": {"S": "redriven"}}, "pending")
        objects += 1
    return Redriven(objects, records, left)


def is_whole(document: dict[str, Any]) -> bool:
    """Tell whether a document has the record as its producer sent it; one that failed to be converted has what the transform made of it."""
    return "dataCatalogTable" not in document


def claim(ledger: Ledger, item: Item, me: str) -> None:
    """Keep other redrives from an object, as long as this one goes on.

    Raises:
        UserError: another one has it.
    """
    now = int(time.time())
    values: dict[str, AttributeValueTypeDef] = {":me": {"S": me}, ":now": {"N": str(now)}, ":dead": {"N": str(now - ALIVE_SECONDS)}}
    condition = "attribute_exists(#pending) and (attribute_not_exists(redriver) or redriver_at < :dead)"
    try:
        ledger.update(item, "SET redriver = :me, redriver_at = :now", condition, values, {"#pending": "pending"})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise UserError(
            f"{item['object']} is being sent again by another redrive, or was by one that was killed; try again in {ALIVE_SECONDS} s"
        ) from error


def note(ledger: Ledger, item: Item, me: str, values: Mapping[str, "AttributeValueTypeDef"], without: str | None = None) -> None:
    """Write how far an object was sent; a ClientError if another redrive has it by now."""
    changes = ", ".join(f"#{name} = :{name}" for name in values)
    ledger.update(
        item,
        f"SET {changes}" + (f" REMOVE {without}" if without else ""),
        "redriver = :me",
        {":me": {"S": me}, **{f":{name}": value for name, value in values.items()}},
        {f"#{name}": name for name in values},
    )
