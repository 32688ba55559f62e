"""Do strata, or groups, agree with one another? Tests, and how far apart they are beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from audit.stats.numerics import Array, divide, floats
from audit.stats.strata import both_present, mantel_haenszel_odds_ratio


class ChiSquare(NamedTuple):
    """Chi-square statistics with their degrees of freedom and p-values; NaN where there is no test."""

    statistic: Array
    df: Array
    p: Array


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How far k groups' shares are apart. Variances: as observed, and less what chance alone adds to it.

    `unbiased` may be negative, when the groups are closer than chance would have them; `sd` is then 0.
    """

    observed: float
    unbiased: float

    @property
    def sd(self) -> float:
        """The groups' standard deviation beyond chance."""
        return float(np.sqrt(max(self.unbiased, 0.0)))


def tarone(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> ChiSquare:
    """Is the odds ratio the same in all strata? Breslow and Day's test (1980, section 4.4), with the correction that
    makes it a chi-square (Tarone 1985, Biometrika 72:91); strata along the first axis.

    Only strata count that could differ: both groups present, some selected and some not. NaN with fewer than two of
    these, or if the Mantel-Haenszel odds ratio is 0, infinite or not defined.
    """
    excess, variance, count = _breslow_day_terms(*floats(x1, n1, x2, n2))
    plain = np.nansum(divide(excess**2, variance), axis=0)
    correction = divide(np.nansum(excess, axis=0) ** 2, np.nansum(variance, axis=0))
    return _chi_square(plain - correction, count)


def spread(x: ArrayLike, n: ArrayLike) -> Spread | None:
    """The variance between groups' shares; None of fewer than two groups with two trials or more each.

    The largest gap grows with the number of groups by chance alone; this does not (Lum, Zhang & Bower 2022, here with
    n - 1).
    """
    x, n = floats(x, n)
    x, n = x[n >= 2], n[n >= 2]
    if n.size < 2:
        return None
    share = x / n
    observed = float(np.var(share, ddof=1))
    return Spread(observed=observed, unbiased=observed - float((share * (1 - share) / (n - 1)).mean()))


def _breslow_day_terms(x1: Array, n1: Array, x2: Array, n2: Array) -> tuple[Array, Array, Array]:
    """Per stratum the excess of x1 over what the common odds ratio fits, its variance; and how many strata count."""
    hits = x1 + x2
    known = both_present(n1, n2) & (hits > 0) & (hits < n1 + n2)
    common = mantel_haenszel_odds_ratio(x1, n1, x2, n2)
    common = np.where(common > 0, common, np.nan)
    fitted = _fitted(n1, n2, hits, common)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = 1 / (1 / fitted + 1 / (n1 - fitted) + 1 / (hits - fitted) + 1 / (n2 - hits + fitted))
    count = np.where(np.isfinite(common), known.sum(axis=0), 0)
    return np.where(known, x1 - fitted, np.nan), np.where(known, variance, np.nan), count


def _fitted(n1: Array, n2: Array, hits: Array, odds_ratio: Array) -> Array:
    """The first group's hits that would give the odds ratio with these margins: the root of a quadratic.

    Whichever of its two forms subtracts no near-equal numbers.
    """
    linear = n2 - hits + odds_ratio * (n1 + hits)
    root = np.sqrt(np.maximum(linear**2 + 4 * (1 - odds_ratio) * odds_ratio * n1 * hits, 0.0))
    positive = divide(2 * odds_ratio * n1 * hits, linear + root)
    return np.where(linear < 0, divide(root - linear, 2 * (1 - odds_ratio)), positive)


def _chi_square(statistic: Array, count: Array) -> ChiSquare:
    df = np.asarray(np.maximum(count - 1, 0), dtype=np.float64)
    tested = np.where(df > 0, np.maximum(statistic, 0.0), np.nan)
    return ChiSquare(tested, df, np.where(np.isfinite(tested), chdtrc(np.maximum(df, 1), tested), np.nan))
