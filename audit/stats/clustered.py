"""The bootstrap of a statistic of cells whose rows are not independent, or not equal: by buckets, or by weights."""

from __future__ import annotations

import numpy as np

from audit.stats.designed import draw_buckets, draw_weights
from audit.stats.numerics import Array
from audit.stats.resampling import Resampled, Statistic, acceleration, resampled, without_limits


def bootstrap_buckets(buckets: Array, statistic: Statistic, *, seed: int, key: str, replicates: int) -> Resampled:
    """Resample the buckets of units, whose cells `buckets` holds as (buckets, cells); BCa by leaving out a bucket.

    Reasons for no limits as in `audit.stats.resampling.bootstrap`, and "few_buckets" for fewer than two with rows.
    """
    there = buckets[buckets.sum(axis=-1) > 0]
    total = there.sum(axis=0)
    estimate = float(statistic(total[np.newaxis, np.newaxis])[0])
    if not np.isfinite(estimate):
        return without_limits(None, "undefined")
    if len(there) < 2:
        return without_limits(estimate, "few_buckets")
    draws = draw_buckets(there[np.newaxis], seed=seed, key=key, replicates=replicates)
    left = np.asarray(statistic((total - there)[:, np.newaxis]))
    known = np.isfinite(left)
    influence = np.where(known, left[known].mean() - left if known.any() else 0.0, 0.0)
    return resampled(estimate, np.asarray(statistic(draws)), acceleration(influence, known.astype(np.float64)))


def bootstrap_weights(  # noqa: PLR0913 - two moments, and what the draws need
    weight: Array, weight2: Array, statistic: Statistic, *, seed: int, key: str, replicates: int
) -> Resampled:
    """Resample weighted rows by the two moments of each cell, (cells,); with the bias of BCa and no acceleration."""
    estimate = float(statistic(weight[np.newaxis, np.newaxis])[0])
    if not np.isfinite(estimate):
        return without_limits(None, "undefined")
    draws = draw_weights(weight, weight2, seed=seed, key=key, replicates=replicates)
    return resampled(estimate, np.asarray(statistic(draws[:, np.newaxis])), 0.0)
