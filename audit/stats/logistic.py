"""Calibration as a logistic model: how the logit of the outcome follows the logit of the score.

    calibration_in_the_large(histogram)   by how much all logits are off: 0 if right, positive if outcomes are commoner
    calibration_slope(histogram)          1 if right, below 1 if scores are too extreme
    fitted_estimates(found)               either as estimates with Wald limits, to be compared between groups

Scores must be probabilities (Cox 1958; Van Calster et al. 2016). Those of 0 and 1 stand for a logit of -16 and 16.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from audit.stats.composites import Estimates
from audit.stats.design_effect import design_effects
from audit.stats.histogram import Histogram, Places, not_probabilities, why
from audit.stats.numerics import Array, Limits, Mask, critical, divide

_FARTHEST = 16.0
_STEPS = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """A coefficient of each group, its standard error, and how far binning may have moved it; all (k,).

    `intercept` belongs to a slope; NaN for calibration in the large, which is one itself. `clipped` marks groups with
    scores so close to 0 or 1 that their logit was cut. Reasons: "scores_outside_0_1", "no_positives", "no_negatives",
    "no_variation" of the scores, "separable": some score parts the outcomes, and no finite slope fits best.
    """

    value: Array
    standard_error: Array
    error: Array
    intercept: Array
    clipped: Mask
    reasons: tuple[str | None, ...]


def calibration_in_the_large(histogram: Histogram) -> Fitted:
    """The intercept that fits the outcomes best at a slope of 1.

    The error is that of every score at either edge of its bin: the intercept falls when any score rises. The standard
    error is the larger of the model's and the sandwich's, as the model does not hold where the slope is not 1; under
    sampling weights it is the sandwich's. Where rows belong together it is larger, by the root of the design effect.
    """
    table = _Table.of(histogram)
    value = _intercept(table, table.x)
    edges = [_intercept(table, _logit(histogram.scores + side * histogram.width / 2)) for side in (-1, 1)]
    p = expit(value[:, np.newaxis] + table.x)
    information = (table.weight * p * (1 - p)).sum(axis=-1)
    spread = (table.positive2 * (1 - p) ** 2 + table.negative2 * p**2).sum(axis=-1)
    spread = spread if table.sampled else np.maximum(spread, information)
    return Fitted(
        value=value,
        standard_error=divide(np.sqrt(spread * design_effects(histogram, _pulls(p, np.ones_like(p)))), information),
        error=np.maximum(np.abs(edges[0] - value), np.abs(edges[1] - value)),
        intercept=np.full_like(value, np.nan),
        clipped=table.clipped,
        reasons=why(table.unfit),
    )


def calibration_slope(histogram: Histogram) -> Fitted:
    """The slope that fits the outcomes best, with an intercept of its own.

    Standard errors from the information matrix, under sampling weights from the sandwich, and as for calibration in the
    large where rows belong together. The error is to first order
    in the width of a bin, and as if every row were moved the worst way.
    """
    table = _Table.of(histogram)
    unfit = table.unfit | {"no_variation": _flat(table), "separable": _separable(table)}
    fit = ~np.any(list(unfit.values()), axis=0)
    a, b = (np.where(fit, found, np.nan) for found in _newton(table, fit))
    p = expit(a[:, np.newaxis] + b[:, np.newaxis] * table.x)
    inverse = _Inverse.of(table.weight * p * (1 - p), table.x)
    squares = table.positive2 * (1 - p) ** 2 + table.negative2 * p**2
    influence = inverse.slope(np.ones_like(table.x), table.x)
    variance = (squares * influence**2).sum(axis=-1) if table.sampled else inverse.slope_variance
    return Fitted(
        value=b,
        standard_error=np.sqrt(variance * design_effects(histogram, _pulls(p, influence))),
        error=_moved(table, histogram, p, b, inverse),
        intercept=a,
        clipped=table.clipped,
        reasons=why(unfit),
    )


def fitted_estimates(found: Fitted) -> Estimates:
    """Coefficients as independent estimates with Wald's limits, widened by the error of binning."""

    def ends(at: Places, tails: Array) -> Limits:
        half = critical(tails) * found.standard_error[at] + found.error[at]
        known = np.isfinite(half)
        return Limits(np.where(known, found.value[at] - half, -np.inf), np.where(known, found.value[at] + half, np.inf))

    return Estimates(estimate=found.value, ends=ends, places=np.arange(found.value.size), reasons=found.reasons)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Table:
    """The labelled rows by the logit of their score. `unfit` says of which groups nothing can be fitted, and why."""

    x: Array
    positive: Array
    negative: Array
    positive2: Array
    negative2: Array
    sampled: bool
    clipped: Mask
    unfit: dict[str, Mask]

    @property
    def weight(self) -> Array:
        """All labelled rows at each score."""
        return self.positive + self.negative

    @classmethod
    def of(cls, histogram: Histogram) -> _Table:
        positive, negative = histogram.positive, histogram.negative
        refused = not_probabilities(histogram.scores) is not None
        x = _logit(histogram.scores)
        return cls(
            x=x,
            positive=positive,
            negative=negative,
            positive2=positive if histogram.positive2 is None else histogram.positive2,
            negative2=negative if histogram.negative2 is None else histogram.negative2,
            sampled=histogram.positive2 is not None,
            clipped=np.asarray(((positive + negative)[:, np.abs(x) >= _FARTHEST] > 0).any(axis=-1)),
            unfit={
                "scores_outside_0_1": np.full(len(positive), refused),
                "no_positives": positive.sum(axis=-1) <= 0,
                "no_negatives": negative.sum(axis=-1) <= 0,
            },
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Inverse:
    """The inverse of the information matrix of an intercept and a slope, about the weighted middle of x."""

    centre: Array
    intercept_variance: Array
    slope_variance: Array

    @classmethod
    def of(cls, information: Array, x: Array) -> _Inverse:
        total = information.sum(axis=-1)
        centre = divide((information * x).sum(axis=-1), total)
        spread = (information * (x - centre[:, np.newaxis]) ** 2).sum(axis=-1)
        return cls(centre=centre, intercept_variance=divide(1.0, total), slope_variance=divide(1.0, spread))

    def slope(self, first: Array, second: Array) -> Array:
        """How much the slope answers to a push (first, second) on the two equations, at each score."""
        return (second - self.centre[:, np.newaxis] * first) * self.slope_variance[:, np.newaxis]


def _pulls(p: Array, influence: Array) -> Array:
    """What a row of each outcome and score adds to a coefficient, (k, 3, m); NaN of rows without outcome."""
    return np.stack([(1 - p) * influence, -p * influence, np.full_like(p, np.nan)], axis=1)


def _intercept(table: _Table, x: Array) -> Array:
    """The intercept at which as many positives are expected as there are; NaN without both outcomes.

    It lies where the observed share would put it if every score were the highest or the lowest. Newton steps, in the
    middle of what is left where they would leave it.
    """
    hits, rows = table.positive.sum(axis=-1), table.weight.sum(axis=-1)
    fit = ~np.any(list(table.unfit.values()), axis=0)
    share = logit(np.where(fit, divide(hits, rows), 0.5))
    low, high = share - x.max(), share - x.min()
    found = (low + high) / 2
    for _ in range(_STEPS):
        p = expit(found[:, np.newaxis] + x)
        excess = hits - (table.weight * p).sum(axis=-1)
        low, high = np.where(excess > 0, found, low), np.where(excess > 0, high, found)
        tried = found + np.nan_to_num(divide(excess, (table.weight * p * (1 - p)).sum(axis=-1)))
        found = np.where((tried >= low) & (tried <= high), tried, (low + high) / 2)
    return np.where(fit, found, np.nan)


def _newton(table: _Table, fit: Mask) -> tuple[Array, Array]:
    """Intercept and slope by Newton steps, each halved until the likelihood no longer falls; a fixed number of them."""
    a, b = np.zeros(len(fit)), np.zeros(len(fit))
    step_a, step_b = np.zeros_like(a), np.zeros_like(b)
    best, part = np.full_like(a, -np.inf), np.ones_like(a)
    for _ in range(_STEPS):
        tried_a, tried_b = a + part * step_a, b + part * step_b
        likelihood, next_a, next_b = _step(table, tried_a, tried_b)
        better = likelihood >= best - 1e-12 * np.abs(likelihood)
        a, b, best = np.where(better, tried_a, a), np.where(better, tried_b, b), np.where(better, likelihood, best)
        step_a, step_b = np.where(better & fit, next_a, step_a), np.where(better & fit, next_b, step_b)
        part = np.where(better, 1.0, part / 2)
    return a, b


def _step(table: _Table, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """The log likelihood at these coefficients, and Newton's next step for both."""
    linear = a[:, np.newaxis] + b[:, np.newaxis] * table.x
    p = expit(linear)
    rest = np.log1p(np.exp(-np.abs(linear)))
    likelihood = -(table.weight * rest).sum(axis=-1)
    likelihood -= np.where(linear < 0, -linear * table.positive, linear * table.negative).sum(axis=-1)
    excess = table.positive - table.weight * p
    inverse = _Inverse.of(table.weight * p * (1 - p), table.x)
    slope = inverse.slope(excess, excess * table.x).sum(axis=-1)
    return likelihood, excess.sum(axis=-1) * inverse.intercept_variance - inverse.centre * slope, slope


def _flat(table: _Table) -> Mask:
    """Whether all labelled rows of a group have one score."""
    return np.asarray((table.weight > 0).sum(axis=-1) <= 1)


def _separable(table: _Table) -> Mask:
    """Whether no positive scores below a negative, or none above one, ties allowed: the slope then has no bound."""
    low1, high1 = _ends(table.x, table.positive > 0)
    low0, high0 = _ends(table.x, table.negative > 0)
    return (low1 >= high0) | (low0 >= high1)


def _ends(x: Array, there: Mask) -> tuple[Array, Array]:
    """The lowest and highest x that occur in each group."""
    return np.where(there, x, np.inf).min(axis=-1), np.where(there, x, -np.inf).max(axis=-1)


def _moved(table: _Table, histogram: Histogram, p: Array, b: Array, inverse: _Inverse) -> Array:
    """How far the slope moves, to first order, if every row's logit moves to the edge of its bin that matters most."""
    if histogram.width == 0:
        return np.zeros_like(b)
    half = histogram.width / 2
    reach = np.maximum(_logit(histogram.scores + half) - table.x, table.x - _logit(histogram.scores - half))
    pull = -p * (1 - p) * b[:, np.newaxis]
    each = [
        counts * np.abs(inverse.slope(pull, outcome - p + pull * table.x))
        for outcome, counts in ((1.0, table.positive), (0.0, table.negative))
    ]
    return np.asarray((sum(each) * reach).sum(axis=-1))


def _logit(scores: Array) -> Array:
    return np.clip(logit(np.clip(scores, 0.0, 1.0)), -_FARTHEST, _FARTHEST)
