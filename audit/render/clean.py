"""Text from policies and data, made harmless before any page sees it.

A name may hold control characters, marks that turn the reading order round, terminal commands, or ten kilobytes. Each
such character is shown by its number, so that two names never become one, and nothing acts on the reader's machine.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from itertools import groupby
from typing import Any, TypeVar

#: A text longer than this is cut, and says so.
LONGEST = 2000
#: A name longer than this is cut where it is shown.
LONGEST_NAME = 120

_T = TypeVar("_T")

#: Characters that no page may hold.
HIDDEN = re.compile(
    "[\u0000-\u001f\u007f-\u009f"  # control characters, terminal escapes among them
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # reading order, and marks without width
    "\ud800-\udfff\ufdd0-\ufdef\ufff9-\uffff"  # half characters, and what no text may hold
    "\U000e0000-\U000e0fff]"
)
#: Where a text may be cut: behind a sentence, or else before a word.
_SENTENCE, _WORD = re.compile(r"^.*[.!?](?= )", re.DOTALL), re.compile(r"^.*(?= )", re.DOTALL)
#: Marks that are set above or below a letter. A letter takes a few; more of them would be painted over other lines.
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED = re.compile(f"(?<={_MARKS * 4}){_MARKS}+")
#: Hebrew, Arabic, Syriac and their kin, with what stands between two such words.
_RTL = "[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
_RIGHT_TO_LEFT = re.compile(f"{_RTL}+(?:[ \u200b'’-]+{_RTL}+)*")
_NOTE = re.compile(r"… \[cut: [\d,]+ characters, SHA-256 [0-9a-f]{8}…\]$")
#: What ends a line; on a page it is a space.
BREAK = re.compile("\r\n|[\t\n\r\u0085\u2028\u2029]")


def clean(text: str, longest: int = LONGEST) -> str:
    """One line of plain text: line breaks become spaces, the hidden and the piled up is named, the too long is cut."""
    one_line = BREAK.sub(" ", text)
    return cut(_PILED.sub(_counted, HIDDEN.sub(_named, one_line)), longest)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning with a note of its length and a digest that tells it from others like it."""
    if len(text) <= longest:
        return text
    noted = _NOTE.search(text)
    if noted:
        return f"{text[: noted.start()][:longest].rstrip()}{noted[0]}"
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{text[:longest].rstrip()}… [cut: {len(text):,} characters, SHA-256 {digest}…]"


def short_name(text: str) -> str:
    """A name, short enough to be shown in a table."""
    return cut(text, LONGEST_NAME)


def cleaned(value: _T) -> _T:
    """The same value with every text in it made harmless, whatever it is built of."""
    return each_text(value, clean)  # type: ignore[no-any-return]


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same value with every text in it changed, keys among them, whatever it is built of."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: each_text(getattr(value, field.name), change) for field in fields(value)})
    if isinstance(value, Mapping):
        return {each_text(key, change): each_text(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(each_text(item, change) for item in value)
    return value


def _named(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"


def _counted(found: re.Match[str]) -> str:
    """Marks by their numbers, and how often each follows itself: `[U+0301 × 196]`."""
    runs = ((mark, len(list(same))) for mark, same in groupby(found[0]))
    return "".join(f"[U+{ord(mark):04X}{f' × {n}' if n > 1 else ''}]" for mark, n in runs)


def slug(text: str, prefix: str = "") -> str:
    """An id for an element: plain letters and digits, with a digest where they do not tell the text from another."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub("[^a-z0-9]+", "-", ascii_only).strip("-")[:40]
    if plain == text:
        return prefix + plain
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:6]
    return f"{prefix}{plain or 'x'}-{digest}"


def pieces(text: str, longest: int = 24, size: int = 12) -> list[str]:
    """The text in pieces between which a line may be broken: whole words, and long words in parts."""
    parts: list[str] = []
    for word in re.split("(?<= )", text):
        step = len(word) if len(word) <= longest else size
        parts.extend(word[start : start + step] for start in range(0, len(word), step or 1))
    return parts


def breakable(text: str) -> str:
    """The text with an invisible place to break in every word that is too long for a line, its parts kept in order."""
    return isolated(re.sub(r"\S{25,}", lambda word: "\u200b".join(pieces(word[0])), text))


def isolated(text: str) -> str:
    """The text with each run of right-to-left letters set apart, so that no number or comma near it changes sides.

    Between the marks U+2068 and U+2069 a name is read in its own direction, and what surrounds it in its own.
    """
    return _RIGHT_TO_LEFT.sub("\u2068\\g<0>\u2069", text)


def inert(text: str) -> str:
    """A table cell's text that no spreadsheet takes for a formula: an apostrophe stands before = + - @ and the like."""
    return f"'{text}" if text[:1] in tuple("=+-@|%") else text


#: What Markdown gives a meaning to: everywhere, at the start of a line, and where an address begins.
_MARKUP = re.compile(r"([\\`*_{}\[\]#|~>])")
_ORDINAL = re.compile(r"^(\s*\d+)([.)])")
_ADDRESS = re.compile(r":(?=/)|(?<=www)\.", re.IGNORECASE)


def markdown(text: str) -> str:
    """Text that Markdown shows as it stands: no markup, no HTML, no links, no mentions."""
    escaped = _MARKUP.sub(r"\\\1", inert(text).replace("&", "&amp;").replace("<", "&lt;"))
    unlinked = _ADDRESS.sub(r"\\\g<0>", _ORDINAL.sub(r"\1\\\2", escaped))
    return unlinked.replace("@", "&#64;&#8288;")


def head(text: str, most: int) -> str:
    """The beginning of a text that is too long for its place: whole sentences, or else whole words, and a mark."""
    if len(text) <= most:
        return text
    beginning = text[:most]
    for cut in (_SENTENCE, _WORD):
        if (found := cut.match(beginning)) and len(found[0]) > most // 2:
            return found[0].rstrip() + " …"
    return beginning.rstrip() + "…"
