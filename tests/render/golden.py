"""Every format of one invented result, as text that a reviewer can read in a diff: `make golden` writes it again."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from audit.render import FORMATS
from audit.result import AuditResult
from tests.render import sample

FOLDER = Path(__file__).parents[1] / "golden"


def _plain(content: bytes) -> str:
    return content.decode("utf-8")


def _page(content: bytes) -> str:
    """A page without its style sheet and the digest of it: those have tests of their own, and would hide the rest."""
    unstyled = re.sub("<style>.*?</style>", "<style></style>", content.decode("utf-8"), flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]+", "sha256-", unstyled)


def _paper(content: bytes) -> str:
    """The words of a PDF, each page below the other as they stand on it."""
    command = ["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"]
    text = subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode("utf-8")
    lines = (re.sub(" {2,}", "  ", line.rstrip()) for line in text.replace("\f", "\n----- page -----\n").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


#: The format, the file, and how its bytes become text.
GOLDEN: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "html": ("report.html", _page),
    "pdf": ("report.pdf.txt", _paper),
    "summary": ("summary.html", _page),
    "summary-pdf": ("summary.pdf.txt", _paper),
    "markdown": ("report.md", _plain),
    "text": ("report.txt", _plain),
    "json": ("result.json", _plain),
    "junit": ("junit.xml", _plain),
}


def made(form: str, result: AuditResult | None = None) -> str:
    """A format as text."""
    _, read = GOLDEN[form]
    return read(FORMATS[form].write(result or sample.typical()))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, (file, _) in GOLDEN.items():
        (FOLDER / file).write_text(made(name), encoding="utf-8")
