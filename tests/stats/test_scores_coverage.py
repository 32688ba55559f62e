"""How often the intervals of score statistics are wrong, by simulation: each leaves out 2.5 % on either side.

What is stated here was measured, and is no wish: DeLong's lower limit of a high AUC lies too high too often where the
rows of one kind are few, the cautious one does not.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit, ndtr, ndtri

from audit.stats.auc import auc, auc_estimates, cautious_auc_estimates
from audit.stats.composites import EstimateDifferences
from audit.stats.histogram import histogram
from audit.stats.logistic import calibration_in_the_large, calibration_slope, fitted_estimates
from audit.stats.moments import MeanDifferences, counted
from audit.stats.quantiles import median_estimates

pytestmark = pytest.mark.slow

TAIL = 0.025
RUNS = 2000
SLACK = 3.5 * math.sqrt(TAIL * (1 - TAIL) / RUNS)


def missed(limits, truth):
    """How often the truth lies below and above the interval."""
    return float((truth < limits.low).mean()), float((truth > limits.high).mean())


def binormal(area, sizes, seed, bins=800):
    """Many samples at once, as the groups of one histogram, and the AUC of what they are drawn from."""
    rng = np.random.default_rng(seed)
    shift = ndtri(area) * math.sqrt(2)
    edges = np.linspace(-6, 6 + shift, bins + 1)
    p1, p0 = np.diff(ndtr(edges - shift)), np.diff(ndtr(edges))
    p1, p0 = p1 / p1.sum(), p0 / p0.sum()
    truth = float((p1 * (np.cumsum(p0) - p0 / 2)).sum())
    positive, negative = rng.multinomial(sizes[0], p1, size=RUNS), rng.multinomial(sizes[1], p0, size=RUNS)
    return auc(histogram(np.arange(bins), positive=positive, negative=negative)), truth


@pytest.mark.parametrize("sizes", [(10, 10), (10, 100), (100, 10), (30, 30), (50, 500), (200, 200)])
@pytest.mark.parametrize(("area", "delong"), [(0.6, 0.05), (0.75, 0.055), (0.9, 0.085), (0.97, 0.08)])
def test_the_interval_of_an_auc_errs_as_stated(area, delong, sizes):
    found, truth = binormal(area, sizes, seed=sum(sizes))
    below, above = missed(auc_estimates(found).limits(TAIL), truth)
    assert below < delong
    assert above <= TAIL + SLACK
    cautious = missed(cautious_auc_estimates(found).limits(TAIL), truth)
    assert max(cautious) <= TAIL + SLACK


@pytest.mark.parametrize("sizes", [(30, 30), (60, 300)])
def test_the_difference_of_two_aucs_errs_as_stated(sizes):
    (one, truth1), (other, truth2) = binormal(0.8, sizes, seed=1), binormal(0.7, (80, 120), seed=2)
    gap = EstimateDifferences(first=auc_estimates(one), second=auc_estimates(other))
    assert max(missed(gap.limits(TAIL), truth1 - truth2)) <= TAIL + SLACK


@pytest.mark.parametrize("n", [7, 40, 201])
def test_the_interval_of_a_median_errs_no_more_than_stated(n):
    rng = np.random.default_rng(n)
    values = np.arange(201)
    counts = np.stack([np.bincount(np.floor(rng.beta(2, 3, n) * 201).astype(int), minlength=201) for _ in range(RUNS)])
    truth = np.floor(np.median(np.random.default_rng(0).beta(2, 3, 1_000_001)) * 201)
    limits = median_estimates(histogram(values, unlabelled=counts)).limits(TAIL)
    assert max(missed(limits, truth)) <= TAIL + SLACK


@pytest.mark.parametrize(("n1", "n2"), [(10, 40), (50, 50)])
def test_a_difference_of_mean_scores_errs_about_as_stated(n1, n2):
    rng = np.random.default_rng(n1)
    x, y = rng.beta(2, 3, (RUNS, n1)), rng.beta(4, 4, (RUNS, n2))
    first, second = (counted(s.shape[1], s.sum(axis=1), (s**2).sum(axis=1)) for s in (x, y))
    limits = MeanDifferences(first=first, second=second).limits(TAIL)
    assert max(missed(limits, 0.4 - 0.5)) < 0.045


def test_calibration_slope_and_intercept_err_about_as_stated():
    rng = np.random.default_rng(3)
    p = (np.arange(100) + 0.5) / 100
    rows = rng.multinomial(400, np.full(100, 0.01), size=RUNS)
    positive = rng.binomial(rows, expit(0.3 + logit(p)))
    column = histogram(p, positive=positive, negative=rows - positive)
    assert max(missed(fitted_estimates(calibration_in_the_large(column)).limits(TAIL), 0.3)) <= TAIL + SLACK
    assert max(missed(fitted_estimates(calibration_slope(column)).limits(TAIL), 1.0)) <= TAIL + SLACK
