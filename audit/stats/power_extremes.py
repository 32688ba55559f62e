"""The power of the largest gap's and the smallest ratio's verdicts, by simulation with the same draws at every size.

The observed extreme of many groups is biased away from equality. Taken for the truth, as here, it makes a failure look
nearer, and a pass farther, than they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import ndtr

from audit.stats.asked import Asked
from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.numerics import Array, Mask, critical, divide, last_where
from audit.stats.power import Setting, critical_line
from audit.stats.ranges import Extreme, simultaneous_critical
from audit.stats.resampling import stream

_DRAWS = 1000  # and as many mirrored ones; the chance found is within 0.01 of the true one
_MOST = float(np.log(1e9))
_STEPS = 13
_MOST_GROUPS = 40  # whose pairs are all looked at


@dataclass(frozen=True, kw_only=True, eq=False)
class _Groups:
    """All groups that have a share, their requirement, and deviates of shape (draws, groups) to judge them by."""

    kind: Literal["gap", "ratio"]
    p: Array
    n: Array
    bound: float
    asked: Asked
    draws: Array


def growth_of_extreme(asked: Asked, toward: Literal["pass", "fail"], power: float) -> tuple[float, float] | None:
    """By what factor all groups must grow for a verdict with this power, and the present trials in total.

    1 if the present ones would do, NaN if 10^9 times as many would not. None for more than 40 groups, for metrics that
    are not shares, and for requirements that bound a gap from below or a ratio from above.
    """
    groups = _groups(asked)
    if groups is None:
        return None
    chance = {"pass": _to_pass, "fail": _to_fail}[toward]

    def short(log: Array) -> Mask:
        return np.asarray(chance(replace(groups, n=groups.n * np.exp(log))) < power)

    now, most = np.asarray(0.0), np.asarray(_MOST)
    if short(most):
        return float(np.nan), float(groups.n.sum())
    factor = np.exp(last_where(short, now, most, _STEPS)) if short(now) else 1.0
    return float(factor), float(groups.n.sum())


def _groups(asked: Asked) -> _Groups | None:
    extreme = asked.contrast
    if not isinstance(extreme, Extreme):
        return None
    bound, unusual = (asked.high, asked.low) if extreme.kind == "gap" else (asked.low, asked.high)
    usable = np.flatnonzero(np.isfinite(extreme.values))
    if bound is None or unusual is not None or not 2 <= usable.size <= _MOST_GROUPS:
        return None
    contrast = extreme.between(usable, np.roll(usable, 1))
    if not isinstance(contrast, ShareDifferences | ShareRatios):
        return None
    half = stream(0, "power of extremes").standard_normal((_DRAWS, usable.size))
    p, n = divide(contrast.x1, contrast.n1), contrast.n1
    return _Groups(kind=extreme.kind, p=p, n=n, bound=bound, asked=asked, draws=np.concatenate((half, -half)))


def _to_pass(groups: _Groups) -> float:
    """All pairs must be shown to keep the bound, each at the ordinary tail."""
    side = -1 if groups.kind == "gap" else 1
    everyone = np.ones(groups.p.shape, dtype=bool)
    return float(_shown(groups, everyone, groups.asked.tail, side).all(axis=1).mean())


def _to_fail(groups: _Groups) -> float:
    """Some pair must be shown beyond the bound at the simultaneous level, of groups that expect enough events."""
    side = 1 if groups.kind == "gap" else -1
    level = float(ndtr(-simultaneous_critical(groups.p.size, float(groups.asked.fail_tails[0]))))
    pooled = (groups.n * groups.p).sum() / groups.n.sum()
    firm = groups.n * min(pooled, 1 - pooled) >= groups.asked.least
    return float(_shown(groups, firm, level, side).any(axis=1).mean())


def _shown(groups: _Groups, chosen: Mask, tail: float, side: int) -> Mask:
    """For each draw and each ordered pair of chosen groups: is it shown to lie on this side of the bound?"""
    places = np.flatnonzero(chosen)
    first, second = (index.ravel() for index in np.meshgrid(places, places))
    apart = first != second
    first, second = first[apart], second[apart]
    none = np.zeros(first.size)
    setting = Setting(
        compare="difference" if groups.kind == "gap" else "ratio",
        p1=groups.p[first],
        n1=groups.n[first],
        p2=groups.p[second],
        n2=groups.n[second],
        low=none,
        high=none,
        tail=none,
        fail_tail=none,
        least=none,
    )
    distance, (along1, along2) = critical_line(setting, none + groups.bound, none + critical(tail), side)
    return np.asarray(distance + along1 * groups.draws[:, first] + along2 * groups.draws[:, second] >= 0)
