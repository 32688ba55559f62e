"""The band of a ROC curve holds the whole true curve as often as it says."""

import math

import numpy as np
import pytest
from scipy.stats import kstwo, norm

from audit.stats.distances import roc_band


@pytest.mark.parametrize("n", [12, 60, 400])
def test_the_bound_is_a_little_wider_than_the_exact_distribution_of_the_distance(n: int) -> None:
    across, up = roc_band(n, n, 0.95)
    exact = kstwo.ppf(math.sqrt(0.95), n)
    assert across == up
    assert exact <= up <= exact * 1.05


def test_each_side_belongs_to_its_own_outcome() -> None:
    across, up = roc_band(positives=1000, negatives=50, confidence=0.95)
    assert across > up
    assert roc_band(1, 1, 0.95) == (1.0, 1.0)


def test_the_true_curve_lies_in_the_band_as_often_as_promised() -> None:
    rng, runs, positives, negatives = np.random.default_rng(5), 800, 60, 40
    across, up = roc_band(positives, negatives, 0.95)
    good = np.sort(rng.normal(1.0, 1.0, (runs, positives)))
    bad = np.sort(rng.normal(0.0, 1.0, (runs, negatives)))
    cuts = np.linspace(-4, 5, 400)
    held = 0
    for one, other in zip(good, bad, strict=True):
        tpr = 1 - np.searchsorted(one, cuts) / positives
        fpr = 1 - np.searchsorted(other, cuts) / negatives
        held += bool(np.all(np.abs(tpr - norm.sf(cuts - 1)) <= up) and np.all(np.abs(fpr - norm.sf(cuts)) <= across))
    assert held / runs >= 0.95
