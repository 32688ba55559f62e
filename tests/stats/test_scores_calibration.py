"""Calibration tables, errors, slopes and intercepts, against statsmodels, scikit-learn and sums over rows."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve

from audit.stats.calibration import reliability, root, squared_error
from audit.stats.composites import EstimateDifferences
from audit.stats.histogram import histogram
from audit.stats.logistic import calibration_in_the_large, calibration_slope, fitted_estimates
from audit.stats.shares import wilson
from tests.stats.scored_rows import binned, exact, scored


def drawn(seed, n, shift=0.0, slope=1.0):
    """Scores and outcomes whose logit is shift + slope * logit(score)."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, n)
    return p, (rng.uniform(size=n) < expit(shift + slope * logit(p))).astype(int)


def fitted(p, y, *, slope, weights=None, errors="nonrobust"):
    """Coefficients and standard errors of statsmodels' logistic regression."""
    x = logit(np.clip(p, expit(-16), expit(16)))
    design, offset = (sm.add_constant(x), None) if slope else (np.ones(p.size), x)
    model = sm.GLM(y, design, family=sm.families.Binomial(), offset=offset, freq_weights=weights)
    return model.fit(tol=1e-12, cov_type=errors)


def test_slope_and_intercept_are_those_of_a_logistic_regression():
    for seed, shift, slope in ((1, 0.0, 1.0), (2, -1.0, 0.4), (3, 2.0, 2.5), (4, 0.5, -0.7)):
        p, y = drawn(seed, 300, shift, slope)
        column = exact(p, y=y)
        found, expected = calibration_slope(column), fitted(p, y, slope=True)
        assert (found.intercept[0], found.value[0]) == pytest.approx(tuple(expected.params), abs=1e-7)
        assert found.standard_error[0] == pytest.approx(expected.bse[1], rel=1e-6)
        large, offset = calibration_in_the_large(column), fitted(p, y, slope=False)
        assert large.value[0] == pytest.approx(offset.params[0], abs=1e-8)
        sandwich = fitted(p, y, slope=False, errors="HC0").bse[0]
        assert large.standard_error[0] == pytest.approx(max(offset.bse[0], sandwich), rel=1e-6)
        assert large.error[0] == found.error[0] == 0


@given(rows=scored)
def test_slopes_of_any_rows_solve_their_equations_or_say_why_there_are_none(rows):
    score, y = np.array(rows).T
    found = calibration_slope(exact(score, y=y))
    if np.isnan(found.value[0]):
        assert found.reasons[0] in {"no_positives", "no_negatives", "no_variation", "separable"}
        assert np.isinf(fitted_estimates(found).limits(0.025).low[0])
        return
    x = logit(np.clip(score, expit(-16), expit(16)))
    excess = y - expit(found.intercept[0] + found.value[0] * x)
    assert excess.sum() == pytest.approx(0, abs=1e-6)
    assert (excess * x).sum() == pytest.approx(0, abs=1e-5)
    assert found.clipped[0] == bool((np.abs(x) > 15.9).any())


@pytest.mark.parametrize(
    ("score", "y", "reason"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], "separable"),
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], "separable"),
        ([0.1, 0.5, 0.5, 0.9], [0, 0, 1, 1], "separable"),
        ([0.3, 0.3, 0.3], [0, 1, 1], "no_variation"),
        ([0.3, 0.4], [1, 1], "no_negatives"),
        ([0.3], [0], "no_positives"),
        ([0.3, 1.4, 0.8], [0, 1, 0], "scores_outside_0_1"),
    ],
)
def test_no_slope_is_invented(score, y, reason):
    found = calibration_slope(exact(score, y=y))
    assert found.reasons == (reason,)
    assert np.isnan([found.value[0], found.intercept[0], found.standard_error[0]]).all()
    assert np.isnan(calibration_in_the_large(exact(score, y=y)).value[0]) == (
        reason not in {"separable", "no_variation"}
    )


def test_sampling_weights_give_the_sandwich_errors():
    p, y = drawn(5, 200)
    w = np.random.default_rng(5).uniform(0.2, 3, 200)
    x = logit(p)
    column = exact(p, y=y, weight=w)
    for design, offset, found in (
        (sm.add_constant(x), None, calibration_slope(column)),
        (np.ones((200, 1)), x, calibration_in_the_large(column)),
    ):
        fit = sm.GLM(y, design, family=sm.families.Binomial(), offset=offset, freq_weights=w).fit(tol=1e-12)
        mu = fit.fittedvalues
        bread = np.linalg.inv((design.T * (w * mu * (1 - mu))) @ design)
        meat = (design.T * (w * (y - mu)) ** 2) @ design
        assert found.value[0] == pytest.approx(fit.params[-1], abs=1e-7)
        assert found.standard_error[0] == pytest.approx(np.sqrt((bread @ meat @ bread)[-1, -1]), rel=1e-6)


def test_binning_moves_slope_and_intercept_by_no_more_than_stated():
    p, y = drawn(6, 400, 0.3, 0.8)
    for bins in (50, 200, 4096):
        coarse, fine = binned(p, bins, y=y), exact(p, y=y)
        for measure in (calibration_in_the_large, calibration_slope):
            found = measure(coarse)
            assert 0 < abs(found.value[0] - measure(fine).value[0]) <= found.error[0]
            low, high = fitted_estimates(found).limits(0.025)
            assert high[0] - low[0] > 2 * 1.95 * found.standard_error[0]


