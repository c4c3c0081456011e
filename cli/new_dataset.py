"""Draft the contract of a new dataset from a sample of what arrives: CSV, JSON lines or Parquet; says why for each guess."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from cli.common.console import err, out, step
from cli.common.drafting import csv_sample, json_sample, parquet_sample
from cli.common.drafting.contract_text import written
from cli.common.drafting.guess import Draft, draft
from cli.common.drafting.sample import Sample, head
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.paths import ROOT, shown
from cli.common.tables import rendered
from config import read as config
from config.datasets import CONTRACT_FILE, FOLDERS, SHIPPED
from contracts import read
from contracts.contract import Contract

NAME = re.compile(r"[a-z][a-z0-9_]*")
DOMAIN = re.compile(r"[a-z][a-z0-9-]*")  # stacks are named after it


def run(
    name: Annotated[str, typer.Argument(help="The dataset's: lower-case letters, digits and _; its folder and its table are called so.")],
    file: Annotated[Path, typer.Option("--from", help="A file as the producer delivers it, the more typical the better.")],
    domain: Annotated[str, typer.Option(help="Business domain; the jobs of one are deployed together.")] = "main",
    shipped: Annotated[bool, typer.Option("--shipped", help="Write it into datasets/, for upstream itself.")] = False,
    env: Environment = "local",
) -> None:
    folder = ROOT / (SHIPPED if shipped else FOLDERS[0]) / name
    check_names(name, domain)
    with step(f"{file.name} read") as say:
        found = draft(sample(file))
        say(f"{found.rows:,} records of {found.sample.format}")
    write(folder, written(found, name, domain))
    tell(found, folder)
    for line in next_steps(name, file, env):
        out.print(f"  {line}", markup=False)


def check_names(name: str, domain: str, root: Path = ROOT) -> None:
    """Raise UserError for a name that no dataset can have, or that one has."""
    if not NAME.fullmatch(name) or name.endswith("_quarantine"):
        raise UserError(f"name {name!r}: expected lower-case letters, digits and _, beginning with a letter, not ending in _quarantine")
    if not DOMAIN.fullmatch(domain):
        raise UserError(f"domain {domain!r}: expected lower-case letters, digits and -, beginning with a letter")
    for folder in FOLDERS:
        if (root / folder / name).exists():
            raise UserError(f"{shown(root / folder / name)} is there already; choose another name, or delete it first")


def sample(file: Path) -> Sample:
    """Open a file by what is in it, whatever its name says.

    Raises:
        UserError: what the lake cannot read, and what to do.
    """
    start = head(file)
    if start.startswith(b"PAR1"):
        return parquet_sample.read(file)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return json_sample.read(file, start)
    return csv_sample.read(file, start)


def write(folder: Path, text: str) -> Contract:
    """Write a contract once it is sure that it is valid, and return it.

    Raises:
        ContractError: it is not; nothing was written.
    """
    with tempfile.TemporaryDirectory() as place:
        trial = Path(place) / folder.name
        trial.mkdir()
        (trial / CONTRACT_FILE).write_text(text, encoding="utf-8")
        contract = read.read([trial])[folder.name]
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(trial, folder)
    return contract


def tell(found: Draft, folder: Path) -> None:
    """Print the columns and the reasons."""
    rows = [[column.name, column.source, column.type, "yes" if column.required else "", column.why] for column in found.columns]
    out.print(rendered(["column", "in the source", "type", "required", "why"], rows))
    for why in found.why:
        out.print(why, markup=False)
    err.print(f"written: {shown(folder / CONTRACT_FILE)}; read it through, then:", markup=False)


def next_steps(name: str, file: Path, environment: str) -> list[str]:
    """Return what makes the dataset live."""
    option = "" if environment == "local" else f" --env {environment}"
    settings = config.settings(environment)
    named = settings.datasets is None or name in settings.datasets
    return [
        *([] if named else [f"add {name} to `datasets:` of {environment}, which deploys only what it names there"]),
        f"./lake deploy{option}",
        f"./lake land{option} {name} {shown(file.absolute())} && ./lake wait{option}",
        f'./lake query{option} "select count(*) from {settings.name}_processed.{name}"',
    ]
