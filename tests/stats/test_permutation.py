"""Permutation from counts, against shuffling rows, enumeration and other implementations."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency
from scipy.stats.contingency import association

from audit.stats.permutation import independence, permutation
from audit.stats.two_by_two import TESTS


def gap(first, second):
    """The difference of shares of the first cell, of all strata together."""
    return first[..., 0].sum(1) / first.sum((1, 2)) - second[..., 0].sum(1) / second.sum((1, 2))


def test_a_table_with_enough_in_every_cell_has_the_chi_square_p_value():
    table = [[30, 70], [45, 55], [20, 80], [35, 90]]
    found, theirs = independence(table, seed=1, key="a"), chi2_contingency(table, correction=False)
    assert found.method == "chi_square"
    assert (found.statistic, found.degrees, found.p_value) == pytest.approx((theirs.statistic, 3, theirs.pvalue))


def test_a_table_with_rare_cells_has_a_p_value_near_the_exact_one():
    """R's fisher.test of this table, conditional on the same margins, gives 0.0049."""
    found = independence([[0, 9], [4, 8], [7, 3]], seed=1, key="a")
    assert found.method == "random"
    assert found.p_value == pytest.approx(0.0049, abs=0.002)
    assert found == independence([[0, 9], [4, 8], [7, 3]], seed=1, key="a")
    assert found.p_value != independence([[0, 9], [4, 8], [7, 3]], seed=1, key="b").p_value


def test_random_tables_of_many_groups_and_outcomes_keep_the_level():
    tables = np.random.default_rng(3).multinomial(8, [0.5, 0.4, 0.1], size=(60, 6))
    p = np.array([independence(table, seed=i, key="level").p_value for i, table in enumerate(tables)], dtype=float)
    assert np.mean(p <= 0.1) < 0.1 + 3 * np.sqrt(0.09 / 60)
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=3 * np.sqrt(0.25 / 60))


def test_without_variation_there_is_nothing_to_test():
    for table in ([[0, 5], [0, 9]], [[3, 5], [0, 0]], [[0, 0], [0, 0]]):
        found = independence(table, seed=1, key="a")
        assert (found.p_value, found.statistic, found.cramers_v, found.reason) == (None, None, None, "no_variation")


def test_empty_groups_do_not_count():
    table = [[30, 70], [0, 0], [45, 55]]
    assert independence(table, seed=1, key="a") == independence([table[0], table[2]], seed=1, key="a")


def test_cramers_v_is_unbiased_under_independence_and_agrees_otherwise():
    rng = np.random.default_rng(5)
    tables = rng.multinomial(400, np.full(12, 1 / 12), size=300).reshape(300, 4, 3)
    assert np.mean([independence(t, seed=1, key="a").cramers_v for t in tables]) < 0.05
    strong = np.array([[900, 100], [100, 900]])
    assert independence(strong, seed=1, key="a").cramers_v == pytest.approx(
        association(strong, method="cramer"), abs=0.001
    )
    assert independence([[1, 0], [0, 1]], seed=1, key="a").cramers_v is None


def test_fractional_counts_that_round_to_nothing_show_nothing():
    found = independence([[0.3, 0.2], [0.2, 0.3]], seed=1, key="a")
    assert (found.p_value, found.cramers_v) == (1, None)


def test_hundreds_of_millions_of_rows_fall_back_on_the_chi_square():
    found = independence([[2, 10**9], [1, 10**9]], seed=1, key="a")
    assert found.method == "chi_square"
    assert found.p_value == pytest.approx(chi2.sf(1 / 3, 1), rel=1e-6)


def test_a_few_records_are_weighed_by_all_their_shuffles():
    first, second = [1, 1, 1, 0, 1], [0, 0, 1, 0, 0, 0]
    rows = first + second
    observed = np.mean(first) - np.mean(second)
    ways = [
        np.mean([rows[i] for i in chosen]) - np.mean([rows[i] for i in range(11) if i not in chosen])
        for chosen in combinations(range(11), 5)
    ]
    share = np.mean(np.abs(ways) >= abs(observed) - 1e-12)
    found = permutation([[4, 1]], [[1, 5]], gap, seed=1, key="a")
    assert (found.method, found.observed) == ("exact", pytest.approx(observed))
    assert found.p_value == pytest.approx(share)


def test_two_equal_sized_groups_of_yes_and_no_are_fishers_test():
    found = permutation([[12, 28]], [[5, 35]], gap, seed=1, key="a")
    assert found.p_value == pytest.approx(TESTS["fisher"](12, 40, 5, 40).p_value)


def test_many_records_are_shuffled_at_random_from_a_stream_of_their_own():
    first, second = np.full((3, 4), 30), np.full((3, 4), 30) + [[9, 0, 0, 0]] * 3
    found = permutation(first, second, gap, seed=1, key="a")
    assert found.method == "random"
    assert found == permutation(first, second, gap, seed=1, key="a")
    z = TESTS["two_proportion_z"](90, 360, 117, 387)
    assert found.p_value == pytest.approx(z.p_value, abs=0.03)


def test_shuffling_within_strata_does_not_see_what_strata_explain():
    """Both groups are selected alike in each stratum, but one is mostly in the stratum that is selected more."""
    first, second = np.array([[80, 20], [4, 16]]), np.array([[16, 4], [20, 80]])
    assert permutation(first, second, gap, seed=1, key="a").p_value > 0.5
    assert permutation([first.sum(0)], [second.sum(0)], gap, seed=1, key="a").p_value < 0.001


def test_an_undefined_statistic_has_no_p_value_and_undefined_shuffles_count_as_extreme():
    def ratio(first, second):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(first[:, 0, 0] / second[:, 0, 0])

    assert permutation([[0, 3]], [[0, 4]], ratio, seed=1, key="a").p_value is None
    found = permutation([[1, 3]], [[1, 3]], ratio, seed=1, key="a")
    assert found.p_value == 1
    none = permutation([[2, 2]], [[1, 3]], lambda f, s: np.where(f[:, 0, 0] == 2, 0.5, np.nan), seed=1, key="a")
    assert none.p_value == 1
