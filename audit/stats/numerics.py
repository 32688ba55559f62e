"""What every score interval shares: arrays of float64, a critical value, a score, and a bisection of fixed length."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Limits(NamedTuple):
    """The two ends of confidence intervals, one item per quantity; infinite where there is no limit on that side."""

    low: Array
    high: Array


def floats(*values: ArrayLike) -> list[Array]:
    """The values as float64 arrays of one common shape."""
    arrays = [np.asarray(value, dtype=np.float64) for value in values]
    if all(array.shape == arrays[0].shape for array in arrays):  # most often, and much quicker
        return arrays
    return list(np.broadcast_arrays(*arrays))


def critical(tail: ArrayLike) -> Array:
    """How many standard errors leave out `tail` on one side of a normal distribution."""
    # Subtracting from zero never gives -0.0, whose sign would take one limit for the other.
    return np.asarray(0.0 - ndtri(np.asarray(tail, dtype=np.float64)), dtype=np.float64)


def divide(numerator: ArrayLike, denominator: ArrayLike) -> Array:
    """The quotient; NaN, which here means not defined, wherever the denominator is zero."""
    top, bottom = floats(numerator, denominator)
    quotient: Array = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=quotient, where=bottom != 0)
    return quotient


def score(gap: Array, variance: Array) -> Array:
    """A gap in standard errors. Without variance: infinite, and zero where there is no gap either."""
    certain: Array = np.where(gap == 0, 0.0, np.copysign(np.inf, gap))
    np.divide(gap, np.sqrt(np.maximum(variance, 0.0)), out=certain, where=variance > 0)
    return certain


def last_where(holds: Callable[[Array], Mask], low: Array, high: Array, steps: int) -> Array:
    """The point in [low, high] up to which `holds` is true, by bisection.

    The number of steps is fixed so that an array's items never influence one another, nor the platform the result.
    """
    for _ in range(steps):
        middle = 0.5 * (low + high)
        true = holds(middle)
        low, high = np.where(true, middle, low), np.where(true, high, middle)
    return np.asarray(0.5 * (low + high))
