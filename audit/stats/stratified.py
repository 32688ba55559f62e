"""Differences and ratios within strata, combined to one for each of k groups: limits and p-values that agree.

Both invert one score test: the weighted sum over strata of the gap from a stated difference (or ratio), over its
standard deviation if that difference held in every stratum, from each stratum's restricted likelihood and with
Miettinen and Nurminen's N / (N - 1) in each (Miettinen & Nurminen 1985, Statistics in Medicine 4:213; with
Mantel-Haenszel weights as in R's lrstat and metalite.ae). With these weights and at parity it is the
Cochran-Mantel-Haenszel test, so the interval excludes parity only if that test rejects. The factor N / (N - 1) is
what keeps the variance right in strata of a few rows: without it a ratio misses up to 9 % a side there, not 2.5 %.

With several strata the score may rise again on its way down, where one stratum's likelihood comes to the end of what
its shares can be. The interval then runs to the outermost differences that are not rejected, found on a grid that is
fine around parity, and a p-value is the largest one from its bound outwards, so that the two agree.

The interval never has zero width, and what it covers is the weighted mean of the strata's differences (the ratio of
the weighted mean shares) also where these differ from stratum to stratum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from audit.stats import differences, ratios
from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.numerics import Array, Limits, critical, crossing, divide, floats, score
from audit.stats.strata import both_present, mantel_haenszel_weights, used_share

#: With less of the rows than this in strata that hold both groups, the rest cannot speak for all.
LEAST_USED = 0.9

_FAR = float(np.log(1e12))  # no ratio of two counted shares other than 0 and infinity lies further from 1
_CLOSE = np.logspace(-6, 0, 31)
_DIFFERENCES = np.unique(np.concatenate((-_CLOSE, _CLOSE, np.linspace(-1, 1, 41))))
_LOG_RATIOS = _FAR * np.concatenate((-_CLOSE[::-1], [0.0], _CLOSE))

#: The scores of stated values, of shape (levels, k).
Scores = Callable[[Array], Array]


@dataclass(frozen=True, kw_only=True, eq=False)
class StratifiedDifferences:
    """Differences p1 - p2 within strata, for k groups: arrays of shape (strata, k), or (strata, 1) to share.

    `weights` of the strata: Mantel and Haenszel's if None; both groups' rows in each give the standardised
    difference. Strata that lack a group are left out whatever their weight.
    """

    x1: Array
    n1: Array
    x2: Array
    n2: Array
    weights: Array | None = None

    @property
    def estimate(self) -> Array:
        """The weighted mean of the strata's differences; NaN where no stratum holds both groups."""
        x1, n1, x2, n2, weight = prepared(self)
        return np.asarray((weight * (x1 / n1 - x2 / n2)).sum(axis=0))

    @property
    def used(self) -> Array:
        """The share of rows in strata that hold both groups."""
        return used_share(self.n1, self.n2)

    @property
    def pooled(self) -> ShareDifferences:
        """The differences with the strata ignored."""
        x1, n1, x2, n2 = (column.sum(axis=0) for column in floats(self.x1, self.n1, self.x2, self.n2))
        return ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2)

    def limits(self, tails: ArrayLike) -> Limits:
        """Score limits, in [-1, 1]."""
        known = np.isfinite(self.estimate)
        low, high = _outermost(_difference_scores(*prepared(self)), _DIFFERENCES, tails, self.estimate.size)
        return Limits(np.where(known, low, -1.0), np.where(known, high, 1.0))

    def p_below(self, bound: float) -> Array:
        """Evidence that the difference is below the bound."""
        return _probability(self._score(bound, above=False))

    def p_above(self, bound: float) -> Array:
        """Evidence that the difference is above the bound."""
        return _probability(-self._score(bound, above=True))

    def _score(self, bound: float, *, above: bool) -> Array:
        if abs(bound) > 1:
            return np.where(np.isfinite(self.estimate), np.copysign(np.inf, -bound), np.nan)
        return _least_sure(_difference_scores(*prepared(self)), _DIFFERENCES, (bound, self.estimate.size), above=above)


