"""Exact conditional inference over strata, against enumeration and scipy; and the measures of intersections."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import comb
from scipy.stats import fisher_exact
from scipy.stats.contingency import odds_ratio

from audit.stats.exact_strata import exact_strata
from audit.stats.intersections import differential_fairness, divergence_t, weighted_disparity

STRATA = [(10, 30, 15, 30), (7, 10, 2, 11)]


def upper_tail(strata, odds):
    """The chance of at least as many hits in the first groups, by adding up all tables with these margins."""
    total = reached = 0.0
    observed = sum(x1 for x1, *_ in strata)
    ranges = [range(max(0, x1 + x2 - n2), min(n1, x1 + x2) + 1) for x1, n1, x2, n2 in strata]
    for values in itertools.product(*ranges):
        weight = odds ** sum(values)
        for a, (x1, n1, x2, n2) in zip(values, strata, strict=True):
            weight *= comb(n1, a) * comb(n2, x1 + x2 - a)
        total += weight
        reached += weight if sum(values) >= observed else 0.0
    return reached / total


def test_the_limits_are_where_the_tail_is_left_out():
    found = exact_strata(STRATA, 0.025)
    assert found is not None
    assert upper_tail(STRATA, found.low) == pytest.approx(0.025)
    flipped = [(n1 - x1, n1, n2 - x2, n2) for x1, n1, x2, n2 in STRATA]
    assert upper_tail(flipped, 1 / found.high) == pytest.approx(0.025)
    assert found.low < found.estimate < found.high


def test_one_stratum_is_fishers_test():
    found = exact_strata([(7, 30, 15, 28)])
    table = [[7, 23], [15, 13]]
    expected = odds_ratio(np.array(table), kind="conditional")
    assert found is not None
    assert found.p == pytest.approx(fisher_exact(table).pvalue)
    assert found.estimate == pytest.approx(expected.statistic)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_the_ends_have_no_finite_estimate():
    least, most = exact_strata([(0, 5, 4, 6)]), exact_strata([(5, 5, 2, 6)])
    assert least is not None
    assert most is not None
    assert (least.estimate, least.low) == (0, 0)
    assert (most.estimate, most.high) == (math.inf, math.inf)
    assert least.high == pytest.approx(odds_ratio(np.array([[0, 5], [4, 2]])).confidence_interval(0.95).high)
    assert most.low == pytest.approx(odds_ratio(np.array([[5, 0], [2, 4]])).confidence_interval(0.95).low)
    assert exact_strata([(0, 5, 0, 6), (3, 3, 0, 0)]) is None


def test_equal_groups_are_differentially_fair_and_a_share_of_zero_is_not():
    assert differential_fairness([5, 50], [10, 100], 0.0) == 0
    assert differential_fairness([0, 5], [10, 10], 0.0) == math.inf
    assert differential_fairness([0, 0], [10, 20], 0.0) == 0
    assert differential_fairness([5], [10]) is None
    assert differential_fairness([90, 99], [100, 100], 0.0) == pytest.approx(math.log(10))


def test_no_rows_diverge_from_nothing():
    assert np.isnan(divergence_t(0, 0, 3, 9)[0])
    assert np.isnan(weighted_disparity(0, 0, 3, 9))
    assert weighted_disparity(3, 9, 3, 9) == 0
