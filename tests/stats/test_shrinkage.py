"""Shrunken shares: where there are any, what they lie between, and what shrinking is for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.shrinkage import Prior, beta_binomial_moments

parts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_groups_that_differ_by_chance_alone_are_one():
    prior = beta_binomial_moments([30, 29, 31, 30], [100, 100, 100, 100])
    assert prior is not None
    assert prior.strength == math.inf
    assert prior.shrink([5, 0], [10, 0]) == pytest.approx([0.3, 0.3])
    assert prior.limits([5], [10], 0.025) is None
    assert prior.weight_on_data([10]).tolist() == [0]


@pytest.mark.parametrize(("x", "n"), [([3], [9]), ([0, 0], [5, 6]), ([5, 6], [5, 6]), ([], []), ([3, 0], [9, 0])])
def test_there_is_no_prior_without_two_groups_that_vary(x, n):
    assert beta_binomial_moments(x, n) is None


def test_groups_of_one_row_each_have_no_moments():
    assert beta_binomial_moments([0, 1, 1], [1, 1, 1]) is None


def test_groups_at_both_ends_have_a_weak_prior():
    prior = beta_binomial_moments([0, 40, 0, 40], [40, 40, 40, 40])
    assert prior is not None
    assert prior.strength < 0.1
    assert prior.mean == pytest.approx(0.5)


@given(st.lists(parts, min_size=2, max_size=8))
def test_a_shrunken_share_lies_between_the_raw_one_and_the_mean(groups):
    x, n = np.array(groups).T
    prior = beta_binomial_moments(x, n)
    if prior is None:
        return
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
    prior = beta_binomial_moments(x, n)
    assert prior is not None
    shrunk = prior.shrink(x, n)
    assert np.square(shrunk - truth).mean() < 0.6 * np.square(x / n - truth).mean()
    assert (prior.mean, prior.strength) == pytest.approx((0.3, 20), rel=0.25)
    worst = truth < 0.15
    assert shrunk[worst].mean() > truth[worst].mean() + 0.03
