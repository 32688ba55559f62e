"""Means, their intervals and differences from sums over the rows, against scipy, statsmodels and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss

from audit.stats.composites import EstimateDifferences
from audit.stats.moments import (
    MeanDifferences,
    counted,
    mean,
    mean_estimates,
    rmse_estimates,
    standard_error,
    variance,
)
from tests.stats.scored_rows import sums

values = st.lists(st.integers(-50, 50).map(lambda i: i / 8), min_size=2, max_size=40).filter(lambda x: len(set(x)) > 1)


@given(x=values, tail=st.floats(1e-4, 0.4))
def test_a_mean_has_students_interval(x, tail):
    low, high = mean_estimates(sums(x)).limits(tail)
    expected = stats.t.interval(1 - 2 * tail, len(x) - 1, loc=np.mean(x), scale=stats.sem(x))
    assert (low[0], high[0]) == pytest.approx(expected, rel=1e-8, abs=1e-9)
    assert variance(sums(x))[0] == pytest.approx(np.var(x, ddof=1))


@given(x=values, y=values, tail=st.floats(1e-4, 0.4), bound=st.floats(-3, 3))
def test_a_difference_of_means_has_welchs_interval_and_test(x, y, tail, bound):
    found = MeanDifferences(first=sums(x), second=sums(y))
    (low,), (high,) = found.limits(tail)
    test = stats.ttest_ind(x, y, equal_var=False)
    expected = test.confidence_interval(1 - 2 * tail)
    assert (low, high) == pytest.approx(tuple(expected), rel=1e-8, abs=1e-9)
    assert found.p_below(0)[0] == pytest.approx(stats.ttest_ind(x, y, equal_var=False, alternative="less").pvalue)
    if min(abs(low - bound), abs(high - bound)) > 1e-6:
        assert (found.p_above(bound)[0] <= tail) == (low > bound)
        assert (found.p_below(bound)[0] <= tail) == (high < bound)


def test_sampling_weights_give_the_linearised_error():
    """For a mean that is White's HC0 error of the weighted regression on a constant, but for m / (m - 1)."""
    rng = np.random.default_rng(1)
    x, w = rng.normal(3, 2, 50), rng.uniform(0.2, 4, 50)
    fitted = sm.WLS(x, np.ones(50), weights=w).fit(cov_type="HC0")
    found = sums(x, w)
    assert mean(found)[0] == pytest.approx(fitted.params[0])
    assert standard_error(found)[0] == pytest.approx(fitted.bse[0] * np.sqrt(50 / 49))
    assert variance(sums(x, np.full(50, 2.5)))[0] == pytest.approx(x.var(ddof=1))


def test_the_brier_score_is_scikit_learns_and_stays_in_the_unit_interval():
    rng = np.random.default_rng(2)
    p = rng.uniform(size=40)
    y = rng.uniform(size=40) < p
    found = mean_estimates(sums((p - y) ** 2), least=0, most=1)
    assert found.estimate[0] == pytest.approx(brier_score_loss(y, p))
    wide = found.limits(1e-12)
    assert (wide.low[0], wide.high[0]) == (0, pytest.approx(1, abs=0.5))
    assert found.limits(0.025).low[0] < found.estimate[0] < found.limits(0.025).high[0]


def test_the_root_of_the_squared_error_has_the_roots_of_its_limits():
    errors = np.array([0.5, -1.0, 2.0, 0.25, -0.75])
    found, squared = rmse_estimates(sums(errors**2)), mean_estimates(sums(errors**2), least=0)
    assert found.estimate[0] == pytest.approx(np.sqrt((errors**2).mean()))
    assert np.square(found.limits(0.1)) == pytest.approx(np.array(squared.limits(0.1)))


@pytest.mark.parametrize(
    ("rows", "reason"), [([], "empty_group"), ([0.4], "one_row"), ([0.1] * 7, "no_variation"), ([0.1, 0.3], None)]
)
def test_rows_that_say_nothing_of_their_spread_leave_everything_possible(rows, reason):
    found = mean_estimates(sums(rows), least=0, most=1)
    assert found.reasons == (reason,)
    low, high = found.limits(0.025)
    assert ((low[0], high[0]) == (0, 1)) == (reason is not None) or len(rows) == 2
    assert low[0] < high[0]
    gap = MeanDifferences(first=sums(rows), second=sums([0.2, 0.4, 0.9]))
    assert np.isinf(gap.limits(0.025).low[0]) == (reason is not None)
    assert np.isnan(gap.p_above(0)[0]) == (reason is not None)


def test_one_reference_serves_all_groups():
    x, y, z = [1.0, 2, 4], [2.0, 2, 5, 7], [0.0, 3, 4, 4]
    both = counted([len(x), len(y)], [np.sum(x), np.sum(y)], [np.sum(np.square(x)), np.sum(np.square(y))])
    together = MeanDifferences(first=both, second=sums(z))
    for i, one in enumerate((x, y)):
        alone = MeanDifferences(first=both.take(i), second=sums(z))
        assert alone.limits(0.01).low[0] == pytest.approx(together.limits(0.01).low[i])
        assert alone.p_below(1)[0] == pytest.approx(
            stats.ttest_ind(one, np.add(z, 1), equal_var=False, alternative="less").pvalue
        )


def test_mover_of_two_means_is_close_to_welch_and_no_narrower():
    rng = np.random.default_rng(3)
    x, y = sums(rng.normal(0, 1, 30)), sums(rng.normal(0, 2, 25))
    welch = MeanDifferences(first=x, second=y).limits(0.025)
    mover = EstimateDifferences(first=mean_estimates(x), second=mean_estimates(y)).limits(0.025)
    ratio = (mover.high - mover.low) / (welch.high - welch.low)
    assert 1 <= ratio[0] < 1.05
