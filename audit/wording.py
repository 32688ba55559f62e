"""Small words for messages: lists, and the nearest known names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from audit.tongue import Spoken, _, figures

#: By which standard deviation a difference of mean scores is divided, as it stands behind the metric's name.
DEVIATIONS = Spoken({
    "all": "deviation of all",
    "both": "deviation of both",
    "pooled": "pooled deviation",
    "hedges": "pooled deviation, Hedges",
    "reference": "deviation of the reference",
    "average": "average variance",
})  # fmt: skip


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Up to three known words that look like this one, the closest first."""
    by_lower = {name.lower(): name for name in known}
    return [by_lower[found] for found in difflib.get_close_matches(word.lower(), by_lower, n=3, cutoff=0.6)]


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names in a row, cut after `most` of them with the number left out."""
    names = list(names)
    said = ", ".join(name[:80] for name in names[:most])
    return _("{names} and {n} more").format(names=said, n=len(names) - most) if len(names) > most else said


def known_names(kind: str, name: str, known: Iterable[str]) -> str:
    """`no column 'rase'; did you mean 'race'?`, or the list of what there is."""
    known = list(known)
    close = nearest(name, known)
    hint = f"did you mean {' or '.join(repr(found) for found in close)}?" if close else f"there are: {listed(known)}"
    return f"no {kind} {name!r}; {hint}"


def counted(n: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


#: Labels of metrics that are names, and keep their capitals inside a sentence.
_NAMED = frozenset({"F1", "Matthews correlation", "ROC AUC", "Brier score", "NDKL above chance"})


def lowered(label: str) -> str:
    """A metric's label as English has it inside a sentence: without its capital, unless it is a name."""
    name = without_classes(label)
    return label if name in _NAMED else name.lower() + label.removeprefix(name)


def without_classes(metric: str) -> str:
    """The metric behind the name of one that is of classes: `selection_rate` of `selection_rate (at least offer)`."""
    return metric.partition(" (")[0]


#: The label of the metric behind which stands a fraction, and not a class that the data name; and of that behind which
#: stands a standard deviation.
_BY_SCORE, _STANDARDIZED = "Selection rate by score", "Standardized mean score"


def said_behind(name: str, words: str) -> str:
    """What stands behind a metric's label, in the language of the moment; classes keep the names that the data give."""
    tier, part = words.removeprefix("at least "), words.removeprefix("top ")
    if name == _BY_SCORE and part != words:
        return _("top {part}").format(part=figures(part))
    if name == _STANDARDIZED and words in DEVIATIONS.values():
        return _(words)
    return _("at least {tier}").format(tier=tier) if tier != words else words
