"""The two ends of a comparison whose groups are not fully known: contrasts of them, and exact values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from audit.compare import effective, of_shares
from audit.measure import Measure
from audit.policy.statistics import Statistics
from audit.stats.alternatives import SHARES
from audit.stats.contrasts import Contrast
from audit.values import Number

_RATIOS = ("ratio", "min_ratio")


@dataclass(frozen=True, kw_only=True)
class End:
    """Measures of groups, and of those whom they are compared with; `within` as in the contrasts."""

    first: Sequence[Measure]
    second: Sequence[Measure] = ()
    within: Sequence[float] = ()


def contrast_of(compare: str, end: End, statistics: Statistics) -> Contrast:
    """The quantities at an end, by the interval that the policy asks for."""
    x1, n1 = effective(end.first)
    if not end.second:
        return SHARES[statistics.interval](x=x1, n=n1)
    x2, n2 = effective(end.second)
    within = np.array(end.within) if end.within else None
    return of_shares(compare, statistics)(x1=x1, n1=n1, x2=x2, n2=n2, within=within)


def value_of(compare: str, end: End, place: int) -> Number | None:
    """The value at an end, exact for counts; None for a ratio without end."""
    first = end.first[place].value
    if not end.second or first is None:
        return first
    second = end.second[place].value
    if second is None:
        return None
    share = end.within[place] if end.within else 0.0
    whole = second if not share else _mixed(end.first[place], end.second[place])
    return _disparity(compare, first, whole)


def _mixed(part: Measure, rest: Measure) -> Number:
    """The share of a part and the rest of a whole together."""
    if part.share is None or rest.share is None:
        return 0
    hits, trials = part.share.hits + rest.share.hits, part.share.trials + rest.share.trials
    return replace(part.share, hits=hits, trials=trials).value or 0


def _disparity(compare: str, first: Number, second: Number) -> Number | None:
    if compare not in _RATIOS:
        return first - second
    return first / second if second else None


def range_of(
    compare: str, least: Sequence[Number | None], most: Sequence[Number | None]
) -> tuple[Number | None, Number | None]:
    """The least and the most that the extreme may be; the near end is outwards where one row would serve two pairs."""
    lows = [(value, place) for place, value in enumerate(least) if value is not None]
    highs = [(value, place) for place, value in enumerate(most) if value is not None]
    if compare == "max_gap":
        near = max(a - b for (a, i), (b, j) in _few(sorted(lows)[-2:], sorted(highs)[:2]) if i != j)
        far = max(a - b for (a, i), (b, j) in _few(sorted(highs)[-2:], sorted(lows)[:2]) if i != j)
        return max(near, 0), far
    near_pairs = [(a, b) for (a, i), (b, j) in _few(sorted(lows)[:2], sorted(highs)[-2:]) if i != j and b]
    far_pairs = [(a, b) for (a, i), (b, j) in _few(sorted(highs)[:2], sorted(lows)[-2:]) if i != j and b]
    least_ratio = min((a / b for a, b in near_pairs), default=None)
    return least_ratio, min((*(a / b for a, b in far_pairs), 1))


def _few(first: Sequence[Any], second: Sequence[Any]) -> list[tuple[Any, Any]]:
    return [(one, other) for one in first for other in second]