def test_slopes_of_groups_are_compared():
    p, y = drawn(7, 2000)
    q, z = drawn(8, 2000, 0.0, 0.5)
    column = exact(np.concatenate([p, q]), np.repeat([0, 1], 2000), np.concatenate([y, z]))
    found = fitted_estimates(calibration_slope(column))
    gap = EstimateDifferences(first=found.take(np.array([1])), second=found.take(np.array([0])))
    low, high = gap.limits(0.025)
    assert low[0] < -0.5 < high[0] < 0


@given(rows=scored, bins=st.integers(1, 20))
def test_a_table_loses_no_row_and_its_parts_are_in_order(rows, bins):
    score, y = np.array(rows).T
    table = reliability(exact(score, y=y), bins)
    assert table.weight.sum() == score.size
    assert table.positives.sum() == y.sum()
    filled = table.weight[0] > 0
    assert (np.diff(table.promised[0][filled]) > 0).all()
    assert (table.low[0][filled] <= table.promised[0][filled] + 1e-12).all()
    assert (table.low[0][filled][1:] > table.high[0][filled][:-1]).all()
    assert (np.nansum(table.promised * table.weight)) == pytest.approx(score.sum())
    low, high = table.limits(0.025)
    assert (low[0] < high[0]).all()


def test_bins_of_equal_mass_are_scikit_learns_quantile_bins():
    p, y = drawn(9, 300)
    table = reliability(exact(p, y=y), 10)
    observed, promised = calibration_curve(y, p, n_bins=10, strategy="quantile")
    assert table.observed[0] == pytest.approx(observed)
    assert table.promised[0] == pytest.approx(promised)
    assert table.trials[0] == pytest.approx(30)
    assert table.limits(0.025).low[0] == pytest.approx(wilson(observed * 30, 30, 0.025).low)


def test_a_score_that_many_share_stays_in_one_bin():
    table = reliability(exact([0.5] * 9 + [0.9], y=[0, 1] * 5), 5)
    assert table.weight[0].tolist() == [0, 0, 9, 0, 1]
    assert np.isnan(table.observed[0, 0])
    assert np.isfinite(squared_error(table).value[0])


@given(rows=scored, bins=st.integers(2, 30))
def test_binning_moves_the_calibration_errors_by_no_more_than_stated(rows, bins):
    """Of the same merged bins: the score's means move, the rows do not."""
    score, y = np.array(rows).T
    assume(y.size > 1)
    coarse = binned(score, bins, y=y)
    table = reliability(coarse, 4)
    place = np.minimum(np.floor(score * bins), bins - 1) + 0.5
    gaps = []
    for low, high in zip(table.low[0], table.high[0], strict=True):
        there = (place / bins > low) & (place / bins < high)
        gaps.append((there.sum(), score[there].mean() - y[there].mean(), y[there].mean()) if there.any() else (0, 0, 0))
    weight, gap, observed = np.array(gaps).T
    noise = np.where(weight > 1, observed * (1 - observed) / np.maximum(weight - 1, 1), 0)
    truth = (weight * np.where(weight > 1, gap**2 - noise, 0)).sum() / weight.sum()
    found = squared_error(table)
    assert abs(found.value[0] - truth) <= found.error[0] + 1e-12
    # The root of a rounding error of 1e-16 is 1e-8.
    assert abs(root(found).value[0] - np.sqrt(max(truth, 0))) <= root(found).error[0] + 2e-8


def test_the_debiased_error_is_near_zero_for_right_scores():
    samples = [drawn(seed, 150) for seed in range(200)]
    tables = [reliability(exact(p, y=y)) for p, y in samples]
    debiased = np.array([squared_error(table).value[0] for table in tables])
    assert abs(debiased.mean()) < 3 * debiased.std() / np.sqrt(debiased.size)
    plain = [np.nanmean((table.promised - table.observed) ** 2) for table in tables]
    assert np.mean(plain) > 0.01  # what chance alone makes of it


def test_sampling_weights_widen_the_bins_and_the_correction():
    p, y = drawn(10, 300)
    w = np.random.default_rng(11).uniform(0.1, 4, 300)
    table = reliability(exact(p, y=y, weight=w), 10)
    assert table.weight[0] == pytest.approx(w.sum() / 10, abs=w.max())
    assert table.trials.sum() < 300 * 0.9
    assert table.weight.sum() == pytest.approx(w.sum())


def test_scores_that_are_no_probabilities_are_refused_and_outcomes_are_needed():
    outside = exact([-1.0, 0.5, 2.0], y=[0, 1, 1])
    nobody = histogram([0.2, 0.4], unlabelled=[1, 1])
    for column, reason in ((outside, "scores_outside_0_1"), (nobody, "no_outcomes")):
        table = reliability(column)
        for found in (squared_error(table), root(squared_error(table))):
            assert found.reasons == (reason,)
            assert np.isnan(found.value[0])
