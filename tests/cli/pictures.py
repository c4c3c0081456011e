"""Takes the pictures of docs/pictures: `.venv/bin/python -m tests.cli.pictures STATUS.html CATALOGUE_FOLDER`.

The pages come from `./lake status --html` and `./lake docs`, after `./lake demo`.
"""

import sys
from pathlib import Path

from cli.common.paths import ROOT
from tests.cli.browser import path, picture

FOLDER = ROOT / "docs" / "pictures"
# name -> page of the catalogue, or None for the status; width, height, colours
PICTURES = {
    "status-wide-light": (None, 1200, 1300, "light"),
    "status-wide-dark": (None, 1200, 1300, "dark"),
    "status-narrow-dark": (None, 400, 1300, "dark"),
    "catalogue-wide-dark": ("index.html", 1200, 1090, "dark"),
    "dataset-wide-light": ("flights.html", 1200, 1200, "light"),
    "dataset-narrow-light": ("daily_punctuality.html", 400, 1200, "light"),
}


def main(status: Path, catalogue: Path) -> None:
    if not path():
        raise SystemExit("no Chromium on PATH; on Debian: apt install chromium")
    for name, (page, width, height, scheme) in PICTURES.items():
        picture(catalogue / page if page else status, FOLDER / f"{name}.png", width, height, scheme)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
