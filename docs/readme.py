"""Writes the output of `evenhand --help` into README.md, between its two markers: `make readme`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
_BETWEEN = re.compile(r"(?<=<!-- help: made by `make readme` -->\n).*?(?=<!-- end of help -->)", re.DOTALL)


def help_text() -> str:
    """What `evenhand --help` prints on a terminal of 80 columns without colours."""
    plain = {**os.environ, "COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("evenhand")), "--help"]
    return subprocess.run(command, env=plain, capture_output=True, text=True, check=True).stdout


def with_help(readme: str) -> str:
    """The README with the help of today in its place."""
    lines = "\n".join(line.rstrip() for line in help_text().strip().splitlines())
    return _BETWEEN.sub(lambda _: f"\n```text\n{lines}\n```\n\n", readme)


if __name__ == "__main__":
    README.write_text(with_help(README.read_text(encoding="utf-8")), encoding="utf-8")
