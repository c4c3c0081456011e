"""Note what the contracts promise now, beside each of them: from then on, whatever breaks it needs a new major version."""

from pathlib import Path
from typing import Annotated

import typer

from cli.common.console import err, out
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
    if unknown := sorted({*(datasets or [])} - set(folders)):
        raise UserError(f"no dataset {', '.join(unknown)} in {env}; datasets: {', '.join(sorted(folders))}")
    damaged = {name: told for name in datasets or folders if (told := damage(folders[name] / released.FILE))}
    known = contracts.read(folders.values(), anew=damaged)
    for name in datasets or known:
        path, text = folders[name] / released.FILE, released.to_text(known[name])
        if name not in damaged and path.is_file() and path.read_text(encoding="utf-8") == text:
            out.print(f"{name} {known[name].version} is released already", markup=False)
            continue
        if name in damaged:
            err.print(f"{damaged[name]}\nit is written anew, compared with nothing: look at git diff before you commit it", markup=False)
        path.write_text(text, encoding="utf-8")
        out.print(f"{name} {known[name].version} is released: commit {shown(path)}", markup=False)


def damage(path: Path) -> str | None:
    """Return why a release cannot be read; None where it can, or where there is none."""
    try:
        if path.is_file():
            released.read(path)
    except released.ReleaseError as error:
        return str(error).partition("; take one side")[0]
    return None
