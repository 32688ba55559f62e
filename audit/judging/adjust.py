"""Adjust: allow for how many comparisons an audit makes, before a failure is claimed.

Passing needs no allowance: all comparisons must pass anyway (Berger's intersection-union test). Failing does, over all
comparisons of the policy or over those of each rule. An interval that lies wholly beyond the limit is therefore drawn
anew, at the level at which the correction in effect tests that comparison; the verdict is taken from the interval so
drawn, so a reader never sees one contradict the other.

A reference that was chosen because its rate is the highest or lowest looks farther away than it is. There, p-values and
limits first allow for all pairs of the groups it was chosen from, by the studentised range (for score intervals:
Agresti, Bini, Bertaccini and Ryu 2008). They are then valid together, and Holm and Bonferroni count them as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from audit.judging.compare import interval, tail_of
from audit.judging.evidence import Evidence, knowing
from audit.judging.powered import with_power
from audit.judging.weigh import Weighed
from audit.judging.widened import settled
from audit.policy.statistics import Statistics
from audit.stats import multiplicity
from audit.stats.ranges import simultaneous_critical, studentized_range_tail
from audit.stats.together import limits_together
from audit.values import Interval

Array = NDArray[np.float64]
Places = NDArray[np.intp]
#: Two groups make one pair, and nothing to choose from.
_PAIR = 2

#: The p-values and tails of each correction. Of these two, comparisons with one chosen reference count as one.
_IN_BLOCKS = {
    "bonferroni": (multiplicity.bonferroni_in_blocks, multiplicity.bonferroni_in_blocks_tails),
    "holm": (multiplicity.holm_in_blocks, multiplicity.holm_in_blocks_tails),
}
_ONE_BY_ONE = {
    "hommel": (multiplicity.hommel, multiplicity.hommel_tails),
    "bh": (multiplicity.benjamini_hochberg, multiplicity.bh_tails),
    "by": (multiplicity.benjamini_yekutieli, multiplicity.by_tails),
}


def adjust(weighed: Sequence[Weighed], statistics: Statistics) -> tuple[list[Evidence], int]:
    """All evidence with its intervals, adjusted p-values and power, and how many comparisons were adjusted.

    These are all comparisons of the policy that are judged by their intervals and could be computed.
    """
    blocks, tails = decided(weighed, statistics)
    evidence = [piece for block in with_power(blocks, tails, statistics) for piece in block.evidence]
    return evidence, sum(piece.p_adjusted is not None for piece in evidence)


def decided(weighed: Sequence[Weighed], statistics: Statistics) -> tuple[list[Weighed], list[Array]]:
    """The blocks with the intervals that decide, and the tails at which failures are claimed."""
    plain = _limits_of(weighed, [np.full(len(block.places), tail_of(statistics)) for block in weighed])
    pieces = [block.evidence[place] for block in weighed for place in block.places]
    blocks = np.repeat(np.arange(len(weighed)), [len(block.places) for block in weighed])
    adjusted, at, families = _corrected(pieces, blocks, statistics)
    ends = np.cumsum([len(block.places) for block in weighed])[:-1]
    tails, split = np.split(at, ends), (np.split(adjusted, ends), np.split(families, ends))
    known = [_with_intervals(*block) for block in zip(weighed, plain, *split, strict=True)]
    return settled(_with_deciding(known, tails), tails, statistics), tails


def _corrected(pieces: Sequence[Evidence], blocks: Places, statistics: Statistics) -> tuple[Array, Array, Places]:
    """For each piece its adjusted p-value, the tail at which a failure is claimed, and how many were adjusted together.

    `blocks` numbers the rule, metric and attribute of each.
    """
    plain_p = np.array([_p(piece) for piece in pieces], dtype=float)
    tails, sizes = np.full(len(pieces), tail_of(statistics)), np.zeros(len(pieces), dtype=np.intp)
    families = _families(pieces, statistics)
    for family in families:
        sizes[family] = family.size
    if statistics.correction == "none":
        return plain_p, tails, sizes
    adjusted = _for_choice(pieces, plain_p)
    as_one = np.where([piece.chosen_from > _PAIR for piece in pieces], blocks, -1)
    for family in families:
        adjusted[family], tails[family] = _in_family_of(adjusted[family], as_one[family], statistics)
    at = [_tail_for_choice(piece, float(tail)) for piece, tail in zip(pieces, tails, strict=True)]
    return adjusted, np.array(at, dtype=float), sizes


def _families(pieces: Sequence[Evidence], statistics: Statistics) -> list[Places]:
    """The places of the comparisons that are adjusted together: all of the policy, or those of each rule."""
    counted = [place for place, piece in enumerate(pieces) if _in_family(piece)]
    rules = [pieces[place].rule.id if statistics.family == "rule" else "" for place in counted]
    named = np.array(rules)
    return [np.array(counted, dtype=np.intp)[named == rule] for rule in dict.fromkeys(rules)]


def _in_family_of(p: Array, as_one: Places, statistics: Statistics) -> tuple[Array, Array]:
    """The adjusted p-values of one family, and their tails."""
    tail = tail_of(statistics)
    if statistics.correction in _IN_BLOCKS:
        p_values, tails_of = _IN_BLOCKS[statistics.correction]
        return p_values(p, as_one), tails_of(p, as_one, tail)
    one_by_one, tails_one_by_one = _ONE_BY_ONE[statistics.correction]
    return one_by_one(p), tails_one_by_one(p, tail)


def strictest_tails(
    rules: Sequence[str], sizes: Sequence[int], chosen: Sequence[int], statistics: Statistics
) -> list[float]:
    """The tails at which failures are claimed before any other is, of blocks of so many comparisons each.

    `rules` says of which rule each block is, `chosen` from how many groups its reference is chosen for its rate.
    """
    of = np.repeat(np.arange(len(sizes)), sizes)
    family = np.array(rules if statistics.family == "rule" else [""] * len(rules))[of]
    as_one = np.where(np.array(chosen, dtype=int)[of] > _PAIR, of, -1)
    found = np.full(of.shape, tail_of(statistics))
    for name in dict.fromkeys(family.tolist()) if statistics.correction != "none" else ():
        mine = family == name
        found[mine] = _in_family_of(np.ones(int(mine.sum())), as_one[mine], statistics)[1]
    first = np.cumsum([0, *sizes[:-1]])
    if statistics.correction == "none":
        return [float(found[place]) for place in first]
    return [_over_pairs(size, float(found[place])) for size, place in zip(chosen, first, strict=True)]


def _limits_of(weighed: Sequence[Weighed], tails: Sequence[Array]) -> list[list[Interval]]:
    """The intervals of each block at its tails, none where it has no contrast; all blocks at once, for speed."""
    drawn = [(block.contrast, at) for block, at in zip(weighed, tails, strict=True) if block.contrast is not None]
    found = iter(limits_together([contrast for contrast, _ in drawn], [at for _, at in drawn]))
    return [
        []
        if block.contrast is None
        else [interval(*ends) for ends in zip(*(end.tolist() for end in next(found)), strict=True)]
        for block in weighed
    ]


def _with_intervals(block: Weighed, own: Sequence[Interval], p_values: Array, families: Places) -> Weighed:
    """The block with each piece's plain interval, and its adjusted p-value if it has one."""
    pieces = list(block.evidence)
    for place, plain, p, family in zip(block.places, own, p_values.tolist(), families.tolist(), strict=True):
        counted = {"p_adjusted": min(p, 1.0), "family": family} if _in_family(pieces[place]) else {}
        pieces[place] = knowing(pieces[place], interval=plain, deciding=plain, **counted)
    return replace(block, evidence=tuple(pieces))


