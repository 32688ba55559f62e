"""How often intervals of scores hold the truth where rows belong together, by simulation: 2.5 % a side is stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from audit.stats.auc import auc, cautious_auc_estimates
from audit.stats.design_effect import PLACES, place_of
from audit.stats.histogram import Clusters, histogram
from audit.stats.logistic import calibration_in_the_large, fitted_estimates
from audit.stats.moments import clustered, counted, mean_estimates
from audit.stats.quantiles import median_estimates

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

RUNS, BUCKETS, BINS = 1000, 256, 1000
#: How far positives score above negatives, and the deviations between units and within them.
APART, BETWEEN, WITHIN = 1.2, 0.9, 0.5
TOTAL = np.hypot(BETWEEN, WITHIN)


def sample(units, draw):
    """Rows of units with 1 to 12 each, one outcome a unit, scores much alike: place of 1,000, outcome, bucket."""
    unit = np.repeat(np.arange(units), draw.integers(1, 13, units))
    outcome = (draw.random(units) < 0.5)[unit]
    raw = BETWEEN * draw.normal(size=units)[unit] + WITHIN * draw.normal(size=unit.size) + APART * (outcome - 0.5)
    scores = ndtr(raw / TOTAL)
    return np.minimum((scores * BINS).astype(int), BINS - 1), outcome, draw.integers(0, BUCKETS, units)[unit]


def estimates(at, outcome, bucket):
    """Each metric with its limits at 2.5 %, allowing for units and not."""
    values = (np.arange(BINS) + 0.5) / BINS
    sides = [np.bincount(at[outcome == side], minlength=BINS).astype(float) for side in (True, False)]
    counts = np.zeros((1, BUCKETS, 3, PLACES))
    np.add.at(counts, (0, bucket, np.where(outcome, 0, 1), place_of(values)[at]), 1.0)
    plain = histogram(values, positive=sides[0], negative=sides[1])
    scores = values[at]
    moments = counted([scores.size], [scores.sum()], [(scores**2).sum()])
    by_bucket = (np.bincount(bucket, weights=one, minlength=BUCKETS)[np.newaxis] for one in (scores * 0 + 1, scores))
    for rows, mean in (
        (plain, moments),
        (replace(plain, clusters=Clusters(counts=counts, low=0.0, high=1.0)), clustered(moments, *by_bucket)),
    ):
        yield {
            "mean": mean_estimates(mean),
            "AUC": cautious_auc_estimates(auc(rows)),
            "median": median_estimates(rows),
            "intercept": fitted_estimates(calibration_in_the_large(rows)),
        }  # fmt: skip


#: The truth: scores are symmetric about a half.
TRUTH = {"mean": 0.5, "AUC": float(ndtr(APART / TOTAL / np.sqrt(2))), "median": 0.5, "intercept": 0.0}


def left_out(units):
    """The share of samples whose interval leaves the truth below and above; ignoring units, and allowing for them."""
    draw = np.random.default_rng(units)
    found = {name: np.zeros((2, 2)) for name in TRUTH}
    for _ in range(RUNS):
        for knows, one in enumerate(estimates(*sample(units, draw))):
            for name, estimate in one.items():
                low, high = estimate.limits([0.025])
                found[name][knows] += [TRUTH[name] < low[0], TRUTH[name] > high[0]]
    return {name: times / RUNS for name, times in found.items()}


#: Four standard errors of 1,000 samples above 2.5 %; and what taking rows for independent leaves out in all at least.
MOST, IGNORED = 0.045, 0.15


@pytest.mark.parametrize("units", [40, 100, 1000])
def test_intervals_of_scores_hold_the_truth_where_rows_belong_together(units):
    for name, (ignoring, knowing) in left_out(units).items():
        assert knowing.max() < MOST, name
        assert ignoring.sum() > IGNORED, name
