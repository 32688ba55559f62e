"""Intervals and the score test for the ratio of two independent shares, x1 of n1 over x2 of n2."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.numerics import Array, Limits, critical, crossing, divide, floats, score

_FAR = float(np.log(1e12))  # no ratio of two counted shares other than 0 and infinity lies further from 1


def koopman(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, tail: ArrayLike) -> Limits:
    """The score interval of a ratio of shares: from 0 if x1 = 0, unbounded above if x2 = 0 (Koopman 1984).

    (0, infinity) if a group is empty or neither has a success.
    """
    x1, n1, x2, n2, z = floats(x1, n1, x2, n2, critical(tail))
    low, high = ratio_at(x1, n1, x2, n2, np.stack((z, -z)))
    return Limits(low, high)


def katz(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, tail: ArrayLike) -> Limits:
    """The log-normal interval of a ratio, kept to reproduce other tools (Katz 1978). NaN if a success count is zero.

    Not for verdicts: one side misses up to 26 % at unequal sizes, and the width is zero when both shares are 1.
    """
    x1, n1, x2, n2, z = floats(x1, n1, x2, n2, critical(tail))
    ratio = divide(divide(x1, n1), divide(x2, n2))
    spread = z * np.sqrt(divide(1, x1) - divide(1, n1) + divide(1, x2) - divide(1, n2))
    return Limits(ratio * np.exp(-spread), ratio * np.exp(spread))


def score_z_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, ratio: ArrayLike) -> Array:
    """How many standard errors p1 lies above ratio * p2; NaN if a group is empty.

    The standard error is the one under the stated ratio, so the test rejects exactly if Koopman's interval excludes it.
    Without variance: 0 where there is no gap, else infinite.
    """
    x1, n1, x2, n2, stated = floats(x1, n1, x2, n2, ratio)
    r = np.where((stated >= 0) & (stated < np.inf), stated, 1.0)
    z = score(divide(x1, n1) - r * divide(x2, n2), variance_under(x1, n1, x2, n2, r))
    z = np.where(stated < 0, np.inf, z)
    z = np.where(stated == np.inf, np.where(x2 > 0, -np.inf, 0.0), z)
    return np.where((n1 > 0) & (n2 > 0), z, np.nan)


def variance_under(x1: Array, n1: Array, x2: Array, n2: Array, r: Array) -> Array:
    """The variance of p1 - r * p2 if the ratio were r, finite and not negative (Koopman 1984)."""
    # The smaller root of total*r*q^2 - linear*q + hits = 0, written so that no near-equal numbers are subtracted.
    total, hits = n1 + n2, x1 + x2
    linear = n1 * r + x1 + n2 + x2 * r
    q2 = divide(2 * hits, linear + np.sqrt(np.maximum(linear**2 - 4 * total * r * hits, 0.0)))
    q2 = np.clip(np.nan_to_num(q2), 0.0, 1.0)
    q1 = np.minimum(r * q2, 1.0)
    return divide(q1 * (1 - q1), n1) + r**2 * divide(q2 * (1 - q2), n2)


def ratio_at(x1: Array, n1: Array, x2: Array, n2: Array, level: Array) -> Array:
    """The ratio r such that p1 lies `level` standard errors above r * p2: a lower limit at z, an upper one at -z."""
    x1, n1, x2, n2, level = floats(x1, n1, x2, n2, level)
    far = np.full_like(level, _FAR)
    found = crossing(lambda log: score_z_ratio(x1, n1, x2, n2, np.exp(log)) - level, -far, far)
    upper, unknown = np.signbit(level), (n1 <= 0) | (n2 <= 0)
    at_zero = ~upper & (unknown | (x1 <= 0))
    without_end = upper & (unknown | (x2 <= 0))
    return np.where(at_zero, 0.0, np.where(without_end, np.inf, np.exp(found)))
