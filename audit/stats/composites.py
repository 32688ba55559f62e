"""Composite metrics as contrasts: quantities that are no shares, known by an estimate and its limits at any tail.

From confusion cells, one item per group (floats; effective counts under sampling weights):

    f1(tp, fp, fn, tn)                   Jaccard's share with a Wilson interval
    balanced_accuracy(tp, fp, fn, tn)    MOVER of two Wilson intervals

and from replicates of them `correlations(samples)`, Matthews'.

EstimateDifferences and EstimateRatios compare two independent composites, so not for overlapping groups: against the
whole population compare with the rest of it, and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from audit.stats.contrasts import Side
from audit.stats.mover import balanced_accuracy_interval, f1_interval, mover_difference, mover_ratio
from audit.stats.numerics import Array, Limits, crossing, divide, floats, last_where_each
from audit.stats.replicates import breaks_of, limits_of
from audit.stats.resampling import Resampled

Places = NDArray[np.intp]
_STEPS = 50
_FARTHEST = 37.0  # standard errors; the tail beyond is as small as float64 can tell from none
_ROUNDING = 1e-13  # of where a break is
_WITHIN = 1e-14
_FIRST = _FARTHEST / 2.0 ** np.arange(5, 13)


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimates:
    """Independent estimates, each with limits of its own making.

    `ends(places, tails)` gives the limits of those in `places`, which counts from 0 in the order of making. `reasons`
    says of each why its limits say nothing, if they do not. `breaks` is given where limits are smooth in the tail but
    for single places, at so many standard errors.
    """

    estimate: Array
    ends: Callable[[Places, Array], Limits]
    places: Places
    reasons: tuple[str | None, ...] = field(default=())
    breaks: Limits | None = None

    def take(self, places: Places) -> Estimates:
        """Some of these, in the given order, repeats allowed."""
        reasons = tuple(self.reasons[place] for place in places) if self.reasons else ()
        breaks = None if self.breaks is None else Limits(*(of[..., places] for of in self.breaks))
        return replace(self, estimate=self.estimate[places], places=self.places[places], reasons=reasons, breaks=breaks)

    def limits(self, tails: ArrayLike) -> Limits:
        """Each estimate's own limits, at a tail each or at several: tails of shape (k) or (m, k)."""
        tails = np.asarray(tails, dtype=np.float64)
        shape = np.broadcast_shapes(tails.shape, self.estimate.shape)
        places, each = (np.broadcast_to(of, shape).ravel() for of in (self.places, tails))
        low, high = self.ends(places, each)
        return Limits(low.reshape(shape), high.reshape(shape))

    def p_below(self, bound: float) -> Array:
        """Evidence that the quantity is below the bound."""
        return self.p_of([(bound, False)])[0]

    def p_above(self, bound: float) -> Array:
        """Evidence that the quantity is above the bound."""
        return self.p_of([(bound, True)])[0]

    def p_of(self, sides: Sequence[Side]) -> list[Array]:
        """The p-values for several sides at once."""
        return by_limits(self.estimate, self.limits, sides, self.breaks)


@dataclass(frozen=True, kw_only=True, eq=False)
class EstimateDifferences:
    """Differences first - second of independent estimates, by MOVER. The second may be one for all."""

    first: Estimates
    second: Estimates

    @property
    def estimate(self) -> Array:
        """The difference; NaN if either is not defined."""
        return self.first.estimate - self.second.estimate

    @property
    def breaks(self) -> Limits | None:
        """Where either estimate's limit breaks of which this limit is made; None where these are not known."""
        first, second = self.first.breaks, self.second.breaks
        if first is None or second is None:
            return None
        pairs = ((first.low, second.high), (first.high, second.low))
        return Limits(*(np.concatenate(np.broadcast_arrays(*pair)) for pair in pairs))

    def limits(self, tails: ArrayLike) -> Limits:
        """MOVER limits; infinite where either estimate has none."""
        first, second = _both(self.first, self.second, tails)
        return _where_known(self.estimate, mover_difference(self.first.estimate, first, self.second.estimate, second))

    def p_below(self, bound: float) -> Array:
        """Evidence that the difference is below the bound."""
        return self.p_of([(bound, False)])[0]

    def p_above(self, bound: float) -> Array:
        """Evidence that the difference is above the bound."""
        return self.p_of([(bound, True)])[0]

    def p_of(self, sides: Sequence[Side]) -> list[Array]:
        """The p-values for several sides at once."""
        return by_limits(self.estimate, self.limits, sides, self.breaks)


@dataclass(frozen=True, kw_only=True, eq=False)
class EstimateRatios:
    """Ratios first / second of independent estimates, by MOVER. The second may be one for all."""

    first: Estimates
    second: Estimates

    @property
    def estimate(self) -> Array:
        """The ratio; NaN if either is not defined or the second is zero."""
        return divide(self.first.estimate, self.second.estimate)

    def limits(self, tails: ArrayLike) -> Limits:
        """MOVER limits; infinite where the second may be zero, or where either estimate has none."""
        first, second = _both(self.first, self.second, tails)
        ratio = mover_ratio(self.first.estimate, first, self.second.estimate, second)
        return _where_known(self.first.estimate + self.second.estimate, ratio)

    def p_below(self, bound: float) -> Array:
        """Evidence that the ratio is below the bound."""
        return self.p_of([(bound, False)])[0]

    def p_above(self, bound: float) -> Array:
        """Evidence that the ratio is above the bound."""
        return self.p_of([(bound, True)])[0]

    def p_of(self, sides: Sequence[Side]) -> list[Array]:
        """The p-values for several sides at once."""
        return by_limits(self.estimate, self.limits, sides)


