"""Bounds where membership or outcomes are unknown: against every way of filling them in, and linear programming."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.membership import Proxy, Unknown, apart, missing_outcomes, selective_true_positive_rate

group = st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
small = st.integers(0, 3)


def unknown(groups, hits, misses):
    x, n = np.array(groups).T
    return Unknown(x=x, n=n, hits=hits, misses=misses)


def ways(groups, hits, misses):
    """All counts of the groups when every unknown row has joined one of them or none."""

    def spread(rows):
        return [w for w in itertools.product(range(rows + 1), repeat=len(groups)) if sum(w) <= rows]

    for up, down in itertools.product(spread(hits), spread(misses)):
        yield [(x + u) / (n + u + d) for (x, n), u, d in zip(groups, up, down, strict=True)]


@settings(deadline=None, max_examples=50)
@given(st.lists(group, min_size=2, max_size=3), small, small)
def test_the_bounds_hold_all_ways_and_are_reached(groups, hits, misses):
    of, filled = unknown(groups, hits, misses), np.array(list(ways(groups, hits, misses)))
    low, high = of.shares()
    assert low == pytest.approx(filled.min(axis=0))
    assert high == pytest.approx(filled.max(axis=0))
    gaps = filled[:, 0] - filled[:, 1]
    assert np.ravel(of.differences(0, 1)) == pytest.approx([gaps.min(), gaps.max()])
    largest = filled.max(axis=1) - filled.min(axis=1)
    least, most = of.max_gap()
    assert most == pytest.approx(largest.max())
    assert least <= largest.min() + 1e-12
    if filled.max(axis=1).min() > 0:
        ratios = filled.min(axis=1) / filled.max(axis=1)
        least, most = of.min_ratio()
        assert least == pytest.approx(ratios.min())
        assert most >= ratios.max() - 1e-12


def test_nothing_unknown_leaves_the_known():
    of = unknown([(30, 100), (20, 100)], 0, 0)
    assert np.ravel(of.differences(0, 1)) == pytest.approx([0.1, 0.1])
    assert np.ravel(of.min_ratio()) == pytest.approx([2 / 3, 2 / 3])
    assert of.share_of_rows == 0
    plain = ShareDifferences(x1=np.array([30.0]), n1=np.array([100.0]), x2=np.array([20.0]), n2=np.array([100.0]))
    bounded = of.bounded_differences(0, 1)
    assert np.ravel(bounded.limits(0.025)) == pytest.approx(np.ravel(plain.limits(0.025)))
    assert bounded.p_above(0.05) == pytest.approx(plain.p_above(0.05))


def test_a_group_with_no_known_rows_could_have_any_share():
    of = unknown([(0, 0), (5, 10)], 1, 1)
    assert (of.shares().low[0], of.shares().high[0]) == (0, 1)
    assert np.isnan(of.max_gap().high)
    assert np.isnan(of.min_ratio().low)
    assert np.isnan(unknown([(0, 0), (5, 10)], 0, 0).shares().low[0])
    assert unknown([(0, 0), (0, 0)], 0, 0).share_of_rows is None
    assert unknown([(0, 5), (3, 5)], 1, 4).share_of_rows == pytest.approx(1 / 3)


def test_a_ratio_to_nobody_has_no_end():
    of = unknown([(3, 5), (0, 5)], 1, 1)
    assert of.ratios(0, 1).high == math.inf
    nobody = unknown([(0, 5), (0, 5)], 0, 1)
    assert np.isnan(nobody.ratios(0, 1).low)
    assert np.isnan(nobody.min_ratio().low)


def test_both_uncertainties_make_a_wider_interval_whose_p_values_agree():
    of = unknown([(300, 1000), (200, 800)], 20, 30)
    for bounded, kind in ((of.bounded_differences(0, 1), ShareDifferences), (of.bounded_ratios(0, 1), ShareRatios)):
        known = kind(x1=np.array([300.0]), n1=np.array([1000.0]), x2=np.array([200.0]), n2=np.array([800.0]))
        low, high = bounded.limits(0.025)
        assert low < known.limits(0.025).low
        assert high > known.limits(0.025).high
        assert bounded.estimate == known.estimate
        assert bounded.p_above(float(low[0]) - 1e-6) < 0.025 < bounded.p_above(float(low[0]) + 1e-6)
        assert bounded.p_below(float(high[0]) + 1e-6) < 0.025 < bounded.p_below(float(high[0]) - 1e-6)
    low, high = of.bounded_shares().limits(0.025)
    assert (low < of.shares().low).all()
    assert (high > of.shares().high).all()


@pytest.mark.parametrize("seed", range(5))
def test_proxy_bounds_are_those_of_linear_programming(seed):
    numbers = np.random.default_rng(seed)
    rows, groups = numbers.integers(5, 50, 4).astype(float), 3
    probability = numbers.dirichlet(np.ones(groups), 4)
    share = numbers.uniform(0, 1, 4)
    proxy = Proxy(hits=rows * share, n=rows, probability=probability)
    members = (rows[:, np.newaxis] * probability).sum(axis=0)
    # The unknowns are the hits' shares t of each stratum and group: 0 <= t <= P, adding up to the stratum's share.
    adds_up = np.kron(np.eye(4), np.ones(groups))
    ends = [(0, p) for p in probability.ravel()]
    weight = rows[:, np.newaxis] / members

    def extreme(objective):
        return linprog(objective.ravel(), A_eq=adds_up, b_eq=share, bounds=ends).fun

    low, high = proxy.shares()
    for g in range(groups):
        objective = np.zeros((4, groups))
        objective[:, g] = weight[:, g]
        assert (low[g], high[g]) == pytest.approx((extreme(objective), -extreme(-objective)))
    objective = np.zeros((4, groups))
    objective[:, 0], objective[:, 2] = weight[:, 0], -weight[:, 2]
    assert np.ravel(proxy.differences(0, 2)) == pytest.approx([extreme(objective), -extreme(-objective)])


def test_the_weighted_share_is_off_by_the_covariance_within_strata():
    numbers = np.random.default_rng(8)
    rows = 400_000
    stratum = numbers.integers(0, 3, rows)
    chance = np.array([0.2, 0.5, 0.7])[stratum]
    member = numbers.random(rows) < chance
    outcome = numbers.random(rows) < np.where(member, 0.3, 0.5)
    counted = [np.bincount(stratum, of) for of in (outcome, np.ones(rows))]
    q = np.array([0.2, 0.5, 0.7])
    proxy = Proxy(hits=counted[0], n=counted[1], probability=np.stack((q, 1 - q), axis=1))
    inside = np.array([np.cov(member[stratum == z], outcome[stratum == z])[0, 1] for z in range(3)])
    bias = proxy.weighted_bias(np.stack((inside, -inside), axis=1))
    truth = np.array([outcome[member].mean(), outcome[~member].mean()])
    assert proxy.weighted() - bias == pytest.approx(truth, abs=0.004)
    assert abs(bias[0]) > 0.05
    low, high = proxy.shares()
    assert (low <= truth).all()
    assert (truth <= high).all()


def test_a_proxy_that_is_sure_knows_the_groups():
    proxy = Proxy(hits=np.array([2.0, 6.0]), n=np.array([10.0, 10.0]), probability=np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert np.ravel(proxy.shares()) == pytest.approx([0.2, 0.6, 0.2, 0.6])
    assert proxy.weighted() == pytest.approx([0.2, 0.6])
    hits, rows = proxy.thresholded(0.8)
    assert (hits.tolist(), rows.tolist()) == ([2, 6], [10, 10])


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5))
def test_missing_outcomes_are_filled_in_all_ways(hits, misses, missing):
    low, high = missing_outcomes(hits, hits + misses, missing)
    total = hits + misses + missing
    if total == 0:
        assert np.isnan(low)
        return
    filled = [(hits + more) / total for more in range(missing + 1)]
    assert (low.item(), high.item()) == pytest.approx((min(filled), max(filled)))


@given(st.integers(1, 9), st.integers(0, 9), st.integers(0, 4), st.integers(0, 4))
def test_selective_outcomes_are_filled_in_all_ways(tp, fn, selected, rejected):
    filled = [(tp + s) / (tp + s + fn + r) for s, r in itertools.product(range(selected + 1), range(rejected + 1))]
    low, high = selective_true_positive_rate(tp, fn, selected, rejected)
    assert (low.item(), high.item()) == pytest.approx((min(filled), max(filled)))


def test_two_bounds_that_know_nothing_of_one_another_are_as_far_apart_as_can_be():
    first, second = missing_outcomes(5, 10, 10), missing_outcomes(2, 10, 0)
    assert np.ravel(apart(first, second)) == pytest.approx([0.05, 0.55])
