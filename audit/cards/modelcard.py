"""A model card's file with our section in it: what stands between the marks is ours, every other byte its author's."""

from __future__ import annotations

import re
from pathlib import Path

from audit.cards.facts import Facts
from audit.cards.frontmatter import body_at, with_results
from audit.cards.results import results_of
from audit.cards.section import section
from audit.errors import DataError
from audit.sources.files import write_atomically

BEGIN, END = "<!-- evenhand:begin -->", "<!-- evenhand:end -->"
_MARK = re.compile(r"<!--\s*evenhand:(begin|end)\s*-->")


def attach(facts: Facts, path: Path) -> None:
    """Insert or refresh our section and our results in a model card, which may be there or not.

    The file is written whole or not at all, where a link leads to, with the permissions that it has. Raises DataError
    if it is not UTF-8, if a mark is missing or doubled, or if its front matter cannot be read.
    """
    place = path.resolve()
    after = carded(_text(path), facts, str(path))
    mode = place.stat().st_mode if place.exists() else None
    write_atomically(place, after.encode("utf-8"))
    if mode is not None:
        place.chmod(mode)


def carded(text: str, facts: Facts, name: str = "README.md") -> str:
    """The card's text with our section and results, in the line ends that it has."""
    break_ = "\r\n" if "\r\n" in text else "\n"
    inside = f"{BEGIN}\n{section(facts)}\n{END}".replace("\n", break_)
    with_section = _placed(text, inside, break_, name)
    return with_results(with_section, results_of(facts), facts.model, name)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not text in UTF-8 ({error.reason}, byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read: {error.strerror or error}") from error


def _placed(text: str, inside: str, break_: str, name: str) -> str:
    """Between the marks if the body has any, else at the end, with an empty line before it."""
    marks = list(_MARK.finditer(text, body_at(text)))
    if not marks:
        return text + _gap(text, break_) + inside + (break_ if not text or text.endswith("\n") else "")
    if [mark[1] for mark in marks] != ["begin", "end"]:
        raise DataError(_damaged(text, marks, name))
    first, last = marks
    return text[: first.start()] + inside + text[last.end() :]


def _gap(text: str, break_: str) -> str:
    if not text.strip("\ufeff"):
        return ""
    return break_ if text.endswith("\n") else break_ * 2


def _damaged(text: str, marks: list[re.Match[str]], name: str) -> list[str]:
    """Where the marks are, and how they should be."""
    found = [f"{name}:{text.count(chr(10), 0, mark.start()) + 1}: a mark evenhand:{mark[1]}" for mark in marks]
    return [
        f"{name}: the marks of our section are damaged: there has to be one {BEGIN}, and after it one {END}",
        *found,
        f"{name}: remove what is too much, or all of the section with its marks, and attach again",
    ]
