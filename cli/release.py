"""Note what the contracts promise now, beside each of them: from then on, whatever breaks it needs a new major version."""

from typing import Annotated

import typer

from cli.common.console import out
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.paths import shown
from config import read
from config.datasets import dataset_folders
from contracts import read as contracts
from contracts import released


def run(
    datasets: Annotated[list[str] | None, typer.Argument(help="Names of datasets; without one, all of the environment.")] = None,
    env: Environment = "local",
) -> None:
    folders = {folder.name: folder for folder in dataset_folders(read.settings(env))}
    known = contracts.read(folders.values())
    if unknown := sorted({*(datasets or [])} - set(known)):
        raise UserError(f"no dataset {', '.join(unknown)} in {env}; datasets: {', '.join(known)}")
    for name in datasets or known:
        path, text = folders[name] / released.FILE, released.to_text(known[name])
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            out.print(f"{name} {known[name].version} is released already", markup=False)
            continue
        path.write_text(text, encoding="utf-8")
        out.print(f"{name} {known[name].version} is released: commit {shown(path)}", markup=False)
