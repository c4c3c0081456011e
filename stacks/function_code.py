"""The folder that a Lambda function is deployed from: its own files and the contracts that they import, copied; the same input makes the same asset."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).parents[1]


def staged(function: str, contracts: tuple[str, ...], files: Mapping[str, str]) -> Path:
    """Return a new folder with the code of `lambdas/<function>/`.

    Args:
        contracts: modules of contracts/ that it imports, as `envelope`.
        files: further files of its folder, by name: what is known only at synth.
    """
    folder = Path(mkdtemp())
    names = ["lambdas/__init__.py", "contracts/__init__.py", *(f"contracts/{module}.py" for module in contracts)]
    own = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "lambdas" / function).glob("*.py"))
    for name in [*names, *own]:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    for name, text in files.items():
        (folder / "lambdas" / function / name).write_text(text, encoding="utf-8")
    return folder
