"""The largest gap and the smallest ratio between any two of k groups, with intervals that allow for the choice of two.

The far limit (how bad can it be?) is the farthest of all pairs' ordinary limits, without adjustment: which pair is the
extreme one in truth is fixed, and its own limit covers it. The near limit (is there surely a gap?) is the farthest of
all pairs' limits at the simultaneous critical value, that of the studentized range over sqrt 2 (after Agresti, Bini,
Bertaccini & Ryu 2008). The observed extreme itself is biased away from equality, the more so the more groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr, ndtr, ndtri

from audit.stats.composites import Places
from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios
from audit.stats.numerics import Array, Limits, Mask, divide, floats

_BLOCK = 1 << 16  # pairs whose scores are in memory at once
_TOGETHER = 256  # pairs whose limits are solved at once
# Steps of a twentieth: 12 digits of any tail above 1e-20, for up to a hundred thousand groups.
_GRID = np.linspace(-9.0, 12.0, 421)
_LOG_BELOW = log_ndtr(_GRID)
_RANGES = 2000  # whose tails are in memory at once


@dataclass(frozen=True, kw_only=True, eq=False)
class Extreme:
    """The largest gap or smallest ratio over all ordered pairs of k groups, itself a contrast of one quantity.

    `between(first, second)` is the contrast of the groups in these places. `firm` marks the groups whose pairs count
    towards the near limit; all pairs count towards the far one.
    Memory is bounded; time is one score for each pair, so about a second per million pairs and limit.
    """

    kind: Literal["gap", "ratio"]
    values: Array
    firm: Mask
    between: Callable[[Places, Places], Contrast]

    @property
    def pair(self) -> tuple[int, int] | None:
        """The places of the groups with the lowest and the highest value, in this order.

        The first in order on ties; None if fewer than two groups have a value.
        """
        usable = np.flatnonzero(np.isfinite(self.values))
        if usable.size < 2:
            return None
        high = int(usable[np.argmax(self.values[usable])])
        others = usable[usable != high]
        low = int(others[np.argmin(self.values[others])])
        return low, high

    @property
    def estimate(self) -> Array:
        """The observed extreme; NaN without a pair, or for a ratio to zero."""
        pair = self.pair
        if pair is None:
            return np.array([np.nan])
        return self.between(*self._in_order(pair)).estimate

    def limits(self, tails: ArrayLike) -> Limits:
        """The limits of the true extreme; a gap is at least 0, a ratio from 0 to 1."""
        tails = np.atleast_1d(np.asarray(tails, dtype=np.float64))
        found = np.array([self._limits(float(tail)) for tail in tails], dtype=np.float64)
        return Limits(found[:, 0], found[:, 1])

    def p_below(self, bound: float) -> Array:
        """Evidence that the true extreme is below the bound; NaN without a pair."""
        return np.array([self._p_far(bound) if self.kind == "gap" else self._p_near(bound)])

    def p_above(self, bound: float) -> Array:
        """Evidence that the true extreme is above the bound; NaN without a pair."""
        return np.array([self._p_near(bound) if self.kind == "gap" else self._p_far(bound)])

    def _limits(self, tail: float) -> tuple[float, float]:
        pair = self.pair
        if pair is None:
            return (0.0, np.inf) if self.kind == "gap" else (0.0, 1.0)
        observed = self._ends(*self._in_order(pair), tail, near=False)
        far = self._farthest(tail, observed, near=False)
        simultaneous = float(ndtr(-simultaneous_critical(self._size(), tail)))
        near = self._farthest(simultaneous, 0.0 if self.kind == "gap" else 1.0, near=True)
        return (near, far) if self.kind == "gap" else (far, near)

    def _farthest(self, tail: float, best: float, *, near: bool) -> float:
        """The farthest limit of all pairs, beyond `best`.

        A pair's limit lies beyond the best one yet exactly if its p-value there says so. So one p-value a pair spares
        bisecting the limits of all but the few pairs that can still move the best, and nothing is approximated.
        """
        for pairs in self._pairs(near=near):
            first, second = pairs
            while first.size:
                p = self._p_values(first, second, best, near=near)
                order = np.argsort(p if near else -p, kind="stable")
                order = order[p[order] < tail if near else p[order] > tail]
                now, later = order[:_TOGETHER], order[_TOGETHER:]
                if now.size:
                    best = self._farther(best, self._ends(first[now], second[now], tail, near=near))
                first, second = first[later], second[later]
        return best

    def _in_order(self, pair: tuple[int, int]) -> tuple[Places, Places]:
        """A gap is the highest less the lowest, a ratio the lowest over the highest."""
        low, high = np.array(pair[:1]), np.array(pair[1:])
        return (high, low) if self.kind == "gap" else (low, high)

    def _farther(self, one: float, other: float) -> float:
        return max(one, other) if self.kind == "gap" else min(one, other)

    def _ends(self, first: Places, second: Places, tail: float, *, near: bool) -> float:
        """The farthest of these pairs' near or far limits, at their own ordinary tail."""
        limits = self.between(first, second).limits(tail)
        if self.kind == "gap":
            return float((limits.low if near else limits.high).max())
        return float((limits.high if near else limits.low).min())

    def _p_values(self, first: Places, second: Places, bound: float, *, near: bool) -> Array:
        """The pairs' p-values that belong to their near or far limits; 1 for a pair of which nothing can be said."""
        pairs = self.between(first, second)
        found = pairs.p_above(bound) if near == (self.kind == "gap") else pairs.p_below(bound)
        return np.nan_to_num(found, nan=1.0)

    def _p_far(self, bound: float) -> float:
        """All pairs must be on the near side of the bound: the largest p-value, unadjusted."""
        if self.pair is None:
            return np.nan
        if bound <= 0 if self.kind == "gap" else bound >= 1:  # nothing lies beyond what an extreme can be
            return 1.0
        found = [self._p_values(i, j, bound, near=False) for i, j in self._pairs(near=False)]
        return float(np.concatenate(found).max())

    def _p_near(self, bound: float) -> float:
        """Some pair must be beyond the bound: the smallest p-value, adjusted for all pairs."""
        if self.pair is None:
            return np.nan
        if bound < 0 if self.kind == "gap" else bound > 1:
            return 0.0
        found = [self._p_values(i, j, bound, near=True) for i, j in self._pairs(near=True)]
        smallest = float(np.concatenate([*found, [1.0]]).min())
        return float(studentized_range_tail(self._size(), np.sqrt(2) * max(-ndtri(smallest), 0.0)))

    def _pairs(self, *, near: bool) -> Iterator[tuple[Places, Places]]:
        """All ordered pairs of different groups that count, in blocks."""
        groups = np.flatnonzero(np.isfinite(self.values) & (self.firm | (not near)))
        for start in range(0, groups.size**2, _BLOCK):
            first, second = np.divmod(np.arange(start, min(start + _BLOCK, groups.size**2)), groups.size)
            apart = first != second
            yield groups[first[apart]], groups[second[apart]]

    def _size(self) -> int:
        return int(np.isfinite(self.values).sum())


