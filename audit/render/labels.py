"""How wide a label is, measured with the bundled font, so that the same words fit in every renderer."""

from __future__ import annotations

import json
from functools import cache

from audit.resources import folder

#: An unknown character is taken to be as wide as it is high.
_WIDEST = 1000


@cache
def _advances() -> dict[str, dict[str, int]]:
    path = folder("templates") / "report" / "fonts" / "advances.json"
    known: dict[str, dict[str, int]] = json.loads(path.read_text(encoding="ascii"))
    return known


def width(text: str, size: float = 12, *, bold: bool = False) -> float:
    """The width of a text in CSS pixels."""
    known = _advances()["sans-600" if bold else "sans-400"]
    return sum(known.get(letter, _WIDEST) for letter in text) * size / 1000


def fitted(text: str, room: float, size: float = 12, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it does not fit."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = text[:200]
    while kept and width(kept + "…", size, bold=bold) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def two_lines(text: str, room: float, size: float = 12) -> list[str]:
    """At most two lines that fit; the table beside the figure holds the whole name."""
    if width(text, size) <= room:
        return [text]
    words = text.split(" ")
    used = next((i for i in range(1, len(words) + 1) if width(" ".join(words[:i]), size) > room), len(words)) - 1
    if used < 1:
        return [fitted(text, room, size)]
    return [" ".join(words[:used]), fitted(" ".join(words[used:]), room, size)]
