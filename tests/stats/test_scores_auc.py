"""AUC and its relatives from histograms, against scikit-learn, scipy and every pair of rows."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from audit.stats.auc import auc, auc_estimates, cautious_auc_estimates, newcombe
from audit.stats.composites import EstimateDifferences, EstimateRatios
from audit.stats.histogram import histogram
from audit.stats.numerics import critical
from tests.stats.scored_rows import binned, exact, scored


def pairs(high, low):
    """Which of every pair is higher; ties half."""
    gap = np.subtract.outer(high, low)
    return (gap > 0) + (gap == 0) / 2


def delong(high, low):
    beats = pairs(high, low)
    return beats.mean(axis=1).var(ddof=1) / high.size + beats.mean(axis=0).var(ddof=1) / low.size


@given(rows=scored)
def test_the_auc_is_scikit_learns_and_its_variance_that_of_every_pair(rows):
    score, y = np.array(rows).T
    found = auc(exact(score, y=y))
    if y.min() == y.max():
        assert np.isnan(found.value[0])
        assert found.reasons == (("no_positives", "no_negatives")[int(y[0])],)
        return
    assert found.value[0] == pytest.approx(roc_auc_score(y, score), abs=1e-12)
    assert found.error[0] == 0
    if min(y.sum(), y.size - y.sum()) > 1:
        assert found.variance[0] == pytest.approx(delong(score[y == 1], score[y == 0]), abs=1e-14)
    else:
        assert np.isnan(found.variance[0])


@given(rows=scored, bins=st.integers(1, 30))
def test_binning_moves_the_auc_by_no_more_than_stated(rows, bins):
    score, y = np.array(rows).T
    assume(y.min() < y.max())
    truth, found = auc(exact(score, y=y)), auc(binned(score, bins, y=y))
    assert abs(found.value[0] - truth.value[0]) <= found.error[0] + 1e-12
    assert found.error[0] <= 0.5


@given(rows=scored, tail=st.floats(1e-6, 0.4), bound=st.floats(0.01, 0.99), bins=st.integers(1, 30))
def test_limits_of_an_auc_enclose_it_never_shrink_to_nothing_and_agree_with_its_p_values(rows, tail, bound, bins):
    score, y = np.array(rows).T
    found = auc_estimates(auc(binned(score, bins, y=y)))
    (low,), (high,) = found.limits(tail)
    assert 0 <= low < high <= 1
    if np.isnan(found.estimate[0]):
        assert (low, high) == (0, 1)
        assert found.reasons[0] in {"no_positives", "no_negatives"}
        return
    assert low - 1e-12 <= found.estimate[0] <= high + 1e-12
    assume(min(abs(low - bound), abs(high - bound), abs(found.estimate[0] - bound)) > 1e-6)
    assert (found.p_above(bound)[0] <= tail) == (low > bound)
    assert (found.p_below(bound)[0] <= tail) == (high < bound)


@pytest.mark.parametrize(
    ("score", "y", "ends"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], (None, 1)),
        ([4, 3, 2, 1], [0, 0, 1, 1], (0, None)),
        ([5, 5, 5, 5], [0, 1, 0, 1], (None, None)),
        ([1, 2, 3], [0, 1, 0], (None, None)),
    ],
)
def test_without_a_variance_the_limits_are_newcombes_and_marked(score, y, ends):
    found = auc(exact(score, y=y))
    assert found.approximate.tolist() == [True]
    low, high = (limit[0] for limit in auc_estimates(found).limits(0.025))
    for limit, end in zip((low, high), ends, strict=True):
        assert limit == end if end is not None else 0 < limit < 1
    assert high - low > 0.3


@given(a=st.floats(0.0, 1.0), m=st.integers(1, 200), n=st.integers(1, 200), tail=st.floats(1e-6, 0.4))
def test_newcombes_limits_are_where_the_variance_explains_the_gap(a, m, n, tail):
    low, high = newcombe(a, m, n, tail)
    z = critical(tail)
    for limit in (low, high):
        if 1e-9 < limit < 1 - 1e-9 and abs(limit - a) > 1e-9:
            # Hanley and McNeil's variance for exponential scores, with the mean of m and n for each (Newcombe 2006).
            several = (m + n) / 2 - 1
            spread = 1 + several * ((1 - limit) / (2 - limit) + limit / (1 + limit))
            variance = limit * (1 - limit) * spread / (m * n)
            assert abs(limit - a) == pytest.approx(z * np.sqrt(variance), rel=1e-6)
    mirrored = newcombe(1 - a, m, n, tail)
    assert [1 - mirrored.high, 1 - mirrored.low] == pytest.approx(np.array([low, high]), abs=1e-9)


def test_newcombes_limits_are_roots_of_his_quartic():
    """(theta - a)^2 m n (2 - theta)(1 + theta) = z^2 theta (1 - theta) {...}, by numpy's roots instead of bisection."""
    a, m, n, z = 0.85, 12, 30, critical(0.025)
    x = np.polynomial.Polynomial([0, 1])
    mean = (m + n) / 2 - 1
    inner = (2 - x) * (1 + x) + mean * (1 - x) * (1 + x) + mean * x * (2 - x)
    roots = ((x - a) ** 2 * (m * n) * (2 - x) * (1 + x) - z**2 * x * (1 - x) * inner).roots()
    inside = np.sort(roots.real[(abs(roots.imag) < 1e-9) & (roots.real > 0) & (roots.real < 1)])
    assert np.array(newcombe(a, m, n, 0.025)) == pytest.approx(inside, abs=1e-9)