@dataclass(frozen=True, kw_only=True, eq=False)
class StratifiedRatios:
    """Ratios p1 / p2 within strata, for k groups: arrays of shape (strata, k), or (strata, 1) to share.

    `weights` as for `StratifiedDifferences`: Mantel and Haenszel's if None. Of one stratum, this is Miettinen and
    Nurminen's ratio interval: Koopman's, wider by the factor above.
    """

    x1: Array
    n1: Array
    x2: Array
    n2: Array
    weights: Array | None = None

    @property
    def estimate(self) -> Array:
        """The ratio of the weighted mean shares; NaN where no stratum holds both groups or the second share is 0."""
        first, second = self._shares()
        return divide(first, second)

    @property
    def used(self) -> Array:
        """The share of rows in strata that hold both groups."""
        return used_share(self.n1, self.n2)

    @property
    def pooled(self) -> ShareRatios:
        """The ratios with the strata ignored."""
        x1, n1, x2, n2 = (column.sum(axis=0) for column in floats(self.x1, self.n1, self.x2, self.n2))
        return ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2)

    def limits(self, tails: ArrayLike) -> Limits:
        """Score limits, in [0, infinity]: from 0 if the group has no success, unbounded if the reference has none."""
        first, second = self._shares()
        low, high = _outermost(self._log_scores(), _LOG_RATIOS, tails, first.size)
        # Also where nothing is known, for neither share is then above 0.
        return Limits(np.where(first > 0, np.exp(low), 0.0), np.where(second > 0, np.exp(high), np.inf))

    def p_below(self, bound: float) -> Array:
        """Evidence that the ratio is below the bound."""
        return _probability(self._score(bound, above=False))

    def p_above(self, bound: float) -> Array:
        """Evidence that the ratio is above the bound."""
        return _probability(-self._score(bound, above=True))

    def _shares(self) -> tuple[Array, Array]:
        x1, n1, x2, n2, weight = prepared(self)
        return (weight * x1 / n1).sum(axis=0), (weight * x2 / n2).sum(axis=0)

    def _log_scores(self) -> Scores:
        scores = _ratio_scores(*prepared(self))
        return lambda log: scores(np.exp(log))

    def _score(self, bound: float, *, above: bool) -> Array:
        first, second = self._shares()
        if bound < 0:
            return np.where(np.isfinite(first), np.inf, np.nan)
        if bound == np.inf:
            return np.where(np.isfinite(second), np.where(second > 0, -np.inf, 0.0), np.nan)
        with np.errstate(divide="ignore"):
            return _least_sure(self._log_scores(), _LOG_RATIOS, (float(np.log(bound)), first.size), above=above)


def _difference_scores(x1: Array, n1: Array, x2: Array, n2: Array, weight: Array) -> Scores:
    """The scores of stated differences."""
    x1, n1, x2, n2, weight = (column[:, np.newaxis] for column in (x1, n1, x2, n2, weight))

    def scores(delta: Array) -> Array:
        first, m1, second, m2, stated = floats(x1, n1, x2, n2, delta)
        gap = (weight * (first / m1 - second / m2 - stated)).sum(axis=0)
        variance = differences.variance_under(first, m1, second, m2, stated)
        return np.where(np.isfinite(gap), score(gap, (weight**2 * variance).sum(axis=0)), np.nan)

    return scores


def _ratio_scores(x1: Array, n1: Array, x2: Array, n2: Array, weight: Array) -> Scores:
    """The scores of stated ratios, finite and not negative."""
    x1, n1, x2, n2, weight = (column[:, np.newaxis] for column in (x1, n1, x2, n2, weight))

    def scores(ratio: Array) -> Array:
        first, m1, second, m2, stated = floats(x1, n1, x2, n2, ratio)
        gap = (weight * (first / m1 - stated * second / m2)).sum(axis=0)
        variance = ratios.variance_under(first, m1, second, m2, stated) * divide(m1 + m2, m1 + m2 - 1)
        return np.where(np.isfinite(gap), score(gap, (weight**2 * variance).sum(axis=0)), np.nan)

    return scores


def prepared(of: StratifiedDifferences | StratifiedRatios) -> tuple[Array, Array, Array, Array, Array]:
    """The counts, and weights that add up to one; a stratum that lacks a group as an empty one of weight zero.

    The weights of a group that shares no stratum with the reference are NaN.
    """
    x1, n1, x2, n2 = floats(of.x1, of.n1, of.x2, of.n2)
    known = both_present(n1, n2)
    given = mantel_haenszel_weights(n1, n2) if of.weights is None else np.broadcast_to(of.weights, n1.shape)
    weight = np.where(known, given, 0.0)
    filled = [np.where(known, column, blank) for column, blank in ((x1, 0.0), (n1, 1.0), (x2, 0.0), (n2, 1.0))]
    return filled[0], filled[1], filled[2], filled[3], divide(weight, weight.sum(axis=0, keepdims=True))


def _outermost(scores: Scores, grid: Array, tails: ArrayLike, groups: int) -> Array:
    """The outermost values at which the score is within z of zero, of shape (2, k), each from its cell of the grid."""
    z = np.broadcast_to(critical(tails), (groups,))
    found = _on_grid(scores, grid, groups)
    last = grid.size - 1
    first_in = np.argmax(found <= z, axis=0)
    last_in = last - np.argmax((found >= -z)[::-1], axis=0)
    cells = np.stack((np.maximum(first_in - 1, 0), last_in)), np.stack((first_in, np.minimum(last_in + 1, last)))
    level = np.stack((z, -z))
    return crossing(lambda value: scores(value) - level, grid[cells[0]], grid[cells[1]])


def _least_sure(scores: Scores, grid: Array, bound: tuple[float, int], *, above: bool) -> Array:
    """The score at the bound, or the one from there outwards that is least sure that the truth is above (below) it."""
    at, groups = bound
    outwards = np.append(grid[grid < at] if above else grid[grid > at], at)
    found = _on_grid(scores, outwards, groups)
    return np.asarray(found.min(axis=0) if above else found.max(axis=0))


def _on_grid(scores: Scores, grid: Array, groups: int) -> Array:
    """The scores at each of the grid's points, of shape (points, k), one by one to spare memory."""
    return np.concatenate([scores(np.full((1, groups), point)) for point in grid])


def _probability(z: Array) -> Array:
    return np.asarray(ndtr(z), dtype=np.float64)
