"""Two groups compared within strata, such as departments, and the strata combined: classical estimates and tests.

Every function takes x1 of n1 in the group under test and x2 of n2 in the reference, with the strata along the first
axis and any number of groups along the others; what comes back has lost the first axis. A stratum that lacks a group
says nothing about a difference between the two and is left out; `used_share` tells how much is left.
The limits that a verdict rests on are in `stratified`. These here are what other tools and textbooks give.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from audit.stats.numerics import Array, Limits, Mask, critical, divide, floats, score


@dataclass(frozen=True, kw_only=True, eq=False)
class Combined:
    """An estimate over all strata with its standard error, of its logarithm if it is a ratio; NaN where not defined."""

    estimate: Array
    error: Array
    ratio: bool

    def limits(self, tail: ArrayLike) -> Limits:
        """Normal limits, for comparison with other tools: of no width where nobody or everybody was selected."""
        reach = critical(tail) * self.error
        if self.ratio:
            return Limits(self.estimate * np.exp(-reach), self.estimate * np.exp(reach))
        return Limits(self.estimate - reach, self.estimate + reach)


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


def population_weights(n1: ArrayLike, n2: ArrayLike) -> Array:
    """Both groups' rows in each stratum: direct standardisation to the strata as they are. 0 where a group lacks."""
    n1, n2 = floats(n1, n2)
    return np.where(both_present(n1, n2), n1 + n2, 0.0)


def mantel_haenszel_difference(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Combined:
    """The Mantel-Haenszel difference of shares with Sato's variance, for few large and many small strata alike.

    Mantel & Haenszel 1959; Sato 1989, Biometrics 45:1323, on Greenland & Robins 1985.
    """
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    total, weight = n1 + n2, mantel_haenszel_weights(n1, n2)
    known = both_present(n1, n2)
    difference = _mean(weight, divide(x1, n1) - divide(x2, n2))
    p = divide(n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2, total**2)
    q = divide(x1 * (n2 - x2) + x2 * (n1 - x1), 2 * total)
    variance = difference * _sum(known, p) + _sum(known, q)
    return Combined(
        estimate=difference, error=divide(np.sqrt(np.maximum(variance, 0.0)), weight.sum(axis=0)), ratio=False
    )


def mantel_haenszel_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Combined:
    """The Mantel-Haenszel ratio of shares (Greenland & Robins 1985, Biometrics 41:55)."""
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    total, known = n1 + n2, both_present(n1, n2)
    first, second = _sum(known, divide(x1 * n2, total)), _sum(known, divide(x2 * n1, total))
    spread = _sum(known, divide((x1 + x2) * n1 * n2 - x1 * x2 * total, total**2))
    return Combined(estimate=divide(first, second), error=np.sqrt(divide(spread, first * second)), ratio=True)


def mantel_haenszel_odds_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Combined:
    """The Mantel-Haenszel odds ratio with its variance after Robins, Breslow & Greenland 1986, Biometrics 42:311."""
    a, n1, c, n2 = floats(x1, n1, x2, n2)
    b, d, total, known = n1 - a, n2 - c, n1 + n2, both_present(n1, n2)
    for_it, against = divide(a * d, total), divide(b * c, total)
    agree, differ = divide(a + d, total), divide(b + c, total)
    r, s = _sum(known, for_it), _sum(known, against)
    variance = (
        divide(_sum(known, agree * for_it), 2 * r**2)
        + divide(_sum(known, agree * against + differ * for_it), 2 * r * s)
        + divide(_sum(known, differ * against), 2 * s**2)
    )
    return Combined(estimate=divide(r, s), error=np.sqrt(variance), ratio=True)


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


def standardised_difference(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Combined:
    """The difference of shares if both groups were spread over the strata as both together are."""
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    (p1, v1), (p2, v2) = (_standardised(x, n, population_weights(n1, n2)) for x, n in ((x1, n1), (x2, n2)))
    return Combined(estimate=p1 - p2, error=np.sqrt(v1 + v2), ratio=False)


def kitagawa(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> tuple[Array, Array]:
    """The crude difference in two parts: from other shares within strata, and from another spread over the strata.

    The parts add up to it. NaN if a stratum lacks a group, for then there is no share to weigh. Kitagawa 1955.
    """
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    p1, p2, spread1, spread2 = divide(x1, n1), divide(x2, n2), divide(n1, n1.sum(axis=0)), divide(n2, n2.sum(axis=0))
    within = ((spread1 + spread2) / 2 * (p1 - p2)).sum(axis=0)
    between = ((p1 + p2) / 2 * (spread1 - spread2)).sum(axis=0)
    return within, between


def demographic_disparity(cells: Array) -> Array:
    """Per stratum, a group's share of the rejected less its share of the selected; NaN if there are none of either.

    `cells` has shape (..., strata, 4): the group selected, the group rejected, others selected, others rejected.
    """
    group_in, group_out, in_, out = (cells[..., place] for place in range(4))
    return divide(group_out, group_out + out) - divide(group_in, group_in + in_)


def conditional_demographic_disparity(cells: Array) -> Array:
    """The mean disparity of strata by their rows (Wachter, Mittelstadt & Russell 2021); strata without one left out.

    A statistic that `resampling.bootstrap` takes: an interval comes from there.
    """
    disparity, rows = demographic_disparity(cells), cells.sum(axis=-1)
    known = np.isfinite(disparity)
    weight = np.where(known, rows, 0.0)
    return divide((weight * np.where(known, disparity, 0.0)).sum(axis=-1), weight.sum(axis=-1))


def _sum(known: Mask, values: Array) -> Array:
    return np.asarray(np.where(known, values, 0.0).sum(axis=0))


def _mean(weight: Array, values: Array) -> Array:
    return divide(_sum(weight > 0, weight * values), weight.sum(axis=0))


def _standardised(x: Array, n: Array, weight: Array) -> tuple[Array, Array]:
    """A share with the strata weighted so, and its variance."""
    share = divide(x, n)
    part = divide(weight, weight.sum(axis=0))
    return _mean(weight, share), _sum(weight > 0, part**2 * divide(share * (1 - share), n))
