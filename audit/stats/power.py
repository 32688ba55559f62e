"""How likely a verdict is, if the true shares were known: the power of the very score tests that decide.

A verdict passes if the interval lies inside the region, and fails if it lies outside at the level that allows for all
comparisons. So the chance of either is the chance that the score at a limit exceeds its critical value. No Wald test is
used anywhere: it does not decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtr

from audit.stats import differences, ratios
from audit.stats.numerics import Array, Mask, critical, divide, score

Places = NDArray[np.intp]
Compare = Literal["rate", "difference", "ratio"]

_STEP = 0.02  # of the slopes, in standard deviations
_STENCIL = _STEP * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
_FARTHEST = 2.5  # standard deviations; what lies beyond is as good as certain, and is not looked at again


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """K comparisons: their true shares, their trials, and what is required of them.

    A rate by itself leaves p2 and n2 unused. `low` and `high` bound the rate, the difference p1 - p2 or the ratio
    p1 / p2; infinite ones do not bound. `tail` decides a pass, `fail_tail` a failure; for that, `least` events and
    non-events must be expected in each group if both had the pooled share (or a rate were at its limit).
    """

    compare: Compare
    p1: Array
    n1: Array
    p2: Array
    n2: Array
    low: Array
    high: Array
    tail: Array
    fail_tail: Array
    least: Array

    @property
    def value(self) -> Array:
        """The true rate, difference or ratio; NaN where not defined."""
        return _VALUES[self.compare](self.p1, self.p2)

    def grown(self, first: Array, second: Array) -> Setting:
        """The same with so many times the trials in either group."""
        return replace(self, n1=self.n1 * first, n2=self.n2 * second)

    def where(self, chosen: Mask | Places) -> Setting:
        """Some of the comparisons."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in ARRAYS})


ARRAYS = tuple(field.name for field in fields(Setting) if field.name != "compare")

_VALUES: dict[Compare, Callable[[Array, Array], Array]] = {
    "rate": lambda p1, _: p1,
    "difference": lambda p1, p2: p1 - p2,
    "ratio": divide,
}


def _difference_variance(x1: Array, n1: Array, x2: Array, n2: Array, bound: Array) -> Array:
    # Half of the digits are enough for a chance, and come in half the time.
    return differences.variance_under(x1, n1, x2, n2, np.clip(bound, -1.0, 1.0), polish=0)


#: A limit is a line p1 = slope * p2 + shift, tested with its own variance.
_LINES: dict[Compare, Callable[[Array], tuple[Array | float, Array | float, Callable[..., Array]]]] = {
    "difference": lambda bound: (1.0, bound, _difference_variance),
    "ratio": lambda bound: (bound, 0.0, ratios.variance_under),
}


def to_pass(setting: Setting) -> Array:
    """The chance that the whole interval lies inside the region.

    The ways to miss at either limit exclude each other, unless the region is so narrow that passing is hopeless anyway.
    """
    missed_low = 1 - shown(setting, setting.low, setting.tail, 1)
    missed_high = 1 - shown(setting, setting.high, setting.tail, -1)
    return np.maximum(1 - missed_low - missed_high, 0.0)


def to_fail(setting: Setting) -> Array:
    """The chance that the interval lies outside the region, and that enough events are expected for that to count."""
    below = shown(setting, setting.low, setting.fail_tail, -1)
    above = shown(setting, setting.high, setting.fail_tail, 1)
    return np.minimum(below + above, 1.0) * enough(setting)


def shown(setting: Setting, bound: Array, tail: Array, side: Literal[-1, 1]) -> Array:
    """The chance that the score test shows the quantity to be above (1) or below (-1) the bound, at this tail."""
    bounded = np.isfinite(bound)
    found = np.where(np.sign(bound) == -side, 1.0, 0.0)
    if bounded.any():
        of_one = _rate_shown if setting.compare == "rate" else _pair_shown
        found[bounded] = of_one(setting.where(bounded), bound[bounded], critical(tail)[bounded], side)
    return found


