"""Tests of equality by name, against other implementations and by enumeration."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chi2_contingency, hypergeom, norm

from audit.stats.two_by_two import TESTS, equality

tables = st.tuples(st.integers(1, 60), st.integers(1, 60)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)
FAST = ["chi_square", "pearson", "two_proportion_z", "fisher", "fisher_mid_p"]


@given(table=tables)
def test_pearson_equals_that_of_scipy_and_campbells_is_smaller_by_one_in_n(table):
    x1, n1, x2, n2 = table
    plain, campbell = TESTS["pearson"](*table), TESTS["chi_square"](*table)
    if plain.reason == "no_variation":
        assert plain.p_value == campbell.p_value == 1
        return
    theirs = chi2_contingency(np.array([[x1, n1 - x1], [x2, n2 - x2]]), correction=False)
    assert plain.statistic == pytest.approx(theirs.statistic, abs=1e-12)
    assert plain.p_value == pytest.approx(theirs.pvalue, abs=1e-12)
    assert campbell.statistic == pytest.approx(theirs.statistic * (n1 + n2 - 1) / (n1 + n2), abs=1e-12)


@given(table=tables)
def test_the_count_of_standard_deviations_is_the_root_of_pearsons_chi_square(table):
    z, chi = TESTS["two_proportion_z"](*table), TESTS["pearson"](*table)
    if z.reason is None:
        assert z.statistic**2 == pytest.approx(chi.statistic, abs=1e-9)
        assert z.p_value == pytest.approx(chi.p_value, abs=1e-12)


@given(table=tables)
def test_mid_p_counts_tables_as_likely_as_the_observed_one_by_half(table):
    x1, n1, x2, n2 = table
    exact, mid = TESTS["fisher"](*table), TESTS["fisher_mid_p"](*table)
    if exact.reason == "no_variation":
        assert mid.p_value == 1
        return
    likely = hypergeom.pmf(range(n1 + 1), n1 + n2, x1 + x2, n1)
    tied = likely[np.isclose(likely, likely[x1], rtol=1e-6, atol=0)].sum()
    assert mid.p_value == pytest.approx(exact.p_value - tied / 2, rel=1e-6)


@pytest.mark.parametrize("name", TESTS)
def test_no_test_minds_which_group_comes_first(name):
    assert TESTS[name](7, 34, 1, 30).p_value == pytest.approx(TESTS[name](1, 30, 7, 34).p_value, rel=2e-4)


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("table", [(0, 0, 3, 9), (3, 9, 0, 0), (0, 0, 0, 0)])
def test_an_empty_group_cannot_be_tested(name, table):
    found = TESTS[name](*table)
    assert (found.p_value, found.statistic, found.reason) == (None, None, "empty_group")


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("table", [(0, 8, 0, 9), (8, 8, 9, 9)])
def test_without_variation_nothing_speaks_against_equality(name, table):
    found = TESTS[name](*table)
    assert (found.p_value, found.statistic, found.reason) == (1, None, "no_variation")


@pytest.mark.parametrize("name", TESTS)
def test_one_record_each_is_never_evidence(name):
    assert TESTS[name](1, 1, 0, 1).p_value > 0.1


@pytest.mark.parametrize("name", FAST)
def test_a_p_value_is_never_zero(name):
    assert TESTS[name](10**7, 10**7, 0, 10**7).p_value == sys.float_info.min


@pytest.mark.parametrize("name", FAST)
def test_fractional_counts_are_tested_as_they_are_or_rounded(name):
    assert TESTS[name](7.2, 34.1, 1.1, 30.2).p_value == pytest.approx(TESTS[name](7, 34, 1, 30).p_value, rel=0.2)
    assert TESTS[name](33.6, 33.6, 30.4, 30.4).p_value == 1


@pytest.mark.parametrize(
    ("table", "method"),
    [
        ((7, 100, 1, 100), "boschloo"),
        ((7, 100, 1, 101), "chi_square"),
        ((1, 1000, 0, 1000), "fisher_mid_p"),
        ((999, 1000, 1000, 1000), "fisher_mid_p"),
    ],
)
def test_the_test_is_chosen_by_size_and_rarity_alone(table, method):
    found = equality(*table)
    assert found.method == method
    assert found.p_value == TESTS[method](*table).p_value


@pytest.mark.parametrize("name", ["boschloo", "barnard"])
def test_unconditional_tests_refuse_what_would_take_seconds(name):
    found = TESTS[name](30, 101, 40, 100)
    assert (found.p_value, found.reason) == (None, "too_large")


def size(name, n, p):
    """How often the test rejects at 5 % if both groups have the share p."""
    counts = range(n + 1)
    rejects = np.array([[TESTS[name](a, n, b, n).p_value <= 0.05 for b in counts] for a in counts])
    weight = np.outer(binom.pmf(counts, n, p), binom.pmf(counts, n, p))
    return float((rejects * weight).sum())


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_fisher_errs_less_than_stated_and_mid_p_about_as_often(p):
    assert size("fisher", 20, p) < 0.036
    assert size("fisher", 20, p) < size("fisher_mid_p", 20, p) < 0.056
    assert size("chi_square", 20, p) < 0.06


def test_boschloo_never_errs_more_than_stated_and_finds_more_than_fisher():
    assert size("boschloo", 7, 0.5) <= 0.05
    assert size("boschloo", 7, 0.2) <= 0.05
    for table in [(7, 34, 1, 34), (3, 4, 1, 4), (2, 20, 9, 20)]:
        assert TESTS["boschloo"](*table).p_value <= TESTS["fisher"](*table).p_value + 1e-9


def test_the_counts_of_a_published_case_give_its_standard_deviations():
    """Castaneda v. Partida (1977), footnote 17: 339 of 870 jurors where 79.1 % was expected is about 29 deviations."""
    z = TESTS["two_proportion_z"](339, 870, 791_000_000, 1_000_000_000)
    assert abs(z.statistic) == pytest.approx(29, abs=0.2)
    assert norm.sf(29) * 2 >= z.p_value
