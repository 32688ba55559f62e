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

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from audit.compare import interval, tail_of
from audit.evidence import Evidence
from audit.policy.models import Statistics
from audit.stats import multiplicity
from audit.stats.ranges import simultaneous_critical, studentized_range_tail
from audit.stats.together import limits_together
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
    """All evidence with its intervals and adjusted p-values, and the size of the family that was adjusted together.

    The family is every comparison of the policy that is judged by its interval and could be computed.
    """
    tail = tail_of(statistics)
    plain = _with_limits(weighed, [np.full(len(block.places), tail) for block in weighed], _plain)
    pieces = [block.evidence[place] for block in plain for place in block.places]
    corrected = statistics.correction != "none"
    plain_p = np.array([_p(piece) for piece in pieces], dtype=float)
    beyond = _for_choice(pieces, plain_p) if corrected else plain_p
    counted = np.array([_in_family(piece) for piece in pieces], dtype=bool)
    family = int(counted.sum())
    adjusted, tails = beyond.copy(), np.full(len(pieces), tail)
    if family and corrected:
        p_values, tails_of = _CORRECTIONS[statistics.correction]
        adjusted[counted] = p_values(beyond[counted])
        tails[counted] = tails_of(beyond[counted], tail)
        tails = np.array([_tail_for_choice(piece, t) for piece, t in zip(pieces, tails, strict=True)])
    ends = np.cumsum([len(block.places) for block in plain])[:-1]
    known = [_with_p_values(block, p) for block, p in zip(plain, np.split(adjusted, ends), strict=True)]
    decided = _with_limits(known, np.split(tails, ends), _deciding)
    return [piece for block in decided for piece in block.evidence], family


def _with_limits(
    weighed: Sequence[Weighed], tails: Sequence[Array], take: Callable[[Evidence, Interval], Evidence]
) -> list[Weighed]:
    """The blocks, with each piece given its interval at its tail; all blocks at once, for speed."""
    chosen = [place for place, block in enumerate(weighed) if _wants(block, take)]
    contrasts = [contrast for place in chosen if (contrast := weighed[place].contrast) is not None]
    found = dict(zip(chosen, limits_together(contrasts, [tails[place] for place in chosen]), strict=True))
    blocks = list(weighed)
    for place, (low, high) in found.items():
        pieces = list(blocks[place].evidence)
        for i, at in enumerate(blocks[place].places):
            pieces[at] = take(pieces[at], interval(low[i], high[i]))
        blocks[place] = replace(blocks[place], evidence=tuple(pieces))
    return blocks


def _wants(block: Weighed, take: Callable[[Evidence, Interval], Evidence]) -> bool:
    """Has the block intervals to be drawn? Adjusted ones only where something lies beyond a limit."""
    if block.contrast is None:
        return False
    return take is _plain or any(_is_beyond(block.evidence[place]) for place in block.places)


def _plain(piece: Evidence, own: Interval) -> Evidence:
    return replace(piece, interval=own, deciding=own)


def _deciding(piece: Evidence, adjusted: Interval) -> Evidence:
    """The adjusted interval decides where the plain one lies beyond the limit, and enough events are expected."""
    if not _is_beyond(piece):
        return piece
    return replace(piece, deciding=adjusted if piece.enough else _left_open(piece))


def _with_p_values(block: Weighed, p_values: Array) -> Weighed:
    pieces = list(block.evidence)
    for i, place in enumerate(block.places):
        if _in_family(pieces[place]):
            pieces[place] = replace(pieces[place], p_adjusted=min(float(p_values[i]), 1.0))
    return replace(block, evidence=tuple(pieces))


def _p(piece: Evidence) -> float:
    return np.nan if piece.p_beyond is None else piece.p_beyond


def _for_choice(pieces: Sequence[Evidence], p: Array) -> Array:
    """The p-values, where a reference was chosen for its value among several groups: over all pairs of these."""
    sizes = np.array([piece.chosen_from for piece in pieces])
    allowed = p.copy()
    for size in np.unique(sizes[sizes > _PAIR]):
        these = (sizes == size) & ~np.isnan(p)
        allowed[these] = studentized_range_tail(int(size), np.sqrt(2) * np.maximum(-ndtri(p[these]), 0.0))
    return allowed


def _tail_for_choice(piece: Evidence, tail: float) -> float:
    """The ordinary tail at which limits are drawn, so that they agree with `_for_choice`."""
    if piece.chosen_from <= _PAIR:
        return tail
    return float(ndtr(-simultaneous_critical(piece.chosen_from, tail)))


def _in_family(piece: Evidence) -> bool:
    return piece.rule.judge == "interval" and piece.p_beyond is not None


def _is_beyond(piece: Evidence) -> bool:
    return _in_family(piece) and piece.interval.outside(piece.rule.region)


def _left_open(piece: Evidence) -> Interval:
    """The plain interval left open on the side of the limit: too few events are expected for a claim of failure."""
    plain, region = piece.interval, piece.rule.region
    too_low = region.low is not None and plain.high is not None and plain.high < region.low
    return Interval(low=plain.low, high=None) if too_low else Interval(low=None, high=plain.high)
