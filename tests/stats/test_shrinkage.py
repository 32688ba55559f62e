"""Shrunken shares: against a direct maximisation of the likelihood, and what shrinking is for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import betabinom

from audit.stats.shrinkage import Prior, beta_binomial, beta_binomial_moments

parts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("seed", range(6))
def test_the_prior_is_where_the_likelihood_is_largest(seed):
    numbers = np.random.default_rng(seed)
    n = numbers.integers(5, 200, 12)
    x = numbers.binomial(n, numbers.beta(2, 5, 12))

    def lost(at):
        mean, strength = 1 / (1 + math.exp(-at[0])), math.exp(at[1])
        return -betabinom.logpmf(x, n, mean * strength, (1 - mean) * strength).sum()

    best = minimize(lost, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
    prior = beta_binomial(x, n)
    assert prior is not None
    assert prior.mean == pytest.approx(1 / (1 + math.exp(-best.x[0])), rel=1e-4)
    assert prior.strength == pytest.approx(math.exp(best.x[1]), rel=1e-3)


def test_groups_that_differ_by_chance_alone_are_one():
    for fit in (beta_binomial, beta_binomial_moments):
        prior = fit([30, 29, 31, 30], [100, 100, 100, 100])
        assert prior is not None
        assert prior.strength == math.inf
        assert prior.correlation == 0
        assert prior.shrink([5, 0], [10, 0]) == pytest.approx([0.3, 0.3])
        assert prior.limits([5], [10], 0.025) is None
        assert prior.weight_on_data([10]).tolist() == [0]


@pytest.mark.parametrize(("x", "n"), [([3], [9]), ([0, 0], [5, 6]), ([5, 6], [5, 6]), ([], []), ([3, 0], [9, 0])])
def test_there_is_no_prior_without_two_groups_that_vary(x, n):
    assert beta_binomial(x, n) is None
    assert beta_binomial_moments(x, n) is None


def test_groups_of_one_row_each_have_no_moments():
    assert beta_binomial_moments([0, 1, 1], [1, 1, 1]) is None


def test_groups_at_both_ends_have_a_weak_prior():
    for fit in (beta_binomial, beta_binomial_moments):
        prior = fit([0, 40, 0, 40], [40, 40, 40, 40])
        assert prior is not None
        assert prior.strength < 0.1
        assert prior.mean == pytest.approx(0.5)


@given(st.lists(parts, min_size=2, max_size=8))
def test_a_shrunken_share_lies_between_the_raw_one_and_the_mean(groups):
    x, n = np.array(groups).T
    for fit in (beta_binomial, beta_binomial_moments):
        prior = fit(x, n)
        if prior is None:
            continue
        shrunk, raw = prior.shrink(x, n), np.where(n > 0, x / np.maximum(n, 1), prior.mean)
        assert (np.minimum(raw, prior.mean) - 1e-9 <= shrunk).all()
        assert (shrunk <= np.maximum(raw, prior.mean) + 1e-9).all()
        assert 0 < prior.mean < 1


def test_limits_are_quantiles_of_the_posterior():
    found = Prior(mean=0.3, strength=10.0).limits([4], [20], 0.05)
    assert found is not None
    assert found.low[0] < (4 + 3) / 30 < found.high[0]


def test_shrinking_errs_less_over_many_small_groups_and_hides_the_worst():
    numbers = np.random.default_rng(4)
    truth = numbers.beta(6, 14, 400)
    n = numbers.integers(5, 40, 400)
    x = numbers.binomial(n, truth)
    prior = beta_binomial(x, n)
    assert prior is not None
    shrunk = prior.shrink(x, n)
    assert np.square(shrunk - truth).mean() < 0.6 * np.square(x / n - truth).mean()
    assert (prior.mean, prior.strength) == pytest.approx((0.3, 20), rel=0.25)
    worst = truth < 0.15
    assert shrunk[worst].mean() > truth[worst].mean() + 0.03