def _with_deciding(blocks: Sequence[Weighed], tails: Sequence[Array]) -> list[Weighed]:
    """The blocks with the adjusted intervals where plain ones lie beyond the limit, and enough events are expected."""
    beyond = [[place for place in block.places if _is_beyond(block.evidence[place])] for block in blocks]
    drawn = [place for place, those in enumerate(beyond) if those]
    found = list(blocks)
    for at, adjusted in zip(drawn, _limits_of([blocks[at] for at in drawn], [tails[at] for at in drawn]), strict=True):
        pieces, by_place = list(blocks[at].evidence), dict(zip(blocks[at].places, adjusted, strict=True))
        for place in beyond[at]:
            deciding = by_place[place] if pieces[place].enough else _left_open(pieces[place])
            pieces[place] = knowing(pieces[place], deciding=deciding)
        found[at] = replace(blocks[at], evidence=tuple(pieces))
    return found


def _p(piece: Evidence) -> float:
    return np.nan if piece.p_beyond is None else piece.p_beyond


def _for_choice(pieces: Sequence[Evidence], p: Array) -> Array:
    """The p-values, where a reference was chosen for its value among several groups: over all pairs of these."""
    sizes = np.array([piece.chosen_from for piece in pieces])
    allowed = p.copy()
    for size in np.unique(sizes[sizes > _PAIR]):
        these = (sizes == size) & ~np.isnan(p)
        # Most often there are few: many comparisons lie on the side of the limit where nothing is claimed.
        apart, places = np.unique(np.sqrt(2) * np.maximum(-ndtri(p[these]), 0.0), return_inverse=True)
        allowed[these] = studentized_range_tail(int(size), apart)[places]
    return allowed


def _tail_for_choice(piece: Evidence, tail: float) -> float:
    """The ordinary tail at which limits are drawn, so that they agree with `_for_choice`."""
    return _over_pairs(piece.chosen_from, tail)


def _over_pairs(groups: int, tail: float) -> float:
    """The ordinary tail of each pair of so many groups that is the tail of all of them together."""
    return tail if groups <= _PAIR else float(ndtr(-simultaneous_critical(groups, tail)))


def _in_family(piece: Evidence) -> bool:
    return piece.rule.judge == "interval" and piece.rule.limited and piece.p_beyond is not None


def _is_beyond(piece: Evidence) -> bool:
    return _in_family(piece) and piece.interval.outside(piece.rule.region)


def _left_open(piece: Evidence) -> Interval:
    """The plain interval left open on the side of the limit: too few events are expected for a claim of failure."""
    plain, region = piece.interval, piece.rule.region
    too_low = region.low is not None and plain.high is not None and plain.high < region.low
    return Interval(low=plain.low, high=None) if too_low else Interval(low=None, high=plain.high)
