"""The bootstrap of any statistic of a histogram: resampling rows is a multinomial draw over scores and outcomes.

Every function of a histogram in this package that gives a value for each group serves as a statistic, since replicates
are the groups of one more histogram. Not for largest gaps, KS, Wasserstein or calibration errors: their replicates are
biased upwards, and a squared error loses in each the correction that it was given once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from audit.stats.composites import Estimates
from audit.stats.histogram import Histogram, Places
from audit.stats.numerics import Array, Limits, divide
from audit.stats.replicates import limits_of
from audit.stats.resampling import Resampled, acceleration, draw, resampled, without_limits

#: One number for each group of a histogram, NaN where not defined.
Statistic = Callable[[Histogram], Array]

_BLOCK = 1 << 20  # counts in memory at once


def resample(
    histogram: Histogram, statistic: Statistic, *, seed: int, key: str, replicates: int = 2000
) -> tuple[Resampled, ...]:
    """Resample each group's rows, its number of rows fixed, and evaluate the statistic on every replicate.

    `key` names the stream of random numbers; each group draws from one of its own. Reasons for no limits:
    "sampling_weights", whose cells no multinomial describes; "undefined"; "undefined_replicates" (over 1 %);
    "no_variation".
    """
    groups = range(len(histogram.positive))
    return tuple(
        _resampled(histogram.take(i), statistic, seed=seed, key=f"{key}/{i}", replicates=replicates) for i in groups
    )


def resampled_estimates(samples: Sequence[Resampled], *, least: float = -np.inf, most: float = np.inf) -> Estimates:
    """Resampled statistics as independent estimates with BCa limits, from `least` to `most` where there are none.

    Where nearly all replicates lie on one side of the estimate, BCa's limits may leave it out, which no comparison
    could use: they are then drawn to it.
    """
    estimate = np.array([np.nan if one.estimate is None else one.estimate for one in samples])
    within = limits_of(samples, least, most)

    def ends(at: Places, tails: Array) -> Limits:
        low, high = within(at, tails)
        low, high = np.fmin(low, estimate[at]), np.fmax(high, estimate[at])
        return Limits(np.clip(low, least, most), np.clip(high, least, most))

    return Estimates(
        estimate=estimate,
        ends=ends,
        places=np.arange(len(samples)),
        reasons=tuple(one.reason for one in samples),
    )


def _resampled(one: Histogram, statistic: Statistic, *, seed: int, key: str, replicates: int) -> Resampled:
    estimate = float(statistic(one)[0])
    if not np.isfinite(estimate):
        return without_limits(None, "undefined")
    if one.positive2 is not None:
        return without_limits(estimate, "sampling_weights")
    cells, shown = _cells(one)
    blocks = _draws(cells, seed=seed, key=key, replicates=replicates)
    draws = np.concatenate([statistic(shown(block)) for block in blocks])
    return resampled(estimate, draws, _acceleration(cells, lambda block: statistic(shown(block))))


def _cells(one: Histogram) -> tuple[Array, Callable[[Array], Histogram]]:
    """The counts that are not zero, in one row, and how to see rows of such counts as a histogram."""
    kinds = np.concatenate([one.positive[0], one.negative[0], one.unlabelled[0]])
    scores = np.flatnonzero(one.everyone()[0] > 0)
    filled = np.flatnonzero(kinds > 0)
    size = one.scores.size
    where = np.searchsorted(scores, filled % size) + scores.size * (filled // size)

    def shown(counts: Array) -> Histogram:
        full = np.zeros((len(counts), 3 * scores.size))
        full[:, where] = counts
        positive, negative, unlabelled = np.split(full, 3, axis=1)
        return replace(one, scores=one.scores[scores], positive=positive, negative=negative, unlabelled=unlabelled)

    return kinds[filled], shown


def _draws(cells: Array, *, seed: int, key: str, replicates: int) -> Iterator[Array]:
    """The replicates in blocks whose size depends on the cells alone, each with a stream of its own."""
    block = max(1, _BLOCK // cells.size)
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        yield draw(cells[np.newaxis], seed=seed, key=f"{key}/{start}", replicates=size)[:, 0]


def _acceleration(cells: Array, statistic: Callable[[Array], Array]) -> float:
    """BCa's acceleration, leaving out one row of each cell in turn, as many at once as fit."""
    block = max(1, _BLOCK // cells.size)
    left = np.empty_like(cells)
    for start in range(0, cells.size, block):
        at = np.arange(start, min(start + block, cells.size))
        one_less = np.tile(cells, (at.size, 1))
        one_less[np.arange(at.size), at] = np.maximum(cells[at] - 1.0, 0.0)
        left[at] = statistic(one_less)
    known = np.isfinite(left)
    weight, values = np.where(known, cells, 0.0), np.where(known, left, 0.0)
    middle = np.nan_to_num(divide((weight * values).sum(), weight.sum()))
    return acceleration(np.where(known, middle - values, 0.0), weight)
