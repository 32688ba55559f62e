"""The two ends of a comparison whose groups are not fully known: contrasts of them, and exact values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from audit.groups.measure import Measure, effective
from audit.judging.compare import of_shares
from audit.judging.evidence import Doubt, Evidence
from audit.judging.weigh import Weighed
from audit.policy.statistics import Statistics
from audit.stats.alternatives import SHARES
from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios
from audit.stats.membership import Bounded
from audit.stats.ranges import Extreme
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


def name_of(piece: Evidence) -> str:
    """The group that evidence is about."""
    return piece.group.name if piece.group else ""


def named_ends(
    pieces: Sequence[Evidence], least: Mapping[str, Measure], most: Mapping[str, Measure], kind: str
) -> tuple[End, End]:
    """Against one group; where the data choose it, against whichever would be chosen at that end."""
    names = [name_of(piece) for piece in pieces]
    judged = sorted({*names, str(pieces[0].reference)})

    def opponents(shares: Mapping[str, Measure]) -> list[Measure]:
        return [shares[_opponent(kind, piece, judged, shares)] for piece in pieces]

    return (
        End(first=[least[name] for name in names], second=opponents(most)),
        End(first=[most[name] for name in names], second=opponents(least)),
    )


def _opponent(kind: str, piece: Evidence, judged: Sequence[str], shares: Mapping[str, Measure]) -> str:
    """The group that would be the reference of another one, if all had these shares."""
    if kind not in ("highest", "lowest"):
        return str(piece.reference)
    best = max if kind == "highest" else min
    defined = [one for one in judged if one != name_of(piece) and shares[one].value is not None]
    return best(defined, key=lambda one: shares[one].value or 0)


def between(
    weighed: Weighed, ends: tuple[End, End], rows: Sequence[int], statistics: Statistics
) -> tuple[Contrast, list[Doubt]]:
    """The contrast that reaches from one end to the other, and the values at both ends."""
    compare = weighed.evidence[weighed.places[0]].rule.compare
    least, most = (contrast_of(compare, end, statistics) for end in ends)
    doubts = [
        Doubt(rows=n, low=value_of(compare, ends[0], i), high=value_of(compare, ends[1], i)) for i, n in enumerate(rows)
    ]
    return Bounded(known=weighed.contrast or least, least=least, most=most), doubts


def extreme_between(
    weighed: Weighed, least: Sequence[Measure], most: Sequence[Measure], rows: int
) -> tuple[Contrast, list[Doubt]] | None:
    """The largest gap or the smallest ratio, every pair of groups reaching from one of its ends to the other.

    By score intervals, as without anything unknown; those that a policy can ask for are of two groups.
    """
    known = weighed.contrast
    if not isinstance(known, Extreme):
        return None
    (x1, n1), (x2, n2) = effective(least), effective(most)
    build = ShareRatios if known.kind == "ratio" else ShareDifferences

    def pairs(first: Any, second: Any) -> Contrast:
        return Bounded(
            known=known.between(first, second),
            least=build(x1=x1[first], n1=n1[first], x2=x2[second], n2=n2[second]),
            most=build(x1=x2[first], n1=n2[first], x2=x1[second], n2=n1[second]),
        )

    compare = weighed.evidence[weighed.places[0]].rule.compare
    low, high = range_of(compare, [one.value for one in least], [one.value for one in most])
    return replace(known, between=pairs), [Doubt(rows=rows, low=low, high=high)]
