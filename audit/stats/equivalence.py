"""Shown to be within tolerance: p-values for lying inside a region, and for lying outside of it.

Inside is two one-sided tests, of which the weaker one counts (TOST, Schuirmann 1987; an intersection-union test, Berger
1982). Its p-value is at most `tail` exactly if the interval with that tail lies inside the region. It is the only kind
of test whose rejection speaks for equality within a tolerance; that no difference was found does not.
"""

from __future__ import annotations

import numpy as np

from audit.stats.contrasts import Contrast
from audit.stats.numerics import Array


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