@given(rows=scored, tail=st.floats(1e-6, 0.4))
def test_cautious_limits_are_the_wider_ones(rows, tail):
    score, y = np.array(rows).T
    found = auc(exact(score, y=y))
    usual, cautious = auc_estimates(found).limits(tail), cautious_auc_estimates(found).limits(tail)
    other = newcombe(found.value, found.higher, found.lower, tail)
    assert cautious.low[0] == pytest.approx(min(usual.low[0], other.low[0]), abs=1e-12)
    assert cautious.high[0] == pytest.approx(max(usual.high[0], other.high[0]), abs=1e-12)


def test_sampling_weights_of_whole_numbers_give_the_auc_of_repeated_rows_but_not_its_certainty():
    rng = np.random.default_rng(6)
    score, y, w = rng.integers(0, 20, 60) / 20, rng.integers(0, 2, 60), rng.integers(1, 5, 60)
    weighted, repeated = auc(exact(score, y=y, weight=w)), auc(exact(np.repeat(score, w), y=np.repeat(y, w)))
    assert weighted.value == pytest.approx(repeated.value)
    assert weighted.variance[0] > 1.5 * repeated.variance[0]
    assert weighted.higher[0] == pytest.approx(w[y == 1].sum() ** 2 / (w[y == 1] ** 2).sum())
    scaled, plain = auc(exact(score, y=y, weight=np.full(60, 0.37))), auc(exact(score, y=y))
    assert scaled.variance == pytest.approx(plain.variance)


def test_weights_do_not_make_complete_separation_look_like_a_variance():
    rng = np.random.default_rng(7)
    score, w = np.arange(40) / 40, rng.uniform(0.1, 3, 40)
    found = auc(exact(score, y=score > 0.5, weight=w))
    assert found.approximate[0]
    assert auc_estimates(found).limits(0.025).high[0] == 1


def test_groups_are_compared_by_difference_and_by_ratio():
    rng = np.random.default_rng(8)
    y, group = rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    column = exact(np.round(rng.normal(y * (1 + group), 1), 1), group, y)
    found = auc_estimates(auc(column))
    one, other = found.take(np.array([1])), found.take(np.array([0]))
    gap, ratio = EstimateDifferences(first=one, second=other), EstimateRatios(first=one, second=other)
    assert gap.limits(0.025).low[0] > 0
    assert ratio.limits(0.025).low[0] > 1
    assert gap.p_above(0)[0] == pytest.approx(ratio.p_above(1)[0], abs=1e-6)
    assert gap.estimate[0] == pytest.approx(roc_auc_gap(column))


def roc_auc_gap(column):
    def area(i):
        scores = np.concatenate([column.scores, column.scores])
        weights = np.concatenate([column.positive[i], column.negative[i]])
        return roc_auc_score(np.repeat([1, 0], column.scores.size), scores, sample_weight=weights)

    return area(1) - area(0)


def test_two_hundred_groups_of_four_thousand_bins_take_no_time():
    rng = np.random.default_rng(9)
    column = histogram(
        np.arange(4096) / 4096, positive=rng.poisson(2, (200, 4096)), negative=rng.poisson(2, (200, 4096)), width=1e-3
    )
    auc(column)
    before = time.perf_counter()
    auc(column)
    assert time.perf_counter() - before < 1.0  # 0.03 s on a quiet machine
