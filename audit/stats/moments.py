"""Means from exact sums over the rows: of scores, errors, squared errors; their variances, intervals and differences.

Which sums the pass over the rows must bring, for the quantity x of each row:

    mean score              x = s              sums of s, s^2
    mean error              x = s - y          sums of s - y, (s - y)^2
    Brier score, MSE        x = (s - y)^2      sums of (s - y)^2, (s - y)^4
    mean absolute error     x = |s - y|        sums of |s - y|, (s - y)^2
    log loss                x = -log p(y)      sums of it and of its square

and, under sampling weights w, those of w, w^2, w x, w x^2, w^2 x, w^2 x^2. No bin has moved any of them.

Where rows belong together, the sums of w and w x by bucket of units: the variance of a mean is then the linearised one
between buckets (see `audit.stats.designed`), and Student's quantile has one degree of freedom fewer than there are
buckets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from audit.stats.composites import Estimates
from audit.stats.histogram import Places, why
from audit.stats.numerics import Array, Limits, divide, floats

ROUNDING = 1e-12  # of the sum of squares: below this a spread is the rounding of sums, not a spread


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """The sums of a quantity x over the rows of k groups; all fields (k,).

    `rows`; `weight`, `first`, `second`: the sums of w, w x, w x^2; `weight2`, `first2`,
    `second2`: of w^2, w^2 x, w^2 x^2. Of rows that count once each the two triples are the same: see `counted`.
    `between`: the variance of the mean from sums by bucket of units, over so many `buckets`; None where rows are
    independent. See `clustered`.
    """

    rows: Array
    weight: Array
    first: Array
    second: Array
    weight2: Array
    first2: Array
    second2: Array
    between: Array | None = None
    buckets: Array | None = None

    def take(self, places: ArrayLike) -> Moments:
        """Some of the groups, in the given order, repeats allowed."""
        at = np.atleast_1d(np.asarray(places, dtype=np.intp))
        there = {name: values for name, values in vars(self).items() if values is not None}
        return Moments(**{name: values[at] for name, values in there.items()})


def joined(parts: Sequence[Moments]) -> Moments:
    """The moments of several sets of groups as those of one, in their order."""
    there = [name for name, values in vars(parts[0]).items() if values is not None]
    return Moments(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in there})


def counted(rows: ArrayLike, first: ArrayLike, second: ArrayLike) -> Moments:
    """The moments of rows that count once each, or under frequency weights as often as they say."""
    n, sum1, sum2 = (np.atleast_1d(values) for values in floats(rows, first, second))
    return Moments(rows=n, weight=n, first=sum1, second=sum2, weight2=n, first2=sum1, second2=sum2)


def clustered(moments: Moments, weight: Array, first: Array) -> Moments:
    """The same with the variance of their means between buckets of units: sums of w and w x by bucket, (k, buckets)."""
    there = weight > 0
    buckets = there.sum(axis=-1).astype(np.float64)
    residual = np.where(there, first - mean(moments)[:, np.newaxis] * weight, 0.0)
    spread = divide((residual**2).sum(axis=-1), moments.weight**2)
    return replace(moments, between=divide(buckets, buckets - 1) * spread, buckets=buckets)


def mean(moments: Moments) -> Array:
    """The mean of each group; NaN of no rows."""
    return divide(moments.first, moments.weight)


def variance(moments: Moments) -> Array:
    """The variance between rows, with n - 1 for the rows' number; NaN of fewer than two."""
    centre = mean(moments)
    spread = moments.second - moments.first * centre
    spread = np.where(spread > ROUNDING * moments.second, spread, 0.0)
    return divide(spread, moments.weight) * divide(moments.rows, moments.rows - 1)


