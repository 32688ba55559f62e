"""What Evenhand says of records that are not fully known, and of single decisions, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from audit.numbers import POINTS, Unit, count, show
from audit.result.caveats import FlipNote
from audit.values import Interval

#: Whose records they are.
_WHOSE = {"unknown": "of unknown {attribute}", "outcomes": "without an outcome"}


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a sentence about records that are not fully known is made of.

    `what`: unknown or outcomes. `across`: the bounds reach across the limit by themselves, without the error of
    sampling.
    """

    what: str
    rows: int
    attribute: str
    ends: tuple[float | None, float | None]
    interval: Interval
    limits: tuple[float, ...]
    unit: Unit
    stands: bool | None
    across: bool


def could_move(said: Moved) -> str:
    """`The 312 records of unknown sex could move this to anywhere from 0.78 to 0.86, across the limit.`"""
    who = f"The {count(said.rows)} records" if said.rows > 1 else "The one record"
    whose = _WHOSE[said.what].format(attribute=said.attribute)
    bounds = _from_to(said.ends, said.limits, said.unit)
    return f"{who} {whose} could move this to anywhere {bounds}{_consequence(said)}."


def _consequence(said: Moved) -> str:
    if said.stands is None:
        return ""
    if said.stands:
        return "; the verdict stands"
    if said.across:
        return ", across the limit"
    reach = _from_to((said.interval.low, said.interval.high), said.limits, said.unit)
    return f", which with the error of sampling is {reach}, across the limit"


def allowed_for(rows: int, attribute: str) -> str:
    """Said where the interval that decides reaches over all ways of filling in what is not known."""
    those = f"the {count(rows)} records" if rows > 1 else "the one record"
    return f"The interval holds whoever {those} of unknown {attribute} are."


def _from_to(ends: tuple[float | None, float | None], limits: tuple[float, ...], written: Unit) -> str:
    low, high = ends
    points = " percentage points" if written is POINTS else ""
    if low is None and high is None:
        return "at all"
    if high is None:
        return f"from {show(low, written, limits)}{points} up"
    if low is None:
        return f"up to {show(high, written, limits)}{points}"
    return f"from {show(low, written, limits)} to {show(high, written, limits)}{points}"


def flip_words(note: FlipNote, group: str, reference: str) -> str:
    """`9 more selections of Black would meet the limit.` And what one decision would do."""
    if note.changes == 0:
        one = "One decision the other way would put it" if note.by_one_decision else "No single decision would put it"
        return f"{one} beyond the limit."
    if note.changes is None:
        return f"No number of decisions for {group} alone would meet the limit."
    more = "more" if note.changes > 0 else "fewer"
    number = abs(note.changes)
    said = f"{count(number)} {more} selection{'s' if number > 1 else ''} of {group} would meet the limit."
    if note.reverses:
        return f"{said} One place given to {group} instead of {reference} would give {group} the higher rate."
    if note.by_one_decision and number > 1:
        said = f"{said} So would one decision the other way for {reference}."
    if note.equalises is None or abs(note.equalises) <= number:
        return said
    return f"{said} {count(abs(note.equalises))} {more} would equal the rate of {reference}."


def level_words(note: FlipNote, group: str, reference: str) -> str:
    """The same where no limit is set: `9 more selections of Black would equal the rate of White.`"""
    if not note.equalises:
        return ""
    more, number = "more" if note.equalises > 0 else "fewer", abs(note.equalises)
    said = f"{count(number)} {more} selection{'s' if number > 1 else ''} of {group}"
    return f"{said} would equal the rate of {reference}."


@dataclass(frozen=True, kw_only=True)
class Proxied:
    """What a sentence about membership by probabilities is made of; `compared`: two groups are."""

    attribute: str
    ends: tuple[float | None, float | None]
    thresholded: float | None
    limits: tuple[float, ...]
    unit: Unit
    compared: bool


def whoever(attribute: str) -> str:
    """Said of every verdict about groups that are known by probabilities alone."""
    return f"Membership in {attribute} is known by probabilities alone; the interval holds whoever the members are."


_BIAS = (
    "If members are selected less often than others with the same probabilities, the weighted rates lie too close "
    "together and the true gap is wider; if more often, it is narrower. No data without membership can tell."
)


def proxy_words(said: Proxied) -> str:
    """How far probabilities leave a value open, what a threshold would make of it, and which way it may be off."""
    bounds = _from_to(said.ends, said.limits, said.unit)
    parts = [f"For all that the probabilities say, the value could lie anywhere {bounds}."]
    if said.thresholded is not None:
        value = show(said.thresholded, said.unit, said.limits)
        points = " percentage points" if said.unit is POINTS else ""
        parts.append(f"If everybody were of the group that is at least as likely as not, it would be {value}{points}.")
    return " ".join([*parts, *([_BIAS] if said.compared else [])])
