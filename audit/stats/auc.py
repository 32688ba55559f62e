"""The area under the ROC curve: how often a positive row scores above a negative one, ties counting half.

    auc(histogram)                  of each group
    auc_estimates(found)            the same as estimates with DeLong's limits, to be compared between groups
    cautious_auc_estimates(found)   with limits that hold for few rows of one kind, too: what audits use

Those of two groups that share no rows are independent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from audit.stats.composites import Estimates
from audit.stats.design_effect import design_effects
from audit.stats.histogram import Histogram, Places, why
from audit.stats.numerics import Array, Limits, Mask, critical, divide, dot, floats, last_where
from audit.stats.shares import kish

_STEPS = 52
_CERTAIN = 1e-12  # closer to 0 or 1 than one discordant pair among a million by a million


@dataclass(frozen=True, kw_only=True, eq=False)
class Auc:
    """Probabilities that a row of one kind scores above one of another; all fields (k,).

    `error` is half the probability of a tie within a bin, the most that binning can have moved the value. `variance` is
    DeLong's, NaN with fewer than two rows of either kind. `higher` and `lower` are the numbers of rows of either kind,
    effective ones under sampling weights and where rows belong together. `approximate` marks limits that are not
    DeLong's, for want of a variance.
    """

    value: Array
    error: Array
    variance: Array
    higher: Array
    lower: Array
    approximate: Mask
    reasons: tuple[str | None, ...]


def auc(histogram: Histogram) -> Auc:
    """The AUC of each group; NaN without rows of both outcomes. Rows without outcome do not enter.

    Where rows belong together, DeLong's variance is multiplied, and the numbers of rows divided, by the design effect.
    """
    found = _auc(_Kind.positives(histogram), _Kind.negatives(histogram), histogram.width)
    if histogram.clusters is None:
        return found
    effects = design_effects(histogram, _pulls(histogram, found.value))
    return replace(
        found,
        variance=found.variance * effects,
        higher=np.maximum(found.higher / effects, np.minimum(found.higher, 1.0)),
        lower=np.maximum(found.lower / effects, np.minimum(found.lower, 1.0)),
    )


def auc_estimates(found: Auc) -> Estimates:
    """AUCs as independent estimates, with DeLong's limits on the logit scale, widened by the error of binning.

    Where there is no variance to go by (complete separation, all scores tied, a single row of either kind) the limits
    are those of Newcombe's method 5, which `approximate` marks; their width is never zero.
    At 2.5 % a side the lower limit of an AUC from 0.9 lies too high in up to 7 % of samples where rows of one kind are
    few (10 by 100, 50 by 500; binormal scores); the upper one errs as stated. See `cautious_auc_estimates`.
    """
    return _estimates(found, _delong)


def cautious_auc_estimates(found: Auc) -> Estimates:
    """The same with the wider of DeLong's and Newcombe's limits on either side, which errs no more than stated.

    Wider by a few hundredths of its width for AUCs up to 0.75, by half at most for few rows of one kind above 0.9.
    """
    return _estimates(found, _wider)


def newcombe(value: ArrayLike, higher: ArrayLike, lower: ArrayLike, tail: ArrayLike) -> Limits:
    """The score interval of an AUC from itself and the two numbers of rows alone (Newcombe 2006, method 5).

    Hanley and McNeil's variance, with both numbers replaced by their mean, at the AUC in question instead of the
    observed one. From exactly 0 at an AUC of 0, up to exactly 1 at 1; (0, 1) if either kind has no rows.
    """
    value, m, n, z = floats(value, higher, lower, critical(tail))
    # The variance is the same for an AUC and its complement, whose upper limit is the lower one of the AUC.
    both = np.stack((value, 1.0 - value))
    unit, mean = z**2 * np.nan_to_num(divide(1.0, m * n)), (m + n) / 2 - 1

    def near(theta: Array) -> Mask:
        return np.asarray((theta - both) ** 2 <= unit * _spread(theta, mean))

    up, down = last_where(near, both, np.ones_like(both), _STEPS)
    known = np.isfinite(value) & (m > 0) & (n > 0)
    low = np.where(known & (value > _CERTAIN), 1.0 - down, 0.0)
    return Limits(low, np.where(known & (value < 1.0 - _CERTAIN), up, 1.0))


def _spread(theta: Array, mean: Array) -> Array:
    return np.asarray(theta * (1 - theta) * (1 + mean * ((1 - theta) / (2 - theta) + theta / (1 + theta))))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Kind:
    """The rows of one kind: their counts at each score, and the sums of their squared weights."""

    counts: Array
    squares: Array

    @classmethod
    def positives(cls, histogram: Histogram) -> _Kind:
        squares = histogram.positive if histogram.positive2 is None else histogram.positive2
        return cls(counts=histogram.positive, squares=squares)

    @classmethod
    def negatives(cls, histogram: Histogram) -> _Kind:
        squares = histogram.negative if histogram.negative2 is None else histogram.negative2
        return cls(counts=histogram.negative, squares=squares)


def _estimates(found: Auc, method: Callable[[Auc, Places, Array], Limits]) -> Estimates:
    """AUCs with the limits of a method, as far as they can be wrong for binning; (0, 1) of what is not defined."""

    def ends(at: Places, tails: Array) -> Limits:
        low, high = method(found, at, tails)
        error, known = found.error[at], np.isfinite(found.value[at])
        low, high = np.maximum(low - error, 0.0), np.minimum(high + error, 1.0)
        return Limits(np.where(known, low, 0.0), np.where(known, high, 1.0))

    return Estimates(estimate=found.value, ends=ends, places=np.arange(found.value.size), reasons=found.reasons)


def _delong(found: Auc, at: Places, tails: Array) -> Limits:
    """DeLong's limits on the logit scale; Newcombe's where there are none."""
    low, high = _logit_limits(found.value[at], found.variance[at], critical(tails))
    odd = np.flatnonzero(found.approximate[at])
    low[odd], high[odd] = newcombe(found.value[at][odd], found.higher[at][odd], found.lower[at][odd], tails[odd])
    return Limits(low, high)


def _wider(found: Auc, at: Places, tails: Array) -> Limits:
    one, other = _delong(found, at, tails), newcombe(found.value[at], found.higher[at], found.lower[at], tails)
    return Limits(np.minimum(one.low, other.low), np.maximum(one.high, other.high))


def _auc(higher: _Kind, lower: _Kind, width: float) -> Auc:
    """DeLong's placements of every score: the share of the other kind that it beats, ties half (DeLong et al. 1988)."""
    highs, lows = (kind.counts.sum(axis=-1, keepdims=True) for kind in (higher, lower))
    beats, beaten = _placements(higher.counts, lower.counts)
    value = divide(dot(higher.counts, beats), highs[:, 0])
    variance = _variance(higher.squares, beats, value, highs[:, 0])
    variance = variance + _variance(lower.squares, beaten, value, lows[:, 0])
    ties = divide(dot(higher.counts, lower.counts), highs[:, 0] * lows[:, 0])
    spread = np.isfinite(variance) & (variance > _CERTAIN**2)
    inside = (value > _CERTAIN) & (value < 1.0 - _CERTAIN)
    return Auc(
        value=value,
        error=ties / 2 if width > 0 else np.zeros_like(value),
        variance=variance,
        higher=kish(highs[:, 0], higher.squares.sum(axis=-1)),
        lower=kish(lows[:, 0], lower.squares.sum(axis=-1)),
        approximate=np.isfinite(value) & ~(spread & inside),
        reasons=why({"no_positives": highs[:, 0] <= 0, "no_negatives": lows[:, 0] <= 0}),
    )


