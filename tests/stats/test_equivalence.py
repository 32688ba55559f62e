"""Shown to be within tolerance: the p-values and the intervals say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.differences import miettinen_nurminen
from audit.stats.equivalence import p_inside, p_outside, p_outside_and_inside
from audit.stats.ratios import koopman

tables = st.tuples(st.integers(1, 400), st.integers(1, 400)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)
tails = st.floats(1e-4, 0.4)


def difference(*table):
    x1, n1, x2, n2 = (np.asarray(one, dtype=float) for one in table)
    return ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2)


def ratio(*table):
    x1, n1, x2, n2 = (np.asarray(one, dtype=float) for one in table)
    return ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2)


def clear_of(limits, *bounds):
    """No limit so close to a bound that rounding decides."""
    assume(all(abs(limit - bound) > 1e-7 * max(1, abs(bound)) for limit in limits for bound in bounds))


@given(table=tables, tail=tails, margin=st.floats(0.001, 0.9))
def test_equivalence_of_differences_is_shown_exactly_if_the_interval_lies_inside(table, tail, margin):
    low, high = miettinen_nurminen(*table, tail)
    clear_of((low, high), -margin, margin)
    assert (p_inside(difference(*table), -margin, margin) <= tail) == (-margin < low and high < margin)
    assert (p_inside(difference(*table), -margin, None) <= tail) == (-margin < low)


@given(table=tables, tail=tails, margin=st.floats(0.1, 0.99))
def test_equivalence_of_ratios_is_shown_exactly_if_the_interval_lies_inside(table, tail, margin):
    low, high = koopman(*table, tail)
    clear_of((low, high), margin, 1 / margin)
    assert (p_inside(ratio(*table), margin, 1 / margin) <= tail) == (margin < low and high < 1 / margin)
    assert (p_inside(ratio(*table), margin, None) <= tail) == (margin < low)


@given(table=tables, tail=tails, margin=st.floats(0.001, 0.9))
def test_lying_outside_is_shown_exactly_if_the_interval_does(table, tail, margin):
    low, high = miettinen_nurminen(*table, tail)
    clear_of((low, high), -margin, margin)
    found = p_outside(difference(*table), -margin, margin)
    assert (found <= tail) == (high < -margin or margin < low)


def test_one_limit_alone_is_one_test():
    x1, n1, x2, n2 = np.array([[60], [100], [75], [100]], dtype=float)
    contrast = ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2)
    assert p_inside(contrast, 0.8, None) == pytest.approx(contrast.p_above(0.8))
    assert p_inside(contrast, None, 1.25) == pytest.approx(contrast.p_below(1.25))
    assert p_outside(contrast, 0.8, None) == pytest.approx(1 - p_inside(contrast, 0.8, None))
    assert p_outside(contrast, None, 1.25) == pytest.approx(1 - p_inside(contrast, None, 1.25))


def test_an_empty_group_shows_nothing():
    assert np.isnan(p_inside(difference(0, 0, 5, 10), -0.1, 0.1))
    assert np.isnan(p_inside(ratio(5, 10, 0, 0), 0.8, 1.25))


def test_with_much_data_the_p_value_is_that_of_the_ordinary_two_one_sided_tests():
    n, p1, p2, margin = 200_000, 0.31, 0.3, 0.02
    se = np.sqrt(p1 * (1 - p1) / n + p2 * (1 - p2) / n)
    wald = norm.sf((margin - (p1 - p2)) / se)
    assert p_inside(difference(p1 * n, n, p2 * n, n), -margin, margin) == pytest.approx(wald, rel=0.05)


@pytest.mark.parametrize(("p1", "p2"), [(0.4, 0.5), (0.16, 0.2), (0.8, 1.0 - 1e-9)])
def test_at_the_margin_of_a_ratio_a_wrong_claim_is_as_rare_as_stated(p1, p2):
    x1, x2 = np.mgrid[0:151, 0:151]
    weight = np.outer(binom.pmf(range(151), 150, p1), binom.pmf(range(151), 150, p2))
    claimed = p_inside(ratio(*np.broadcast_arrays(x1, 150, x2, 150)), 0.8, None) <= 0.025
    assert weight[claimed].sum() < 0.031


def test_a_grid_of_tables_is_judged_table_by_table():
    grid = [np.asarray(one) for one in np.broadcast_arrays(*np.mgrid[0:12, 0:9], 20, 30)]
    tables = (grid[0], grid[2], grid[1], grid[3])
    for contrast in (difference, ratio):
        found = p_outside_and_inside(contrast(*tables), 0.1, 0.9)
        flat = p_outside_and_inside(contrast(*(one.ravel() for one in tables)), 0.1, 0.9)
        for p, one_by_one in zip(found, flat, strict=True):
            assert p.shape == (12, 9)
            assert np.array_equal(p.ravel(), one_by_one, equal_nan=True)
