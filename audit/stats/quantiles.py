"""Medians and other quantiles of scores, from histograms.

quantile(histogram, level)    averaged where it falls between two rows, so the usual median
median_estimates(histogram)   medians as estimates with distribution-free limits
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.special import betainc

from audit.stats.composites import Estimates
from audit.stats.design_effect import design_effects
from audit.stats.histogram import Histogram, Measured, Places, why
from audit.stats.numerics import Array, Limits, divide

_STEPS = 40  # halvings: enough for a million million rows
_ROUNDING = 1e-12  # of a group's total: the rounding of sums of weights, less than any row's


def quantile(histogram: Histogram, level: float) -> Measured:
    """The smallest score with at least the share `level` of the group's weight at or below it.

    Where some score has exactly that share, the middle between it and the next one that occurs: at 0.5 the usual
    median, for an even number the mean of the two middle ones, and for weights its natural extension (Hyndman & Fan
    1996, definition 2). Off by half a bin at most.
    """
    reached = np.cumsum(histogram.everyone(), axis=-1)
    total = reached[:, -1]
    target = level * total
    lower, upper = (pick(histogram.scores, list(reached), total, target) for pick in (_at, _next))
    empty = total <= 0
    return Measured(
        value=np.where(empty, np.nan, (lower + upper) / 2),
        error=np.full(total.shape, histogram.width / 2),
        reasons=why({"empty_group": empty}),
    )


def median_estimates(histogram: Histogram) -> Estimates:
    """Medians as independent estimates, with the limits of the sign test: two of the ordered scores.

    They hold for any distribution, with ties they are cautious; a score that most rows share may be both limits.
    Infinite for fewer rows than can tell, below 6 at 95 %. Widened by half a bin. Weighted rows are taken for their
    effective number (Woodruff 1952), Kish's, which at the median is the linearised one; rows that belong
    together for as many as the share above the median is worth.
    """
    found = quantile(histogram, 0.5)
    rows = histogram.effective() / design_effects(histogram, _sides(histogram, found.value))
    reached = np.cumsum(histogram.everyone(), axis=-1)
    totals = reached[:, -1]

    def ends(at: Places, tails: Array) -> Limits:
        rank, n, total = order_rank(rows[at], tails), rows[at], totals[at]
        groups = [reached[i] for i in at]
        low = _at(histogram.scores, groups, total, np.nan_to_num(divide(rank, n)) * total)
        high = _next(histogram.scores, groups, total, np.nan_to_num(divide(n - rank, n)) * total)
        told = rank >= 1
        half = histogram.width / 2
        return Limits(np.where(told, low - half, -np.inf), np.where(told, high + half, np.inf))

    return Estimates(estimate=found.value, ends=ends, places=np.arange(rows.size), reasons=found.reasons)


def _sides(histogram: Histogram, medians: Array) -> Array:
    """By how much each row lies above its group's median rather than below, less the mean of that: (k, 3, m)."""
    above = (np.sign(histogram.scores - medians[:, np.newaxis]) + 1) / 2
    near = (np.abs(histogram.scores - medians[:, np.newaxis]) <= histogram.width / 2) & (histogram.width > 0)
    above = np.where(near, 0.5, above)
    counts = histogram.everyone()
    mean = divide((counts * above).sum(axis=-1), counts.sum(axis=-1))
    return np.repeat(np.nan_to_num(above - mean[:, np.newaxis])[:, np.newaxis], 3, axis=1)


def order_rank(rows: Array, tails: Array) -> Array:
    """The largest rank r whose ordered value lies above the median with a probability of at most `tails`; 0 if none.

    That probability is the one of fewer than r heads in `rows` throws of a coin.
    """
    low, high = np.zeros_like(rows), np.floor((rows + 1) / 2) + 1
    for _ in range(_STEPS):
        rank = np.floor((low + high) / 2)
        rare = betainc(np.maximum(rows - rank + 1, 0.5), np.maximum(rank, np.finfo(np.float64).tiny), 0.5) <= tails
        low, high = np.where(rare, rank, low), np.where(rare, high, rank)
    return np.asarray(low)


def _at(scores: Array, reached: Sequence[Array], total: Array, target: Array) -> Array:
    """The first score that occurs up to which the counts reach the target; no later than the last that occurs."""
    least = np.maximum(np.minimum(target, total) - _ROUNDING * total, np.finfo(np.float64).tiny)
    return _first(scores, reached, least, "left")


def _next(scores: Array, reached: Sequence[Array], total: Array, target: Array) -> Array:
    """The first score up to which the counts exceed the target; the last that occurs if none does."""
    most = np.minimum(target + _ROUNDING * total, total * (1 - _ROUNDING))
    return _first(scores, reached, most, "right")


def _first(scores: Array, reached: Sequence[Array], keys: Array, side: Literal["left", "right"]) -> Array:
    """The first score at which each group's cumulated counts reach its key (left) or exceed it (right)."""
    places = [row.searchsorted(key, side) for row, key in zip(reached, keys, strict=True)]
    return np.asarray(scores[np.minimum(places, scores.size - 1)])
