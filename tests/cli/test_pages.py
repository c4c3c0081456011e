"""The pages in a real browser: they fit its window, wide or narrow, and axe finds nothing wrong with them, light or dark."""

from pathlib import Path

import pytest

from cli.common.overview import html
from tests.cli import browser
from tests.cli.states import contracts, empty, ill, well

pytestmark = pytest.mark.slow  # it starts a browser

WIDE, NARROW = 1200, 360
needs_browser = pytest.mark.skipif(
    not browser.path() or not browser.AXE.is_file(),
    reason="no Chromium on PATH (Debian: apt install chromium), or no axe-core, which ./lake synth installs with the CDK command line",
)
STATES = {"well": well, "ill": ill, "empty": empty}
CHOSEN = ("index.html", "flights.html", "daily_punctuality.html")  # of the catalogue
PAGES = (*(f"{name}.html" for name in STATES), *CHOSEN)


def pages() -> dict[str, str]:
    known = contracts()
    catalogue = html.catalogue("lake", known, well())
    return {f"{name}.html": html.status(state(), known) for name, state in STATES.items()} | {name: catalogue[name] for name in CHOSEN}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, text in pages().items():
        (made / name).write_text(text, encoding="utf-8")
    return made


@needs_browser
@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("ill.html", WIDE, "light"),
        ("flights.html", NARROW, "dark"),
        *(
            pytest.param(name, width, scheme, marks=pytest.mark.matrix)
            for name in PAGES
            for width in (WIDE, NARROW)
            for scheme in ("light", "dark")
            if (name, width, scheme) not in (("ill.html", WIDE, "light"), ("flights.html", NARROW, "dark"))
        ),
    ],
)
def test_a_page_can_be_read_by_everybody(name: str, width: int, scheme: str, folder: Path) -> None:
    told = browser.judged(folder / name, width, scheme)
    assert told["violations"] == []
    assert told["wider"] == []
    assert {"color-contrast", "document-title", "html-has-lang", "heading-order"} <= set(told["passes"])


@needs_browser
@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (("--soft: #566273", "--soft: #c8ced6"), "color-contrast"),
        (('<html lang="en">', "<html>"), "html-has-lang"),
        (("<h2>Datasets</h2>", "<h5>Datasets</h5>"), "heading-order"),
    ],
    ids=["pale", "no language", "heading left out"],
)
@pytest.mark.matrix
def test_a_page_that_is_hard_to_read_is_found(fault: tuple[str, str], found: str, folder: Path) -> None:
    text = (folder / "well.html").read_text(encoding="utf-8")
    assert fault[0] in text
    worse = folder / f"worse-{found}.html"
    worse.write_text(text.replace(*fault, 1), encoding="utf-8")
    assert [one for one in browser.judged(worse, WIDE, "light")["violations"] if one.startswith(found)]


@needs_browser
def test_a_page_that_is_wider_than_the_window_is_found(folder: Path) -> None:
    wide = folder / "too-wide.html"
    wide.write_text(
        (folder / "well.html").read_text(encoding="utf-8").replace("<h2>Alarms", '<p style="width: 2000px">x</p><h2>Alarms'), "utf-8"
    )
    assert browser.judged(wide, NARROW, "light")["wider"]


@needs_browser
@pytest.mark.matrix
def test_a_page_has_other_colours_where_a_reader_wants_it_dark(folder: Path, tmp_path: Path) -> None:
    for scheme in ("light", "dark"):
        browser.picture(folder / "well.html", tmp_path / f"{scheme}.png", 400, 400, scheme)
    light, dark = ((tmp_path / f"{scheme}.png").read_bytes() for scheme in ("light", "dark"))
    assert light.startswith(b"\x89PNG")
    assert light != dark
