"""Shown to be within tolerance: p-values for lying inside a region, and for lying outside of it.

Inside is two one-sided tests, of which the weaker one counts (TOST, Schuirmann 1987; an intersection-union test, Berger
1982). Its p-value is at most `tail` exactly if the interval with that tail lies inside the region. It is the only kind
of test whose rejection speaks for equality within a tolerance; that no difference was found does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.contrasts import Contrast, ShareDifferences, ShareRatios
from audit.stats.numerics import Array, floats


def p_inside(contrast: Contrast, low: float | None, high: float | None) -> Array:
    """Small where a quantity is clearly inside [low, high]; None is no limit on that side. NaN where undefined.

    The ends belong to the region, so a limit at the end of what the quantity can be is no limit.
    """
    sides = [] if low is None else [contrast.p_above(float(np.nextafter(low, -np.inf)))]
    sides += [] if high is None else [contrast.p_below(float(np.nextafter(high, np.inf)))]
    if not sides:
        return _no_hypothesis(contrast)
    return np.asarray(np.maximum.reduce(sides), dtype=np.float64)


def p_outside(contrast: Contrast, low: float | None, high: float | None) -> Array:
    """Small where a quantity is clearly outside [low, high]; None is no limit on that side. NaN where undefined."""
    sides = [] if low is None else [contrast.p_below(low)]
    sides += [] if high is None else [contrast.p_above(high)]
    if not sides:
        return _no_hypothesis(contrast)
    return np.asarray(np.minimum.reduce(sides), dtype=np.float64)


def _no_hypothesis(contrast: Contrast) -> Array:
    """NaN for each quantity: without a limit nothing is tested."""
    return np.full_like(np.asarray(contrast.p_above(1.0), dtype=np.float64), np.nan)


def tost_difference(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, margin: float) -> Array:
    """The p-value for -margin < p1 - p2 < margin, by Miettinen and Nurminen's score at both margins; NaN if empty."""
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    return p_inside(ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2), -margin, margin)


def tost_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, margin: float) -> Array:
    """The p-value for margin < p1 / p2 < 1 / margin, with 0 < margin < 1, by Koopman's score; NaN if empty."""
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    return p_inside(ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2), margin, 1 / margin)


def non_inferior_difference(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, margin: float) -> Array:
    """The p-value for p1 - p2 > -margin alone, by Farrington and Manning's test with the N / (N - 1) of M-N."""
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    return p_inside(ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2), -margin, None)


def non_inferior_ratio(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, margin: float) -> Array:
    """The p-value for p1 / p2 > margin alone, such as 0.8 of the four-fifths rule."""
    x1, n1, x2, n2 = floats(x1, n1, x2, n2)
    return p_inside(ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2), margin, None)
