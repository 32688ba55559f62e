"""How often the intervals are wrong, by exact enumeration where two groups are few, by simulation for many.

Every interval leaves out 2.5 % on each side. What is stated here is what the score intervals achieve, not a wish: with
small or very unequal groups one side errs more than that, and the limits below say how much.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from audit.stats.differences import miettinen_nurminen
from audit.stats.ranges import max_gap, min_ratio
from audit.stats.ratios import koopman
from audit.stats.shares import clopper_pearson, wilson

pytestmark = pytest.mark.slow

TAIL = 0.025
RUNS = 400


def missed(low, high, truth, weight):
    """The probabilities that the truth lies below and above the interval."""
    slack = 1e-9
    return float(weight[truth < low - slack].sum()), float(weight[truth > high + slack].sum())


def enumerated(interval, n1, n2, truths, of):
    """One-sided error rates for each pair of true shares, over all tables of two groups."""
    x1, x2 = np.mgrid[0 : n1 + 1, 0 : n2 + 1]
    low, high = interval(x1, n1, x2, n2, TAIL)
    rates = [
        missed(low, high, of(p1, p2), np.outer(binom.pmf(range(n1 + 1), n1, p1), binom.pmf(range(n2 + 1), n2, p2)))
        for p1, p2 in truths
    ]
    return np.array(rates)


def tolerance(rate):
    """Three standard errors of a simulated rate."""
    return 3 * math.sqrt(rate * (1 - rate) / RUNS)


@pytest.mark.parametrize("n", [10, 50, 200])
def test_clopper_pearson_never_errs_more_than_stated_and_wilson_does_not_on_average(n):
    x = np.arange(n + 1)
    truths = np.random.default_rng(1).uniform(0.02, 0.98, 400)
    exact = np.array([missed(*clopper_pearson(x, n, TAIL), p, binom.pmf(x, n, p)) for p in truths])
    score = np.array([missed(*wilson(x, n, TAIL), p, binom.pmf(x, n, p)) for p in truths])
    assert exact.max() <= TAIL + 1e-9
    assert abs(score.sum(axis=1).mean() - 2 * TAIL) < 0.01
    assert score.sum(axis=1).max() < 0.18


#: Sizes of two groups, and the worst error rate on one side that was measured there, rounded up. The worst truths lie
#: where the smaller group expects about one event; with five events and five non-events each, the last number holds.
DIFFERENCES = [(10, 10, 0.054, 0.04), (50, 50, 0.042, 0.04), (20, 200, 0.044, 0.04), (100, 100, 0.037, 0.037)]
RATIOS = [(50, 50, 0.043, 0.04), (20, 200, 0.069, 0.045), (100, 100, 0.036, 0.035)]


def firm(truths, n1, n2):
    """Which truths let both groups expect five events and five non-events."""
    expected = np.minimum(truths, 1 - truths) * np.array([n1, n2])
    return (expected >= 5).all(axis=1)


@pytest.mark.parametrize(("n1", "n2", "worst", "guarded"), DIFFERENCES)
def test_differences_err_on_either_side_about_as_often_as_stated(n1, n2, worst, guarded):
    truths = np.random.default_rng(2).uniform(0.05, 0.95, (200, 2))
    rates = enumerated(miettinen_nurminen, n1, n2, truths, lambda p1, p2: p1 - p2)
    assert rates.mean() < 0.0255
    assert rates.max() < worst
    assert rates[firm(truths, n1, n2)].max(initial=0) < guarded
    assert 1 - rates.sum(axis=1).max() >= 0.93


@pytest.mark.parametrize(("n1", "n2", "worst", "guarded"), RATIOS)
def test_ratios_err_on_either_side_about_as_often_as_stated(n1, n2, worst, guarded):
    truths = np.random.default_rng(3).uniform(0.05, 0.95, (200, 2))
    rates = enumerated(koopman, n1, n2, truths, lambda p1, p2: p1 / p2)
    assert rates.mean() < 0.0255
    assert rates.max() < worst
    assert rates[firm(truths, n1, n2)].max(initial=0) < guarded


@pytest.mark.parametrize("p2", [0.3, 0.5])
def test_at_the_four_fifths_limit_either_wrong_verdict_is_as_rare_as_stated(p2):
    ((below, above),) = enumerated(koopman, 300, 300, [(0.8 * p2, p2)], lambda p1, p2: p1 / p2)
    assert (below, above) == pytest.approx((0.025, 0.025), abs=0.004)


def simulated(build, sizes, p, seed):
    """The error rates below and above of an extreme's interval, and how often it claims inequality."""
    rng = np.random.default_rng(seed)
    truth = p.max() - p.min() if build is max_gap else p.min() / p.max()
    below = above = claimed = 0
    for x in rng.binomial(sizes, p, (RUNS, sizes.size)):
        low, high = build(x, sizes).limits(TAIL)
        below += truth < low[0] - 1e-9
        above += truth > high[0] + 1e-9
        claimed += low[0] > 0 if build is max_gap else high[0] < 1
    return below / RUNS, above / RUNS, claimed / RUNS


CONFIGURATIONS = {
    "two equal": (np.full(2, 200), np.full(2, 0.3)),
    "five equal": (np.full(5, 200), np.full(5, 0.3)),
    "ten small and equal": (np.full(10, 50), np.full(10, 0.3)),
    "ten rare and equal": (np.full(10, 100), np.full(10, 0.1)),
    "one low": (np.full(10, 300), np.array([0.2] + [0.3] * 9)),
    "spread": (np.full(10, 200), np.linspace(0.3, 0.4, 10)),
    "unequal sizes, rare": (10 * 2 ** np.arange(8), np.full(8, 0.02)),
}


@pytest.mark.parametrize("build", [max_gap, min_ratio])
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_extremes_err_no_more_than_stated_and_rarely_see_gaps_that_are_not_there(build, name):
    sizes, p = CONFIGURATIONS[name]
    below, above, claimed = simulated(build, sizes, p, seed=list(CONFIGURATIONS).index(name))
    assert below <= TAIL + tolerance(TAIL)
    assert above <= TAIL + tolerance(TAIL)
    if np.ptp(p) == 0:
        assert claimed <= TAIL + tolerance(TAIL)


def test_an_extreme_that_is_there_is_seen():
    sizes, p = np.full(5, 1000), np.array([0.18, 0.3, 0.3, 0.3, 0.3])
    assert simulated(max_gap, sizes, p, seed=9)[2] > 0.98
    assert simulated(min_ratio, sizes, p, seed=9)[2] > 0.98
