"""Code as an archive: the same files make the same bytes, and so the same asset."""

import atexit
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

ROOT = Path(__file__).parents[1]
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell


def archive(patterns: tuple[str, ...], written: Mapping[str, str] | None = None) -> Path:
    """Return a zip of files of the checkout.

    Args:
        patterns: of their paths from its top.
        written: more files, path -> text.
    """
    path = place("shared.zip")
    files = {str(file.relative_to(ROOT)): file.read_bytes() for pattern in patterns for file in ROOT.glob(pattern)}
    files |= {name: text.encode() for name, text in (written or {}).items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(files):
            made.writestr(zipfile.ZipInfo(name, EARLIEST), files[name])
    return path


def place(name: str) -> Path:
    """Return where a file of this name can be written that becomes an asset: CDK copies it, and with this process it goes."""
    return Path(mkdtemp(dir=_folder())) / name


@cache
def _folder() -> str:
    folder = mkdtemp(prefix="lake-assets-")
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder
