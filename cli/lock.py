"""Write locks/ anew from pyproject.toml: every package that is installed, with its hashes.

The locks name no index, so a company's mirror serves them unchanged. Versions that still fit stay as they are.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.common import commands
from cli.common.console import err, step
from cli.common.errors import UserError
from cli.common.locks import GROUPS, LOCKS, fingerprint, requirements
from cli.common.paths import ROOT

UV = ROOT / ".cache" / "uv" / "bin" / "uv"
COMPILE = [
    "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header",
]  # fmt: skip


def run(upgrade: Annotated[bool, typer.Option(help="Take the newest versions that pyproject.toml allows.")] = False) -> None:
    for group in GROUPS:
        with step(f"locks/{group}.txt"):
            write(group, upgrade)
    err.print("the next ./lake installs what changed")


def write(group: str, upgrade: bool) -> None:
    path = LOCKS / f"{group}.txt"
    wanted = Path(f"{path}.in")
    wanted.write_text("\n".join(requirements(group)) + "\n", encoding="utf-8")
    try:
        if not commands.succeeds([UV, *COMPILE, *(["--upgrade"] if upgrade else []), wanted, "--output-file", path]):
            raise UserError(f"locks/{group}.txt was not written; what uv says stands above")
    finally:
        wanted.unlink()
    path.write_text(f"{fingerprint(group)}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
