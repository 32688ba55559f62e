"""Contrasts: limits and p-values of one quantity say the same, whatever the quantity is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audit.stats.contrasts import ShareDifferences, ShareRatios, Shares
from audit.stats.differences import miettinen_nurminen
from audit.stats.ratios import koopman

parts = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tails = st.floats(1e-5, 0.4)


def arrays(*values):
    return [np.array([value], dtype=float) for value in values]


def differences(first, second, *, within=None):
    x1, n1, x2, n2 = arrays(*first, *second)
    return ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2, within=None if within is None else np.array([within]))


def ratios(first, second, *, within=None):
    x1, n1, x2, n2 = arrays(*first, *second)
    return ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2, within=None if within is None else np.array([within]))


def says_the_same(contrast, tail, bound):
    (low,), (high,) = contrast.limits(np.array([tail]))
    assume(abs(low - bound) > 1e-6 * (1 + abs(bound)))
    assume(abs(high - bound) > 1e-6 * (1 + abs(bound)))
    return (contrast.p_below(bound)[0] <= tail) == (high < bound) and (contrast.p_above(bound)[0] <= tail) == (
        low > bound
    )


@given(share=parts, tail=tails, bound=st.floats(0, 1))
def test_p_values_and_limits_of_shares_agree(share, tail, bound):
    x, n = arrays(*share)
    assert says_the_same(Shares(x=x, n=n), tail, bound)


@given(first=parts, second=parts, tail=tails, bound=st.floats(-1.2, 1.2))
def test_p_values_and_limits_of_differences_agree(first, second, tail, bound):
    within = first[1] / (first[1] + second[1])
    assert says_the_same(differences(first, second), tail, bound)
    assert says_the_same(differences(first, second, within=within), tail, bound)


@given(first=parts, second=parts, tail=tails, bound=st.floats(-0.5, 20))
def test_p_values_and_limits_of_ratios_agree(first, second, tail, bound):
    within = first[1] / (first[1] + second[1])
    assert says_the_same(ratios(first, second), tail, bound)
    assert says_the_same(ratios(first, second, within=within), tail, bound)


@given(first=parts, second=parts, tail=tails)
def test_a_group_within_the_whole_is_compared_through_the_rest(first, second, tail):
    (x1, n1), (x2, n2) = first, second
    w = n1 / (n1 + n2)
    whole = (x1 + x2) / (n1 + n2)
    difference = differences(first, second, within=w)
    assert difference.estimate[0] == pytest.approx(x1 / n1 - whole, abs=1e-12)
    assert difference.limits(tail).high[0] == pytest.approx((1 - w) * miettinen_nurminen(x1, n1, x2, n2, tail).high)
    ratio = ratios(first, second, within=w)
    if whole:
        assert ratio.estimate[0] == pytest.approx(x1 / n1 / whole)
    for found, rest in zip(ratio.limits(tail), koopman(x1, n1, x2, n2, tail), strict=True):
        if rest == 0:
            assert found == 0
        else:
            assert found[0] == pytest.approx(1 / (w + (1 - w) / rest))


def test_a_ratio_to_the_whole_ends_at_one_over_the_groups_part_of_it():
    contrast = ratios((5, 10), (0, 30), within=0.25)
    assert contrast.estimate == pytest.approx([4.0])
    assert contrast.limits(0.025).high == pytest.approx([4.0])
    assert contrast.p_below(4.5)[0] == 0
    assert contrast.p_below(4.0)[0] == 0.5
    assert contrast.p_above(0.0)[0] == 0


def test_an_end_that_was_observed_is_no_evidence_of_being_beyond_it():
    x, n = arrays(10, 10)
    assert Shares(x=x, n=n).p_below(1.0)[0] == 0.5
    assert Shares(x=x, n=n).p_above(1.0)[0] == 0.5


@pytest.mark.parametrize("within", [None, 0.4])
def test_without_trials_there_is_no_estimate_no_limit_and_no_p_value(within):
    for contrast in (differences((0, 0), (3, 9), within=within), ratios((2, 9), (0, 0), within=within)):
        assert np.isnan(contrast.estimate)
        assert np.isnan(contrast.p_below(0.5))
        assert np.isnan(contrast.p_above(0.5))
    assert differences((0, 0), (3, 9), within=within).limits(0.025) == (-1, 1)
    assert ratios((2, 9), (0, 0), within=within).limits(0.025) == (0, math.inf)


def test_a_ratio_to_zero_is_not_defined_but_has_a_lower_limit():
    contrast = ratios((5, 10), (0, 10))
    low, high = contrast.limits(0.025)
    assert np.isnan(contrast.estimate)
    assert low[0] > 1
    assert high[0] == math.inf
    assert contrast.p_above(1.0)[0] < 0.025


def test_many_quantities_have_a_tail_each():
    contrast = Shares(x=np.array([3.0, 3.0]), n=np.array([10.0, 10.0]))
    low, high = contrast.limits(np.array([0.1, 0.01]))
    assert low[1] < low[0]
    assert high[1] > high[0]
