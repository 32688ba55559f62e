"""Quantiles, shares above, thresholds, top fractions and distances from histograms, against numpy, scipy and rows."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, ks_2samp, wasserstein_distance
from sklearn.metrics import confusion_matrix, roc_curve

from audit.stats.composites import EstimateDifferences
from audit.stats.distances import kolmogorov_smirnov, wasserstein
from audit.stats.histogram import histogram
from audit.stats.quantiles import median_estimates, order_rank, quantile
from audit.stats.thresholds import sweep
from tests.stats.scored_rows import binned, exact, scored

levels = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]), st.floats(0, 1))


@given(rows=scored, level=levels)
def test_quantiles_are_numpys_averaged_ones_and_the_median_the_usual_one(rows, level):
    score = np.array(rows)[:, 0]
    found = quantile(exact(score), level)
    assume(abs(level * score.size - round(level * score.size)) > 1e-6 or level in {0, 0.25, 0.5, 1})
    assert found.value[0] == pytest.approx(np.quantile(score, level, method="averaged_inverted_cdf"))
    assert found.error[0] == 0
    assert quantile(exact(score), 0.5).value[0] == pytest.approx(np.median(score))


@given(rows=scored, level=levels, bins=st.integers(1, 30))
def test_binning_moves_a_quantile_by_half_a_bin_at_most(rows, level, bins):
    score = np.array(rows)[:, 0]
    truth, found = quantile(exact(score), level), quantile(binned(score, bins), level)
    assert abs(truth.value[0] - found.value[0]) <= found.error[0] + 1e-12


def test_a_weighted_median_is_that_of_repeated_rows_whatever_the_weights_unit():
    rng = np.random.default_rng(1)
    score, w = rng.integers(0, 30, 41) / 10, rng.integers(1, 6, 41)
    for unit in (1.0, 0.1, 1 / 3):
        assert quantile(exact(score, weight=w * unit), 0.5).value[0] == pytest.approx(np.median(np.repeat(score, w)))


def test_an_empty_group_has_no_median():
    column = histogram([1, 2, 3], unlabelled=[[0, 0, 0], [2, 0, 2]])
    found = quantile(column, 0.5)
    assert np.isnan(found.value[0])
    assert found.value[1] == 2
    assert found.reasons == ("empty_group", None)
    low, high = median_estimates(column).limits(0.2)
    assert np.isinf(low[0])
    assert np.isinf(high[0])


@pytest.mark.parametrize("n", [1, 5, 6, 9, 50, 101, 1000])
@pytest.mark.parametrize("tail", [0.001, 0.025, 0.1, 0.5])
def test_ranks_of_a_medians_limits_are_the_binomials(n, tail):
    ranks = [r for r in range(1, n + 1) if binom.cdf(r - 1, n, 0.5) <= tail * (1 + 1e-12)]
    assert order_rank(np.array([float(n)]), np.array([tail]))[0] == max(ranks, default=0)


def test_a_medians_limits_are_the_ordered_scores_of_that_rank():
    """For 10 rows the 2nd and the 9th leave out 1.07 % on each side (Conover's tables)."""
    score = np.array([3.0, 1, 4, 15, 9, 2, 6, 5, 35, 8])
    low, high = median_estimates(exact(score)).limits(0.025)
    assert (low[0], high[0]) == (2, 15)
    coarse = median_estimates(binned(score / 40, 20)).limits(0.025)
    assert coarse.low[0] <= 2 / 40
    assert coarse.high[0] >= 15 / 40


def test_too_few_rows_have_a_median_without_limits():
    low, high = median_estimates(exact([1.0, 2, 3, 4, 5])).limits(0.025)
    assert (low[0], high[0]) == (-np.inf, np.inf)
    low, high = median_estimates(exact([1.0, 2, 3, 4, 5, 6])).limits(0.025)
    assert (low[0], high[0]) == (1, 6)


def test_weighted_medians_have_the_limits_of_fewer_rows():
    """At the median Kish's number, here 150, is the linearised one: every row is half a share away from it.

    The ranks of 200 rows leave out from the 86th to the 115th, those of 150 from the 63rd to the 88th: 1.15 times less
    what rounding to whole ranks costs the former.
    """
    rng = np.random.default_rng(5)
    widths = []
    for _ in range(200):
        score, w = rng.normal(size=200), rng.uniform(0.01, 5, 200)
        plain, equal, uneven = (
            np.array(median_estimates(exact(score, weight=weight)).limits(0.025)) for weight in (None, 0.7 + 0 * w, w)
        )
        assert equal == pytest.approx(plain)
        widths.append((np.ptp(plain), np.ptp(uneven)))
    plain_width, uneven_width = np.mean(widths, axis=0)
    assert uneven_width == pytest.approx(plain_width * 1.11, rel=0.05)


def test_medians_of_groups_are_compared():
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1], 200)
    found = median_estimates(exact(np.round(rng.normal(group, 1), 2), group))
    gap = EstimateDifferences(first=found.take(np.array([1])), second=found.take(np.array([0])))
    low, high = gap.limits(0.025)
    assert 0 < low[0] < gap.estimate[0] < high[0]
    assert gap.p_above(0)[0] < 0.025


