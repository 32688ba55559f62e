"""Sums of products, and bisection several steps at once, are the same to the last bit as one by one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.numerics import dot, last_where, last_where_each

CONDITIONS = {
    "a root": lambda wanted: lambda x: x**3 + np.exp(x) < wanted,
    "as good as always": lambda wanted: lambda x: x < wanted + 1e9,
    "never": lambda wanted: lambda x: np.isnan(x + wanted),
    "more than one root": lambda wanted: lambda x: np.sin(9 * x) > wanted,
}


@pytest.mark.parametrize("name", CONDITIONS)
@given(
    shape=st.sampled_from([(), (1,), (3,), (2, 5), (0,), (32,), (33,)]),
    steps=st.integers(0, 61),
    seed=st.integers(0, 2**32 - 1),
)
def test_steps_at_once_are_steps_one_by_one(name, shape, steps, seed):
    draw = np.random.default_rng(seed)
    wanted, low = draw.normal(size=shape), draw.normal(-3, 1, shape)
    high = low + draw.exponential(5, shape)
    one, other = (find(CONDITIONS[name](wanted), low, high, steps) for find in (last_where, last_where_each))
    assert one.shape == other.shape == shape
    assert one.tobytes() == other.tobytes()


def test_few_items_are_asked_about_a_third_as_often():
    asked = []

    def below(x):
        asked.append(x.shape)
        return x < 0.3

    assert last_where_each(below, np.zeros(2), np.ones(2), 50) == pytest.approx(0.3)
    assert asked == [(7, 2)] * 16 + [(3, 2)]


def test_nobody_is_not_asked_about():
    assert last_where(lambda x: x > 1 / 0, np.zeros(0), np.ones(0), 50).shape == (0,)


def test_a_sum_of_products_is_that_of_the_item_alone_to_the_last_bit():
    draws = np.random.default_rng(5)
    first, second = draws.normal(size=(31, 300)), draws.normal(size=(31, 300))
    together = dot(first, second)

    assert np.array_equal(together, [dot(a, b) for a, b in zip(first, second, strict=True)])
    assert together == pytest.approx([math.fsum(a * b) for a, b in zip(first, second, strict=True)], abs=1e-12)
