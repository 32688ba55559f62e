"""Distances between two groups' distributions of scores, from histograms. Descriptions: do not bootstrap them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.histogram import Histogram, Measured, why
from audit.stats.numerics import Array, Mask, divide


def kolmogorov_smirnov(histogram: Histogram, first: ArrayLike, second: ArrayLike) -> Measured:
    """The largest vertical distance between two groups' cumulative shares, in [0, 1]; NaN if either is empty.

    Between the edges of a bin the curves are unknown, but each rises within its own ends; the true distance exceeds
    the value by `error` at most and is never smaller.
    """
    one, other = _cumulated(histogram, first), _cumulated(histogram, second)
    value = np.abs(one - other).max(axis=-1, initial=0.0)
    before1, before2 = (np.pad(curve, ((0, 0), (1, 0)))[:, :-1] for curve in (one, other))
    most = np.maximum(one - before2, other - before1).max(axis=-1, initial=0.0)
    error = most - value if histogram.width > 0 else np.zeros_like(value)
    return _measured(value, error, _empty(histogram, first, second))


def roc_band(positives: float, negatives: float, confidence: float) -> tuple[float, float]:
    """How far the true ROC curve may lie from that of so many records of either outcome: across and up, at most 1.

    All of it lies in the band with the confidence given, whatever the scores: each distribution is held within the
    bound of Dvoretzky, Kiefer and Wolfowitz with the constant of Massart (1990), both together at the confidence
    (simultaneous joint regions, Campbell 1994). Records are independent and count equally.
    """
    alone = 1.0 - math.sqrt(confidence)
    across, up = (min(1.0, math.sqrt(math.log(2.0 / alone) / (2.0 * n))) for n in (negatives, positives))
    return across, up


def wasserstein(histogram: Histogram, first: ArrayLike, second: ArrayLike) -> Measured:
    """How far scores must be moved, on average, to turn one group's into the other's: in units of the score.

    Taking every row to its bin's middle moves either distribution by half a width, so the value by a width at most.
    """
    apart = np.abs(_cumulated(histogram, first) - _cumulated(histogram, second))
    value = (apart[:, :-1] * np.diff(histogram.scores)).sum(axis=-1)
    return _measured(value, np.full_like(value, histogram.width), _empty(histogram, first, second))


def _cumulated(histogram: Histogram, places: ArrayLike) -> Array:
    """The share of each group's rows at or below every score, (k, m); 0 of an empty group."""
    reached = np.cumsum(histogram.take(places).everyone(), axis=-1)
    return np.nan_to_num(divide(reached, reached[:, -1:]))


def _empty(histogram: Histogram, first: ArrayLike, second: ArrayLike) -> Mask:
    rows = histogram.everyone().sum(axis=-1)
    return np.asarray(np.atleast_1d((rows[np.asarray(first)] <= 0) | (rows[np.asarray(second)] <= 0)))


def _measured(value: Array, error: Array, empty: Mask) -> Measured:
    return Measured(value=np.where(empty, np.nan, value), error=error, reasons=why({"empty_group": empty}))
