"""How much wider rows that belong together make what follows from the distribution of scores: the design effect.

A statistic of a score's distribution (an AUC, a median, a logistic coefficient, a share beyond some score) is to first
order a sum over the rows, each pulling on it by an amount that depends on its score and its outcome. Its variance
follows from these sums by bucket of units, as that of a share does (see `audit.stats.designed`). For an AUC the pulls
are DeLong's placements, and this is Obuchowski's variance for clustered data (1997).

All scores by all buckets would be too many to count. So rows are counted by bucket at 50 places of the range alone, and
what is taken from these is no variance but a quotient: that of the sum of the pulls' means at each place, between
buckets, over what it would be if rows were independent. It multiplies the variance that the whole distribution gives.

The places are narrow at both ends of the range, where scores that are probabilities crowd: with u the part of the
range, the place is that of sqrt(u / 2), and above the middle of 1 - sqrt((1 - u) / 2). Their borders are among those of
the 10,000 bins that scores may be counted in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audit.stats.designed import left_by_few
from audit.stats.histogram import Histogram
from audit.stats.numerics import Array, divide, dot
from audit.stats.shares import kish

#: How many places; how many bins the range has, and how many of them the first place.
PLACES = 50
FINE = 10_000
FIRST = FINE // 2 // (PLACES // 2) ** 2
#: Where the places keep less than this part of the independent rows' variance, they say too little about it.
LEAST_KEPT = 0.75
#: A variance between buckets below this part of that of rows is the rounding of sums.
_ROUNDING = 1e-20


def place_of(part: ArrayLike) -> NDArray[np.intp]:
    """The place of each part of the range, from 0 to 1."""
    fine = np.minimum(np.floor(np.asarray(part, dtype=np.float64) * FINE), FINE - 1.0)
    low = fine < FINE // 2
    steps = np.floor(np.sqrt(np.where(low, fine, FINE - 1.0 - fine) / FIRST))
    return np.where(low, steps, PLACES - 1 - steps).astype(np.intp)


def design_effects(histogram: Histogram, pulls: Array) -> Array:
    """By how much units multiply the variance of a statistic of each group, (k,); 1 where rows are independent.

    `pulls` (k, 3, m): what a row with each label and score adds to the statistic, summing to 0 over the rows of a
    group; NaN at labels whose rows do not enter.
    """
    clusters = histogram.clusters
    if clusters is None:
        return np.ones(len(pulls))
    used = (~np.isnan(pulls)).any(axis=-1, keepdims=True)
    known = np.nan_to_num(pulls)
    rows, squares = (np.where(used, each, 0.0) for each in _by_label(histogram))
    places = _places(histogram, clusters.low, clusters.high)
    mean = np.nan_to_num(divide(_by_place(rows * known, places), _by_place(rows, places)))
    groups = len(pulls)
    return inflation(
        np.where(np.expand_dims(used, 1), clusters.counts, 0.0).reshape(groups, clusters.counts.shape[1], -1),
        mean.reshape(groups, -1),
        _by_place(squares, places).reshape(groups, -1),
        (squares * known**2).sum(axis=(1, 2)),
    )


def share_effect(counts: Array, above: Array, squares: Array) -> float:
    """By how much units multiply the variance of the share of rows beyond some score, no less than 1.

    `counts` (buckets, places) is the weight of all rows, `above` (places,) that of those beyond the score, `squares`
    (places,) the squared weights of all. Of the rows at the place where the score lies, each bucket's are taken to lie
    beyond it as those of the whole group do.
    """
    rows = counts.sum(axis=0)
    beyond = np.clip(np.nan_to_num(divide(above, rows)), 0.0, 1.0)
    pulls = beyond - above.sum() / rows.sum() if rows.sum() > 0 else beyond
    whole = (squares * (pulls**2 + beyond * (1 - beyond))).sum()
    return float(inflation(counts[np.newaxis], pulls[np.newaxis], squares[np.newaxis], np.array([whole]))[0])


def squares_by_place(histogram: Histogram, low: float, high: float) -> Array:
    """The squared weights of each group's rows, whatever their label, at each place of the range, (k, 50)."""
    return np.asarray(_by_place(_by_label(histogram)[1], _places(histogram, low, high)).sum(axis=1))


def inflation(counts: Array, pulls: Array, squares: Array, whole: Array) -> Array:
    """The variance between buckets of a sum of pulls over that of independent rows, no less than 1; (k,).

    `counts` (k, buckets, c) are weights by bucket and cell, `pulls` (k, c) the mean of what a row of each cell adds,
    `squares` (k, c) squared weights, and `whole` (k,) the sum of squared weights times squared pulls of single rows.
    Where cells keep too little of that, or the buckets do not differ, all rows of a bucket count as alike. Few buckets
    make it larger, by as much as Student's quantile exceeds the normal one.
    """
    trials = counts.sum(axis=-1)
    buckets = (trials > 0).sum(axis=-1).astype(np.float64)
    sums = dot(counts, pulls[:, np.newaxis])
    between = divide(buckets, buckets - 1) * (sums**2).sum(axis=-1)
    alone = (squares * pulls**2).sum(axis=-1)
    told = (buckets > 1) & (alone > 0) & (alone >= LEAST_KEPT * whole) & (between > _ROUNDING * alone)
    total = trials.sum(axis=-1)
    alike = divide(kish(total, squares.sum(axis=-1)), kish(total, (trials**2).sum(axis=-1)))
    effect = np.where(told, divide(between, alone), np.nan_to_num(alike, nan=1.0))
    return np.maximum(effect / left_by_few(buckets), 1.0)


def _places(histogram: Histogram, low: float, high: float) -> NDArray[np.intp]:
    """The place of each score of a histogram."""
    return place_of(np.clip((histogram.scores - low) / (high - low), 0.0, 1.0))


def _by_place(values: Array, places: NDArray[np.intp]) -> Array:
    """Values at each ascending score added up by its place, (k, 3, 50)."""
    there, starts = np.unique(places, return_index=True)
    found = np.zeros((*values.shape[:-1], PLACES))
    found[..., there] = np.add.reduceat(values, starts, axis=-1)
    return found


def _by_label(histogram: Histogram) -> tuple[Array, Array]:
    """Weights and squared weights of the rows with each label at each score, (k, 3, m)."""
    names = ("positive", "negative", "unlabelled")
    rows = np.stack([getattr(histogram, name) for name in names], axis=1)
    if histogram.positive2 is None:
        return rows, rows
    return rows, np.stack([getattr(histogram, f"{name}2") for name in names], axis=1)
