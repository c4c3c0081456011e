"""Put files into raw, as a producer of the dataset would; a refresh starts by itself."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.common import outputs
from cli.common.console import out
from cli.common.datasets import contract
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.session import Lake, connect


@dataclass(frozen=True)
class Landed:
    """An object in raw."""

    key: str
    size: int
    version: str


def run(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset that is loaded from raw.")],
    files: Annotated[list[Path], typer.Argument(help="Files in the format of the dataset's contract.", metavar="FILE...")],
    env: Environment = "local",
) -> None:
    check_files(files)
    for landed in land(connect(env), dataset, files):
        out.print(f"{landed.key}  {landed.size:,} bytes  version {landed.version}", markup=False)


def check_files(files: list[Path]) -> None:
    """Raise UserError for the first file that cannot be landed, before any of them is."""
    for file in files:
        if not file.is_file():
            raise UserError(f"{file}: {'is a folder; name the files in it' if file.is_dir() else 'no such file'}")


def land(lake: Lake, dataset: str, files: list[Path]) -> list[Landed]:
    """Put files into raw under today's date.

    Raises:
        UserError: an unknown dataset, one that is made from others, or one that comes by the stream alone.
    """
    source = contract(lake, dataset).source
    if source is None and contract(lake, dataset).stream is not None:
        raise UserError(f"{dataset} comes by the stream alone, record by record; no file of it can be landed")
    if source is None:
        raise UserError(f"{dataset} is a product, made from other datasets; land files for those")
    bucket = outputs.value(lake, outputs.STORAGE, "RawBucket")
    folder = f"{source.location}ingest_date={datetime.now(UTC):%Y-%m-%d}"
    return [put(lake, bucket, f"{folder}/{object_name(file)}", file) for file in files]


def object_name(file: Path) -> str:
    """Return a name with a part of the content's hash: another file of the same name takes nothing's place, the same file its own."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()[:8]
    stem, dot, endings = file.name.partition(".")
    return f"{stem}-{digest}{dot}{endings}"


def put(lake: Lake, bucket: str, key: str, file: Path) -> Landed:
    with file.open("rb") as content:
        answer = lake.s3.put_object(Bucket=bucket, Key=key, Body=content)
    return Landed(key, file.stat().st_size, answer.get("VersionId", "null"))
