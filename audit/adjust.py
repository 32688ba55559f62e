"""Adjust: allow for how many comparisons an audit makes, before a failure is claimed.

Passing needs no allowance: all comparisons must pass anyway (Berger's intersection-union test). Failing does. An
interval that lies wholly beyond the limit is therefore drawn anew, at the level at which the correction in effect
tests that comparison; the verdict is taken from the interval so drawn, so a reader never sees one contradict the
other.

A reference that was chosen because its rate is the highest or lowest looks farther away than it is. There, p-values and
limits first allow for all pairs of the groups it was chosen from, by the studentised range (for score intervals:
Agresti, Bini, Bertaccini and Ryu 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from audit.compare import interval
from audit.evidence import Evidence
from audit.policy.models import Statistics
from audit.stats import multiplicity
from audit.stats.ranges import simultaneous_critical, studentized_range_tail
from audit.values import Interval
from audit.weigh import Weighed

Array = NDArray[np.float64]
#: Two groups make one pair, and nothing to choose from.
_PAIR = 2

_CORRECTIONS = {
    "holm": (multiplicity.holm, multiplicity.holm_tails),
    "bh": (multiplicity.benjamini_hochberg, multiplicity.bh_tails),
}


def adjust(weighed: Sequence[Weighed], statistics: Statistics) -> tuple[list[Evidence], int]:
    """All evidence with adjusted p-values and intervals, and the size of the family: how many were adjusted together.

    The family is every comparison of the policy that is judged by its interval and could be computed.
    """
    slots = [(block, place) for block in range(len(weighed)) for place in range(len(weighed[block].places))]
    pieces_at = [_slot(weighed, slot) for slot in slots]
    corrected = statistics.correction != "none"
    beyond = np.array([_for_choice(piece) if corrected else _p(piece) for piece in pieces_at], dtype=float)
    counted = np.array([_in_family(piece) for piece in pieces_at], dtype=bool)
    family = int(counted.sum())
    tail = (1 - statistics.confidence) / 2
    adjusted, tails = beyond.copy(), np.full(len(slots), tail)
    if family and corrected:
        p_values, tails_of = _CORRECTIONS[statistics.correction]
        adjusted[counted] = p_values(beyond[counted])
        tails[counted] = tails_of(beyond[counted], tail)
        tails = np.array([_tail_for_choice(piece, t) for piece, t in zip(pieces_at, tails, strict=True)])
    by_slot = dict(zip(slots, zip(adjusted, tails, strict=True), strict=True))
    pieces: list[Evidence] = []
    for block, blocked in enumerate(weighed):
        levels = [by_slot[(block, place)] for place in range(len(blocked.places))]
        pieces += _adjusted(blocked, np.array([p for p, _ in levels]), np.array([t for _, t in levels]))
    return pieces, family


def _slot(weighed: Sequence[Weighed], slot: tuple[int, int]) -> Evidence:
    block, place = slot
    return weighed[block].evidence[weighed[block].places[place]]


def _p(piece: Evidence) -> float:
    return np.nan if piece.p_beyond is None else piece.p_beyond


def _for_choice(piece: Evidence) -> float:
    """The p-value, where the reference was chosen for its value among several groups: over all pairs of these."""
    p = _p(piece)
    if piece.chosen_from <= _PAIR or np.isnan(p):
        return p
    return studentized_range_tail(piece.chosen_from, float(np.sqrt(2) * max(-ndtri(p), 0.0)))


def _tail_for_choice(piece: Evidence, tail: float) -> float:
    """The ordinary tail at which limits are drawn, so that they agree with `_for_choice`."""
    if piece.chosen_from <= _PAIR:
        return tail
    return float(ndtr(-simultaneous_critical(piece.chosen_from, tail)))


def _in_family(piece: Evidence) -> bool:
    return piece.rule.judge == "interval" and piece.p_beyond is not None


def _adjusted(blocked: Weighed, p_values: Array, tails: Array) -> list[Evidence]:
    """The evidence of one block, with the intervals that decide."""
    pieces = list(blocked.evidence)
    family = {place for place in blocked.places if _in_family(pieces[place])}
    for i, place in enumerate(blocked.places):
        if place in family:
            pieces[place] = replace(pieces[place], p_adjusted=min(float(p_values[i]), 1.0))
    beyond = [i for i, place in enumerate(blocked.places) if place in family and _is_beyond(pieces[place])]
    if blocked.contrast is None or not beyond:
        return pieces
    low, high = blocked.contrast.limits(tails)
    for i in beyond:
        place = blocked.places[i]
        deciding = interval(low[i], high[i]) if pieces[place].enough else _left_open(pieces[place])
        pieces[place] = replace(pieces[place], deciding=deciding)
    return pieces


def _is_beyond(piece: Evidence) -> bool:
    return piece.interval.outside(piece.rule.region)


def _left_open(piece: Evidence) -> Interval:
    """The plain interval left open on the side of the limit: too few events are expected for a claim of failure."""
    plain, region = piece.interval, piece.rule.region
    too_low = region.low is not None and plain.high is not None and plain.high < region.low
    return Interval(low=plain.low, high=None) if too_low else Interval(low=None, high=plain.high)
