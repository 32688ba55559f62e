"""How often intervals within strata and under clustering are wrong, by simulation: 2.5 % a side is what is stated."""

from __future__ import annotations

import numpy as np
import pytest

from audit.stats.contrasts import ShareDifferences, ShareRatios
from audit.stats.designed import designed
from audit.stats.shares import wilson
from audit.stats.strata import mantel_haenszel_weights
from audit.stats.stratified import StratifiedDifferences, StratifiedRatios
from tests.stats.test_strata import population_weights

pytestmark = pytest.mark.slow

TAIL = 0.025
RUNS = 1500

#: Strata, and the sizes of both groups in them, repeated as needed: matched pairs, a few rows each, large ones.
LAYOUTS = [
    (100, [1], [1]),
    (100, [1], [3]),
    (50, [1, 2, 5], [4, 2, 1]),
    (20, [5], [5]),
    (10, [3, 20], [30, 5]),
    (5, [50], [50]),
    (3, [200], [20]),
]


def drawn(strata, sizes, shares, numbers):
    n = np.broadcast_to(np.resize(sizes, strata)[:, np.newaxis], (strata, RUNS)).astype(float)
    return numbers.binomial(n.astype(int), shares[:, np.newaxis]).astype(float), n


def misses(kind, layout, shares1, shares2, weights):
    """How often the truth lies below and above: the weighted mean difference, or the ratio of weighted shares."""
    strata, first, second = layout
    numbers = np.random.default_rng(strata)
    (x1, n1), (x2, n2) = drawn(strata, first, shares1, numbers), drawn(strata, second, shares2, numbers)
    given = weights(n1[:, :1], n2[:, :1])
    p1, p2 = (given[:, 0] * shares1).sum(), (given[:, 0] * shares2).sum()
    truth = p1 / p2 if kind is StratifiedRatios else (p1 - p2) / given.sum()
    contrast = kind(x1=x1, n1=n1, x2=x2, n2=n2, weights=given)
    # The interval leaves out the truth exactly if its p-value there says so, which is quicker to ask.
    return (contrast.p_above(truth) < TAIL).mean(), (contrast.p_below(truth) < TAIL).mean()


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("weights", [mantel_haenszel_weights, population_weights])
@pytest.mark.parametrize("ratio", [1.0, 0.8, 0.5])
def test_a_ratio_that_is_the_same_in_all_strata_is_held(layout, weights, ratio):
    for least, most in ((0.25, 0.75), (0.05, 0.3)):
        shares = np.random.default_rng(7).uniform(least, most, layout[0])
        assert max(misses(StratifiedRatios, layout, ratio * shares, shares, weights)) < 0.045


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("weights", [mantel_haenszel_weights, population_weights])
@pytest.mark.parametrize("difference", [0.0, 0.1, -0.2])
def test_a_difference_that_is_the_same_in_all_strata_is_held(layout, weights, difference):
    shares = np.random.default_rng(7).uniform(0.25, 0.75, layout[0])
    assert max(misses(StratifiedDifferences, layout, shares + difference, shares, weights)) < 0.045


@pytest.mark.parametrize("layout", [LAYOUTS[i] for i in (0, 3, 4, 5)], ids=str)
def test_what_is_held_where_strata_differ_is_their_mean(layout):
    shares = np.random.default_rng(7).uniform(0.3, 0.6, layout[0])
    swing = np.where(np.arange(layout[0]) % 2, 1.0, -1.0)
    for weights in (mantel_haenszel_weights, population_weights):
        gap = misses(StratifiedDifferences, layout, shares - 0.1 + 0.15 * swing, shares, weights)
        ratio = misses(StratifiedRatios, layout, shares * 0.8 * np.exp(0.3 * swing), shares, weights)
        assert max(*gap, *ratio) < 0.045


def people(numbers, persons, icc, share):
    """Hits and rows of persons with 1 to 20 rows each, alike within a person by the intra-class correlation."""
    rows = numbers.integers(1, 21, (RUNS, persons))
    strength = (1 - icc) / icc
    own = numbers.beta(share * strength, (1 - share) * strength, (RUNS, persons))
    return numbers.binomial(rows, own).astype(float), rows.astype(float)


def in_buckets(values, place, buckets):
    flat = (np.arange(RUNS)[:, np.newaxis] * buckets + place).ravel()
    return np.bincount(flat, values.ravel(), RUNS * buckets).reshape(RUNS, buckets)


def found_of(numbers, persons, icc, share, buckets):
    hits, rows = people(numbers, persons, icc, share)
    place = numbers.integers(0, buckets, (RUNS, persons))
    summed = in_buckets(hits, place, buckets), in_buckets(rows, place, buckets)
    return hits, rows, designed(*summed, rows.sum(axis=1), at_ends=np.full(RUNS, float(persons)))


@pytest.mark.parametrize("icc", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("share", [0.05, 0.3])
@pytest.mark.parametrize("persons", [300, 1000])
def test_buckets_hold_a_share_of_clustered_rows_where_ignoring_clusters_does_not(icc, share, persons):
    numbers = np.random.default_rng(persons)
    for buckets in (64, 128, 256, 1024):
        hits, rows, found = found_of(numbers, persons, icc, share, buckets)
        low, high = found.wilson(TAIL)
        assert max((share < low).mean(), (share > high).mean()) < 0.04
        assert (low <= share).mean() + (share <= high).mean() - 1 > 0.935
        low, high = wilson(hits.sum(axis=1), rows.sum(axis=1), TAIL)
        assert ((low <= share) & (share <= high)).mean() < 0.87


@pytest.mark.parametrize("icc", [0.1, 0.5])
@pytest.mark.parametrize("shares", [(0.3, 0.3), (0.24, 0.3), (0.05, 0.08)])
def test_two_groups_of_clustered_rows_are_compared_by_their_effective_trials(icc, shares):
    numbers = np.random.default_rng(3)
    sides = [found_of(numbers, persons, icc, p, 128)[2] for persons, p in zip((200, 600), shares, strict=True)]
    (n1, n2), (p1, p2) = [side.adjusted() for side in sides], [side.share for side in sides]
    counts = {"x1": p1 * n1, "n1": n1, "x2": p2 * n2, "n2": n2}
    truths = (shares[0] - shares[1], shares[0] / shares[1])
    for kind, truth in zip((ShareDifferences, ShareRatios), truths, strict=True):
        low, high = kind(**counts).limits(TAIL)  # type: ignore[attr-defined]
        assert max((truth < low).mean(), (truth > high).mean()) < 0.045
        assert ((low <= truth) & (truth <= high)).mean() > 0.935