def max_gap(x: ArrayLike, n: ArrayLike, *, min_expected: float = 5.0) -> Extreme:
    """The largest difference of shares between any two groups, by Miettinen and Nurminen's limits.

    Groups that expect fewer than `min_expected` successes or failures at the pooled share can hold the far limit up,
    but are left out of the near one: a few people cannot make a gap certain. Empty groups are left out of both.
    """
    x, n = floats(x, n)

    def between(first: Places, second: Places) -> Contrast:
        return ShareDifferences(x1=x[first], n1=n[first], x2=x[second], n2=n[second])

    return Extreme(kind="gap", values=divide(x, n), firm=_firm(x, n, min_expected), between=between)


def min_ratio(x: ArrayLike, n: ArrayLike, *, min_expected: float = 5.0) -> Extreme:
    """The smallest ratio of shares between any two groups, by Koopman's limits; `min_expected` as for `max_gap`."""
    x, n = floats(x, n)

    def between(first: Places, second: Places) -> Contrast:
        return ShareRatios(x1=x[first], n1=n[first], x2=x[second], n2=n[second])

    return Extreme(kind="ratio", values=divide(x, n), firm=_firm(x, n, min_expected), between=between)


@lru_cache(maxsize=1024)
def simultaneous_critical(groups: int, tail: float) -> float:
    """How many standard errors no pair of `groups` equal ones exceeds, but with the probability `tail`."""
    low, high = 0.0, 60.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(studentized_range_tail(groups, middle)) > tail else (low, middle)
    return 0.5 * (low + high) / float(np.sqrt(2))


def studentized_range_tail(groups: int, q: ArrayLike) -> Array:
    """The probability that the range of `groups` standard normals exceeds q, by quadrature over their maximum."""
    each = np.atleast_1d(np.asarray(q, dtype=np.float64))
    blocks = np.array_split(each, each.size // _RANGES + 1)
    return np.concatenate([_tails(groups, block) for block in blocks]).reshape(np.shape(q))


def _tails(groups: int, q: Array) -> Array:
    below = np.exp(log_ndtr(_GRID - q[:, np.newaxis]) - _LOG_BELOW)
    with np.errstate(divide="ignore"):
        some_below = -np.expm1((groups - 1) * np.log1p(-below))
    return np.asarray(np.minimum(some_below @ _of_maximum(groups), 1.0))


@lru_cache(maxsize=256)
def _of_maximum(groups: int) -> Array:
    """The density of the largest of so many standard normals, over the grid, times its step."""
    density = groups * np.exp(-(_GRID**2) / 2 + (groups - 1) * _LOG_BELOW) / np.sqrt(2 * np.pi)
    return np.asarray(density * (_GRID[1] - _GRID[0]))


def _firm(x: Array, n: Array, min_expected: float) -> Mask:
    """Which groups expect at least so many successes and so many failures at the pooled share, blind to their own."""
    pooled = divide(x.sum(), n.sum())
    return np.asarray(n * np.minimum(pooled, 1 - pooled) >= min_expected)
