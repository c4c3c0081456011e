"""Code as an archive: the same files make the same bytes, and so the same asset."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).parents[1]
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell


def archive(patterns: tuple[str, ...], written: Mapping[str, str] | None = None) -> Path:
    """Return a zip of files of the checkout.

    Args:
        patterns: of their paths from its top.
        written: more files, path -> text.
    """
    path = Path(mkdtemp()) / "shared.zip"
    files = {str(file.relative_to(ROOT)): file.read_bytes() for pattern in patterns for file in ROOT.glob(pattern)}
    files |= {name: text.encode() for name, text in (written or {}).items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(files):
            made.writestr(zipfile.ZipInfo(name, EARLIEST), files[name])
    return path
