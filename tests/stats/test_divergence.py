"""NDKL and what chance makes of it: published formula by hand, all orders of short lists, and simulations."""

import json
from itertools import permutations
from math import log, log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy, hypergeom

from audit.stats.divergence import by_chance, moments, ndkl, p_by_chance

VECTORS = Path(__file__).parent / "vectors/scores/ranking.json"


def by_hand(order):
    """NDKL as the paper has it, by scipy's entropy."""
    groups = sorted(set(order))
    share = [order.count(group) / len(order) for group in groups]
    discounts = [1 / log2(i + 1) for i in range(1, len(order) + 1)]
    far = [entropy([order[:i].count(group) / i for group in groups], share) for i in range(1, len(order) + 1)]
    return float(np.dot(discounts, far) / sum(discounts))


def coded(order):
    return np.unique(order, return_inverse=True)[1][np.newaxis]


@pytest.mark.parametrize("case", json.loads(VECTORS.read_text()), ids=lambda case: case["id"])
def test_ndkl_is_that_of_the_vectors(case):
    order = case["inputs"]["ranking"]
    assert ndkl(coded(order), len(set(order)))[0] == pytest.approx(case["expected"]["ndkl"], rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=25))
def test_ndkl_is_that_of_its_formula(order):
    assert ndkl(coded(order), 4)[0] == pytest.approx(by_hand(order), abs=1e-12)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3), (3, 2, 2), (1, 6), (4, 0, 3)])
def test_chance_is_the_mean_over_all_orders(sizes):
    items = [group for group, size in enumerate(sizes) for _ in range(size)]
    every = ndkl(np.array(sorted(set(permutations(items)))), len(sizes))
    assert by_chance(sizes) == pytest.approx(every.mean(), rel=1e-12)
    variance, third = moments([sizes])[sizes]
    assert variance == pytest.approx(every.var(), rel=0.06, abs=1e-12)
    assert third == pytest.approx(((every - every.mean()) ** 3).mean(), rel=0.15, abs=1e-3)


def test_chance_of_a_long_list_is_that_of_the_hypergeometric_distribution():
    n, size = 300, 80
    w = 1 / np.log2(1 + np.arange(1, n + 1))
    found = 0.0
    for i in range(1, n + 1):
        for part in (size, n - size):
            c = np.arange(max(0, i + part - n), min(i, part) + 1)
            far = np.array([0.0 if not one else one / i * log(one * n / (i * part)) for one in c.tolist()])
            found += w[i - 1] * (hypergeom(n, part, i).pmf(c) * far).sum()
    assert by_chance((size, n - size)) == pytest.approx(found / w.sum(), rel=1e-9)


def test_a_fair_order_of_a_short_list_is_far_from_0():
    assert by_chance((2, 2)) > 0.3
    assert by_chance((500, 500)) < 0.015
    assert by_chance((5,)) == 0


def test_p_values_are_about_those_of_shuffles():
    draw = np.random.default_rng(4)
    items = np.repeat([0, 1], [6, 14])
    drawn = ndkl(draw.permuted(np.tile(items, (30 * 4_000, 1)), axis=1), 2).reshape(4_000, 30).sum(axis=1)
    [(variance, third)] = moments([(6, 14)]).values()
    for share in (0.5, 0.9, 0.975):
        excess = np.quantile(drawn, share) - 30 * by_chance((6, 14))
        assert p_by_chance(excess, 30 * variance, 30 * third) == pytest.approx(1 - share, abs=0.015)
    assert p_by_chance(0.3, 0.0, 0.0) is None
    assert p_by_chance(0.0, 1.0, 0.0) == pytest.approx(0.5)
