"""Two groups compared within strata, such as departments, and the strata combined: weights and the classical test.

Every function takes x1 of n1 in the group under test and x2 of n2 in the reference, with the strata along the first
axis and any number of groups along the others; what comes back has lost the first axis. A stratum that lacks a group
says nothing about a difference between the two and is left out; `used_share` tells how much is left.
The limits that a verdict rests on are in `stratified`.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from audit.stats.numerics import Array, Mask, divide, floats, score


def both_present(n1: ArrayLike, n2: ArrayLike) -> Mask:
    """Which strata hold both groups."""
    n1, n2 = floats(n1, n2)
    return np.asarray((n1 > 0) & (n2 > 0))


def used_share(n1: ArrayLike, n2: ArrayLike) -> Array:
    """The share of both groups' rows that lies in strata with both groups; NaN of no rows."""
    n1, n2 = floats(n1, n2)
    rows = n1 + n2
    return divide(np.where(both_present(n1, n2), rows, 0.0).sum(axis=0), rows.sum(axis=0))


def mantel_haenszel_weights(n1: ArrayLike, n2: ArrayLike) -> Array:
    """The weights n1 * n2 / (n1 + n2), which are best for a difference that is the same in all strata."""
    n1, n2 = floats(n1, n2)
    return np.nan_to_num(divide(n1 * n2, n1 + n2))


def mantel_haenszel_odds_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Array:
    """The Mantel-Haenszel odds ratio; NaN where not defined (Mantel & Haenszel 1959, JNCI 22:719)."""
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    total, known = n1 + n2, both_present(n1, n2)
    return divide(_sum(known, divide(x1 * (n2 - x2), total)), _sum(known, divide((n1 - x1) * x2, total)))


def cochran_mantel_haenszel(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> tuple[Array, Array]:
    """The Cochran-Mantel-Haenszel z, without continuity correction, and its two-sided p: no difference in any stratum?

    z is positive if the group under test has more than expected; its square is the chi-square of other tools.
    (0, 1) where nothing varies, NaN where no stratum holds both groups. Mantel & Haenszel 1959, JNCI 22:719.
    """
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    known, total, hits = both_present(n1, n2), n1 + n2, x1 + x2
    excess = _sum(known, x1 - divide(n1 * hits, total))
    variance = _sum(known, divide(n1 * n2 * hits * (total - hits), total**2 * (total - 1)))
    z = np.where(known.any(axis=0), score(excess, variance), np.nan)
    return z, np.maximum(2 * ndtr(-np.abs(z)), sys.float_info.min)


def _sum(known: Mask, values: Array) -> Array:
    return np.asarray(np.where(known, values, 0.0).sum(axis=0))
