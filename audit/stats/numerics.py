"""What every score interval shares: arrays of float64, a critical value, a score, and a bisection of fixed length."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_TINY = 1e-300
_EPS = float(np.finfo(np.float64).eps)
_MOST_STEPS = 120


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


def dot(first: Array, second: Array) -> Array:
    """The sum of products over the last axis, to the same last bit on every machine and for any number of items.

    Libraries of linear algebra add up in an order, and round as often, as suits the processor.
    """
    return np.asarray((first * second).sum(axis=-1))


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
    for _ in range(steps if np.size(low) else 0):
        middle = 0.5 * (low + high)
        true = holds(middle)
        low, high = np.where(true, middle, low), np.where(true, high, middle)
    return np.asarray(0.5 * (low + high))


def crossing(falls: Callable[[Array], Array], low: Array, high: Array, *, within: float = _EPS) -> Array:
    """Where a function in [low, high] that is positive up to some point, and negative from there on, crosses zero.

    By Chandrupatla (1997), who takes inverse quadratic steps where these are safe and halves elsewhere: ten steps where
    bisection takes fifty. Zeros, and what is not a number, count as negative. Where it does not cross: the end that it
    would cross beyond. `within` is the relative error that may be left. An array's items never influence one another.
    """
    near, far = floats(high, low)
    at_near, at_far = falls(near), falls(far)
    beyond, short = at_near > 0, ~(at_far > 0)
    near, far = np.where(short, far, near), np.where(beyond, near, far)
    at_near, at_far = np.fmin(at_near, -_TINY), np.fmax(at_far, _TINY)
    step: Array = np.full(near.shape, 0.5)
    done, close = near == far, 1e-17 * (near - far)
    for _ in range(_MOST_STEPS):
        point = np.where(done, near, near + step * (far - near))
        value = falls(point)
        value = np.where(value > 0, value, np.fmin(value, -_TINY))
        same = (value > 0) == (at_near > 0)
        behind, at_behind = np.where(same, near, far), np.where(same, at_near, at_far)
        far, at_far = np.where(done | same, far, near), np.where(done | same, at_far, at_near)
        near, at_near = point, np.where(done, at_near, value)
        least = divide(2 * within * np.abs(near) + close, np.abs(far - near))
        done = done | ~(least < 0.5)
        if done.all():
            break
        step = _next_step((near, far, behind), (at_near, at_far, at_behind))
        step = np.clip(step, least, 1 - least)
    return np.asarray(near)


def _next_step(x: tuple[Array, Array, Array], f: tuple[Array, Array, Array]) -> Array:
    """Which part of the bracket to step over: to the inverse parabola's zero, or half of it where that is not safe."""
    (x1, x2, x3), (f1, f2, f3) = x, f
    with np.errstate(all="ignore"):
        place, height = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
        safe = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
        step = f1 / (f2 - f1) * f3 / (f2 - f3) + (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
    return np.where(safe & np.isfinite(step), step, 0.5)


def last_where_each(holds: Callable[[Array], Mask], low: Array, high: Array, steps: int) -> Array:
    """The same point to the last bit, where `holds` takes points of shape (m, ...) for items of shape (...).

    Few items cost numpy's calls and hardly any arithmetic, so all points that the next few steps may come to are asked
    about at once.
    """
    if not 0 < np.size(low) <= FEW:
        return last_where(holds, low, high, steps)
    each = np.arange(np.size(low))
    for done in range(0, steps, _AT_ONCE):
        ways = 2 ** min(_AT_ONCE, steps - done)
        points = _halved(np.stack((low, high)), ways)
        true = holds(points[1:-1]).reshape(-1, each.size)
        at = np.zeros_like(each)
        while ways > 1:
            ways //= 2
            at = at + ways * true[at + ways - 1, each]
        low, high = (points.reshape(-1, each.size)[at + step, each].reshape(np.shape(low)) for step in (0, 1))
    return np.asarray(0.5 * (low + high))


#: How many steps `last_where_each` takes together, and up to how many items that is quicker than one by one.
_AT_ONCE = 3
FEW = 64


def _halved(points: Array, parts: int) -> Array:
    """Two points, and between them all that halving comes to until there are so many parts."""
    while len(points) <= parts:
        between = np.empty((2 * len(points) - 1, *points.shape[1:]))
        between[::2], between[1::2] = points, 0.5 * (points[:-1] + points[1:])
        points = between
    return points
