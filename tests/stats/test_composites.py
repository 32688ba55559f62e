"""Composite metrics as contrasts, and MOVER for ratios of either sign."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audit.stats.composites import (
    EstimateDifferences,
    EstimateRatios,
    balanced_accuracy,
    by_limits,
    correlations,
    f1,
)
from audit.stats.contrasts import Shares
from audit.stats.mover import mover_difference, mover_ratio
from audit.stats.numerics import Limits
from audit.stats.resampling import bootstrap, matthews
from audit.stats.shares import wilson

cell = st.integers(0, 80)
cells = st.tuples(cell, cell, cell, cell)
tails = st.floats(1e-4, 0.4)
SEEDS = st.integers(0, 2**32)


def matthews_corrcoef(*cells, seed, keys, replicates=2000):
    """The correlation of each group from its cells, each with a stream of random numbers of its own."""
    groups = np.stack([np.atleast_1d(np.asarray(cell, dtype=float)) for cell in cells], axis=-1)
    streams = {"seed": seed, "replicates": replicates}
    found = [bootstrap(one[np.newaxis], matthews, key=key, **streams) for one, key in zip(groups, keys, strict=True)]
    return correlations(found)


def agree(contrast, tail, bound):
    (low,), (high,) = contrast.limits(tail)
    assume(abs(low - bound) > 1e-6)
    assume(abs(high - bound) > 1e-6)
    return (contrast.p_below(bound)[0] <= tail) == (high < bound) and (contrast.p_above(bound)[0] <= tail) == (
        low > bound
    )


@pytest.mark.parametrize("metric", [f1, balanced_accuracy])
@given(first=cells, tail=tails, bound=st.floats(0, 1))
def test_p_values_and_limits_of_a_composite_agree(metric, first, tail, bound):
    found = metric(*first)
    low, high = found.limits(tail)
    assert low[0] < high[0]
    if np.isnan(found.estimate[0]):
        assert (low, high) == (0, 1)
        assert np.isnan(found.p_below(bound)).all()
        assert np.isnan(found.p_above(bound)).all()
        return
    assert low[0] <= found.estimate[0] + 1e-12
    assert found.estimate[0] <= high[0] + 1e-12
    assert agree(found, tail, bound)


@pytest.mark.parametrize("metric", [f1, balanced_accuracy])
@given(first=cells, second=cells, tail=tails, bound=st.floats(-1, 3))
def test_p_values_and_limits_of_compared_composites_agree(metric, first, second, tail, bound):
    one, other = metric(*first), metric(*second)
    for contrast in (EstimateDifferences(first=one, second=other), EstimateRatios(first=one, second=other)):
        if np.isnan(contrast.estimate[0]):
            assert np.isnan(contrast.p_above(bound)).all()
        else:
            assert agree(contrast, tail, bound)


def test_inverted_limits_give_the_score_tests_p_value():
    """F1 with as many false as true decisions is a mapped share, whose p-value is known in closed form."""
    found, share = f1(30, 12, 8, 5), Shares(x=np.array([30.0]), n=np.array([50.0]))
    for jaccard in (0.45, 0.6, 0.72):
        assert found.p_below(2 * jaccard / (1 + jaccard)) == pytest.approx(share.p_below(jaccard), abs=1e-9)
        assert found.p_above(2 * jaccard / (1 + jaccard)) == pytest.approx(share.p_above(jaccard), abs=1e-9)


def test_one_reference_serves_all_groups():
    groups, reference = f1([30, 10], [5, 9], [4, 9], [60, 60]), f1(20, 5, 5, 70)
    for build in (EstimateDifferences, EstimateRatios):
        together = build(first=groups, second=reference)
        assert together.estimate.shape == (2,)
        for i in range(2):
            alone = build(first=groups.take(np.array([i])), second=reference)
            assert alone.limits(0.01).low[0] == together.limits(0.01).low[i]
            assert alone.p_below(0.9)[0] == together.p_below(0.9)[i]


def test_what_is_not_defined_leaves_everything_possible():
    none, some = balanced_accuracy(0, 5, 0, 5), balanced_accuracy(4, 1, 1, 4)
    for build in (EstimateDifferences, EstimateRatios):
        assert build(first=none, second=some).limits(0.025) == pytest.approx((-math.inf, math.inf))
    zero = f1(0, 5, 5, 5)
    ratio = EstimateRatios(first=some, second=zero)
    assert np.isnan(ratio.estimate[0])
    assert ratio.limits(0.025).low[0] > 0
    assert ratio.limits(0.025).high[0] == math.inf


def test_the_bootstrapped_correlation_is_the_known_one_and_agrees_with_its_p_values():
    found = matthews_corrcoef([30, 60], [10, 20], [8, 5], [52, 90], seed=7, keys=["a", "b"])
    expected = (30 * 52 - 10 * 8) / math.sqrt(40 * 38 * 62 * 60)
    assert found.estimate[0] == pytest.approx(expected)
    assert found.reasons == (None, None)
    low, high = found.limits(0.025)
    assert (low < found.estimate).all()
    assert (high > found.estimate).all()
    assert (found.p_below(low[0] - 0.01)[0]) > 0.975
    assert found.p_above(low[0] - 0.01)[0] < 0.025 < found.p_above(low[0] + 0.01)[0]
    gap = EstimateDifferences(first=found.take(np.array([1])), second=found.take(np.array([0])))
    assert gap.limits(0.025).low[0] < gap.estimate[0] < gap.limits(0.025).high[0]


def test_a_correlation_depends_on_its_key_and_on_nothing_else():
    both = matthews_corrcoef([30, 30], [10, 10], [8, 8], [52, 52], seed=7, keys=["a", "b"])
    alone = matthews_corrcoef(30, 10, 8, 52, seed=7, keys=["b"])
    assert both.limits(0.025).low[1] == alone.limits(0.025).low[0]
    assert both.limits(0.025).low[0] != both.limits(0.025).low[1]


def test_where_the_bootstrap_says_nothing_the_correlation_may_be_anything():
    found = matthews_corrcoef([9, 0, 1], [0, 0, 1], [0, 0, 1], [9, 5, 1], seed=1, keys=["a", "b", "c"])
    assert found.reasons == ("no_variation", "undefined", "undefined_replicates")
    assert found.take(np.array([2, 0])).reasons == ("undefined_replicates", "no_variation")
    assert found.limits(0.025).low.tolist() == [-1, -1, -1]
    assert found.limits(0.025).high.tolist() == [1, 1, 1]


@given(first=cells, second=cells, tail=tails)
def test_a_ratio_by_mover_is_where_the_difference_by_mover_touches_zero(first, second, tail):
    """The definition: R is a limit if the interval of t1 - R t2, from those of t1 and R t2, ends at zero."""
    (a, b, _, _), (c, d, _, _) = first, second
    assume(a > 0)
    assume(b > 0)
    assume(c > 0)
    one, other = wilson(a, a + b, tail), wilson(c, c + d, tail)
    t1, t2 = a / (a + b), c / (c + d)
    low, high = mover_ratio(t1, one, t2, other)
    assert mover_difference(t1, one, low * t2, Limits(low * other.low, low * other.high)).low == pytest.approx(
        0, abs=1e-7
    )
    assert mover_difference(t1, one, high * t2, Limits(high * other.low, high * other.high)).high == pytest.approx(
        0, abs=1e-7
    )


def test_ratios_of_either_sign_follow_the_same_definition():
    one, other = Limits(np.array(-0.3), np.array(0.5)), Limits(np.array(0.4), np.array(0.9))
    low, high = mover_ratio(0.1, one, 0.6, other)
    assert low < 0 < high
    scaled = Limits(low * other.high, low * other.low)
    assert mover_difference(0.1, one, low * 0.6, scaled).low == pytest.approx(0, abs=1e-12)
    mirrored = mover_ratio(-0.1, Limits(-one.high, -one.low), 0.6, other)
    assert mirrored == pytest.approx((-high, -low))


def test_a_ratio_to_what_may_be_negative_or_without_limits_has_none():
    one = Limits(np.array(0.2), np.array(0.5))
    everything = (-math.inf, math.inf)
    assert mover_ratio(0.3, one, 0.1, Limits(np.array(-0.1), np.array(0.4))) == pytest.approx(everything)
    assert mover_ratio(0.3, one, 0.1, Limits(np.array(-math.inf), np.array(math.inf))) == pytest.approx(everything)
    assert mover_ratio(0.3, one, 0.1, Limits(np.array(0.0), np.array(math.inf))) == pytest.approx((0, math.inf))
    assert mover_ratio(0.0, Limits(np.array(0.0), np.array(0.3)), 0.5, Limits(np.array(0.4), np.array(0.6))).low == 0


@given(
    groups=st.lists(st.tuples(*[st.integers(2, 400)] * 4), min_size=2, max_size=4),
    bound=st.floats(-0.4, 0.9),
    seed=SEEDS,
)
@settings(max_examples=25)
def test_a_search_between_breaks_finds_what_halving_finds(groups, bound, seed):
    """Resampled limits break where replicates end; knowing where spares most of the search, and changes nothing."""
    keys = [str(i) for i in range(len(groups))]
    one = matthews_corrcoef(*zip(*groups, strict=True), seed=seed, keys=keys, replicates=300)
    gap = EstimateDifferences(first=one.take(np.arange(1, len(groups))), second=one.take(np.array([0])))
    for contrast in (one, gap):
        sides = [(bound, False), (bound, True), (0.0, True)]
        halved = by_limits(contrast.estimate, contrast.limits, sides)
        for quick, slow in zip(contrast.p_of(sides), halved, strict=True):
            assert quick == pytest.approx(slow, rel=1e-11, abs=1e-11, nan_ok=True)
