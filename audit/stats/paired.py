"""Two models judged on the same rows: only the rows on which they differ say which is better.

Counts are of rows that both models got right (or selected), only the first, only the second, and neither.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, chdtrc, gammaln

from audit.stats.numerics import Array, Limits, critical, divide, floats, last_where, score

_STEPS = 60


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
    ends = np.ones_like(z)
    low, high = (
        last_where(lambda delta, level=level: score_z_paired(b, c, n, delta) > level, -ends, ends, _STEPS)  # type: ignore[misc]
        for level in (z, -z)
    )
    return Limits(np.where(n > 0, low, -1.0), np.where(n > 0, high, 1.0))


def score_z_paired(only_first: ArrayLike, only_second: ArrayLike, n: ArrayLike, difference: ArrayLike) -> Array:
    """How many standard errors the difference of paired shares lies above the stated one; NaN of no rows.

    The standard error is the one under the stated difference, so the test rejects exactly if Tango's interval excludes
    it.
    """
    b, c, n, delta = floats(only_first, only_second, n, difference)
    inside = np.clip(delta, -1.0, 1.0)
    # The likeliest share of rows that only the second got right: the larger root of 2n q^2 + linear q + last = 0.
    linear, last = (2 * n - b + c) * inside - b - c, -c * inside * (1 - inside)
    root = np.sqrt(np.maximum(linear**2 - 8 * n * last, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        steady = divide(-2 * last, linear + root)  # for a linear term that would cancel the root
    q = np.where(linear > 0, np.nan_to_num(steady), divide(root - linear, 4 * n))
    z = score(b - c - n * inside, n * np.maximum(2 * q + inside * (1 - inside), 0.0))
    z = np.where(delta < -1, np.inf, np.where(delta > 1, -np.inf, z))
    return np.where(n > 0, z, np.nan)


def _point(x: int, n: int) -> float:
    """The probability of exactly x of n at one half."""
    return float(np.exp(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) - n * np.log(2)))
