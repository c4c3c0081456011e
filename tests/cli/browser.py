"""A real browser, headless: what a page looks like in it, and what it finds wrong with the page."""

import json
import re
import shutil
import subprocess
import tempfile
from html import escape, unescape
from pathlib import Path
from typing import Any

from cli.common.paths import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES = {"dark": 0, "light": 1}  # of Chromium's preferredColorScheme
SECONDS = 90
# best-practice rules come on top of WCAG's; nothing is left out
ASK = """
<script>AXE</script><script>
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(found => {
  const wider = [document.documentElement, ...document.querySelectorAll(".card, .verdict, li")].filter(one => one.scrollWidth > one.clientWidth + 1)
  const told = parent.document.createElement("pre")
  told.id = "told"
  told.textContent = JSON.stringify({
    passes: found.passes.map(one => one.id), wider: wider.map(one => one.outerHTML.slice(0, 200)), width: innerWidth,
    violations: found.violations.map(one => one.id + ": " + one.nodes.map(node => node.html + " " + node.failureSummary).join(" | "))})
  parent.document.body.append(told)
})
</script>
"""
# a window of Chromium is never narrower than 500, a frame may be
FRAME = """<!doctype html><html lang="en"><title>{title}</title><body style="margin: 0">
<iframe title="page" style="border: 0" width="{width}" height="2000" srcdoc="{page}"></iframe></body></html>"""


def path() -> str | None:
    """Return a Chromium of this machine, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def run(page: Path, width: int, scheme: str, *options: str, height: int = 900) -> str:
    """Open a page and return what the browser prints."""
    browser = path()
    assert browser
    with tempfile.TemporaryDirectory(prefix="lake-browser-", ignore_cleanup_errors=True) as home:
        colours = f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"
        command = [
            browser,
            *QUIET,
            f"--user-data-dir={home}",
            f"--window-size={width},{height}",
            colours,
            *options,
            page.absolute().as_uri(),
        ]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS).stdout


def judged(page: Path, width: int, scheme: str) -> dict[str, Any]:
    """Return what axe finds in a page: `violations`, `passes`, and in `wider` what does not fit into its width."""
    whole = page.read_text(encoding="utf-8").replace("</body>", ASK.replace("AXE", AXE.read_text(encoding="utf-8")) + "</body>")
    frame = page.with_name(f"judged-{width}-{scheme}-{page.name}")
    frame.write_text(FRAME.format(title=page.name, width=width, page=escape(whole)), encoding="utf-8")
    shown = run(frame, width, scheme, "--virtual-time-budget=20000", "--dump-dom")
    found = re.search(r'<pre id="told">(.*?)</pre>', shown, re.DOTALL)
    assert found, "axe did not finish"
    told: dict[str, Any] = json.loads(unescape(found[1]))
    assert told["width"] == width
    return told


def picture(page: Path, into: Path, width: int, height: int, scheme: str) -> None:
    run(page, width, scheme, f"--screenshot={into}", height=height)
