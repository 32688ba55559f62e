"""Two models judged on the same rows: only the rows on which they differ say which is better.

Counts are of rows that both models got right (or selected), only the first, only the second, and neither.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, chdtrc, gammaln, ndtr

from audit.stats.designed import Designed
from audit.stats.numerics import Array, Limits, critical, crossing, divide, floats, score
from audit.stats.shares import kish

#: Residuals that are nothing but rounding are no variance.
_ROUNDING = 1e-20


@dataclass(frozen=True, kw_only=True)
class Paired:
    """McNemar's test three ways, all two-sided and never 0. `mid_p` is the one to quote: it errs as often as stated.

    `chi2` has no continuity correction. Where the models never differ there is none, and all p-values are 1.
    """

    chi2: float | None
    p_asymptotic: float
    p_exact: float
    p_mid: float


def mcnemar(only_first: int, only_second: int) -> Paired:
    """Are rows that only the first got right as many as rows that only the second did? (Fagerland and others 2013.)"""
    differing, fewer = only_first + only_second, min(only_first, only_second)
    if differing == 0:
        return Paired(chi2=None, p_asymptotic=1.0, p_exact=1.0, p_mid=1.0)
    chi2 = (only_first - only_second) ** 2 / differing
    exact = min(2 * float(bdtr(fewer, differing, 0.5)), 1.0)
    point = _point(fewer, differing)
    # Where both are equal, the two tails share the middle, which then counts by half once.
    mid = 1 - point / 2 if 2 * fewer == differing else 2 * float(bdtr(fewer, differing, 0.5)) - point
    least = sys.float_info.min
    asymptotic = max(float(chdtrc(1, chi2)), least)
    return Paired(chi2=chi2, p_asymptotic=asymptotic, p_exact=max(exact, least), p_mid=max(mid, least))


def tango(only_first: ArrayLike, only_second: ArrayLike, n: ArrayLike, tail: ArrayLike) -> Limits:
    """The score interval of the difference of two shares of the same n rows (Tango 1998); (-1, 1) of no rows.

    The change of a disparity between two models is the difference of two groups' changes: `mover_difference` of these.
    """
    b, c, n, z = floats(only_first, only_second, n, critical(tail))
    level, ends = np.stack((z, -z)), np.ones((2, *z.shape))

    def above(delta: Array) -> Array:
        """Positive where the difference lies more standard errors above delta than the level says."""
        gap, error = b - c - n * delta, np.sqrt(_variance(b, c, n, delta))
        return np.where((gap == 0) & (error == 0), -level, gap - level * error)

    low, high = crossing(above, -ends, ends)
    inside = np.nan_to_num(divide(b - c, n))  # rounding must not part an end from an estimate that lies at it
    return Limits(np.where(n > 0, np.minimum(low, inside), -1.0), np.where(n > 0, np.maximum(high, inside), 1.0))


def score_z_paired(only_first: ArrayLike, only_second: ArrayLike, n: ArrayLike, difference: ArrayLike) -> Array:
    """How many standard errors the difference of paired shares lies above the stated one; NaN of no rows.

    The standard error is the one under the stated difference, so the test rejects exactly if Tango's interval excludes
    it.
    """
    b, c, n, delta = floats(only_first, only_second, n, difference)
    inside = np.clip(delta, -1.0, 1.0)
    z = score(b - c - n * inside, _variance(b, c, n, inside))
    z = np.where(delta < -1, np.inf, np.where(delta > 1, -np.inf, z))
    return np.where(n > 0, z, np.nan)


def _variance(b: Array, c: Array, n: Array, delta: Array) -> Array:
    """The variance of the sum of differences if the difference of the shares were delta, in [-1, 1]."""
    # The likeliest share of rows that only the second got right: the larger root of 2n q^2 + linear q + last = 0.
    linear, last = (2 * n - b + c) * delta - b - c, -c * delta * (1 - delta)
    root = np.sqrt(np.maximum(linear**2 - 8 * n * last, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        steady = -2 * last / (linear + root)  # for a linear term that would cancel the root
        q = np.where(linear > 0, steady, (root - linear) / (4 * n))
    return np.where(n > 0, n * np.maximum(2 * q + delta * (1 - delta), 0.0), 0.0)


def p_paired(only_first: ArrayLike, only_second: ArrayLike, n: ArrayLike) -> Array:
    """The two-sided p-value of no difference by Tango's score, which at zero is McNemar's without a correction.

    For pairs that weigh unlike or belong together, of which there is no exact test. 1 where the two never differ.
    """
    z = score_z_paired(only_first, only_second, n, 0.0)
    return np.asarray(np.maximum(2 * ndtr(-np.abs(np.nan_to_num(z))), sys.float_info.min), dtype=np.float64)


# ---- what pairs are worth ------------------------------------------------------------------------------------------


def weighted_pairs(weight: Array, weight2: Array, rows: float) -> float:
    """How many independent pairs weighted ones are worth to the difference of two shares of the same rows.

    `weight` and `weight2` are the sums of the weights, and of their squares, of the rows that only the first got right,
    only the second, and all. From the linearised variance of the difference, each row its own cluster; where no row
    differs, or all do alike, Kish's number. Never more than there are rows.
    """
    (b, c, n), (b2, c2, n2) = weight, weight2
    if n <= 0:
        return 0.0
    gap = (b - c) / n
    spread = b2 * (1 - gap) ** 2 + c2 * (1 + gap) ** 2 + max(n2 - b2 - c2, 0.0) * gap**2
    binomial = (b + c) / n - gap**2
    variance = divide(rows, rows - 1) * spread / n**2
    if not (binomial > 0 and variance > 0):
        return float(kish(n, n2))
    return float(max(min(binomial / variance, rows), 1.0))


def clustered_pairs(only_first: Array, only_second: Array, n: Array, rows: float) -> float:
    """The same of pairs that belong together, from sums by bucket of their units; for Student's quantile as well."""
    there = n > 0
    total, buckets = float(n.sum()), float(there.sum())
    if total <= 0:
        return 0.0
    gap = float((only_first - only_second).sum()) / total
    residual = np.where(there, only_first - only_second - gap * n, 0.0)
    variance = float(divide(buckets, buckets - 1) * (residual**2).sum() / total**2)
    binomial = float((only_first + only_second).sum()) / total - gap**2
    told = binomial > 0 and variance > _ROUNDING * binomial
    worth = binomial / variance if told else total**2 / float((n**2).sum())
    found = Designed(
        share=np.array([gap]),
        error=np.sqrt([variance]),
        effective=np.array([np.clip(worth, 1.0, max(rows, 1.0))]),
        buckets=np.array([buckets]),
    )
    return float(found.adjusted()[0])


def _point(x: int, n: int) -> float:
    """The probability of exactly x of n at one half."""
    return float(np.exp(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) - n * np.log(2)))
