"""Every interval where data are nearly absent: no trials, one trial, shares of 0 and of 1. None has a zero width."""

from __future__ import annotations

import math

import numpy as np
import pytest

from audit.stats import differences, mover, paired, ratios, shares
from audit.stats.contrasts import ShareDifferences, ShareRatios, Shares
from audit.stats.ranges import max_gap, min_ratio

TAILS = [0.025, 0.0005]
ONE = (shares.wilson, shares.clopper_pearson, shares.jeffreys)
GAPS = (differences.miettinen_nurminen, differences.newcombe)
SIZES = [1, 2, 5, 1000]


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("interval", ONE)
def test_a_share_of_nothing_or_of_everything_is_bounded_on_one_side_only(interval, n, tail):
    none, everyone = interval(0, n, tail), interval(n, n, tail)
    assert none.low == 0
    assert everyone.high == 1
    # "None of n" leaves out what would have shown itself: the exact limit solves (1 - p)^n = tail.
    exact = 1 - tail ** (1 / n)
    assert 0 < none.high < 1
    assert none.high <= exact + 0.05
    assert everyone.low == pytest.approx(1 - none.high, abs=1e-9)


def test_the_exact_limit_of_none_of_n_is_the_rule_of_three():
    assert shares.clopper_pearson(0, 3000, 0.05).high == pytest.approx(3 / 3000, rel=0.002)
    assert shares.clopper_pearson(0, 3000, 0.025).high == pytest.approx(1 - 0.025 ** (1 / 3000), rel=1e-9)


def test_wilson_of_one_in_one_is_the_published_one():
    assert shares.wilson(1, 1, 0.025) == pytest.approx((0.2065493, 1), abs=1e-6)


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("n2", SIZES)
@pytest.mark.parametrize("n1", SIZES)
@pytest.mark.parametrize("interval", GAPS)
def test_differences_of_shares_at_the_ends_stay_within_what_can_be(interval, n1, n2, tail):
    for x1, x2 in ((0, 0), (n1, n2), (0, n2), (n1, 0)):
        low, high = interval(x1, n1, x2, n2, tail)
        d = x1 / n1 - x2 / n2
        assert -1 <= low <= d <= high <= 1
        assert low < high
        assert (low == pytest.approx(-1, abs=1e-9)) == (d == -1) or max(n1, n2) < 1000
    assert interval(0, n1, 0, n2, tail).low < 0 < interval(0, n1, 0, n2, tail).high


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("n2", SIZES)
@pytest.mark.parametrize("n1", SIZES)
def test_ratios_of_shares_at_the_ends_are_open_where_a_share_may_be_zero(n1, n2, tail):
    assert ratios.koopman(0, n1, 0, n2, tail) == (0, math.inf)
    low, high = ratios.koopman(0, n1, n2, n2, tail)
    assert low == 0
    assert 0 < high < math.inf
    low, high = ratios.koopman(n1, n1, 0, n2, tail)
    assert 0 < low < math.inf
    assert high == math.inf
    low, high = ratios.koopman(n1, n1, n2, n2, tail)
    assert 0 < low < 1 < high < math.inf


def test_the_ratio_of_ten_in_ten_to_ten_in_ten_is_the_published_one():
    """Koopman's interval, by maximising the restricted likelihood numerically: 0.7225 to 1.3841."""
    assert ratios.koopman(10, 10, 10, 10, 0.025) == pytest.approx((0.7225, 1.3841), abs=5e-5)


def empty(kind):
    nothing, some = np.array([0.0]), np.array([10.0])
    return {
        "share": Shares(x=nothing, n=nothing),
        "difference": ShareDifferences(x1=nothing, n1=nothing, x2=some / 2, n2=some),
        "ratio": ShareRatios(x1=some / 2, n1=some, x2=nothing, n2=nothing),
        "gap": max_gap([3], [10]),
        "smallest ratio": min_ratio([3, 0], [10, 0]),
    }[kind]


WHOLE = {"share": (0, 1), "difference": (-1, 1), "ratio": (0, math.inf), "gap": (0, math.inf), "smallest ratio": (0, 1)}


@pytest.mark.parametrize("kind", WHOLE)
def test_without_trials_there_is_no_estimate_and_everything_is_possible(kind):
    contrast = empty(kind)
    assert np.isnan(contrast.estimate).all()
    low, high = contrast.limits(np.array([0.025]))
    assert (low[0], high[0]) == WHOLE[kind]
    assert np.isnan(contrast.p_below(0.5)).all()
    assert np.isnan(contrast.p_above(0.5)).all()


@pytest.mark.parametrize("cells", [(0, 0, 0, 0), (0, 0, 0, 1), (1, 0, 0, 0), (5, 0, 0, 5), (0, 5, 5, 0), (0, 0, 3, 0)])
def test_composite_intervals_at_the_ends_have_a_width(cells):
    tp, fp, fn, tn = cells
    for low, high in (mover.f1_interval(tp, fp, fn, 0.025), mover.balanced_accuracy_interval(tp, fp, fn, tn, 0.025)):
        assert 0 <= low < high <= 1


@pytest.mark.parametrize("table", [(0, 0, 1), (1, 0, 1), (0, 1, 1), (0, 0, 50), (50, 0, 50)])
def test_paired_intervals_at_the_ends_have_a_width(table):
    low, high = paired.tango(*table, 0.025)
    assert -1 <= low < high <= 1


def test_equal_shares_at_the_ends_are_no_gap_for_certain_of_any_size():
    for x in ([0, 0, 0], [50, 60, 70]):
        low, high = max_gap(x, [50, 60, 70]).limits(0.025)
        assert low[0] == 0
        assert 0 < high[0] < 0.2
