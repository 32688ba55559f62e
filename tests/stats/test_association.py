"""Tests of equality."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from audit.stats.association import fisher, two_proportion_z

tables = st.tuples(st.integers(1, 400), st.integers(1, 400)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@given(table=tables)
def test_fisher_equals_that_of_scipy(table):
    x1, n1, x2, n2 = table
    theirs = fisher_exact(np.array([[x1, n1 - x1], [x2, n2 - x2]])).pvalue
    assert fisher(*table) == pytest.approx(theirs, rel=1e-6, abs=1e-300)


@given(table=tables)
def test_fisher_does_not_mind_which_group_comes_first_or_what_success_is(table):
    x1, n1, x2, n2 = table
    assert fisher(*table) == pytest.approx(fisher(x2, n2, x1, n1), rel=1e-6)
    assert fisher(*table) == pytest.approx(fisher(n1 - x1, n1, n2 - x2, n2), rel=1e-6)


def test_fisher_copes_with_hundreds_of_millions():
    x1, n1, x2, n2 = 100_030_000, 200_000_000, 100_000_000, 200_000_000
    _, normal = two_proportion_z(x1, n1, x2, n2)
    assert fisher(x1, n1, x2, n2) == pytest.approx(normal, rel=1e-2)
    assert fisher(150_000_000, 200_000_000, 50_000_000, 200_000_000) == sys.float_info.min


def test_tables_without_variation_or_without_a_group():
    assert fisher(0, 10, 0, 20) == 1
    assert fisher(10, 10, 20, 20) == 1
    assert fisher(0, 0, 5, 20) is None
    assert two_proportion_z(0, 10, 0, 20) == (None, 1.0)
    assert two_proportion_z(10, 10, 20, 20) == (None, 1.0)
    assert two_proportion_z(5, 20, 0, 0) == (None, None)


def test_the_z_is_positive_if_the_first_share_is_larger_and_its_p_is_never_zero():
    z, p = two_proportion_z(8, 10, 2, 10)
    assert (z, p) == pytest.approx((2.6832815729997477, 0.007290358091535), rel=1e-9)
    assert two_proportion_z(2, 10, 8, 10) == pytest.approx((-2.6832815729997477, p))
    assert two_proportion_z(10**9, 10**9, 0, 10**9)[1] == sys.float_info.min
