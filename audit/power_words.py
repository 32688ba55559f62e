"""What is said about power: how much more data would likely settle a finding, and what the data could have shown."""

from __future__ import annotations

import math

from audit.numbers import Unit, count, show
from audit.records import PowerNote

#: Why no number of further records can be named.
_WHY_NONE = {
    "at_the_limit": "The estimate is at the limit itself, which no number of records settles.",
    "out_of_reach": "No number of records within reach would settle it.",
}
#: Why there is no smallest disparity that the data could have shown.
NOT_DETECTABLE = {
    "out_of_reach": "none that can be",
    "undefined": "undefined",
    "not_of_pairs": "not computed",
}


def further_words(note: PowerNote | None) -> str:
    """How much more data would likely settle an inconclusive finding, in a sentence; empty where nothing is known."""
    if note is None:
        return ""
    if note.further is None:
        return _WHY_NONE.get(note.reason or "", "")
    return f"About {records(note.further)} in this mix would likely settle it."


def records(n: int) -> str:
    """`1,300 more records`, rounded up to two figures, because it is a plan and no measurement."""
    rounded = about(max(n, 1))
    return f"{count(rounded)} more {'record' if rounded == 1 else 'records'}"


def about(n: int) -> int:
    """The number rounded up to two figures."""
    step = 10 ** max(math.floor(math.log10(n)) - 1, 0) if n > 0 else 1
    return math.ceil(n / step) * step


def detectable_words(note: PowerNote, unit: Unit, limits: tuple[float, ...]) -> str:
    """From where on a violation would likely have been shown: `-9.1 or +8.7`."""
    ends = [show(end, unit, limits) for end in (note.detectable_low, note.detectable_high) if end is not None]
    return " or ".join(ends) or NOT_DETECTABLE.get(note.not_detectable or "", "")
