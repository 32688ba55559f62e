"""What is said of a comparison within strata: its sentence's beginning, and the warning where pooled numbers disagree.

None of it says why groups differ. That a factor is a legitimate reason is the policy's claim, and stays the policy's.
"""

from __future__ import annotations

from audit.given import Given
from audit.numbers import percent, show, span
from audit.result import Finding
from audit.values import Interval
from audit.wording import counted, listed
from audit.words import unit, unit_words

_DISAGREE = {
    "reversed": "The two lie on opposite sides of parity.",
    "only pooled": "The first is clearly away from parity and the second is not: what all records together show is not "
    "seen among those alike in {factors}.",
    "only within": "The second is clearly away from parity and the first is not: what is seen among those alike in "
    "{factors} does not show in all records together.",
}
_READ_BOTH = "Neither may be read without the other, and neither says why the groups differ."


def warning(found: Finding, confidence: float) -> str | None:
    """What a reader has to know where the pooled number and the one within strata disagree; None where they do not."""
    given = found.given
    if given is None or not given.disagrees:
        return None
    return (
        f"{found.group} against {found.reference}: {_number(found, given.pooled, given.pooled_interval, confidence)} "
        f"over all records, and {_number(found, found.value, found.unadjusted_interval, confidence)} among those alike "
        f"in {listed(given.factors)}. {_DISAGREE[given.relation].format(factors=listed(given.factors))} {_READ_BOTH}"
    )


def coverage(given: Given) -> str:
    """How many of the records the comparison within strata is about, and what became of the others."""
    said = f"{counted(given.strata, 'stratum')} of {listed(given.factors)}".replace("stratums", "strata")
    kept = "all records" if given.used == 1 else f"{percent(given.used, (0.9, 1.0))} of the records"
    one_sided = f"; {given.one_sided:,} more hold one of the two only" if given.one_sided else ""
    unknown = f"; {counted(given.unknown, 'record')} without a known {listed(given.factors)}" if given.unknown else ""
    return f"{said}, with {kept} of both{one_sided}{unknown}."


def _number(found: Finding, value: float | None, sure: Interval, confidence: float) -> str:
    written = unit(found.metric, found.compare)
    limits = tuple(limit for limit in (found.accepts.low, found.accepts.high) if limit is not None)
    noun = "ratio" if found.compare == "ratio" else "difference"
    shown = f"{show(value, written, limits)}{unit_words(written)}"
    return f"a {noun} of {shown} ({confidence * 100:g}% interval {span(sure.low, sure.high, written, limits)})"
