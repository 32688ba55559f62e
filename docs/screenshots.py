"""Makes the pictures of the README from the demo's report: `make screenshots`.

report-cover.png is the first page of the PDF, report-page.png the top of the HTML page as a browser shows it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
REPORT = DOCS.parent / "evenhand-report"


def first_page(pdf: Path, picture: Path) -> None:
    """The first page of a PDF, 900 pixels wide."""
    command = ["pdftoppm", "-png", "-singlefile", "-scale-to-x", "900", "-scale-to-y", "-1", "-f", "1", "-l", "1"]
    subprocess.run([*command, str(pdf), str(picture.with_suffix(""))], check=True)


def top_of_page(page: Path, picture: Path) -> None:
    """The top of a page in a window of 1200 by 900, drawn without a screen."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no chromium was found; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        window = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1200,900"]
        own = [f"--user-data-dir={profile}", f"--screenshot={picture}"]
        subprocess.run([browser, *window, *own, page.resolve().as_uri()], check=True, capture_output=True)


def only(pattern: str) -> Path:
    """The one file of the demo's report of a kind; SystemExit if there is none."""
    found = sorted(REPORT.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"{REPORT} holds {len(found)} files like {pattern}, where one was expected; run: make demo")
    return found[0]


if __name__ == "__main__":
    first_page(only("*.pdf"), DOCS / "report-cover.png")
    top_of_page(only("*.html"), DOCS / "report-page.png")
