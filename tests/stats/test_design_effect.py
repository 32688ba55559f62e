"""The design effect of scores, against Obuchowski's formula on rows, statsmodels' robust errors and bootstraps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from audit.counts.scores import BINS
from audit.stats.auc import auc, cautious_auc_estimates
from audit.stats.design_effect import FINE, FIRST, LEAST_KEPT, PLACES, inflation, place_of, share_effect
from audit.stats.designed import designed
from audit.stats.histogram import Clusters, histogram
from audit.stats.logistic import calibration_in_the_large, calibration_slope
from audit.stats.moments import clustered, counted, joined, mean, mean_estimates, standard_error
from audit.stats.quantiles import median_estimates

BUCKETS = 200


def people(units=BUCKETS, seed=1, alike=1.0, most=8, shape=None):
    """Scores, outcomes and units of rows: a unit has up to so many, with one outcome and scores that are alike."""
    draw = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), draw.integers(1, most + 1, units))
    outcome = (draw.random(units) < 0.4)[unit] ^ (draw.random(unit.size) < 0.1)
    raw = alike * draw.normal(size=units)[unit] + 0.7 * draw.normal(size=unit.size) + outcome - 0.5
    scores = 1 / (1 + np.exp(-raw)) if shape is None else np.clip(shape(raw), 0.0, 1.0)
    return scores, outcome, unit


def grouped(scores, outcome, unit, low=0.0, high=1.0):
    """A histogram of the very scores of one group, with its rows by unit."""
    values = np.unique(scores)
    at, place = np.searchsorted(values, scores), place_of((scores - low) / (high - low))
    labels = np.where(outcome, 0, 1)
    counts = np.zeros((1, unit.max() + 1, 3, PLACES))
    np.add.at(counts, (0, unit, labels, place), 1.0)
    sides = [np.bincount(at[outcome == side], minlength=values.size) for side in (True, False)]
    plain = histogram(values, positive=sides[0], negative=sides[1])
    return replace(plain, clusters=Clusters(counts=counts, low=low, high=high))


def obuchowski(scores, outcome, unit):
    """The variance of an AUC from pairs of rows (Obuchowski 1997), units drawn with replacement."""
    positive, negative = scores[outcome], scores[~outcome]
    wins = np.sign(positive[:, np.newaxis] - negative) / 2 + 0.5
    value, units = wins.mean(), unit.max() + 1
    pulls = np.bincount(unit[outcome], weights=wins.mean(axis=1) - value, minlength=units) / positive.size
    pulls += np.bincount(unit[~outcome], weights=wins.mean(axis=0) - value, minlength=units) / negative.size
    there = np.unique(unit).size
    return value, there / (there - 1) * (pulls**2).sum()


# ---- places --------------------------------------------------------------------------------------------------------


def test_places_are_made_of_whole_bins_and_narrow_at_both_ends():
    bins = place_of((np.arange(BINS) + 0.5) / BINS)
    assert FINE == BINS
    assert set(bins) == set(range(PLACES))
    assert (np.diff(bins) >= 0).all()
    widths = np.bincount(bins)
    assert (widths == widths[::-1]).all()
    assert widths[0] == FIRST
    assert (np.diff(widths[: PLACES // 2]) > 0).all()
    assert (place_of([0.0, 1.0]) == [0, PLACES - 1]).all()


@given(st.integers(0, PLACES // 2))
def test_a_border_is_where_the_square_root_says(step):
    border = 2 * (step / PLACES) ** 2
    assert place_of(border + 1e-6) == step
    if step:
        assert place_of(border - 1e-6) == step - 1


# ---- AUC -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alike", [0.0, 0.5, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_the_variance_of_an_auc_is_obuchowskis(alike, seed):
    rows = people(seed=seed, alike=alike)
    value, variance = obuchowski(*rows)
    found = auc(grouped(*rows))
    plain = auc(replace(grouped(*rows), clusters=None))
    assert found.value[0] == pytest.approx(value, rel=1e-12)
    few = (1.959964 / 1.971957) ** 2  # the normal quantile over Student's with 199 degrees of freedom
    assert found.variance[0] * few == pytest.approx(max(variance, plain.variance[0] * few), rel=0.02)


#: How scores may crowd: near 0, near both ends, in the middle, at few values.
CROWDED = {
    "near 0": lambda raw: np.exp(raw - 4.0),
    "near both ends": lambda raw: 1 / (1 + np.exp(-3 * raw)),
    "in the middle": lambda raw: 0.5 + raw / 40,
    "at ten values": lambda raw: np.round(1 / (1 + np.exp(-raw)), 1),
}


@pytest.mark.parametrize("shape", CROWDED.values(), ids=CROWDED)
def test_where_scores_crowd_the_places_lose_little(shape):
    rows = people(units=400, seed=5, alike=1.2, shape=shape)
    _, variance = obuchowski(*rows)
    assert auc(grouped(*rows)).variance[0] == pytest.approx(variance, rel=0.06)


def test_where_all_scores_share_a_place_the_rows_of_a_bucket_count_as_alike():
    scores, outcome, unit = people(alike=0.3)
    found = auc(grouped(0.5 + scores / 1000, outcome, unit))
    plain = auc(replace(grouped(0.5 + scores / 1000, outcome, unit), clusters=None))
    sizes = np.bincount(unit)
    most = (sizes**2).sum() / sizes.sum()  # rows that are worth one
    assert found.variance[0] / plain.variance[0] == pytest.approx(most, rel=0.02)
    assert auc(grouped(scores, outcome, unit)).variance[0] < 0.7 * found.variance[0]


def test_an_auc_of_complete_separation_rests_on_units():
    scores, outcome, unit = people(units=50, most=20)
    apart = np.where(outcome, 0.5 + scores / 2, scores / 2)
    found, plain = (
        cautious_auc_estimates(auc(one)) for one in (grouped(apart, outcome, unit), histogram_only(apart, outcome))
    )
    low, ignored = (estimate.limits([0.025]).low[0] for estimate in (found, plain))
    assert found.estimate[0] == 1.0
    assert low < ignored < 1.0
    assert found.limits([0.025]).high[0] == 1.0


def histogram_only(scores, outcome):
    return replace(grouped(scores, outcome, np.zeros(scores.size, dtype=int)), clusters=None)


def test_falling_to_one_bucket_leaves_the_widest_limits():
    scores, outcome, _ = people(units=40)
    limits = cautious_auc_estimates(auc(grouped(scores, outcome, np.zeros(scores.size, dtype=int)))).limits([0.025])
    assert limits.low[0] < 0.1
    assert limits.high[0] > 0.9


# ---- logistic ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_calibration_has_statsmodels_cluster_robust_errors(seed):
    scores, outcome, unit = people(units=400, seed=seed, alike=0.8)
    x = np.log(scores / (1 - scores))
    options = {"cov_type": "cluster", "cov_kwds": {"groups": unit, "use_correction": False}}
    slope = sm.GLM(outcome.astype(float), sm.add_constant(x), family=sm.families.Binomial()).fit(**options)
    level = sm.GLM(outcome.astype(float), np.ones((x.size, 1)), family=sm.families.Binomial(), offset=x).fit(**options)
    found = grouped(scores, outcome, unit)
    for one, wanted, at in ((calibration_slope(found), slope, 1), (calibration_in_the_large(found), level, 0)):
        assert one.value[0] == pytest.approx(wanted.params[at], abs=1e-6)
        # The model's variance times the design effect, where statsmodels has the sandwich of the same sums.
        assert one.standard_error[0] == pytest.approx(wanted.bse[at], rel=0.08)


# ---- medians and shares --------------------------------------------------------------------------------------------


def test_a_median_is_as_unsure_as_a_bootstrap_of_units():
    scores, outcome, unit = people(units=300, seed=4, alike=1.2)
    found = median_estimates(grouped(scores, outcome, unit))
    ignored = median_estimates(replace(grouped(scores, outcome, unit), clusters=None))
    draw = np.random.default_rng(7)
    members = [np.flatnonzero(unit == one) for one in range(300)]
    medians = [np.median(scores[np.concatenate([members[i] for i in draw.integers(0, 300, 300)])]) for _ in range(400)]
    [low], [high] = found.limits([0.025])
    wanted = np.quantile(medians, [0.025, 0.975])
    assert high - low == pytest.approx(wanted[1] - wanted[0], rel=0.15)
    plain = ignored.limits([0.025])
    assert plain.high[0] - plain.low[0] < 0.75 * (high - low)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8])
def test_a_share_beyond_a_score_is_worth_what_it_is_as_a_rate(cut):
    scores, _, unit = people(units=300, seed=6)
    trials = np.bincount(unit).astype(float)
    hits = np.bincount(unit, weights=scores > cut)
    wanted = designed(hits[np.newaxis], trials[np.newaxis], [scores.size]).adjusted()[0]
    counts, above = np.zeros((300, PLACES)), np.zeros(PLACES)
    np.add.at(counts, (unit, place_of(scores)), 1.0)
    np.add.at(above, place_of(scores[scores > cut]), 1.0)
    assert scores.size / share_effect(counts, above, counts.sum(axis=0)) == pytest.approx(wanted, rel=0.04)


def test_a_share_whose_place_holds_most_rows_is_worth_what_its_buckets_are():
    draw = np.random.default_rng(1)
    unit = np.repeat(np.arange(100), 10)
    place = np.where(draw.random(1000) < 0.9, 25, 40)
    counts = np.zeros((100, PLACES))
    np.add.at(counts, (unit, place), 1.0)
    above = counts.sum(axis=0) * (np.arange(PLACES) == 40) + 400.0 * (np.arange(PLACES) == 25)
    assert share_effect(counts, above, counts.sum(axis=0)) == pytest.approx(10.0, rel=0.03)
    nobody = np.zeros(PLACES)
    assert share_effect(counts, nobody, counts.sum(axis=0)) == pytest.approx(10.0, rel=0.03)


def test_units_never_make_rows_worth_more():
    even = np.tile(np.array([1.0, 1.0]), (50, 1))  # each bucket has one row of either kind, so sums do not vary
    pulls = np.array([[-0.5, 0.5]])
    assert inflation(even[np.newaxis], pulls, even.sum(axis=0)[np.newaxis], np.array([25.0]))[0] >= 1.0
    assert LEAST_KEPT < 1


# ---- means ---------------------------------------------------------------------------------------------------------


def moments_of(x, unit, weight=None):
    w = np.ones_like(x) if weight is None else weight
    plain = counted([x.size], [x.sum()], [(x**2).sum()])
    if weight is not None:
        sums = {"weight": w, "first": w * x, "second": w * x**2}
        sums |= {"weight2": w**2, "first2": w**2 * x, "second2": w**2 * x**2}
        plain = replace(plain, **{name: np.array([values.sum()]) for name, values in sums.items()})
    return clustered(plain, *(np.bincount(unit, weights=of)[np.newaxis] for of in (w, w * x)))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_mean_has_statsmodels_cluster_robust_error_and_limits(weighted):
    x, _, unit = people(units=60, seed=3)
    weight = np.random.default_rng(3).uniform(0.5, 2, x.size) if weighted else None
    found = moments_of(x, unit, weight)
    wanted = sm.WLS(x, np.ones_like(x), weights=1.0 if weight is None else weight).fit(
        cov_type="cluster", cov_kwds={"groups": unit}, use_t=True
    )
    assert mean(found)[0] == pytest.approx(wanted.params[0], rel=1e-12)
    assert standard_error(found)[0] == pytest.approx(wanted.bse[0], rel=1e-9)
    limits = mean_estimates(found).limits([0.025])
    assert [limits.low[0], limits.high[0]] == pytest.approx(wanted.conf_int()[0], rel=1e-9)


def test_moments_keep_their_buckets_where_groups_are_taken_and_joined():
    x, _, unit = people(units=60, seed=3)
    one, other = moments_of(x, unit), moments_of(x[::2], unit[::2])
    both = joined([one, other])
    assert standard_error(both).tolist() == [standard_error(one)[0], standard_error(other)[0]]
    assert both.take([1]).buckets.tolist() == other.buckets.tolist()


def test_one_bucket_says_nothing_of_a_mean():
    x, _, unit = people(units=30)
    limits = mean_estimates(moments_of(x, unit * 0), least=0.0, most=1.0).limits([0.025])
    assert (limits.low[0], limits.high[0]) == (0.0, 1.0)
