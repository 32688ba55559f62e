"""Writes into the pages what the program itself says, so that none of it is typed by hand: `make docs`.

A page has marks, `<!-- made by make docs: NAME -->` and `<!-- end -->`. What stands between them is written anew by the
part of that name; `output of COMMAND` is what a command prints.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from audit import cli
from docs import commands, mistakes, tables

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_AT_THE_TOP = (README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md")
_FOLDERS = ("examples/*/README.md", "docs/*.md", "docs/methods/*.md")
PAGES = (*_AT_THE_TOP, *(path for each in _FOLDERS for path in sorted(ROOT.glob(each))))
_MADE = re.compile(r"(?<=<!-- made by make docs: )(?P<part>.+?)(?P<mark> -->\n).*?(?=<!-- end -->)", re.DOTALL)
_FENCED = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# file: (?P<name>\S+)\n")
#: A terminal of 80 columns without colours, on which text looks the same everywhere.
PLAIN = {"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}

PARTS: dict[str, Callable[[], str]] = {
    "commands": commands.reference,
    "mistakes": mistakes.listing,
    "verdicts": tables.verdicts,
    "outcomes": tables.outcomes,
    "worked example": tables.worked,
    "packs": tables.bundled,
    "rooms": tables.rooms,
}


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [found["text"] for found in _FENCED.finditer(text) if found["language"] == language]


def furnish(page: str, folder: Path) -> None:
    """Put into a folder what the commands of a page expect there: the examples, and the files that the page shows."""
    for example in ("compas", "adult", "berkeley", "theme"):
        shutil.copytree(ROOT / "examples" / example, folder / "examples" / example)
    for found in _FENCED.finditer(page):
        if named := _FILE.match(found["text"]):
            (folder / named["name"]).write_text(found["text"], encoding="utf-8")


def _expanded(word: str, command: str, folder: Path) -> list[str]:
    """A pattern as a shell would give it on, unless it stands in quotes or means nothing."""
    there = sorted(str(path.relative_to(folder)) for path in folder.glob(word)) if "*" in word else []
    return there if there and f"'{word}'" not in command else [word]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a page shows it, in a folder; `evenhand` is the one beside this Python."""
    name, *words = _words(command, folder)
    program = str(Path(sys.executable).with_name(name)) if name == "evenhand" else name
    return subprocess.run(
        [program, *words], cwd=folder, env={**os.environ, **PLAIN}, capture_output=True, text=True, check=False
    )


def call(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The same, with `evenhand` called from this process: a new one would spend most of its time on imports."""
    name, *words = _words(command, folder)
    if name != "evenhand":
        return run(command, folder)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    before, arguments = dict(os.environ), sys.argv
    os.environ.update(PLAIN)
    sys.argv = [name, *words]
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run(words)
    finally:
        sys.argv = arguments
        os.environ.clear()
        os.environ.update(before)
    return subprocess.CompletedProcess([name, *words], code, *(_told(stream) for stream in (out, err)))


def _words(command: str, folder: Path) -> list[str]:
    """The words of a command as a shell would give them on."""
    return [word for one in shlex.split(command) for word in _expanded(one, command, folder)]


def _told(stream: io.TextIOWrapper) -> str:
    """What was written, and what was written below the text."""
    stream.seek(0)
    return stream.read()


def output(command: str, page: str) -> str:
    """What a command prints, on standard output or, if that is empty, as an error."""
    with tempfile.TemporaryDirectory() as place:
        furnish(page, Path(place))
        done = call(command, Path(place))
    text = done.stdout or done.stderr
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"```text\n{lines}\n```"


def made(page: str) -> str:
    """A page with every marked part as it is today."""

    def anew(found: re.Match[str]) -> str:
        part = found["part"]
        command = part.removeprefix("output of ")
        text = PARTS[part]() if command == part else output(command, page)
        return f"{part}{found['mark']}\n{text}\n\n"

    return _MADE.sub(anew, page)


if __name__ == "__main__":
    for path in PAGES:
        before = path.read_text(encoding="utf-8")
        if (after := made(before)) != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: written")
