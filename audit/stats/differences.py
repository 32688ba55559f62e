"""Intervals and the score test for the difference of two independent shares, x1 of n1 less x2 of n2."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.mover import mover_difference
from audit.stats.numerics import Array, Limits, critical, crossing, divide, floats, score
from audit.stats.shares import wilson

_POLISH = 3


def miettinen_nurminen(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, tail: ArrayLike) -> Limits:
    """The score interval of a difference of shares, (-1, 1) if a group is empty (Miettinen & Nurminen 1985)."""
    x1, n1, x2, n2, z = floats(x1, n1, x2, n2, critical(tail))
    low, high = difference_at(x1, n1, x2, n2, np.stack((z, -z)))
    return Limits(low, high)


def newcombe(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, tail: ArrayLike) -> Limits:
    """The interval of a difference made of two Wilson intervals; (-1, 1) if a group is empty (Newcombe 1998)."""
    x1, n1, x2, n2, tail = floats(x1, n1, x2, n2, tail)
    empty = (n1 <= 0) | (n2 <= 0)
    limits = mover_difference(divide(x1, n1), wilson(x1, n1, tail), divide(x2, n2), wilson(x2, n2, tail))
    return Limits(np.where(empty, -1.0, limits.low), np.where(empty, 1.0, limits.high))


def score_z_difference(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, difference: ArrayLike) -> Array:
    """How many standard errors p1 - p2 lies above the stated difference; NaN if a group is empty.

    The standard error is the one under the stated difference, so the test rejects exactly if Miettinen and Nurminen's
    interval excludes it. Without variance (both shares at the ends): 0 where there is no gap, else infinite.
    """
    x1, n1, x2, n2, difference = floats(x1, n1, x2, n2, difference)
    delta = np.clip(difference, -1.0, 1.0)
    z = score(divide(x1, n1) - divide(x2, n2) - delta, variance_under(x1, n1, x2, n2, delta))
    z = np.where(difference < -1, np.inf, np.where(difference > 1, -np.inf, z))
    return np.where((n1 > 0) & (n2 > 0), z, np.nan)


def variance_under(x1: Array, n1: Array, x2: Array, n2: Array, delta: Array, *, polish: int = _POLISH) -> Array:  # noqa: PLR0913 - two shares, a difference, how well
    """The variance of p1 - p2 if the difference were delta, in [-1, 1]; with Miettinen and Nurminen's N / (N - 1).

    `polish` is the number of Newton steps; without any, half of the digits can be lost.
    """
    # Shares close to 1 keep their digits as shares of failures close to 0, whose variance is the same.
    flip = 2 * x2 > n2
    few1, few2, turned = np.where(flip, n1 - x1, x1), np.where(flip, n2 - x2, x2), np.where(flip, -delta, delta)
    q2 = _reference_share(few1, n1, few2, n2, turned, polish)
    q1 = np.clip(q2 + turned, 0.0, 1.0)
    total = n1 + n2
    return (divide(q1 * (1 - q1), n1) + divide(q2 * (1 - q2), n2)) * divide(total, total - 1)


def difference_at(x1: Array, n1: Array, x2: Array, n2: Array, level: Array) -> Array:
    """The difference that p1 - p2 lies `level` standard errors above: a lower limit at z, an upper one at -z."""
    x1, n1, x2, n2, level = floats(x1, n1, x2, n2, level)
    ends = np.ones_like(level)
    found = crossing(lambda delta: score_z_difference(x1, n1, x2, n2, delta) - level, -ends, ends)
    return np.where((n1 > 0) & (n2 > 0), found, np.where(np.signbit(level), 1.0, -1.0))


def _reference_share(x1: Array, n1: Array, x2: Array, n2: Array, delta: Array, polish: int) -> Array:  # noqa: PLR0913, PLR0917 - a cubic, and how well
    """The most likely p2 if p1 - p2 were delta: a root of the likelihood's cubic (Farrington & Manning 1990).

    The trigonometric root loses half of its digits where two roots almost meet; Newton steps restore them.
    """
    total, hits = n1 + n2, x1 + x2
    c2 = (n1 + 2 * n2) * delta - total - hits
    c1 = (n2 * delta - total - 2 * x2) * delta + hits
    c0 = x2 * delta * (1 - delta)
    with np.errstate(divide="ignore", invalid="ignore"):
        third = c2 / (3 * total)
        lift = third**3 - c1 * c2 / (6 * total**2) + c0 / (2 * total)
        span = np.copysign(np.sqrt(np.maximum(third**2 - c1 / (3 * total), 0.0)), lift)
        cosine = np.clip(np.nan_to_num(lift / span**3), -1.0, 1.0)
        root = 2 * span * np.cos((np.pi + np.arccos(cosine)) / 3) - third
        low, high = np.maximum(0.0, -delta), np.minimum(1.0, 1.0 - delta)
        root = np.clip(root, low, high)
        for _ in range(polish):
            value = ((total * root + c2) * root + c1) * root + c0
            slope = (3 * total * root + 2 * c2) * root + c1
            root = np.where(slope < 0, np.clip(root - value / slope, low, high), root)
    return np.asarray(root)
