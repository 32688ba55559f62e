"""Which values of a column are good for a person, as far as words tell it.

The tables of words are all that is known: where no word tells, or two contradict, nothing is said, and how often a
value occurs tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

#: Beginnings of words that say what becomes of a person, in names and in values.
_GOOD = (
    "accept", "admit", "admission", "approv", "award", "callback", "eligib", "good", "grant", "hire", "hiring",
    "interview", "invit", "offer", "paid", "passed", "perform", "promot", "qualif", "releas", "repaid", "repay",
    "select", "shortlist", "success",
)  # fmt: skip
_BAD = (
    "arrest", "audit", "churn", "convict", "declin", "default", "delinquen", "denial", "denied", "deny",
    "detain", "evict", "fail", "fired", "flagged", "fraud", "guilty", "inspect", "investig", "offence", "offend",
    "offense", "overdue", "poor", "recid", "refus", "reject", "reoffen", "revoc", "revok", "risk", "terminat", "violat",
)  # fmt: skip
#: Whole words that do.
_WORDS = {"bad": False, "call": True, "pass": True}
_NOT = {"not", "no", "non", "never", "without"}
_UN = re.compile(r"un|non|dis|in(?=elig|adm)")
_BY_VALUE = {">50k": True, "<=50k": False}
#: Values that say as much as their column's name does.
_YES = {"1", "1.0", "true", "t", "yes", "y"}
_NO = {"0", "0.0", "false", "f", "no", "n"}
#: Steps of a risk; under a column that is named for one, all but the lowest are bad.
_LOW = {"low", "very_low", "lowest", "minimal"}
_HIGH = {"medium", "moderate", "elevated", "high", "very_high", "highest", "severe", "critical"}
_RISKY = ("risk", "score_text")


Key = Literal["favorable", "adverse"]


@dataclass(frozen=True, kw_only=True)
class Side:
    """The values that are good, or bad, for a person, and all others."""

    key: Key
    named: tuple[str, ...]
    otherwise: tuple[str, ...]

    def under(self, key: Key) -> Side:
        """The same, said with this key."""
        return self if key == self.key else Side(key=key, named=self.otherwise, otherwise=self.named)


def side_of(name: str, values: tuple[str, ...]) -> Side | None:
    """Which of a column's values are good or bad for a person; None if words do not tell, or contradict."""
    return _by_steps(name, values) or _by_words(name, values) or _by_name(name, values)


def key_of(name: str) -> Key | None:
    """Whether more of a number is good or bad for a person, if its column's name tells."""
    good = _is_good(name)
    return None if good is None else "favorable" if good else "adverse"


def _by_steps(name: str, values: tuple[str, ...]) -> Side | None:
    steps = {value: re.sub(r"_?risk_?", "", plain(value)) for value in values}
    risky = place(name, _RISKY) is not None or any("risk" in plain(value) for value in values)
    low = tuple(value for value in values if steps[value] in _LOW)
    high = tuple(value for value in values if steps[value] in _HIGH)
    if not risky or not low or not high or len(low) + len(high) != len(values):
        return None
    return Side(key="adverse", named=high, otherwise=low)


def _by_words(name: str, values: tuple[str, ...]) -> Side | None:
    good = tuple(value for value in values if _is_good(value) is True)
    bad = tuple(value for value in values if _is_good(value) is False)
    key: Key = "favorable" if good else "adverse"
    named = good or bad
    if not 0 < len(named) < len(values):
        return None
    side = Side(key=key, named=named, otherwise=tuple(value for value in values if value not in named))
    return side.under("adverse") if _is_good(name) is False else side


def _by_name(name: str, values: tuple[str, ...]) -> Side | None:
    yes = tuple(value for value in values if value.strip().lower() in _YES)
    no = tuple(value for value in values if value.strip().lower() in _NO)
    good = _is_good(name)
    if good is None or (len(yes), len(no), len(values)) != (1, 1, 2):
        return None
    return Side(key="favorable" if good else "adverse", named=yes, otherwise=no)


def _is_good(text: str) -> bool | None:
    """Whether a text speaks of something good for a person; None if it does not say, or says both."""
    if text.strip(" .").lower() in _BY_VALUE:
        return _BY_VALUE[text.strip(" .").lower()]
    words = plain(re.sub(r"n['’]t\b", " not", text)).split("_")
    said = {known for word in words if (known := _word_is_good(word)) is not None}
    if len(said) != 1:
        return None
    return said.pop() != (sum(word in _NOT for word in words) % 2 == 1)


def _word_is_good(word: str) -> bool | None:
    if word in _WORDS:
        return _WORDS[word]
    if word.startswith(_GOOD):
        return True
    if word.startswith(_BAD):
        return False
    prefix = _UN.match(word)
    rest = _word_is_good(word[prefix.end() :]) if prefix else None
    return None if rest is None else not rest


def place(name: str, words: Sequence[str]) -> int | None:
    """Which is the first of the words in a name; None if there is none."""
    parts = f"_{plain(name)}_"
    for rank, word in enumerate(words):
        end = "_" if len(word) <= 3 else ""
        if parts == f"_{word}_" or (len(word) > 1 and f"_{word}{end}" in parts):
            return rank
    return None


def plain(name: str) -> str:
    """A name in small letters, its words and numbers parted by `_`: `AgeGroup25` becomes `age_group_25`."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name)
    return re.sub(r"[\W_]+", "_", parted.lower()).strip("_")
