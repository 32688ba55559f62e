"""Limits of many samples at once are those of each by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.stats.replicates import limits_of
from audit.stats.resampling import bootstrap, matthews, without_limits

CELLS = st.tuples(*[st.integers(0, 60)] * 4)


@settings(max_examples=25, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=5), st.floats(1e-5, 0.4))
def test_limits_together_are_those_of_each(cells, tail):
    samples = [
        bootstrap(np.array([one], dtype=float), matthews, seed=1, key=str(i), replicates=200)
        for i, one in enumerate(cells)
    ]
    places = np.arange(len(samples))[::-1]
    low, high = limits_of(samples, -1.0, 1.0)(places, np.full(len(samples), tail))
    own = [samples[place].limits(tail) or (-1.0, 1.0) for place in places]
    assert np.stack([low, high], axis=-1) == pytest.approx(np.array(own), abs=1e-12)


def test_a_sample_that_tells_nothing_has_the_outermost_limits():
    low, high = limits_of([without_limits(0.3, "no_variation")], -1.0, 1.0)(np.array([0]), np.array([0.025]))
    assert (low[0], high[0]) == (-1.0, 1.0)
