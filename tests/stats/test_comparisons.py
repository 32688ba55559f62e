"""Score intervals of differences and ratios against independent routes to the same numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr, xlog1py, xlogy
from scipy.stats import norm

from audit.stats.differences import miettinen_nurminen, newcombe, score_z_difference
from audit.stats.ratios import katz, koopman, score_z_ratio

TABLES = [(7, 34, 1, 34), (0, 20, 5, 30), (20, 20, 12, 30), (3, 7, 3, 9), (12, 600, 40, 900), (0, 10, 0, 10)]
tables = st.tuples(st.integers(1, 300), st.integers(1, 300)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)
tails = st.floats(1e-5, 0.4)


def at(function, table, last):
    """A function of a table's four counts and one number more."""
    x1, n1, x2, n2 = table
    return function(x1, n1, x2, n2, last)


def likeliest(loglik, low, high):
    """The maximum of a smooth function of one variable, by golden section to the last few digits, ends included."""
    inner = minimize_scalar(lambda q: -loglik(q), bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    return max((low, inner, high), key=loglik)


def brute_difference(table, tail):
    """Invert the score by a root finder, with the restricted likelihood maximised by a general optimiser."""
    x1, n1, x2, n2 = table

    def z(delta):
        def loglik(q):
            return xlogy(x1, q + delta) + xlog1py(n1 - x1, -(q + delta)) + xlogy(x2, q) + xlog1py(n2 - x2, -q)

        q = likeliest(loglik, max(0.0, -delta) + 1e-15, min(1.0, 1 - delta) - 1e-15)
        variance = ((q + delta) * (1 - q - delta) / n1 + q * (1 - q) / n2) * (n1 + n2) / (n1 + n2 - 1)
        return (x1 / n1 - x2 / n2 - delta) / math.sqrt(variance)

    level, d = norm.isf(tail), x1 / n1 - x2 / n2
    low = brentq(lambda delta: z(delta) - level, -1 + 1e-9, d - 1e-9)
    return low, brentq(lambda delta: z(delta) + level, d + 1e-9, 1 - 1e-9)


def brute_ratio(table, tail):
    """As for differences, on the logarithm of the ratio; only for tables without zeros."""
    x1, n1, x2, n2 = table

    def z(log):
        r = math.exp(log)

        def loglik(q):
            return xlogy(x1, r * q) + xlog1py(n1 - x1, -r * q) + xlogy(x2, q) + xlog1py(n2 - x2, -q)

        q = likeliest(loglik, 1e-15, min(1.0, 1 / r) - 1e-15)
        variance = r * q * (1 - r * q) / n1 + r**2 * q * (1 - q) / n2
        return (x1 / n1 - r * x2 / n2) / math.sqrt(variance)

    level, d = norm.isf(tail), math.log(x1 / n1 / (x2 / n2))
    low = math.exp(brentq(lambda log: z(log) - level, -8, d - 1e-9))
    return low, math.exp(brentq(lambda log: z(log) + level, d + 1e-9, 8))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tail", [0.025, 0.001])
@pytest.mark.parametrize("table", TABLES)
def test_miettinen_nurminen_equals_brute_force_on_the_restricted_likelihood(table, tail):
    low, high = at(miettinen_nurminen, table, tail)
    assert (low, high) == pytest.approx(brute_difference(table, tail), abs=2e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tail", [0.025, 0.001])
@pytest.mark.parametrize("table", [table for table in TABLES if table[0] and table[2]])
def test_koopman_equals_brute_force_on_the_restricted_likelihood(table, tail):
    low, high = at(koopman, table, tail)
    assert (low, high) == pytest.approx(brute_ratio(table, tail), rel=2e-5)


@pytest.mark.parametrize("table", TABLES)
def test_newcombe_equals_that_of_statsmodels(table):
    from statsmodels.stats.proportion import confint_proportions_2indep

    theirs = confint_proportions_2indep(*table, method="newcomb", compare="diff")
    assert at(newcombe, table, 0.025) == pytest.approx(theirs, abs=1e-12)


@given(table=tables, tail=tails)
def test_difference_limits_hold_the_difference_and_swap_with_the_groups(table, tail):
    x1, n1, x2, n2 = table
    d = x1 / n1 - x2 / n2
    for interval in (miettinen_nurminen, newcombe):
        low, high = at(interval, table, tail)
        assert low >= -1 - 1e-12
        assert low <= d + 1e-9
        assert d <= high + 1e-9
        assert high <= 1 + 1e-12
        assert low < high
        swapped = interval(x2, n2, x1, n1, tail)
        assert swapped.low == pytest.approx(-high, abs=1e-7)
        assert swapped.high == pytest.approx(-low, abs=1e-7)
        wider = at(interval, table, tail / 2)
        assert wider.low <= low + 1e-9
        assert wider.high >= high - 1e-9


@given(table=tables, tail=tails)
def test_ratio_limits_hold_the_ratio_and_invert_with_the_groups(table, tail):
    x1, n1, x2, n2 = table
    low, high = at(koopman, table, tail)
    assert (low == 0) == (x1 == 0)
    assert (high == math.inf) == (x2 == 0)
    if x1 and x2:
        assert low < x1 / n1 / (x2 / n2) < high
        swapped = koopman(x2, n2, x1, n1, tail)
        assert swapped.low == pytest.approx(1 / high, rel=1e-6)
        assert swapped.high == pytest.approx(1 / low, rel=1e-6)
    wider = at(koopman, table, tail / 2)
    assert wider.low <= low
    assert wider.high >= high


@given(table=tables, tail=tails, delta=st.floats(-0.99, 0.99))
def test_the_score_of_a_difference_rejects_exactly_if_the_interval_excludes(table, tail, delta):
    low, high = at(miettinen_nurminen, table, tail)
    assume(min(abs(low - delta), abs(high - delta)) > 1e-7)
    z = at(score_z_difference, table, delta)
    assert (ndtr(z) <= tail) == (high < delta)
    assert (ndtr(-z) <= tail) == (low > delta)


@given(table=tables, tail=tails, ratio=st.floats(0.01, 50))
def test_the_score_of_a_ratio_rejects_exactly_if_the_interval_excludes(table, tail, ratio):
    low, high = at(koopman, table, tail)
    assume(min(abs(low / ratio - 1), abs(high / ratio - 1)) > 1e-7)
    z = at(score_z_ratio, table, ratio)
    assert (ndtr(z) <= tail) == (high < ratio)
    assert (ndtr(-z) <= tail) == (low > ratio)


def test_scores_beyond_what_can_be_are_decided_by_logic():
    assert score_z_difference(3, 10, 4, 10, 1.5) == -math.inf
    assert score_z_difference(3, 10, 4, 10, -1.5) == math.inf
    assert score_z_difference(10, 10, 0, 10, 1.0) == 0
    assert score_z_ratio(3, 10, 4, 10, -1) == math.inf
    assert score_z_ratio(3, 10, 4, 10, math.inf) == -math.inf
    assert score_z_ratio(3, 10, 0, 10, math.inf) == 0
    assert score_z_ratio(0, 10, 0, 10, 2.0) == 0


def test_an_empty_group_says_nothing():
    assert miettinen_nurminen(0, 0, 3, 10, 0.025) == pytest.approx((-1, 1))
    assert newcombe(3, 10, 0, 0, 0.025) == pytest.approx((-1, 1))
    assert koopman(0, 0, 3, 10, 0.025) == pytest.approx((0, math.inf))
    assert np.isnan(score_z_difference(0, 0, 3, 10, 0))
    assert np.isnan(score_z_ratio(3, 10, 0, 0, 1))


def test_katz_is_not_defined_with_a_zero():
    assert np.isnan(katz(0, 10, 3, 10, 0.025)).all()


def test_one_large_batch_equals_its_items_one_by_one():
    rng = np.random.default_rng(3)
    n1, n2 = rng.integers(1, 400, 50), rng.integers(1, 400, 50)
    x1, x2 = rng.binomial(n1, 0.3), rng.binomial(n2, 0.5)
    for interval in (miettinen_nurminen, koopman):
        batch = interval(x1, n1, x2, n2, 0.025)
        for i in range(50):
            alone = interval(x1[i], n1[i], x2[i], n2[i], 0.025)
            assert alone == pytest.approx((batch.low[i], batch.high[i]), abs=1e-14)


@given(scale=st.integers(10**4, 10**7))
def test_limits_stay_sharp_for_hundreds_of_millions_of_trials(scale):
    low, high = miettinen_nurminen(3 * scale, 10 * scale, 3 * scale, 10 * scale, 0.025)
    wald = 1.959963984540054 * math.sqrt(2 * 0.21 / (10 * scale))
    assert high == pytest.approx(wald, rel=1e-3)
    assert low == pytest.approx(-high, rel=1e-6)
