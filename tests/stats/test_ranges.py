"""The largest gap and the smallest ratio: pruned search against all pairs, one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import studentized_range

from audit.stats import ranges
from audit.stats.alternatives import KatzRatios
from audit.stats.differences import miettinen_nurminen
from audit.stats.equivalence import p_outside_and_inside
from audit.stats.ranges import (
    max_gap,
    min_ratio,
    simultaneous_critical,
    studentized_range_tail,
)
from audit.stats.ratios import koopman

shares = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
groups = st.lists(shares, min_size=2, max_size=7)
tails = st.floats(1e-4, 0.3)


def split(found):
    x, n = np.array(found, dtype=float).T
    return x, n


def at(function, table, last):
    """A function of a table's four counts and one number more."""
    x1, n1, x2, n2 = table
    return function(x1, n1, x2, n2, last)


def all_pairs(x, n, firm=None):
    """Every ordered pair of different groups that counts, as the columns x1, n1, x2, n2."""
    use = [i for i in range(len(x)) if firm is None or firm[i]]
    return np.array([(x[i], n[i], x[j], n[j]) for i in use for j in use if i != j]).reshape(-1, 4).T


def firm(x, n, least):
    p = x.sum() / n.sum()
    return [min(one * p, one * (1 - p)) >= least for one in n]


@given(found=groups, tail=tails, least=st.sampled_from([0.0, 5.0]))
def test_the_gaps_limits_are_the_farthest_of_all_pairs(found, tail, least):
    x, n = split(found)
    low, high = max_gap(x, n, min_expected=least).limits(tail)
    far = at(miettinen_nurminen, all_pairs(x, n), tail).high.max()
    near_tail = ndtr(-simultaneous_critical(len(x), tail))
    near = at(miettinen_nurminen, all_pairs(x, n, firm(x, n, least)), near_tail).low
    assert high[0] == pytest.approx(far, abs=1e-9)
    assert low[0] == pytest.approx(max([0.0, *near]), abs=1e-9)


@given(found=groups, tail=tails, least=st.sampled_from([0.0, 5.0]))
def test_the_ratios_limits_are_the_farthest_of_all_pairs(found, tail, least):
    x, n = split(found)
    low, high = min_ratio(x, n, min_expected=least).limits(tail)
    far = at(koopman, all_pairs(x, n), tail).low.min()
    near_tail = ndtr(-simultaneous_critical(len(x), tail))
    near = at(koopman, all_pairs(x, n, firm(x, n, least)), near_tail).high
    assert low[0] == pytest.approx(far, abs=1e-9)
    assert high[0] == pytest.approx(min([1.0, *near]), abs=1e-9)


@given(found=groups)
def test_nothing_speaks_for_an_extreme_beyond_what_it_can_be(found):
    x, n = split(found)
    assume(x.any())
    assert max_gap(x, n).p_below(0.0) == 1.0
    assert min_ratio(x, n).p_above(1.0) == 1.0
    # So of "from 0 to a limit" only the limit has a say.
    beyond = p_outside_and_inside(max_gap(x, n), 0.0, 0.1)[0]
    assert beyond == max_gap(x, n).p_above(0.1)


@given(found=groups, tail=tails, bound=st.floats(-0.2, 1.2), build=st.sampled_from([max_gap, min_ratio]))
def test_p_values_and_limits_agree(found, tail, bound, build):
    x, n = split(found)
    assume(x.any())
    extreme = build(x, n)
    (low,), (high,) = extreme.limits(tail)
    assume(min(abs(low - bound), abs(high - bound)) > 1e-7)
    assert (extreme.p_below(bound)[0] <= tail) == (high < bound)
    assert (extreme.p_above(bound)[0] <= tail) == (low > bound)


@given(found=groups)
def test_the_pair_holds_the_observed_extreme_and_the_limits_hold_its_value(found):
    x, n = split(found)
    gap, ratio = max_gap(x, n), min_ratio(x, n)
    assert gap.pair is not None
    low, high = gap.pair
    p = x / n
    assert low != high
    assert (p[low], p[high]) == (p.min(), p.max())
    assert ratio.pair == gap.pair
    assert gap.estimate[0] == p.max() - p.min()
    assert gap.limits(0.025).low[0] <= gap.estimate[0] + 1e-12
    assert gap.estimate[0] <= gap.limits(0.025).high[0] + 1e-12
    if p.max() > 0:
        assert ratio.estimate[0] == p.min() / p.max()


