"""Limits of many contrasts at once are those of each by itself."""

import numpy as np
import pytest

from audit.stats import composites
from audit.stats.contrasts import ShareDifferences, ShareRatios, Shares
from audit.stats.together import limits_together


def shares(seed, k):
    draw = np.random.default_rng(seed)
    n = draw.integers(1, 60, k).astype(float)
    return np.floor(n * draw.random(k)), n


def contrasts():
    for seed, k in enumerate((1, 3, 2)):
        (x1, n1), (x2, n2) = shares(seed, k), shares(seed + 10, k)
        yield Shares(x=x1, n=n1)
        yield ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2)
        yield ShareRatios(x1=x1, n1=n1, x2=x2, n2=n2)
        yield ShareDifferences(x1=x1, n1=n1, x2=x2, n2=n2, within=np.full(k, 0.3))
        yield composites.f1(x1, n1, x2, n2)


def test_together_is_the_same_as_one_by_one():
    several = list(contrasts())
    tails = [np.linspace(0.01, 0.05, contrast.estimate.size) for contrast in several]
    for contrast, tail, (low, high) in zip(several, tails, limits_together(several, tails), strict=True):
        assert low == pytest.approx(contrast.limits(tail).low, nan_ok=True)
        assert high == pytest.approx(contrast.limits(tail).high, nan_ok=True)


def test_of_nothing_there_is_nothing():
    assert limits_together([], []) == []
