"""Intervals on request: limits as statsmodels has them, and p-values that say the same as the limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from audit.stats.alternatives import DIFFERENCES, RATIOS, SHARES, ClopperPearsonShares, KatzRatios, NewcombeDifferences
from audit.stats.contrasts import ShareDifferences, ShareRatios, Shares

parts = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tails = st.floats(1e-5, 0.4)


def arrays(*values):
    return [np.array([value], dtype=float) for value in values]


def pair(build, first, second, *, within=None):
    x1, n1, x2, n2 = arrays(*first, *second)
    return build(x1=x1, n1=n1, x2=x2, n2=n2, within=None if within is None else np.array([within]))


def says_the_same(contrast, tail, bound):
    (low,), (high,) = contrast.limits(np.array([tail]))
    assume(abs(low - bound) > 1e-6 * (1 + abs(bound)))
    assume(abs(high - bound) > 1e-6 * (1 + abs(bound)))
    return (contrast.p_below(bound)[0] <= tail) == (high < bound) and (contrast.p_above(bound)[0] <= tail) == (
        low > bound
    )


@pytest.mark.parametrize("name", SHARES)
@given(share=parts, tail=tails, bound=st.floats(-0.1, 1.1))
def test_p_values_and_limits_of_shares_agree(name, share, tail, bound):
    x, n = arrays(*share)
    assert says_the_same(SHARES[name](x=x, n=n), tail, bound)


@pytest.mark.parametrize("name", DIFFERENCES)
@given(first=parts, second=parts, tail=tails, bound=st.floats(-1.2, 1.2))
def test_p_values_and_limits_of_differences_agree(name, first, second, tail, bound):
    within = first[1] / (first[1] + second[1])
    assert says_the_same(pair(DIFFERENCES[name], first, second), tail, bound)
    assert says_the_same(pair(DIFFERENCES[name], first, second, within=within), tail, bound)


@pytest.mark.parametrize("name", RATIOS)
@given(first=parts, second=parts, tail=tails, bound=st.floats(0, 20))
def test_p_values_and_limits_of_ratios_agree(name, first, second, tail, bound):
    within = first[1] / (first[1] + second[1])
    assert says_the_same(pair(RATIOS[name], first, second), tail, bound)
    assert says_the_same(pair(RATIOS[name], first, second, within=within), tail, bound)


@pytest.mark.parametrize(
    ("name", "theirs"), [("wilson", "wilson"), ("clopper_pearson", "beta"), ("jeffreys", "jeffreys")]
)
@given(share=parts)
def test_limits_of_a_share_equal_those_of_statsmodels(name, theirs, share):
    assume(0 < share[0] < share[1])
    x, n = arrays(*share)
    low, high = SHARES[name](x=x, n=n).limits(0.025)
    assert (low[0], high[0]) == pytest.approx(proportion_confint(*share, alpha=0.05, method=theirs))


@given(first=parts, second=parts)
def test_newcombes_limits_equal_those_of_statsmodels(first, second):
    theirs = confint_proportions_2indep(*first, *second, compare="diff", method="newcomb")
    low, high = pair(NewcombeDifferences, first, second).limits(0.025)
    assert (low[0], high[0]) == pytest.approx(theirs, abs=1e-12)


@given(first=parts, second=parts)
def test_katz_limits_equal_those_of_statsmodels(first, second):
    contrast = pair(KatzRatios, first, second)
    assume(contrast.estimable[0])
    theirs = confint_proportions_2indep(*first, *second, compare="ratio", method="log")
    low, high = contrast.limits(0.025)
    assert (low[0], high[0]) == pytest.approx(theirs, rel=1e-9)


@given(share=parts, bound=st.floats(0.001, 0.999))
def test_exact_p_values_are_binomial_tails(share, bound):
    contrast = ClopperPearsonShares(**dict(zip("xn", arrays(*share), strict=True)))
    assert contrast.p_below(bound)[0] == pytest.approx(binom.cdf(*share, bound), abs=1e-12)
    assert contrast.p_above(bound)[0] == pytest.approx(binomtest(*share, bound, "greater").pvalue, abs=1e-12)


@pytest.mark.parametrize("counts", [((0, 10), (5, 10)), ((5, 10), (0, 10)), ((10, 10), (7, 7)), ((0, 3), (0, 4))])
def test_katz_has_no_interval_without_a_success_or_without_a_failure(counts):
    contrast = pair(KatzRatios, *counts)
    assert not contrast.estimable[0]
    assert contrast.limits(0.025) == (0.0, math.inf)
    assert np.isnan(contrast.p_below(0.8))
    assert np.isnan(contrast.p_above(0.8))


def test_without_trials_there_is_nothing_to_say():
    x, n = arrays(0, 0)
    for build in SHARES.values():
        assert np.isnan(build(x=x, n=n).p_below(0.5))
        assert np.isnan(build(x=x, n=n).p_above(0.5))
        assert np.isnan(build(x=x, n=n).estimate)
    assert pair(NewcombeDifferences, (0, 0), (3, 9)).limits(0.025) == (-1, 1)


def test_planning_is_done_with_the_score_interval_of_the_same_counts():
    x, n = arrays(3, 10)
    assert all(isinstance(SHARES[name](x=x, n=n).usual, Shares) for name in ("clopper_pearson", "jeffreys"))
    found = pair(NewcombeDifferences, (3, 10), (6, 12), within=0.4).usual
    assert isinstance(found, ShareDifferences)
    assert found.estimate == pair(NewcombeDifferences, (3, 10), (6, 12), within=0.4).estimate
    assert isinstance(pair(KatzRatios, (3, 10), (6, 12)).usual, ShareRatios)