def _placements(higher: Array, lower: Array) -> tuple[Array, Array]:
    """The share of the other kind that a row of each score beats, and the share that beats it, ties counting half."""
    above, below = np.cumsum(higher, axis=-1), np.cumsum(lower, axis=-1)
    return divide(below - lower / 2, below[:, -1:]), 1.0 - divide(above - higher / 2, above[:, -1:])


def _pulls(histogram: Histogram, value: Array) -> Array:
    """What a row of each outcome and score adds to the AUC (Obuchowski 1997); NaN of rows without outcome."""
    positive, negative = histogram.positive, histogram.negative
    beats, beaten = _placements(positive, negative)
    centre = value[:, np.newaxis]
    each = (
        divide(beats - centre, positive.sum(axis=-1, keepdims=True)),
        divide(beaten - centre, negative.sum(axis=-1, keepdims=True)),
    )
    return np.stack([*each, np.full_like(beats, np.nan)], axis=1)


def _variance(squares: Array, placements: Array, value: Array, weight: Array) -> Array:
    """The variance of one kind's mean placement. Of rows counted once each: S / n; NaN of fewer than two."""
    room = weight**2 - squares.sum(axis=-1)
    return divide(dot(squares, (placements - value[:, np.newaxis]) ** 2), np.where(room > 1e-12 * weight**2, room, 0))


def _logit_limits(value: Array, variance: Array, z: Array) -> Limits:
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = z * np.sqrt(variance) / (value * (1.0 - value))
        return Limits(np.asarray(expit(logit(value) - spread)), np.asarray(expit(logit(value) + spread)))
