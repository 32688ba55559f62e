"""Makes the pictures of the README and of docs/reports.md from the examples: `make screenshots`.

Of each example: the top of the page in a light and in a dark browser, and the pages of its PDF side by side. The README
has the first page of the COMPAS example's PDF and the top of its page.
"""

from __future__ import annotations

import datetime
import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

import audit

DOCS = Path(__file__).parent
PICTURES = DOCS / "pictures"
EXAMPLES = {
    name: (DOCS.parent / "examples" / name / "policy.yaml", DOCS.parent / "examples" / name / table)
    for name, table in {"compas": "compas.csv", "adult": "predictions.csv"}.items()
}
#: The day that the examples' tests speak of.
DAY = datetime.date(2026, 11, 20)
#: So many pages of a PDF are shown, in rows of so many, each so many pixels wide.
SHOWN, ROW, WIDTH = 12, 4, 420


def pages(pdf: Path, width: int, last: int) -> Iterator[Image.Image]:
    """The first pages of a PDF as pictures."""
    command = ["pdftoppm", "-png", "-scale-to-x", str(width), "-scale-to-y", "-1", "-l", str(last)]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*command, str(pdf), f"{folder}/page"], check=True)
        for path in sorted(Path(folder).iterdir()):
            yield Image.open(path).convert("RGB")


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """Pages in rows, with a grey line around each."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // ROW)
    sheet = Image.new("RGB", (ROW * (width + 12) + 12, rows * (height + 12) + 12), "#d0d4d9")
    for place, picture in enumerate(pictures):
        row, column = divmod(place, ROW)
        sheet.paste(picture, (12 + column * (width + 12), 12 + row * (height + 12)))
    return sheet


def top_of_page(browser: Any, page: Path, scheme: str) -> Image.Image:
    """The top of a page in a window of 1200 by 900."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    tab.goto(page.resolve().as_uri())
    picture = Image.open(io.BytesIO(tab.screenshot()))
    context.close()
    return picture


def saved(picture: Image.Image, path: Path) -> None:
    """A picture of few colours takes a quarter of the room."""
    path.parent.mkdir(exist_ok=True)
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """All pictures of all examples."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("no chromium was found; on Debian: apt-get install chromium")
    with sync_playwright() as running, tempfile.TemporaryDirectory() as folder:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (policy, table) in EXAMPLES.items():
            paths = audit.write(audit.run(policy, table, as_of=DAY), Path(folder) / name, ["html", "pdf"])
            page, pdf = (next(path for path in paths if path.suffix == suffix) for suffix in (".html", ".pdf"))
            for scheme in ("light", "dark"):
                saved(top_of_page(browser, page, scheme), PICTURES / f"{name}-{scheme}.png")
            saved(side_by_side(list(pages(pdf, WIDTH, SHOWN))), PICTURES / f"{name}-print.png")
            if name == "compas":
                saved(top_of_page(browser, page, "light"), DOCS / "report-page.png")
                saved(next(pages(pdf, 900, 1)), DOCS / "report-cover.png")
        browser.close()


if __name__ == "__main__":
    main()