def standard_error(moments: Moments) -> Array:
    """The standard error of the mean, linearised, each row its own cluster; NaN of fewer than two rows.

    Of rows that count once each it is the usual s / sqrt(n). Of rows that belong together it is that between buckets of
    units where this is larger; NaN of fewer than two buckets. Units never make rows worth more.
    """
    centre = mean(moments)
    spread = moments.second2 - 2 * centre * moments.first2 + centre**2 * moments.weight2
    spread = np.where(spread > 4 * ROUNDING * moments.second2, spread, 0.0)
    squared = divide(moments.rows, moments.rows - 1) * divide(spread, moments.weight**2)
    if moments.between is not None:
        squared = np.where(squared > 0, np.maximum(squared, moments.between), squared)
    return np.sqrt(squared)


def freedom(moments: Moments) -> Array:
    """The degrees of freedom of the standard error, no fewer than one: of buckets of units, or of rows."""
    return np.maximum((moments.rows if moments.buckets is None else moments.buckets) - 1, 1)


def mean_estimates(moments: Moments, *, least: float = -np.inf, most: float = np.inf) -> Estimates:
    """Means as independent estimates with Student's limits, kept to what the mean can be, from `least` to `most`.

    One row, or rows without any variation, say nothing about the spread: their limits are `least` and `most`.
    """
    centre, error, free = mean(moments), standard_error(moments), freedom(moments)
    known = np.isfinite(error) & (error > 0)

    def ends(at: Places, tails: Array) -> Limits:
        half = -stdtrit(free[at], tails) * np.where(known[at], error[at], 1.0)
        low, high = np.maximum(centre[at] - half, least), np.minimum(centre[at] + half, most)
        return Limits(np.where(known[at], low, least), np.where(known[at], high, most))

    return Estimates(estimate=centre, ends=ends, places=np.arange(centre.size), reasons=_reasons(moments, error))


def rmse_estimates(squared_errors: Moments) -> Estimates:
    """The root of the mean squared error, with the roots of its limits."""
    within = mean_estimates(squared_errors, least=0.0)

    def ends(at: Places, tails: Array) -> Limits:
        low, high = within.ends(at, tails)
        return Limits(np.sqrt(low), np.sqrt(np.maximum(high, 0.0)))  # a tail beyond a half turns the limits around

    return Estimates(
        estimate=np.sqrt(within.estimate), ends=ends, places=np.arange(within.estimate.size), reasons=within.reasons
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanDifferences:
    """Differences first - second of the means of independent groups: Welch's t interval and test, as a contrast.

    The second may be one for all. If either group shows no spread, nothing is known but the estimate.
    """

    first: Moments
    second: Moments

    @property
    def estimate(self) -> Array:
        """The difference; NaN if either group is empty."""
        return mean(self.first) - mean(self.second)

    def limits(self, tails: ArrayLike) -> Limits:
        """Welch's limits; infinite where either group has fewer than two rows or no spread."""
        error, free = self._welch()
        half = -stdtrit(free, np.asarray(tails, dtype=np.float64)) * error
        known = np.isfinite(half)
        gap = np.where(known, self.estimate, 0.0)
        half = np.where(known, half, np.inf)
        return Limits(gap - half, gap + half)

    def p_below(self, bound: float | Array) -> Array:
        """Evidence that the difference is below the bound; NaN where there is no standard error."""
        error, free = self._welch()
        return np.asarray(stdtr(free, divide(self.estimate - bound, error)), dtype=np.float64)

    def p_above(self, bound: float | Array) -> Array:
        """Evidence that the difference is above the bound; NaN where there is no standard error."""
        error, free = self._welch()
        return np.asarray(stdtr(free, -divide(self.estimate - bound, error)), dtype=np.float64)

    def _welch(self) -> tuple[Array, Array]:
        """The standard error and Welch and Satterthwaite's degrees of freedom; NaN where a group has no spread."""
        a, b = standard_error(self.first) ** 2, standard_error(self.second) ** 2
        apart = a**2 / freedom(self.first) + b**2 / freedom(self.second)
        return np.where((a > 0) & (b > 0), np.sqrt(a + b), np.nan), divide((a + b) ** 2, apart)


def _reasons(moments: Moments, error: Array) -> tuple[str | None, ...]:
    return why({"empty_group": moments.rows < 1, "one_row": moments.rows < 2, "no_variation": ~(error > 0)})
