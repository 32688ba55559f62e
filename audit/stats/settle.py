"""What an amount of data can show, and how much more would settle what it leaves open.

Both take the present estimates for the truth, and then ask of the tests that decide: how likely is a verdict? That is
a plan, not a promise: the estimates are uncertain themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import ndtri

from audit.stats.asked import Asked, against_whole, together
from audit.stats.numerics import FEW, Array, Mask, critical, divide, last_where, last_where_each
from audit.stats.power import Places, Setting, enough, shown, to_fail, to_pass
from audit.stats.power_extremes import growth_of_extreme
from audit.stats.power_strata import detectable_within
from audit.stats.ranges import Extreme
from audit.stats.stratified import StratifiedDifferences, StratifiedRatios

Toward = Literal["pass", "fail"]
Reason = Literal["undefined", "at_the_limit", "out_of_reach", "not_of_pairs"]

_MOST = float(np.log(1e9))  # times the present data: more is as good as never
_STEPS = 11
_BRACKET = _MOST / 2**_STEPS
_GRID = 16
_REFINED = 9
_ALIKE = 1e-12  # estimates this close to a limit are at it


@dataclass(frozen=True, kw_only=True)
class Further:
    """How much more data would likely settle a verdict, if the present estimates were the truth.

    `factor`: times the present trials in all groups, `trials`: further ones in total. `smaller`: further trials if
    only the smaller of two groups grows; None if that could not do it, or would change the reference too.
    Trials are what a rate counts: for a true positive rate, the positives. Under weights they are effective ones, and
    `factor` is what to go by.
    Reasons for none: `undefined`, the estimate is; `at_the_limit`, no amount decides; `out_of_reach`, over 10^9 times.
    """

    toward: Toward | None = None
    factor: float | None = None
    trials: int | None = None
    smaller: int | None = None
    reason: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class Detectable:
    """The values nearest to the requirement that these trials would likely have shown to violate it.

    `low` lies below the region, `high` above it; None where the region is open on that side, or where not even the
    most extreme value would likely be shown. The reference's share is taken as observed.
    Reasons for neither: `undefined`, `out_of_reach`, and `not_of_pairs` where the quantity is not of one or two shares.
    """

    low: float | None = None
    high: float | None = None
    reason: Reason | None = None


def further(asked: Sequence[Asked], power: float = 0.8) -> list[tuple[Further, ...]]:
    """For each comparison the data that would settle it with this power; all at once, for speed.

    If the estimate violates the requirement, the data to fail; if it meets it, the data to pass. For the largest gap or
    smallest ratio of all groups by simulation; for metrics that are not shares by the normal formula from their limits.
    """
    found = together(asked, lambda setting: _further(setting, power), lambda one: _otherwise(one, power))
    return [
        tuple(replace(answer, smaller=None) for answer in answers)
        if getattr(one.contrast, "within", None) is not None
        else answers
        for one, answers in zip(asked, found, strict=True)
    ]


def detectable(asked: Sequence[Asked], power: float = 0.8) -> list[tuple[Detectable, ...]]:
    """For each comparison the smallest violation that it would have shown with this power; all at once, for speed."""
    found = together(asked, lambda setting: _detectable(setting, power), lambda one: _detectable_else(one, power))
    return [
        tuple(_restated(one, place, answer) for place, answer in enumerate(answers))
        if getattr(one.contrast, "within", None) is not None
        else answers
        for one, answers in zip(asked, found, strict=True)
    ]


def least_growth(setting: Setting, toward: Toward, power: float, alone: Mask | None = None) -> Array:
    """By what factor the trials must grow to settle it with this power; where `alone`, those of the smaller group only.

    1 if the present ones would do, NaN if 10^9 times as many would not.
    """
    chance = _CHANCES[toward]
    both, is_smaller = True if alone is None else ~alone, setting.n1 <= setting.n2
    first, second = both | is_smaller, both | ~is_smaller

    def excess(log: Array) -> Array:
        grown = setting.grown(np.where(first, np.exp(log), 1.0), np.where(second, np.exp(log), 1.0))
        return chance(grown) - power

    none = np.zeros_like(setting.p1)
    now, ever = excess(none), excess(none + _MOST)
    near = last_where(lambda log: excess(log) < 0, none, none + _MOST, _STEPS)
    # Bisection has left a bracket of one percent, in which the chance is as good as straight, unless it jumps.
    low, high = near - _BRACKET / 2, near + _BRACKET / 2
    short, over = excess(low), excess(high)
    share = np.clip(np.nan_to_num(divide(short, short - over), nan=0.5), 0.0, 1.0)
    return np.where(ever < 0, np.nan, np.where(now < 0, np.exp(low + _BRACKET * share), 1.0))


# ---- how much more -------------------------------------------------------------------------------------------------

_CHANCES: dict[Toward, Callable[[Setting], Array]] = {"pass": to_pass, "fail": to_fail}


def _further(setting: Setting, power: float) -> list[Further]:
    bases = standing(setting.value, setting.low, setting.high)
    factor, alone = np.full((2, setting.p1.size), np.nan)
    for goal in _CHANCES:
        chosen = np.array([place for place, base in enumerate(bases) if base.toward == goal], dtype=int)
        if chosen.size:
            twice = setting.where(np.tile(chosen, 2))
            found = least_growth(twice, goal, power, np.arange(2 * chosen.size) >= chosen.size)
            factor[chosen], alone[chosen] = found[: chosen.size], found[chosen.size :]
    one = setting.compare == "rate"
    trials = setting.n1 + (0 if one else setting.n2)
    smaller = setting.n1 if one else np.minimum(setting.n1, setting.n2)
    return [_answer(*item) for item in zip(bases, factor, trials, factor if one else alone, smaller, strict=True)]


def standing(value: Array, low: Array, high: Array) -> list[Further]:
    """Which verdict each estimate is on its way to, or why to none."""
    margin = _ALIKE * np.maximum(1.0, np.abs(np.nan_to_num(value)))
    at_limit = (np.abs(value - low) <= margin) | (np.abs(value - high) <= margin)
    outside = (value < low) | (value > high)
    places = np.where(np.isnan(value), 3, np.where(at_limit, 2, np.where(outside, 1, 0)))
    return [_STANDINGS[place] for place in places]


_STANDINGS = (
    Further(toward="pass"),
    Further(toward="fail"),
    Further(reason="at_the_limit"),
    Further(reason="undefined"),
)


def _answer(base: Further, factor: float, trials: float, alone: float, smaller: float) -> Further:
    if base.toward is None:
        return base
    if np.isnan(factor):
        return replace(base, reason="out_of_reach")
    grown = None if np.isnan(alone) else _more(smaller, alone)
    return replace(base, factor=float(factor), trials=_more(trials, factor), smaller=grown)


def _more(trials: float, factor: float) -> int:
    return int(np.ceil(trials * (factor - 1) - 1e-6))


def _otherwise(asked: Asked, power: float) -> list[Further]:
    """Where the contrast is not of pairs of counted shares."""
    if not isinstance(asked.contrast, Extreme):
        return _from_limits(asked, power)
    (base,) = standing(asked.contrast.estimate, *_bounds(asked))
    if base.toward is None:
        return [base]
    found = growth_of_extreme(asked, base.toward, power)
    return [replace(base, reason="not_of_pairs") if found is None else _answer(base, *found, np.nan, np.nan)]


def _from_limits(asked: Asked, power: float) -> list[Further]:
    """By the normal formula: the standard error is what the present limit says it is, and shrinks with the root."""
    estimate, ordinary, failing = asked.contrast.estimate, critical(asked.tail), critical(asked.fail_tails)
    plain, strict = asked.contrast.limits(np.full(estimate.shape, asked.tail)), asked.contrast.limits(asked.fail_tails)
    low, high = _bounds(asked)

    def growth(limit: Array, z: Array, bound: Array) -> Array:
        reach = (z + ndtri(power)) / z * divide(limit - estimate, bound - estimate)
        return np.where(np.isfinite(bound), reach**2, 0.0)

    with np.errstate(invalid="ignore"):
        passing = np.maximum(growth(plain.low, ordinary, low), growth(plain.high, ordinary, high))
        below = growth(strict.high, failing, low)
        factor = np.where(estimate < low, below, np.where(estimate > high, growth(strict.low, failing, high), passing))
    factor = np.maximum(np.where(factor < np.exp(_MOST), factor, np.nan), 1.0)
    return [
        replace(_answer(base, f, 0.0, np.nan, np.nan), trials=None)
        for base, f in zip(standing(estimate, low, high), factor, strict=True)
    ]


def _bounds(asked: Asked) -> tuple[Array, Array]:
    size = asked.contrast.estimate.shape
    low, high = -np.inf if asked.low is None else asked.low, np.inf if asked.high is None else asked.high
    return np.full(size, low), np.full(size, high)


# ---- what could be shown -------------------------------------------------------------------------------------------


def _detectable(setting: Setting, power: float) -> list[Detectable]:
    low, high = _nearest(setting, power, -1), _nearest(setting, power, 1)
    usable = np.isfinite(setting.value) | np.isfinite(setting.p2)
    columns = (low, high, usable & (setting.n1 > 0))
    return [_detected(*ends) for ends in zip(*(column.tolist() for column in columns), strict=True)]


def _detectable_else(asked: Asked, power: float) -> list[Detectable]:
    """Within strata, where the contrast is of these; nothing where it is not of pairs of counted shares at all."""
    contrast = asked.contrast
    if not isinstance(contrast, StratifiedDifferences | StratifiedRatios):
        return [Detectable(reason="not_of_pairs")] * contrast.estimate.size
    known = {"least": asked.least, "power": power}
    low = detectable_within(contrast, asked.low, asked.fail_tails, **known, side=-1)
    high = detectable_within(contrast, asked.high, asked.fail_tails, **known, side=1)
    there = np.isfinite(contrast.estimate)
    return [_detected(*ends) for ends in zip(low.tolist(), high.tolist(), there.tolist(), strict=True)]


def _detected(low: float, high: float, known: bool) -> Detectable:
    below, above = (None if math.isnan(value) else value for value in (low, high))
    if not known:
        return Detectable(reason="undefined")
    return Detectable(low=below, high=above, reason="out_of_reach" if below is None and above is None else None)


def _nearest(setting: Setting, power: float, side: Literal[-1, 1]) -> Array:
    """The value nearest to the limit on this side that would be shown beyond it; NaN if none.

    First on a grid from the limit to the end, since the guard against few events can make the chance fall again.
    """
    bound = setting.low if side < 0 else setting.high
    end = 0.0 if side < 0 else 1.0
    start = np.clip(_at_bound(setting, np.where(np.isfinite(bound), bound, np.nan)), 0.0, 1.0)

    def short(way: Array, places: Places) -> Mask:
        """At points of shape (k,) or (m, k) on the way to the end, for the k comparisons at these places."""
        places = np.tile(places, way.size // places.size)
        here = setting.where(places)
        moved = replace(here, p1=start[places] + way.ravel() * (end - start[places]))
        missed = ~(shown(moved, bound[places], here.fail_tail, side) * enough(moved) >= power)
        return missed.reshape(way.shape)

    ways = np.linspace(0.0, 1.0, _GRID + 1)
    first = _first_reached(short, ways[1:], np.isfinite(start))
    found = np.flatnonzero(first >= 0)
    value = np.full(start.shape, np.nan)
    if found.size:
        at = first[found]
        way = last_where_each(lambda way: short(way, found), ways[at], ways[at + 1], _REFINED)
        moved = replace(setting.where(found), p1=start[found] + way * (end - start[found]))
        value[found] = moved.value
    return value


def _first_reached(short: Callable[[Array, Places], Mask], ways: Array, asked: Mask) -> Places:
    """Which of the ways is the first that is not short, for each comparison that is asked about; -1 if none is.

    For few comparisons all ways are tried at once: they cost numpy's calls and hardly any arithmetic.
    """
    first, looking = np.full(asked.shape, -1), np.flatnonzero(asked)
    together = _GRID if looking.size <= FEW else 1
    for start in range(0, _GRID if looking.size else 0, together):
        some = np.broadcast_to(ways[start : start + together, np.newaxis], (together, looking.size))
        reached = ~short(some, looking)
        there = reached.any(axis=0)
        first[looking[there]], looking = start + reached.argmax(axis=0)[there], looking[~there]
        if not looking.size:
            break
    return first


def _at_bound(setting: Setting, bound: Array) -> Array:
    """The first share where the quantity is at its bound, given the second."""
    starts: dict[str, Array] = {"rate": bound, "difference": setting.p2 + bound, "ratio": setting.p2 * bound}
    return starts[setting.compare]


def _restated(asked: Asked, place: int, found: Detectable) -> Detectable:
    low, high = (None if end is None else against_whole(asked.contrast, place, end) for end in (found.low, found.high))
    return replace(found, low=low, high=high)