def test_the_first_in_order_wins_a_tie():
    assert max_gap([1, 3, 1, 3], [10, 10, 10, 10]).pair == (0, 1)
    assert max_gap([2, 1, 3], [6, 3, 9]).pair == (1, 0)


def test_empty_groups_are_left_out():
    with_empty, without = max_gap([3, 0, 20], [30, 0, 40]), max_gap([3, 20], [30, 40])
    assert with_empty.pair == (0, 2)
    assert with_empty.limits(0.025) == without.limits(0.025)
    assert with_empty.p_above(0.1) == without.p_above(0.1)


@pytest.mark.parametrize("build", [max_gap, min_ratio])
def test_one_group_has_no_extreme(build):
    alone = build([3, 0], [30, 0])
    assert alone.pair is None
    assert np.isnan(alone.estimate)
    assert np.isnan(alone.p_below(0.5))
    assert np.isnan(alone.p_above(0.5))
    assert alone.limits(0.025) == pytest.approx((0, math.inf) if build is max_gap else (0, 1))


def test_a_tiny_group_can_hold_up_a_pass_but_cannot_cause_a_failure():
    x, n = [300, 310, 0], [1000, 1000, 7]
    guarded, bare = max_gap(x, n), max_gap(x, n, min_expected=0)
    assert guarded.limits(0.025).low[0] == 0
    assert guarded.limits(0.025).high[0] == bare.limits(0.025).high[0] > 0.3
    assert guarded.p_above(0.0)[0] > 0.5
    nobody = max_gap([0, 0], [50, 60])
    assert nobody.limits(0.025).low[0] == 0
    assert nobody.p_above(-0.01)[0] == 0
    assert min_ratio([9, 9], [50, 60]).p_below(1.01)[0] == 0


def test_many_groups_are_searched_in_blocks_with_the_same_result(monkeypatch):
    rng = np.random.default_rng(8)
    n = rng.integers(20, 300, 60)
    x = rng.binomial(n, 0.3)
    whole = [(build(x, n).limits(0.025), build(x, n).p_above(0.2)) for build in (max_gap, min_ratio)]
    monkeypatch.setattr(ranges, "_BLOCK", 97)
    monkeypatch.setattr(ranges, "_TOGETHER", 3)
    blocks = [(build(x, n).limits(0.025), build(x, n).p_above(0.2)) for build in (max_gap, min_ratio)]
    assert np.array(whole[0][0]) == pytest.approx(np.array(blocks[0][0]), abs=1e-12)
    assert np.array(whole[1][0]) == pytest.approx(np.array(blocks[1][0]), abs=1e-12)
    assert whole[0][1] == blocks[0][1]


def test_a_pair_without_an_interval_speaks_for_nothing_and_holds_up_a_pass():
    """Katz's interval of two groups that are all selected has no width, so it is none."""
    x, n = np.array([5.0, 5.0, 950.0]), np.array([5.0, 5.0, 1000.0])

    def between(first, second):
        return KatzRatios(x1=x[first], n1=n[first], x2=x[second], n2=n[second])

    for places in ([0, 1, 2], [0, 1]):
        values, firm = (x / n)[places], np.full(len(places), fill_value=True)
        extreme = ranges.Extreme(kind="ratio", values=values, firm=firm, between=between)
        assert extreme.limits(0.025).low[0] == 0
        assert extreme.p_above(0.5)[0] == pytest.approx(extreme.p_below(0.5)[0]) == 1


def test_smaller_tails_widen_one_by_one():
    low, high = max_gap([30, 60, 45], [100, 100, 100]).limits(np.array([0.1, 0.025, 0.001]))
    assert (np.diff(low) < 0).all()
    assert (np.diff(high) > 0).all()


@pytest.mark.parametrize("size", [2, 3, 20, 500])
@pytest.mark.parametrize("tail", [0.2, 0.025, 1e-4])
def test_the_simultaneous_critical_value_is_the_studentized_ranges(size, tail):
    theirs = studentized_range.ppf(1 - tail, size, np.inf) / math.sqrt(2)
    assert simultaneous_critical(size, tail) == pytest.approx(theirs, rel=1e-7)


def test_the_range_of_two_is_a_normal_difference_however_small_its_tail():
    for q in (0.0, 1.0, 5.0, 20.0):
        assert studentized_range_tail(2, q) == pytest.approx(2 * ndtr(-q / math.sqrt(2)), rel=1e-9)
