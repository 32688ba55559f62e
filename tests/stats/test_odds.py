"""Odds ratios."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import Table2x2

from audit.stats.odds import conditional_odds_ratio, gart_odds_ratio, odds_ratio


def test_the_conditional_interval_agrees_with_fishers_one_sided_tests():
    found = conditional_odds_ratio(12, 40, 5, 45)
    for tail, side in [(fisher_exact([[12, 28], [5, 40]], "greater").pvalue, "low")]:
        at_one = conditional_odds_ratio(12, 40, 5, 45, tail)
        assert getattr(at_one, side) == pytest.approx(1, rel=1e-6)
    assert found.low < found.estimate < found.high


def test_gart_is_the_logit_interval_of_the_table_with_halves_added():
    theirs = Table2x2(np.array([[12, 28], [5, 40]]) + 0.5)
    found = gart_odds_ratio(12, 40, 5, 45)
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (theirs.oddsratio, *theirs.oddsratio_confint()), rel=1e-9
    )


def test_the_exact_interval_is_used_up_to_two_thousand_trials():
    assert odds_ratio(300, 1000, 250, 1000).method == "conditional"
    large = odds_ratio(300, 1001, 250, 1000)
    assert large.method == "gart"
    small = odds_ratio(300, 1000, 250, 1000)
    assert (large.low, large.high) == pytest.approx((small.low, small.high), rel=0.02)


@pytest.mark.parametrize("method", [conditional_odds_ratio, gart_odds_ratio, odds_ratio])
def test_an_empty_group_has_no_odds(method):
    found = method(0, 0, 3, 9)
    assert (found.estimate, found.low, found.high, found.reason) == (None, 0, math.inf, "empty_group")


def test_without_variation_every_odds_ratio_is_possible():
    for table in [(0, 9, 0, 8), (9, 9, 8, 8)]:
        found = conditional_odds_ratio(*table)
        assert (found.estimate, found.low, found.high, found.reason) == (None, 0, math.inf, "no_variation")
