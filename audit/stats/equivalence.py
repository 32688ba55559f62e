"""Shown to be within tolerance: p-values for lying inside a region, and for lying outside of it.

Inside is two one-sided tests, of which the weaker one counts (TOST, Schuirmann 1987; an intersection-union test, Berger
1982). Its p-value is at most `tail` exactly if the interval with that tail lies inside the region. It is the only kind
of test whose rejection speaks for equality within a tolerance; that no difference was found does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from audit.stats.contrasts import Contrast, Side
from audit.stats.numerics import Array


def p_inside(contrast: Contrast, low: float | None, high: float | None) -> Array:
    """Small where a quantity is clearly inside [low, high]; None is no limit on that side. NaN where undefined.

    The ends belong to the region, so a limit at the end of what the quantity can be is no limit.
    """
    return p_outside_and_inside(contrast, low, high)[1]


def p_outside(contrast: Contrast, low: float | None, high: float | None) -> Array:
    """Small where a quantity is clearly outside [low, high]; None is no limit on that side. NaN where undefined."""
    return p_outside_and_inside(contrast, low, high)[0]


def p_outside_and_inside(contrast: Contrast, low: float | None, high: float | None) -> tuple[Array, Array]:
    """Both, in one search where p-values have to be searched for."""
    outer, inner = _outer(low, high), _inner(low, high)
    if not outer:
        return _no_hypothesis(contrast), _no_hypothesis(contrast)
    found = _p_values(contrast, [*outer, *inner])
    return np.minimum.reduce(found[: len(outer)]), np.maximum.reduce(found[len(outer) :])


def _inner(low: float | None, high: float | None) -> list[Side]:
    sides = [] if low is None else [(float(np.nextafter(low, -np.inf)), True)]
    return sides if high is None else [*sides, (float(np.nextafter(high, np.inf)), False)]


def _outer(low: float | None, high: float | None) -> list[Side]:
    sides = [] if low is None else [(low, False)]
    return sides if high is None else [*sides, (high, True)]


def _p_values(contrast: Contrast, sides: Sequence[Side]) -> list[Array]:
    """The p-value for each side; all at once from a contrast that can tell them so."""
    at_once: Callable[[Sequence[Side]], list[Array]] | None = getattr(contrast, "p_of", None)
    if at_once is not None:
        return at_once(sides)
    return [contrast.p_above(bound) if above else contrast.p_below(bound) for bound, above in sides]


def _no_hypothesis(contrast: Contrast) -> Array:
    """NaN for each quantity: without a limit nothing is tested."""
    return np.full_like(np.asarray(contrast.p_above(1.0), dtype=np.float64), np.nan)