def enough(setting: Setting) -> Array:
    """The chance that as many events and non-events are expected as a claim of failure needs."""
    if setting.compare == "rate":
        inner = [np.where((b > 0) & (b < 1), np.minimum(b, 1 - b), np.inf) for b in (setting.low, setting.high)]
        rarest = np.minimum(*inner)
        expected = setting.n1 * np.where(np.isfinite(rarest), rarest, 0.5)
        return np.where(expected >= setting.least, 1.0, 0.0)
    total, smaller = setting.n1 + setting.n2, np.minimum(setting.n1, setting.n2)
    hits = setting.n1 * setting.p1 + setting.n2 * setting.p2
    variance = setting.n1 * setting.p1 * (1 - setting.p1) + setting.n2 * setting.p2 * (1 - setting.p2)
    needed = setting.least * divide(total, smaller)
    return np.asarray(ndtr(score(hits - needed, variance)) * ndtr(score(total - hits - needed, variance)))


# ---- one limit -----------------------------------------------------------------------------------------------------


def _rate_shown(setting: Setting, bound: Array, z: Array, side: int) -> Array:
    """Of one rate: an exact binomial probability, drawn smoothly through its steps."""
    p, b = (setting.p1, bound) if side > 0 else (1 - setting.p1, 1 - bound)
    n, inside = setting.n1, np.clip(b, 0.0, 1.0)
    least = n * inside + z * np.sqrt(n * inside * (1 - inside))
    room = n - least + 0.5
    found = betainc(least + 0.5, np.maximum(room, 1e-9), p)
    return np.where(b < 0, 1.0, np.where((b >= 1) | (room <= 0), 0.0, found))


def _pair_shown(setting: Setting, bound: Array, z: Array, side: int) -> Array:
    return np.asarray(ndtr(critical_line(setting, bound, z, side)[0]))


def critical_line(setting: Setting, bound: Array, z: Array, side: int) -> tuple[Array, Array]:
    """Where the score of two groups is critical: shown where distance + direction . u >= 0, for u normal deviates.

    Each count is x(u) of such a deviate, by Cornish and Fisher's first correction for skewness. The score's excess over
    z is linearised where it is likeliest to be 0, found in two steps (Hasofer & Lind 1974, Rackwitz & Fiessler 1978).
    Linearised at the expected counts instead, without the null variance's own slope, it would be Farrington and
    Manning's power (1990), which is too low by up to 0.1 where a group expects only a few events.
    """
    distance, direction = _linearised(setting, (bound, z), side, np.zeros((2, *bound.shape)))
    near = np.abs(distance) < _FARTHEST
    if near.any():
        point = -direction[:, near] * distance[near]
        distance[near], direction[:, near] = _linearised(setting.where(near), (bound[near], z[near]), side, point)
    return distance, direction


def _linearised(setting: Setting, line: tuple[Array, Array], side: int, u: Array) -> tuple[Array, Array]:
    """The distance and direction of the critical line as it looks from u; infinite where chance plays no part."""
    excess = _excess(setting, _counts(setting, u + _STENCIL[:, :, np.newaxis]), *line, side)
    slope = (excess[1:] - excess[0]) / _STEP
    steepness = np.hypot(*slope)
    certain = np.where(excess[0] > 0, np.inf, -np.inf)
    distance = np.where(steepness > 0, divide(excess[0] - (slope * u).sum(axis=0), steepness), certain)
    return distance, np.nan_to_num(divide(slope, steepness))


def _counts(setting: Setting, u: Array) -> tuple[Array, Array]:
    """The counts of both groups at standard normal deviates of shape (points, 2, k)."""
    p, n = np.stack((setting.p1, setting.p2)), np.stack((setting.n1, setting.n2))
    spread = np.sqrt(n * p * (1 - p))
    skew = np.where(spread > 0, (1 - 2 * p) / 6, 0.0)
    # Beyond the turning point of the correction, where few events are expected, the count stays what it is there.
    turn = divide(-spread, 2 * skew)
    u = np.where(skew > 0, np.maximum(u, turn), np.where(skew < 0, np.minimum(u, turn), u))
    x = n * p + spread * u + skew * (u**2 - 1)
    x = np.clip(x, 0.0, n)
    return x[:, 0], x[:, 1]


def _excess(setting: Setting, counts: tuple[Array, Array], bound: Array, z: Array, side: int) -> Array:
    """By how much the gap to the bound exceeds z of its standard errors under the bound."""
    x1, n1, x2, n2, at = np.broadcast_arrays(counts[0], setting.n1, counts[1], setting.n2, bound)
    slope, shift, variance = _LINES[setting.compare](at)
    gap = divide(x1, n1) - slope * divide(x2, n2) - shift
    return np.asarray(side * gap - z * np.sqrt(np.maximum(variance(x1, n1, x2, n2, at), 0.0)))