@given(rows=scored)
def test_a_sweep_has_the_confusion_counts_of_every_threshold(rows):
    score, y = np.array(rows).T
    found = sweep(exact(score, y=y))
    for i, threshold in enumerate(found.thresholds):
        (tn, fp), (fn, tp) = confusion_matrix(y, score >= threshold, labels=[0, 1])
        assert (found.tp[0, i], found.fp[0, i], found.fn[0, i], found.tn[0, i]) == (tp, fp, fn, tn)
        assert found.selection_rate[0, i] == pytest.approx((score >= threshold).mean())
    assert found.error.max() == 0


@given(rows=scored, bins=st.integers(1, 30), threshold=st.floats(0, 1))
def test_between_two_edges_the_selection_rate_is_off_by_no_more_than_stated(rows, bins, threshold):
    score, y = np.array(rows).T
    found = sweep(binned(score, bins, y=y))
    i = int(np.flatnonzero(found.thresholds <= threshold + 1e-12)[-1])
    truth = (score >= max(threshold, found.thresholds[i])).mean()
    assert found.selection_rate[0, i] - found.error[0, i] - 1e-12 <= truth <= found.selection_rate[0, i] + 1e-12


def test_the_roc_curve_is_scikit_learns():
    rng = np.random.default_rng(3)
    score, y = rng.integers(0, 9, 60) / 8, rng.integers(0, 2, 60)
    found = sweep(exact(score, y=y))
    fpr, tpr, _ = roc_curve(y, score, drop_intermediate=False)
    assert found.false_positive_rate[0, ::-1] == pytest.approx(fpr)
    assert found.true_positive_rate[0, ::-1] == pytest.approx(tpr)
    assert np.isnan(found.precision[0, -1])
    assert found.precision[0, 0] == pytest.approx(y.mean())


def test_rows_without_outcome_are_selected_like_any_other():
    column = histogram([0.2, 0.8], positive=[0, 1], negative=[1, 0], unlabelled=[3, 5])
    assert sweep(column).selection_rate[0] == pytest.approx([1, 0.6, 0])


def ks(one, other):
    """Scipy's statistic, without the warnings about the p-value that comes with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return ks_2samp(one, other, method="exact").statistic


@given(rows=scored, others=scored, bins=st.integers(1, 30))
def test_distances_are_scipys_or_off_by_no_more_than_stated(rows, others, bins):
    one, other = np.array(rows)[:, 0], np.array(others)[:, 0]
    score, group = np.concatenate([one, other]), np.repeat([0, 1], [one.size, other.size])
    for distance, truth in (
        (kolmogorov_smirnov, ks(one, other)),
        (wasserstein, wasserstein_distance(one, other)),
    ):
        found, coarse = distance(exact(score, group), 0, 1), distance(binned(score, bins, group), [0], [1])
        assert found.value[0] == pytest.approx(truth, abs=1e-12)
        assert found.error[0] == 0
        assert abs(coarse.value[0] - truth) <= coarse.error[0] + 1e-12


def test_an_empty_group_is_at_no_distance():
    column = histogram([1, 2], unlabelled=[[0, 0], [1, 1]])
    for distance in (kolmogorov_smirnov, wasserstein):
        found = distance(column, [0, 1], [1, 1])
        assert np.isnan(found.value[0])
        assert found.value[1] == 0
        assert found.reasons == ("empty_group", None)
