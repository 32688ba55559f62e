"""Two models on the same rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import ndtr, xlogy
from scipy.stats import binom, binomtest, multinomial
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels

from audit.stats.paired import mcnemar, score_z_paired, tango

counts = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 200)).map(lambda t: (t[0], t[1], sum(t)))


@given(b=st.integers(0, 300), c=st.integers(0, 300))
def test_mcnemar_equals_binomial_tests_of_one_half(b, c):
    found = mcnemar(b, c)
    if b + c == 0:
        assert (found.chi2, found.p_asymptotic, found.p_exact, found.p_mid) == (None, 1, 1, 1)
        return
    assert found.p_exact == pytest.approx(binomtest(b, b + c).pvalue, rel=1e-9)
    point = binom.pmf(b, b + c, 0.5)
    assert found.p_mid == pytest.approx(1 - point / 2 if b == c else found.p_exact - point, rel=1e-9)
    theirs = of_statsmodels([[5, b], [c, 5]], exact=False, correction=False)
    assert (found.chi2, found.p_asymptotic) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)


def test_mcnemar_meets_the_published_example():
    """Bentur and others (2009), in the supplement to Fagerland and others (2013): 1 and 7 of 21 children differ."""
    found = mcnemar(1, 7)
    assert (found.p_exact, found.p_mid, found.p_asymptotic) == pytest.approx((0.0703, 0.0391, 0.0339), abs=5e-5)


def test_a_p_value_of_mcnemar_is_never_zero():
    found = mcnemar(5000, 0)
    assert min(found.p_asymptotic, found.p_exact, found.p_mid) > 0


@pytest.mark.parametrize("n", [12, 40])
def test_the_mid_p_errs_about_as_often_as_stated_and_the_exact_less(n):
    b = np.arange(n + 1)
    exact, mid = (
        float(binom.pmf(b, n, 0.5)[[getattr(mcnemar(int(x), int(n - x)), p) <= 0.05 for x in b]].sum())
        for p in ("p_exact", "p_mid")
    )
    assert exact <= mid <= 0.06
    assert exact <= 0.05


def brute_score(b, c, n, delta):
    """The score with the likelihood under the stated difference maximised numerically."""
    agree = n - b - c

    def loglik(q):
        return xlogy(b, q + delta) + xlogy(c, q) + xlogy(agree, 1 - 2 * q - delta)

    low, high = max(0.0, -delta), (1 - delta) / 2
    q = minimize_scalar(
        lambda q: -loglik(q), bounds=(low + 1e-13, high - 1e-13), method="bounded", options={"xatol": 1e-13}
    ).x
    return (b - c - n * delta) / math.sqrt(n * (2 * q + delta * (1 - delta)))


@pytest.mark.parametrize("delta", [-0.3, -0.05, 0.01, 0.2])
@pytest.mark.parametrize("table", [(7, 3, 30), (12, 25, 90), (1, 6, 200)])
def test_tangos_score_equals_brute_force_on_the_restricted_likelihood(table, delta):
    assert score_z_paired(*table, delta) == pytest.approx(brute_score(*table, delta), rel=1e-5)


@given(table=counts, tail=st.floats(1e-4, 0.4), delta=st.floats(-0.98, 0.98))
def test_the_score_rejects_exactly_if_tangos_interval_excludes(table, tail, delta):
    assume(table[2] > 0)
    low, high = tango(*table, tail)
    assert low <= (table[0] - table[1]) / table[2] <= high
    assume(min(abs(low - delta), abs(high - delta)) > 1e-7)
    z = score_z_paired(*table, delta)
    assert (ndtr(z) <= tail) == (high < delta)
    assert (ndtr(-z) <= tail) == (low > delta)


@given(table=counts)
def test_naming_the_models_the_other_way_mirrors_the_interval(table):
    assume(table[2] > 0)
    b, c, n = table
    low, high = tango(b, c, n, 0.025)
    swapped = tango(c, b, n, 0.025)
    assert (swapped.low, swapped.high) == pytest.approx((-high, -low), abs=1e-9)


def test_models_that_never_differ_still_have_an_interval_with_a_width():
    low, high = tango(0, 0, 50, 0.025)
    assert -0.08 < low < 0 < high < 0.08


def test_ends_and_nothing():
    assert tango(0, 0, 0, 0.025) == (-1, 1)
    assert np.isnan(score_z_paired(0, 0, 0, 0.1))
    assert score_z_paired(3, 4, 10, 1.5) == -math.inf
    assert score_z_paired(3, 4, 10, -1.5) == math.inf
    assert tango(1, 0, 1, 0.025).high == pytest.approx(1)


def test_arrays_are_solved_together():
    low, high = tango([7, 30], [0, 50], [137, 1000], 0.025)
    assert low == pytest.approx([0.0224262, -0.0381663], abs=1e-6)
    assert high == pytest.approx([0.1017097, -0.0025264], abs=1e-6)


#: Measured by enumeration: where the second model alone is right on about one row of all, one side errs twice as often.
PAIRED_TRUTHS = [(60, 0.05, 0.05, 0.025), (60, 0.3, 0.2, 0.027), (60, 0.1, 0.02, 0.049), (120, 0.1, 0.02, 0.033)]


@pytest.mark.parametrize(("n", "p12", "p21", "worst"), PAIRED_TRUTHS)
def test_tangos_interval_errs_on_either_side_about_as_often_as_stated(n, p12, p21, worst):
    b, c = np.mgrid[0 : n + 1, 0 : n + 1]
    possible = b + c <= n
    b, c = b[possible], c[possible]
    weight = multinomial.pmf(np.stack((b, c, n - b - c), axis=1), n, [p12, p21, 1 - p12 - p21])
    low, high = tango(b, c, n, 0.025)
    below, above = weight[low > p12 - p21].sum(), weight[high < p12 - p21].sum()
    assert max(below, above) < worst
    assert below + above < 0.066
