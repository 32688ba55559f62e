"""How often the other intervals miss: Jeffreys, Newcombe, F1, balanced accuracy, and shares from very few trials."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from audit.stats.differences import miettinen_nurminen, newcombe
from audit.stats.mover import balanced_accuracy_interval, f1_interval
from audit.stats.ratios import koopman
from audit.stats.shares import clopper_pearson, jeffreys, wilson

pytestmark = pytest.mark.slow

TAIL = 0.025
GRID = (0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)


def covers(limits, truth):
    return (limits.low <= truth + 1e-9) & (truth - 1e-9 <= limits.high)


@pytest.mark.parametrize("n", [5, 20, 100, 1000, 5000])
@pytest.mark.parametrize(
    ("interval", "mean", "least"), [(wilson, 0.945, 0.82), (jeffreys, 0.94, 0.87), (clopper_pearson, 0.95, 0.95)]
)
def test_intervals_of_a_share_cover_from_five_trials_to_five_thousand(interval, mean, least, n):
    x = np.arange(n + 1)
    limits = interval(x, n, TAIL)
    truths = np.linspace(0.01, 0.99, 197)
    covered = np.array([binom.pmf(x, n, p)[covers(limits, p)].sum() for p in truths])
    assert covered.mean() >= mean
    assert covered.min() >= least


#: The least coverage over a grid of pairs of shares, as measured, rounded down: from one trial each, where shares far
#: apart are missed by either single outcome, to sizes at which the nominal 0.95 is nearly kept.
SIZES = {(1, 1): 0.89, (1, 30): 0.89, (5, 5): 0.90, (5, 200): 0.91, (30, 1000): 0.92}
TWO = [(miettinen_nurminen, np.subtract), (newcombe, np.subtract), (koopman, np.divide)]
LOWER = {(newcombe, (1, 1)): 0.80}


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("interval", "of"), TWO)
def test_intervals_of_two_shares_cover_from_one_trial_on(interval, of, sizes):
    n1, n2 = sizes
    x1, x2 = np.mgrid[0 : n1 + 1, 0 : n2 + 1]
    limits = interval(x1, n1, x2, n2, TAIL)
    covered = []
    for p1 in GRID:
        for p2 in GRID:
            weight = np.outer(binom.pmf(range(n1 + 1), n1, p1), binom.pmf(range(n2 + 1), n2, p2))
            covered.append(weight[covers(limits, of(p1, p2))].sum())
    assert np.mean(covered) >= 0.949
    assert np.min(covered) >= LOWER.get((interval, sizes), SIZES[sizes])


@pytest.mark.parametrize("n", [20, 100, 1000])
@pytest.mark.parametrize("cells", [(0.4, 0.1, 0.1, 0.4), (0.05, 0.1, 0.05, 0.8), (0.3, 0.02, 0.3, 0.38)])
def test_f1_and_balanced_accuracy_cover(cells, n):
    tp, fp, fn, tn = np.random.default_rng(12).multinomial(n, cells, 4000).T.astype(float)
    a, b, c, d = cells
    truths = {f1_interval: 2 * a / (2 * a + b + c), balanced_accuracy_interval: (a / (a + c) + d / (b + d)) / 2}
    covered = covers(f1_interval(tp, fp, fn, TAIL), truths[f1_interval]).mean()
    assert covered == pytest.approx(0.95, abs=0.03)
    balanced = covers(balanced_accuracy_interval(tp, fp, fn, tn, TAIL), truths[balanced_accuracy_interval]).mean()
    assert balanced >= 0.93
