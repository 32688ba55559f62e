"""Doubts beside the evidence, and intervals that reach over all ways of filling in what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.judging.compare import interval, tail_of
from audit.judging.evidence import Doubt
from audit.judging.weigh import Weighed
from audit.policy.statistics import Statistics
from audit.stats.contrasts import Contrast
from audit.stats.equivalence import p_outside_and_inside

Array = NDArray[np.float64]


def settled(blocks: Sequence[Weighed], tails: Sequence[Array], statistics: Statistics) -> list[Weighed]:
    """The blocks with the intervals of their doubts, each at the tail at which its verdict is taken."""
    return [
        _settled(block, own, statistics) if block.bounded else block for block, own in zip(blocks, tails, strict=True)
    ]


def _settled(block: Weighed, tails: Array, statistics: Statistics) -> Weighed:
    pieces = list(block.evidence)
    claimed = [pieces[place].interval.outside(pieces[place].rule.region) for place in block.places]
    at = np.where(claimed, tails, tail_of(statistics))
    for name, contrast in block.bounded.items():
        low, high = contrast.limits(at)
        for i, place in enumerate(block.places):
            doubts = pieces[place].doubts
            doubt = replace(doubts[name], interval=interval(low[i], high[i]))
            pieces[place] = replace(pieces[place], doubts={**doubts, name: doubt})
    return replace(block, evidence=tuple(pieces))


def noted(weighed: Weighed, name: str, bounded: Contrast, doubts: Sequence[Doubt]) -> Weighed:
    """The evidence with what something that is not known could make of it."""
    pieces = list(weighed.evidence)
    for place, doubt in zip(weighed.places, doubts, strict=True):
        pieces[place] = replace(pieces[place], doubts={**pieces[place].doubts, name: doubt})
    return replace(weighed, evidence=tuple(pieces), bounded={**weighed.bounded, name: bounded})


def widened(weighed: Weighed, name: str) -> Weighed:
    """The evidence judged by an interval that holds however what is not known is filled in."""
    bounded = weighed.bounded.get(name)
    if bounded is None:
        return weighed
    region = weighed.evidence[0].rule.region
    beyond, within = p_outside_and_inside(bounded, *region.ends)
    pieces = list(weighed.evidence)
    for i, place in enumerate(weighed.places):
        known: dict[str, Any] = {"p_beyond": _known(beyond[i]), "p_within": _known(within[i])}
        doubts = pieces[place].doubts
        known["doubts"] = {**doubts, name: replace(doubts[name], widens=True)}
        pieces[place] = replace(pieces[place], **known)
    return replace(weighed, evidence=tuple(pieces), contrast=bounded)


def _known(p_value: float) -> float | None:
    return None if np.isnan(p_value) else float(p_value)
