"""Write a catalogue of the datasets as a site: a page for each, from its contract, with its last runs where a lake runs."""

from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from cli.common.console import err, out
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.overview import html
from cli.common.overview.gather import gather
from cli.common.overview.state import State
from cli.common.paths import ROOT, shown
from cli.common.session import connect
from config import read
from config.datasets import dataset_folders
from contracts import read as contracts_of


def run(
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to write it; .lake/catalogue/ENVIRONMENT without it.")
    ] = None,
    env: Environment = "local",
) -> None:
    settings = read.settings(env)
    known = contracts_of.read(dataset_folders(settings))
    state: State | None = None
    try:
        state = gather(connect(env), known)
    except (UserError, ClientError, BotoCoreError) as error:
        err.print(f"without last runs: {error}", markup=False)
    place = folder or ROOT / ".lake" / "catalogue" / Path(env).stem
    place.mkdir(parents=True, exist_ok=True)
    pages = html.catalogue(settings.name, known, state)
    for name, text in pages.items():
        (place / name).write_text(text, encoding="utf-8")
    out.print(f"{len(pages)} pages; open {shown((place / 'index.html').absolute())} in a browser", markup=False)
