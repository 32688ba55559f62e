"""What is said about power: how much more data would likely settle a finding, and what the data could have shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from audit.numbers import Unit, count, show
from audit.result.records import PowerNote
from audit.tongue import Spoken, _, _n
from audit.wording import listed

#: Times as many records as there are: nobody plans for more.
MOST = 1000
#: Why no number of further records can be named.
_WHY_NONE = Spoken({
    "at_the_limit": "The estimate is at the limit itself, which no number of records settles.",
    "near_the_limit": "The estimate is so near to the limit that it would take over 1,000 times as many records.",
    "out_of_reach": "No number of records within reach would settle it.",
})  # fmt: skip


def further_words(note: PowerNote | None) -> str:
    """How much more data would likely settle an inconclusive finding, in a sentence; empty where nothing is known."""
    if note is None:
        return ""
    if note.factor is not None and note.factor > MOST:
        return _WHY_NONE["near_the_limit"]
    if note.further is None:
        return str(_WHY_NONE.get(note.reason or "", ""))
    return _("About {records} in this mix would likely settle it.").format(records=records(note.further))


def records(n: int) -> str:
    """`1,300 more records`, rounded up to two figures, because it is a plan and no measurement."""
    rounded = about(max(n, 1))
    return _n("{n} more record", "{n} more records", rounded).format(n=count(rounded))


def plannable(note: PowerNote | None) -> int | None:
    """How many more records would likely settle it; None where that is not known, or is nothing to plan for."""
    return None if note is None or note.factor is None or note.factor > MOST else note.further


def beyond_reach(note: PowerNote | None) -> bool:
    """Would no number of further records that anybody plans for settle it?"""
    return note is not None and (note.reason in _WHY_NONE or (note.factor is not None and note.factor > MOST))


def to_settle(
    rule: str, groups: Sequence[str], *, further: str = "", unknown: Sequence[str] = (), beyond: Sequence[str] = ()
) -> str:
    """What would give an open rule a verdict: more records, or to learn who the members of the `unknown` groups are.

    `further` says how many more; empty where that is not known. No number of records settles those `beyond` reach.
    """
    by_more = [group for group in groups if group not in unknown and group not in beyond]
    steps = []
    if by_more or not (unknown or beyond):
        collect = _("Collect {more} before relying on {rule}: {groups}.")
        steps.append(collect.format(more=further or _("more records"), rule=rule, groups=listed(by_more, 4)))
    if beyond:
        none = _("No number of records within reach would likely settle {rule} for: {groups}.")
        steps.append(none.format(rule=rule, groups=listed(beyond, 4)))
    if unknown:
        who = _("Find out who belongs to which group before relying on {rule}: {groups}.")
        steps.append(who.format(rule=rule, groups=listed(unknown, 4)))
    return " ".join(steps)


def about(n: int) -> int:
    """The number rounded up to two figures."""
    step = 10 ** max(math.floor(math.log10(n)) - 1, 0) if n > 0 else 1
    return math.ceil(n / step) * step


def detectable_words(note: PowerNote, unit: Unit, limits: tuple[float, ...]) -> str:
    """From where on a violation would likely have been shown: `−9.1, +8.7`; empty where that is not known."""
    ends = [show(end, unit, limits) for end in (note.detectable_low, note.detectable_high) if end is not None]
    return ", ".join(ends) or (_("nothing") if note.not_detectable == "out_of_reach" else "")
