"""Intervals and the test of one share."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binomtest

from audit.stats.shares import clopper_pearson, effective_trials, jeffreys, kish, share_test, wilson

INTERVALS = (wilson, clopper_pearson, jeffreys)
shares = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tails = st.floats(1e-6, 0.4)


@pytest.mark.parametrize("n", [1, 7, 200])
@pytest.mark.parametrize(("interval", "name"), [(wilson, "wilson"), (clopper_pearson, "exact")])
def test_intervals_equal_those_of_scipy(interval, name, n):
    for x in {0, 1, n // 3, n - 1, n}:
        theirs = binomtest(x, n).proportion_ci(0.9, method=name)
        ours = interval(x, n, 0.05)
        assert ours.low == pytest.approx(theirs.low, abs=1e-12)
        assert ours.high == pytest.approx(theirs.high, abs=1e-12)


@pytest.mark.parametrize("interval", INTERVALS)
def test_no_trials_leave_everything_possible(interval):
    assert interval(0, 0, 0.025) == (0.0, 1.0)


@pytest.mark.parametrize("interval", INTERVALS)
@given(share=shares, tail=tails)
def test_limits_hold_the_share_and_are_closed_only_at_the_ends(interval, share, tail):
    x, n = share
    low, high = interval(x, n, tail)
    assert low <= x / n <= high
    assert low < high
    assert (low == 0) == (x == 0)
    assert (high == 1) == (x == n)


@pytest.mark.parametrize("interval", INTERVALS)
@given(share=shares, tail=tails)
def test_counting_failures_instead_mirrors_the_interval(interval, share, tail):
    x, n = share
    low, high = interval(x, n, tail)
    mirrored = interval(n - x, n, tail)
    assert mirrored.low == pytest.approx(1 - high, abs=1e-9)
    assert mirrored.high == pytest.approx(1 - low, abs=1e-9)


@pytest.mark.parametrize("interval", INTERVALS)
def test_arrays_broadcast_and_smaller_tails_widen(interval):
    low, high = interval(np.array([[3], [8]]), 10, np.array([0.1, 0.01, 0.001]))
    assert low.shape == (2, 3)
    assert (np.diff(low) < 0).all()
    assert (np.diff(high) > 0).all()


@given(share=shares, tail=tails, bound=st.floats(0.001, 0.999))
def test_the_score_test_rejects_exactly_if_wilson_excludes(share, tail, bound):
    x, n = share
    low, high = wilson(x, n, tail)
    if min(abs(low - bound), abs(high - bound)) < 1e-9:
        return
    z = share_test(x, n, bound)
    assert (ndtr(z) <= tail) == (high < bound)
    assert (ndtr(-z) <= tail) == (low > bound)


def test_bounds_at_and_beyond_the_ends_are_decided_by_logic():
    assert share_test(3, 10, -0.1) == math.inf
    assert share_test(3, 10, 1.1) == -math.inf
    assert share_test(3, 10, 0) == math.inf
    assert share_test(10, 10, 1) == 0
    assert np.isnan(share_test(0, 0, 0.5))


def test_equal_weights_are_worth_one_row_less_than_there_are():
    assert effective_trials(30 * 2.5, 100 * 2.5, 30 * 2.5**2, 100 * 2.5**2, 100) == pytest.approx(99)


def test_unequal_weights_follow_the_linearised_variance():
    rng = np.random.default_rng(5)
    w, y = rng.uniform(0.5, 3, 60), rng.random(60) < 0.4
    p = (w * y).sum() / w.sum()
    z = w * (y - p) / w.sum()
    se2 = 60 / 59 * ((z - z.mean()) ** 2).sum()
    found = effective_trials((w * y).sum(), w.sum(), (w**2 * y).sum(), (w**2).sum(), 60)
    assert found == pytest.approx(p * (1 - p) / se2)


@pytest.mark.parametrize("hits", [0.0, 1.0])
def test_a_share_of_0_or_1_is_worth_kishs_number(hits):
    w = np.array([1.0, 2.0, 5.0])
    found = effective_trials(hits * w.sum(), w.sum(), hits * (w**2).sum(), (w**2).sum(), 3)
    assert found == pytest.approx(64 / 30)
    assert found == kish(w.sum(), (w**2).sum())


def test_few_rows_never_look_like_many():
    assert effective_trials(1.0, 101.0, 1.0, 10001.0, 2) == 2


def test_no_rows_are_worth_nothing():
    assert effective_trials(0, 0, 0, 0, 0) == 0
    assert kish(0, 0) == 0


@given(
    rows=st.lists(st.tuples(st.floats(0.01, 100), st.booleans()), min_size=1, max_size=30),
)
def test_effective_trials_lie_between_one_and_the_rows(rows):
    w, y = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    found = effective_trials((w * y).sum(), w.sum(), (w**2 * y).sum(), (w**2).sum(), w.size)
    assert 1 - 1e-9 <= found <= w.size + 1e-9
