"""What is said of a comparison within strata: its sentence's beginning, and the warning where pooled numbers disagree.

None of it says why groups differ. That a factor is a legitimate reason is the policy's claim, and stays the policy's.
"""

from __future__ import annotations

from audit.numbers import percent, show, span
from audit.result import Finding
from audit.result.given import Given
from audit.values import Interval
from audit.wording import counted, listed
from audit.words.sentences import unit, unit_words

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


def note(found: Finding) -> str | None:
    """The same in a line, for a cover: the two numbers, and that they belong together."""
    given = found.given
    if given is None or not given.disagrees:
        return None
    pooled, within = (f"{_value(found, value)}" for value in (given.pooled, found.value))
    return (
        f"{found.rule}, {found.group} against {found.reference}: the {_noun(found)} is {pooled} over all records and "
        f"{within} among those alike in {listed(given.factors)}; read neither without the other."
    )


def uneven(given: Given, confidence: float) -> str | None:
    """That the strata differ from one another, where they do so more than by chance."""
    if given.homogeneity_p is None or given.homogeneity_p > 1 - confidence:
        return None
    p = "below 0.001" if given.homogeneity_p < 0.001 else f"{given.homogeneity_p:.3f}"
    return (
        f"The strata differ from one another more than by chance (Tarone's test of equal odds ratios, p = {p}), so no "
        "single number tells what happens within them: read them one by one."
    ).replace("p = below", "p below")


def coverage(given: Given) -> str:
    """How many of the records the comparison within strata is about, and what became of the others."""
    said = f"{counted(given.strata, 'stratum')} of {listed(given.factors)}".replace("stratums", "strata")
    kept = "all records" if given.used == 1 else f"{percent(given.used, (0.9, 1.0))} of the records"
    one_sided = f"; {given.one_sided:,} more hold one of the two only" if given.one_sided else ""
    unknown = f"; {counted(given.unknown, 'record')} without a known {listed(given.factors)}" if given.unknown else ""
    return f"{said}, with {kept} of both{one_sided}{unknown}."


def _number(found: Finding, value: float | None, sure: Interval, confidence: float) -> str:
    interval = span(sure.low, sure.high, unit(found.metric, found.compare), _limits(found))
    return f"a {_noun(found)} of {_value(found, value)} ({confidence * 100:g}% interval {interval})"


def _value(found: Finding, value: float | None) -> str:
    written = unit(found.metric, found.compare)
    return f"{show(value, written, _limits(found))}{unit_words(written)}"


def _limits(found: Finding) -> tuple[float, ...]:
    return tuple(limit for limit in (found.accepts.low, found.accepts.high) if limit is not None)


def _noun(found: Finding) -> str:
    return "ratio" if found.compare == "ratio" else "difference"