def f1(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike) -> Estimates:
    """F1 of each group; NaN without a positive decision or outcome. True negatives do not enter."""
    a, b, c, _ = (np.atleast_1d(cell) for cell in floats(tp, fp, fn, tn))

    def ends(at: Places, tails: Array) -> Limits:
        return f1_interval(a[at], b[at], c[at], tails)

    return Estimates(estimate=divide(2 * a, 2 * a + b + c), ends=ends, places=np.arange(a.size))


def balanced_accuracy(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike) -> Estimates:
    """The mean of TPR and TNR of each group; NaN if either has no trials."""
    a, b, c, d = (np.atleast_1d(cell) for cell in floats(tp, fp, fn, tn))

    def ends(at: Places, tails: Array) -> Limits:
        return balanced_accuracy_interval(a[at], b[at], c[at], d[at], tails)

    middle = (divide(a, a + c) + divide(d, d + b)) / 2
    return Estimates(estimate=middle, ends=ends, places=np.arange(a.size))


def correlations(samples: Sequence[Resampled]) -> Estimates:
    """Correlations of decision and outcome from their replicates, kept to [-1, 1]; NaN if a margin is zero.

    Where the bootstrap has nothing to say the limits are -1 and 1, and `reasons` says why.
    """
    within = limits_of(samples, -1.0, 1.0)

    def ends(at: Places, tails: Array) -> Limits:
        low, high = within(at, tails)
        return Limits(np.clip(low, -1.0, 1.0), np.clip(high, -1.0, 1.0))

    return Estimates(
        estimate=np.array([np.nan if sample.estimate is None else sample.estimate for sample in samples]),
        ends=ends,
        places=np.arange(len(samples)),
        reasons=tuple(sample.reason for sample in samples),
        breaks=breaks_of(samples),
    )


def _both(first: Estimates, second: Estimates, tails: ArrayLike) -> tuple[Limits, Limits]:
    """The limits of both at the same tails, the second as often as it is needed."""
    if second.estimate.size == first.estimate.size:
        return first.limits(tails), second.limits(tails)
    repeated = second.take(np.zeros(first.estimate.size, dtype=np.intp))
    return first.limits(tails), repeated.limits(tails)


def _where_known(known: Array, limits: Limits) -> Limits:
    """The limits; none where the quantity is not known."""
    there = np.isfinite(known)
    return Limits(
        np.where(there & ~np.isnan(limits.low), limits.low, -np.inf),
        np.where(there & ~np.isnan(limits.high), limits.high, np.inf),
    )


def below_by_limits(estimate: Array, limits: Callable[[Array], Limits], bound: float) -> Array:
    """The smallest tail at which the upper limit falls below the bound; from the other side for larger estimates.

    `limits` takes tails of shape (..., k) for k estimates.
    """
    return by_limits(estimate, limits, [(bound, False)])[0]


def above_by_limits(estimate: Array, limits: Callable[[Array], Limits], bound: float) -> Array:
    """The mirror image of `below_by_limits`."""
    return by_limits(estimate, limits, [(bound, True)])[0]


def by_limits(
    estimate: Array, limits: Callable[[Array], Limits], sides: Sequence[Side], breaks: Limits | None = None
) -> list[Array]:
    """The p-values for each side; `breaks`, those of `Estimates`, make for a shorter search."""
    bounds, above = (np.array(column)[:, np.newaxis] for column in zip(*sides, strict=True))

    def margin(z: Array) -> Array:
        """By how much the limit leaves out the bound."""
        low, high = limits(np.asarray(ndtr(-z)))
        found = np.where(estimate < bounds, bounds - high, low - bounds)
        return np.where(z > 0, found, np.abs(estimate - bounds))  # without any error the limits are at the estimate

    if breaks is None:
        none = np.zeros_like(estimate + bounds)
        errors = last_where_each(lambda z: margin(z) > 0, none, none + _FARTHEST, _STEPS)
    else:
        errors = _between(margin, np.where(estimate < bounds, *(of[:, np.newaxis] for of in (breaks.high, breaks.low))))
    tail = np.asarray(ndtr(-errors), dtype=np.float64)
    p = np.where(estimate == bounds, 0.5, np.where((estimate > bounds) == above, tail, 1.0 - tail))
    return list(np.where(np.isnan(estimate), np.nan, p))


def _between(margin: Callable[[Array], Array], breaks: Array) -> Array:
    """The most standard errors at which there is a margin that falls smoothly but for its breaks, (m, sides, k).

    Close to the estimate it may not fall all the way where replicates are few or alike, hence several first points.
    """
    ones = np.ones((1, *breaks.shape[1:]))
    around = np.concatenate((breaks * (1 - _ROUNDING), breaks * (1 + _ROUNDING)))
    first = np.concatenate([np.clip(np.nan_to_num(around, nan=_FARTHEST), 0.0, _FARTHEST), *(z * ones for z in _FIRST)])
    points = np.concatenate((0.0 * ones, np.sort(first, axis=0), _FARTHEST * ones))
    passed = margin(points[:-1]) > 0
    last = len(passed) - 1 - passed[::-1].argmax(axis=0, keepdims=True)
    low, high = (np.take_along_axis(points, last + step, axis=0)[0] for step in (0, 1))
    return crossing(margin, low, high, within=_WITHIN)
