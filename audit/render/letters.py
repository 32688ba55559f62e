"""Which fonts a PDF is drawn with, and what becomes of characters that none of them has.

The fonts that come with the report hold Latin, Greek, Cyrillic and mathematics. Fonts of the machine are never used,
since pages would differ from one machine to the next. A folder may be named for other scripts: of its files those are
taken, in the order of their names, that have something missing. What is missing still is written by its number, such
as [U+65E5], so that two names never become one row of boxes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from audit.errors import RenderError
from audit.render.clean import BREAK, HIDDEN, each_text
from audit.render.options import Options
from audit.resources import folder
from audit.result import AuditResult, to_json
from audit.theme import Theme
from audit.wording import counted

_T = TypeVar("_T")

_SUFFIXES = (".ttf", ".otf", ".ttc", ".woff", ".woff2")
#: Say how the character before them looks; where a font does not know them, there is nothing to draw.
_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
_MOST_NAMED = 4


@dataclass(frozen=True, kw_only=True)
class Fonts:
    """The further font files that a result needs, and the characters that no font at hand can draw."""

    files: tuple[Path, ...] = ()
    missing: frozenset[str] = frozenset()


def fonts_for(result: AuditResult, options: Options) -> Fonts:
    """The fonts that draw a result. Raises RenderError naming every file of the folder that cannot be used."""
    missing = _letters(result, options.theme) - _own()
    if not missing or options.fonts is None:
        return Fonts(missing=missing)
    taken: list[Path] = []
    for path, letters in _further(options.fonts).items():
        if letters & missing:
            taken.append(path)
            missing -= letters
    return Fonts(files=tuple(taken), missing=missing)


def notices(fonts: Fonts) -> tuple[str, ...]:
    """What a reader of the PDF has to know about its characters: nothing, or a sentence short enough for the cover."""
    if not fonts.missing:
        return ()
    codes = sorted(f"U+{ord(letter):04X}" for letter in fonts.missing)
    shown = ", ".join(codes[:_MOST_NAMED])
    more = f" and {len(codes) - _MOST_NAMED} more" if len(codes) > _MOST_NAMED else ""
    said = (
        f"No font at hand has {counted(len(codes), 'character')} of this audit ({shown}{more}): the PDF writes "
        f"[{codes[0]}] instead; HTML and JSON hold them as they are. Fonts that have them can be given with --fonts."
    )
    return (said,)


def numbered(value: _T, missing: Iterable[str]) -> _T:
    """The same value with every such character as its number in brackets, in whatever text it stands."""
    table = {ord(letter): f"[U+{ord(letter):04X}]" for letter in missing}
    if not table:
        return value
    made: _T = each_text(value, lambda text: text.translate(table))
    return made


def _letters(result: AuditResult, theme: Theme | None) -> frozenset[str]:
    """Every character of a result, and of a theme's texts, that a page would have to draw."""
    texts = [to_json(result)]
    if theme:
        texts += [theme.organisation, *theme.templates.values(), *(one.title + one.text for one in theme.sections)]
    return frozenset(HIDDEN.sub("", BREAK.sub("", "".join(set().union(*texts) - _SELECTORS))))


@cache
def _own() -> frozenset[str]:
    """The characters of the fonts that come with the report."""
    measured = folder("templates") / "report" / "fonts" / "advances.json"
    return frozenset(json.loads(measured.read_text(encoding="ascii"))["sans-400"])


def _further(place: Path) -> Mapping[Path, frozenset[str]]:
    """The characters of each font file in a folder and the folders below it, in the order of their names."""
    paths = sorted(path for path in place.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise RenderError(f"--fonts {place}: there is no font in this folder; it takes {', '.join(_SUFFIXES)}")
    found, problems = _each(paths, _letters_of)
    if problems:
        raise RenderError("; ".join(problems))
    return found


def _each(
    paths: Sequence[Path], read: Callable[[Path], frozenset[str]]
) -> tuple[dict[Path, frozenset[str]], list[str]]:
    """What is read from each file, and what is wrong with the others."""
    found: dict[Path, frozenset[str]] = {}
    problems: list[str] = []
    for path in paths:
        try:
            found[path] = read(path)
        except ValueError as problem:
            problems.append(f"{path}: {problem}")
    return found, problems


def _letters_of(path: Path) -> frozenset[str]:
    """The characters of a font file; of a collection, those of its first face. Raises ValueError saying why not."""
    from fontTools.ttLib import TTFont, TTLibError  # comes with the PDF library, and takes its time

    try:
        with path.open("rb") as stream:
            font: Any = TTFont(stream, fontNumber=0, lazy=True)
            variable, letters = "fvar" in font, font.getBestCmap() or {}
    except (TTLibError, OSError, AssertionError, KeyError, ImportError) as error:
        raise ValueError(f"this is not a font that can be read ({error}); take it out of the folder") from error
    if variable:
        raise ValueError("a variable font gives other bytes on every run; take a static one, of a single weight")
    return frozenset(map(chr, letters))
