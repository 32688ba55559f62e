"""The language in which something is being said: English, unless a report is being written in another.

Every sentence is written in English where it is made, and passes through `_` or `_n` on its way out; numbers pass
through `figures`. In English all three give back what they were given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

_K = TypeVar("_K")

#: Stand around a text that is not in the page's language. No text of a policy or a table can hold them: it is cleaned.
OPEN, CLOSE = "\ufdd0", "\ufdd1"


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """A language: its code, its sentences for English ones (None where it has none), and how it writes numbers.

    `lowers`: does a label lose its capital inside a sentence?
    """

    code: str
    one: Callable[[str], str | None]
    many: Callable[[str, str, int], str | None]
    date: Callable[[str], str]
    group: str = ","
    decimal: str = "."
    percent: str = "%"
    lowers: bool = False


ENGLISH = Tongue(
    code="en",
    one=lambda said: said,
    many=lambda one, many, n: one if n == 1 else many,
    date=lambda day: day,
    lowers=True,
)
_spoken: ContextVar[Tongue] = ContextVar("spoken", default=ENGLISH)


@contextmanager
def speaking(tongue: Tongue) -> Iterator[None]:
    """Within this, everything is said in a language."""
    before = _spoken.set(tongue)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> Tongue:
    """The language of the moment."""
    return _spoken.get()


def _(message: str) -> str:
    """The message in the language of the moment; in English, and marked, where that has no words for it."""
    return _or_english(_spoken.get().one(message), message)


def _n(one: str, many: str, n: int) -> str:
    """The message for so many; `{n}` in it is the number, written out by `say`."""
    return _or_english(_spoken.get().many(one, many, n), one if n == 1 else many)


def _or_english(said: str | None, english: str) -> str:
    return f"{OPEN}{english}{CLOSE}" if said is None else said


def in_english(text: str) -> str:
    """A text that is English whatever the language of the moment, marked as such where that is another."""
    return text if _spoken.get().code == "en" or not text else f"{OPEN}{text}{CLOSE}"


def figures(text: str) -> str:
    """A number, written in English, as the language of the moment writes it: `1,234.5%` is `1.234,5 %` in German."""
    tongue = _spoken.get()
    if tongue.code == "en":
        return text
    return re.sub("[,.%]", lambda sign: _SIGNS[sign[0]](tongue), text)


_SIGNS: Mapping[str, Callable[[Tongue], str]] = {
    ",": lambda tongue: tongue.group,
    ".": lambda tongue: tongue.decimal,
    "%": lambda tongue: tongue.percent,
}


def date(day: str) -> str:
    """A day such as 2026-11-20 as the language of the moment writes it."""
    return _spoken.get().date(day)


class Spoken(dict[_K, str]):
    """A table of messages, each said in the language of the moment when it is looked up; `values` are English."""

    def __getitem__(self, key: _K) -> str:
        """The message in the language of the moment."""
        return _(super().__getitem__(key))

    def get(self, key: Any, default: Any = None) -> Any:
        """The same, or something else where there is none."""
        known = super().get(key)
        return default if known is None else _(known)
