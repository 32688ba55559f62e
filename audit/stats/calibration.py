"""Whether scores mean what they say: of the rows that score 0.7, do seven in ten have a positive outcome?

    reliability(histogram, bins)   observed and promised shares in bins of about equal weight, with Wilson intervals
    squared_error(table)           the squared calibration error without its bias in small groups

Scores must be probabilities; of others nothing is defined, with the reason "scores_outside_0_1". Rows without outcome
do not enter. Slope and intercept are in `logistic`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.histogram import Histogram, Measured, Places, not_probabilities, why
from audit.stats.numerics import Array, Limits, Mask, divide
from audit.stats.shares import kish, wilson


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """Rows of k groups in b bins of scores, made by merging whole fine bins; all fields (k, b) but `refused`.

    `weight` and `positives` are counts, `trials` the effective number of rows, `promised` the mean score and `observed`
    the share of positives, both NaN in a bin without rows, `low` and `high` the outer edges of what was merged.
    `error` is how far a mean score may be off. `refused` says why nothing is defined, if so.
    """

    weight: Array
    positives: Array
    trials: Array
    promised: Array
    observed: Array
    low: Array
    high: Array
    error: float
    refused: str | None

    def limits(self, tail: ArrayLike) -> Limits:
        """Wilson's interval of each observed share."""
        return wilson(np.nan_to_num(self.observed) * self.trials, self.trials, tail)


def reliability(histogram: Histogram, bins: int = 15) -> Reliability:
    """Merge neighbouring scores into `bins` bins of about equal weight, each group by its own; ties stay together.

    A score goes where the middle of its rows falls in the group's order. A score that many share may leave bins empty.
    """
    weight = histogram.positive + histogram.negative
    refused = not_probabilities(histogram.scores)
    weight = weight if refused is None else np.zeros_like(weight)
    reached = np.cumsum(weight, axis=-1)
    middle = np.nan_to_num(divide(reached - weight / 2, reached[:, -1:]))
    place = np.minimum(np.floor(middle * bins * (1 + 1e-12)), bins - 1).astype(np.intp)
    into = _Merge(place=place + bins * np.arange(len(place))[:, np.newaxis], shape=(len(place), bins), there=weight > 0)
    total, hits = into.sums(weight), into.sums(histogram.positive)
    squares = weight
    if histogram.positive2 is not None and histogram.negative2 is not None:
        squares = histogram.positive2 + histogram.negative2
    return Reliability(
        weight=total,
        positives=hits,
        trials=kish(total, into.sums(squares)),
        promised=divide(into.sums(weight * histogram.scores), total),
        observed=divide(hits, total),
        low=into.least(histogram.scores - histogram.width / 2),
        high=-into.least(-histogram.scores - histogram.width / 2),
        error=histogram.width / 2,
        refused=refused,
    )


def squared_error(table: Reliability) -> Measured:
    """The squared difference of promised and observed shares, averaged over the rows, less what chance alone adds.

    Sum over bins of n_b / n * [(c_b - o_b)^2 - o_b (1 - o_b) / (n_b - 1)], a bin of one row adding nothing (Kumar,
    Liang & Ma 2019; Ferro & Fricker 2012). May be below 0, where the scores do better than chance. The calibration
    error proper is the root of what is above 0: see `root`.
    """
    gap = table.promised - table.observed
    noise = divide(table.observed * (1 - table.observed), table.trials - 1)
    terms = np.where(table.trials > 1 + 1e-9, gap**2 - noise, 0.0)
    moved = np.where(table.trials > 1 + 1e-9, 2 * np.abs(gap) * table.error + table.error**2, 0.0)
    return _averaged(table, terms, moved)


def root(squared: Measured) -> Measured:
    """The root of a squared error, 0 where that is below 0."""
    value = np.sqrt(np.maximum(squared.value, 0.0))
    high = np.sqrt(np.maximum(squared.value + squared.error, 0.0))
    low = np.sqrt(np.maximum(squared.value - squared.error, 0.0))
    return Measured(value=value, error=np.maximum(high - value, value - low), reasons=squared.reasons)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Merge:
    """Where each fine bin of each group goes, and which have rows at all."""

    place: Places
    shape: tuple[int, int]
    there: Mask

    def sums(self, values: Array) -> Array:
        """The sums of values (k, m) in each merged bin."""
        size = self.shape[0] * self.shape[1]
        summed = np.bincount(self.place.ravel(), weights=values.ravel(), minlength=size)
        return np.asarray(summed.reshape(self.shape), dtype=np.float64)

    def least(self, values: Array) -> Array:
        """The least of values (m,) among the fine bins with rows in each merged bin; NaN if there are none."""
        flat = np.full(self.shape[0] * self.shape[1], np.inf)
        np.minimum.at(flat, self.place[self.there], np.broadcast_to(values, self.there.shape)[self.there])
        return np.where(np.isfinite(flat), flat, np.nan).reshape(self.shape)


def _averaged(table: Reliability, terms: Array, moved: Array) -> Measured:
    """The averages over the rows of each bin's term, and of how far it may be off."""
    total = table.weight.sum(axis=-1)
    share = divide(table.weight, total[:, np.newaxis])
    filled = table.weight > 0
    value, error = ((np.where(filled, x, 0.0) * np.where(filled, share, 0.0)).sum(axis=-1) for x in (terms, moved))
    refused = np.full(total.shape, table.refused is not None)
    return Measured(
        value=np.where(total > 0, value, np.nan),
        error=error,
        reasons=why({"scores_outside_0_1": refused, "no_outcomes": total <= 0}),
    )
