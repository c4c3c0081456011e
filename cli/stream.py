"""Send the records of a file to the lake's stream, one by one, as a producer of the dataset would."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli.common import outputs
from cli.common.console import err, out, step
from cli.common.datasets import contract
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.sending import Outgoing, Report, Sender
from cli.common.session import Lake, connect
from cli.land import check_files
from contracts.contract import Contract, Source
from contracts.envelope import DATASET, RECORD

MOST_SHOWN = 20  # records that were not accepted
NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")  # as JSON writes one

Shape = Callable[[Contract, Path], Iterator[tuple[int, str, str | None]]]
"""Reads a file: yields line, text of the record, and its key."""


def run(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset that takes records of the stream.")],
    file: Annotated[Path, typer.Argument(help="CSV with a header, or JSON lines: a record a line.")],
    rate: Annotated[int | None, typer.Option(help="Records a second at most; as fast as they are taken without.", min=1)] = None,
    env: Environment = "local",
) -> None:
    check_files([file])
    lake = connect(env)
    with step(f"{file.name} sent to the stream") as say:
        report = send(lake, dataset, file, rate, lambda number: say(f"{number:,} records"))
    tell(report, dataset)


def send(lake: Lake, dataset: str, file: Path, rate: int | None = None, done: Callable[[int], None] = lambda _: None) -> Report:
    """Send the records of a file and return what became of them.

    Raises:
        UserError: an unknown dataset, one that takes no records of the stream, or a file of another form.
    """
    known = contract(lake, dataset)
    if known.stream is None:
        raise UserError(f"{dataset} takes no records of the stream; its contract would have a server of type kinesis (docs/streams.md)")
    sender = Sender(lake.kinesis, outputs.value(lake, outputs.INGESTION, "StreamName"), rate, done)
    records = (Outgoing(number, enveloped(dataset, text), key) for number, text, key in shape(file)(known, file))
    return sender.send(records)


def tell(report: Report, dataset: str) -> None:
    """Print what the stream has, and raise UserError where that is not all."""
    again = f"; {report.again:,} were turned away at first, and sent again" if report.again else ""
    out.print(f"accepted {report.accepted:,} records of {dataset}{again}", markup=False)
    if report.refused:
        for number, why in report.refused[:MOST_SHOWN]:
            err.print(f"line {number}: {why}", markup=False)
        more = f", of which {MOST_SHOWN} are shown" if len(report.refused) > MOST_SHOWN else ""
        raise UserError(f"{len(report.refused):,} records were not accepted{more}; send them again once that is mended")


def enveloped(dataset: str, record: str) -> bytes:
    """Return what a producer sends for a record, whose text stays as it is."""
    return f'{{"{DATASET}":{json.dumps(dataset)},"{RECORD}":{record}}}'.encode()


def shape(file: Path) -> Shape:
    """Return how a file is read, by its name.

    Raises:
        UserError: it is neither CSV nor JSON lines.
    """
    match file.suffix.lower():
        case ".csv":
            return of_csv
        case ".json" | ".jsonl" | ".ndjson":
            return of_json_lines
        case other:
            raise UserError(f"{file}: a file that ends in {other or 'nothing'}; expected .csv, .json, .jsonl or .ndjson")


def of_json_lines(known: Contract, file: Path) -> Iterator[tuple[int, str, str | None]]:
    """Yield each line that is not blank as it is, whether it is JSON or not: what is wrong with it, the lake says."""
    names = _key_fields(known)
    with file.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if text:
                yield number, text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), _key(text, names)


def of_csv(known: Contract, file: Path) -> Iterator[tuple[int, str, str | None]]:
    """Yield each row as a JSON object: numbers where the contract has numbers, null where the source writes nothing."""
    source = known.source if known.source is not None and known.source.format == "csv" else known.stream
    assert source is not None  # the dataset takes records of the stream
    numbers = {field.name for field in source.fields if field.type.startswith(NUMBERS)}
    names = _key_fields(known)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines, delimiter=source.delimiter)
        for row in rows:
            members = [f"{json.dumps(name)}:{_value(text, name in numbers, source)}" for name, text in row.items() if name is not None]
            yield rows.line_num, f"{{{','.join(members)}}}", "\x1f".join(str(row.get(name)) for name in names) if names else None


def _value(text: str | None, is_number: bool, source: Source) -> str:
    if not text or text == source.null_value:
        return "null"
    return text if is_number and _NUMBER.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _key_fields(known: Contract) -> list[str]:
    """Return the fields of a record whose order matters; none where a column of the key is made from others."""
    sources = {column.name: column.source for column in known.columns}
    found = [sources[name] for name in known.key]
    return [name for name in found if name is not None] if all(found) else []


def _key(text: str, names: list[str]) -> str | None:
    try:
        record = json.loads(text)
        return "\x1f".join(str(record.get(name)) for name in names) if names else None
    except (ValueError, AttributeError):
        return None
