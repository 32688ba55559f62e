"""Medians and other quantiles of scores, shares above a score, and selection of the top fraction, from histograms.

quantile(histogram, level)           averaged where it falls between two rows, so the usual median
median_estimates(histogram)          medians as estimates with distribution-free limits
share_above(histogram, value)        strictly above, as in the scoring rate of 6 RCNY 5-300
top_fractions(histogram, fractions)  who would be selected if the best-scored fraction of all were
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc

from audit.stats.composites import Estimates
from audit.stats.design_effect import design_effects
from audit.stats.histogram import Histogram, Measured, Places, why
from audit.stats.numerics import Array, Limits, divide

_STEPS = 40  # halvings: enough for a million million rows
_ROUNDING = 1e-12  # of a group's total: the rounding of sums of weights, less than any row's


@dataclass(frozen=True, kw_only=True, eq=False)
class ShareAbove:
    """How many of each group's rows score strictly above a value; all fields (k,).

    `hits` of `trials` make the share. Rows of the bin that holds the value are counted half, and `error` is the share
    that they may move; with exact scores there are none.
    """

    hits: Array
    trials: Array
    error: Array

    @property
    def value(self) -> Array:
        """The share; NaN of an empty group."""
        return divide(self.hits, self.trials)


@dataclass(frozen=True, kw_only=True, eq=False)
class TopFractions:
    """Who is selected if the best-scored fraction of all rows is: the groups' rates make an impact ratio at each.

    `fractions`, `thresholds` (f,); `selected`, `error` (k, f); `trials` (k,). Selected are the scores at or above the
    threshold, ties included, so at a bin's lower edge all of the bin. `error` is the share of the group in that bin:
    the rate at the exact threshold is lower by no more than that. Intervals over several fractions are pointwise.
    """

    fractions: Array
    thresholds: Array
    selected: Array
    trials: Array
    error: Array

    @property
    def rates(self) -> Array:
        """The groups' selection rates, (k, f); NaN of an empty group."""
        return divide(self.selected, self.trials[:, np.newaxis])


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


def share_above(histogram: Histogram, value: float) -> ShareAbove:
    """The rows strictly above a value, such as the median of the pooled groups; exact where the scores are."""
    counts = histogram.everyone()
    half = histogram.width / 2
    doubtful = (histogram.width > 0) & (np.abs(histogram.scores - value) <= half * (1 + 1e-9))
    above = (histogram.scores > value) & ~doubtful
    open_ones = counts[:, doubtful].sum(axis=-1)
    trials = counts.sum(axis=-1)
    return ShareAbove(
        hits=counts[:, above].sum(axis=-1) + open_ones / 2,
        trials=trials,
        error=np.nan_to_num(divide(open_ones / 2, trials)),
    )


def top_fractions(histogram: Histogram, fractions: ArrayLike) -> TopFractions:
    """Selection by rank: of all n rows, those that score no less than the one in place floor(fraction * n).

    Nobody is selected, at an infinite threshold, by a fraction of less than one row.
    """
    wanted = np.atleast_1d(np.asarray(fractions, dtype=np.float64))
    counts = histogram.everyone()
    at_or_above = np.cumsum(counts[:, ::-1], axis=-1)[:, ::-1]
    pooled = at_or_above.sum(axis=0)
    places = np.floor(wanted * pooled[:1].sum() + 1e-9)
    # The last score at which enough are at or above; `pooled` falls, so those scores come first.
    last = (pooled[np.newaxis] >= places[:, np.newaxis] * (1 - _ROUNDING)).sum(axis=-1) - 1
    anyone = places >= 1
    trials = counts.sum(axis=-1)
    shares = np.nan_to_num(divide(counts, trials[:, np.newaxis]))
    edges = histogram.scores - histogram.width / 2
    return TopFractions(
        fractions=wanted,
        thresholds=np.where(anyone, edges[last], np.inf),
        selected=np.where(anyone, at_or_above[:, last], 0.0),
        trials=trials,
        error=np.where(anyone & (histogram.width > 0), shares[:, last], 0.0),
    )


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
