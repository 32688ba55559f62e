"""The bootstrap of statistics of a histogram, against rows drawn one by one and against DeLong's variance."""

from __future__ import annotations

import numpy as np
import pytest

from audit.stats.auc import auc, auc_estimates
from audit.stats.histogram import histogram
from audit.stats.quantiles import quantile
from audit.stats.resampling import Resampled, acceleration, bootstrap
from audit.stats.score_resampling import resample, resampled_estimates
from tests.stats.scored_rows import binned, exact


def area(column):
    return auc(column).value


def median(column):
    return quantile(column, 0.5).value


def rows(seed, n=120):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return np.round(np.clip(rng.normal(0.4 + 0.2 * y, 0.2), 0, 1), 2), y


def test_replicates_have_delongs_spread_and_limits_like_his():
    score, y = rows(1, 400)
    (found,) = resample(exact(score, y=y), area, seed=1, key="auc", replicates=4000)
    theirs = auc(exact(score, y=y))
    assert found.estimate == pytest.approx(theirs.value[0])
    assert found.replicates.std() == pytest.approx(np.sqrt(theirs.variance[0]), rel=0.05)
    low, high = auc_estimates(theirs).limits(0.025)
    assert found.limits(0.025) == pytest.approx((low[0], high[0]), abs=0.01)


def test_replicates_are_those_of_rows_drawn_with_replacement():
    score, y = rows(2)
    (found,) = resample(binned(score, 50, y=y), median, seed=1, key="median", replicates=4000)
    rng = np.random.default_rng(3)
    middles = (np.minimum(np.floor(score * 50), 49) + 0.5) / 50
    drawn = np.median(rng.choice(middles, (4000, middles.size)), axis=1)
    assert found.replicates.mean() == pytest.approx(drawn.mean(), abs=0.002)
    assert np.quantile(found.replicates, [0.025, 0.5, 0.975]) == pytest.approx(
        np.quantile(drawn, [0.025, 0.5, 0.975]), abs=0.0101
    )


def test_the_acceleration_is_that_of_leaving_out_every_row():
    score, y = rows(3, 60)
    (found,) = resample(exact(score, y=y), area, seed=1, key="auc", replicates=50)
    left = np.array([area(exact(np.delete(score, i), y=np.delete(y, i)))[0] for i in range(60)])
    assert found.acceleration == pytest.approx(acceleration(left.mean() - left, np.ones(60)))


def test_it_agrees_with_the_bootstrap_of_plain_cells():
    column = histogram([0.2, 0.6, 0.9], positive=[3, 8, 14], negative=[12, 9, 4])
    cells = np.concatenate([column.positive, column.negative], axis=1)

    def from_cells(drawn):
        positive, negative = drawn[:, 0, :3], drawn[:, 0, 3:]
        return area(histogram(column.scores, positive=positive, negative=negative))

    plain = bootstrap(cells, from_cells, seed=5, key="auc/0/0")
    (found,) = resample(column, area, seed=5, key="auc")
    assert found.limits(0.025) == plain.limits(0.025)
    assert (found.bias, found.acceleration) == pytest.approx((plain.bias, plain.acceleration))


def test_a_group_depends_on_its_place_and_seed_alone_and_large_histograms_are_drawn_in_blocks():
    rng = np.random.default_rng(4)
    counts = rng.poisson(3, (2, 2, 2000))
    column = histogram(np.arange(2000) / 2000, positive=counts[0], negative=counts[1], width=1 / 2000)
    both = resample(column, area, seed=1, key="a", replicates=600)
    again = resample(column.take(0), area, seed=1, key="a", replicates=600)
    assert both[0].limits(0.025) == again[0].limits(0.025)
    assert both[0].replicates.size == 600
    assert np.unique(both[0].replicates).size > 590
    assert both[1].limits(0.025) != both[0].limits(0.025)


@pytest.mark.parametrize(
    ("score", "y", "reason"),
    [
        ([0.1, 0.2, 0.8, 0.9] * 10, [0, 0, 1, 1] * 10, "no_variation"),
        ([0.1, 0.2], [0, 0], "undefined"),
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 0], "undefined_replicates"),
    ],
)
def test_where_it_has_nothing_to_say_it_says_why(score, y, reason):
    samples = resample(exact(score, y=y), area, seed=1, key="auc")
    found = resampled_estimates(samples, least=0, most=1)
    assert found.reasons == (reason,)
    assert np.isnan(found.estimate[0]) == (reason == "undefined")
    assert [limit[0] for limit in found.limits(0.025)] == [0, 1]


def test_sampling_weights_are_refused():
    score, y = rows(5)
    samples = resample(exact(score, y=y, weight=np.linspace(0.5, 2, y.size)), area, seed=1, key="auc")
    assert samples[0].reason == "sampling_weights"
    assert samples[0].estimate is not None
    empty = resample(exact(score, y=np.ones(y.size), weight=np.linspace(0.5, 2, y.size)), area, seed=1, key="auc")
    assert (empty[0].reason, empty[0].estimate) == ("undefined", None)


def test_resampled_statistics_are_estimates_with_limits():
    score, y = rows(6, 500)
    found = resampled_estimates(resample(exact(score, y=y), area, seed=1, key="auc"))
    low, high = found.limits(0.025)
    assert low[0] < found.estimate[0] < high[0]
    assert found.p_above(low[0] - 0.001)[0] < 0.025 < found.p_above(low[0] + 0.001)[0]


def test_limits_enclose_their_estimate_even_if_the_replicates_do_not():
    lopsided = Resampled(
        estimate=0.5, replicates=np.linspace(0.4, 1, 2000), bias=-2.2, acceleration=0, dropped=0, reason=None
    )
    assert np.array(lopsided.limits(0.025), dtype=float).max() < 0.5
    assert resampled_estimates([lopsided]).limits(0.025).high[0] == 0.5
