"""Weights and clusters from sums by bucket: against statsmodels' cluster-robust errors and a bootstrap of rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.designed import designed, draw_buckets, draw_weights
from audit.stats.shares import effective_trials, wilson

SUMS = {"seed": 1, "key": "group", "replicates": 20_000}


def clustered(seed, units=200):
    """Rows of a weighted sample with units of 1 to 8 rows: outcome, weight, unit."""
    numbers = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), numbers.integers(1, 9, units))
    outcome = numbers.random(unit.size) < numbers.beta(1.2, 2.8, units)[unit]
    return outcome.astype(float), numbers.uniform(0.5, 3.0, unit.size), unit


def by_bucket(values, bucket, buckets):
    return np.bincount(bucket, values, buckets)[np.newaxis]


@pytest.mark.parametrize("seed", range(4))
def test_the_error_is_the_cluster_robust_one_of_a_weighted_mean(seed):
    y, w, unit = clustered(seed)
    found = designed(by_bucket(w * y, unit, 200), by_bucket(w, unit, 200), [y.size])
    fit = sm.WLS(y, np.ones(y.size), weights=w).fit(
        cov_type="cluster", cov_kwds={"groups": unit, "use_correction": False}
    )
    assert found.share[0] == pytest.approx(fit.params[0])
    assert found.error[0] == pytest.approx(fit.bse[0] * math.sqrt(200 / 199))
    assert found.effective[0] == pytest.approx(found.share[0] * (1 - found.share[0]) / found.error[0] ** 2)
    assert found.effective[0] < y.size
    assert not found.few[0]


def test_rows_of_their_own_units_are_worth_what_their_weights_say():
    y, w, _ = clustered(5)
    own = np.arange(y.size)
    found = designed(by_bucket(w * y, own, y.size), by_bucket(w, own, y.size), [y.size])
    plain = effective_trials((w * y).sum(), w.sum(), (w**2 * y).sum(), (w**2).sum(), y.size)
    assert found.effective[0] == pytest.approx(plain.item())


def test_a_copy_of_every_row_adds_nothing():
    y, w, unit = clustered(6)
    once = designed(by_bucket(w * y, unit, 200), by_bucket(w, unit, 200), [y.size])
    twice = designed(by_bucket(2 * w * y, unit, 200), by_bucket(2 * w, unit, 200), [2 * y.size])
    assert twice.effective == pytest.approx(once.effective)
    assert twice.adjusted() == pytest.approx(once.adjusted())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_at_an_end_is_worth_its_buckets_or_what_is_said(share):
    trials = np.full((1, 40), 5.0)
    found = designed(share * trials, trials, [200])
    assert found.effective[0] == pytest.approx(40)
    low, high = found.wilson(0.025)
    assert 0.05 < high[0] - low[0] < 0.12
    assert designed(share * trials, trials, [200], at_ends=[120.0]).effective[0] == 120
    assert designed(share * trials, trials, [200], at_ends=[900.0]).effective[0] == 200
    assert np.ravel(found.korn_graubard(0.025, [200]))[int(share == 0)] != share


def test_buckets_that_do_not_differ_are_no_proof_of_certainty():
    trials = np.full((1, 40), 6.0)
    found = designed(trials / 3, trials, [240])
    assert found.effective[0] == pytest.approx(40)
    assert found.wilson(0.025).low[0] < 0.25


def test_no_rows_are_worth_nothing_and_one_bucket_one_trial():
    found = designed([[0.0, 0.0], [3.0, 0.0]], [[0.0, 0.0], [9.0, 0.0]], [0, 9])
    assert found.effective.tolist() == [0, 1]
    assert found.adjusted().tolist() == [0, 1]
    assert found.few.all()
    low, high = found.wilson(0.025)
    assert (low[0], high[0]) == (0, 1)
    assert high[1] - low[1] > 0.6


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_no_design_is_worth_more_than_its_rows_or_less_than_one(seed, buckets):
    numbers = np.random.default_rng(seed)
    n = numbers.integers(0, 12, (3, buckets)).astype(float)
    x = numbers.binomial(n.astype(int), numbers.random((3, 1))).astype(float)
    rows = n.sum(axis=1)
    found = designed(x, n, rows)
    assert (found.effective <= rows).all()
    assert (found.effective[rows > 0] >= 1).all()
    assert (found.adjusted() <= np.maximum(found.effective, 1)).all()
    low, high = found.wilson(0.025)
    assert (low < high).all()


def test_few_buckets_cost_width_through_student():
    y, w, unit = clustered(7)
    widths = []
    for buckets in (8, 32, 128):
        found = designed(by_bucket(w * y, unit % buckets, buckets), by_bucket(w, unit % buckets, buckets), [y.size])
        shrink = found.adjusted()[0] / found.effective[0]
        widths.append(shrink)
        low, high = found.wilson(0.025)
        plain = wilson(found.share * found.effective, found.effective, 0.025)
        assert high - low > plain.high - plain.low
    assert widths[0] < 0.75 < widths[1] < 0.97 < widths[2] < 1


def test_replicates_of_buckets_have_the_linearised_error():
    y, w, unit = clustered(8)
    cells = np.stack((by_bucket(w * y, unit, 200), by_bucket(w * (1 - y), unit, 200)), axis=2)
    drawn = draw_buckets(cells, **SUMS)
    assert drawn.shape == (20_000, 1, 2)
    shares = drawn[:, 0, 0] / drawn[:, 0].sum(axis=1)
    found = designed(cells[..., 0], cells.sum(axis=2), [y.size])
    assert shares.std() == pytest.approx(found.error[0], rel=0.03)
    assert drawn.sum(axis=2).std() == pytest.approx(200 * np.std(cells.sum(axis=2), ddof=1) / math.sqrt(200), rel=0.03)


def test_groups_share_the_draw_of_buckets():
    cells = np.arange(24.0).reshape(2, 4, 3)
    drawn = draw_buckets(np.concatenate((cells, 2 * cells)), seed=3, key="x", replicates=5)
    assert drawn[:, 2:] == pytest.approx(2 * drawn[:, :2])
    assert (drawn == draw_buckets(np.concatenate((cells, 2 * cells)), seed=3, key="x", replicates=5)).all()
    assert (drawn != draw_buckets(np.concatenate((cells, 2 * cells)), seed=3, key="y", replicates=5)).any()


def test_one_bucket_cannot_be_drawn_from():
    with pytest.raises(ValueError, match="at least two buckets"):
        draw_buckets(np.ones((2, 1, 4)), seed=1, key="", replicates=5)


def test_weighted_cells_drawn_by_their_moments_vary_as_drawn_rows_do():
    y, w, _ = clustered(9)
    kinds = [y == 1, y == 0]
    sums, squares = (np.array([(w[kind] ** power).sum() for kind in kinds]) for power in (1, 2))
    drawn = draw_weights(sums, squares, **SUMS)
    assert drawn.mean(axis=0) == pytest.approx(sums, rel=0.01)
    assert drawn.var(axis=0) == pytest.approx(squares, rel=0.05)
    rows = np.random.default_rng(2).integers(0, y.size, (4000, y.size))
    resampled = (w * y)[rows].sum(axis=1) / w[rows].sum(axis=1)
    shares = drawn[:, 0] / drawn.sum(axis=1)
    assert shares.std() == pytest.approx(resampled.std(), rel=0.05)
    spread = resampled.std()
    for level in (0.025, 0.5, 0.975):
        assert np.quantile(shares, level) == pytest.approx(np.quantile(resampled, level), abs=0.1 * spread)


def test_an_empty_cell_stays_empty():
    drawn = draw_weights(np.array([0.0, 5.0]), np.array([0.0, 9.0]), seed=1, key="", replicates=50)
    assert (drawn[:, 0] == 0).all()
    assert (drawn[:, 1] > 0).all()


def test_a_draw_of_a_group_is_the_same_to_the_last_bit_whatever_others_are_drawn_with_it():
    numbers = np.random.default_rng(3)
    cells = numbers.lognormal(0, 3, (7, 256, 4))
    together = draw_buckets(cells, seed=1, key="k", replicates=50)

    for group in range(7):
        alone = draw_buckets(cells[[group]], seed=1, key="k", replicates=50)
        assert np.array_equal(alone[:, 0], together[:, group])


def test_drawn_sums_of_weights_are_off_by_no_more_than_rounding():
    numbers = np.random.default_rng(4)
    cells = numbers.lognormal(0, 3, (2, 16, 3))
    counts = draw_buckets(np.eye(16)[np.newaxis], seed=1, key="k", replicates=20)[:, 0]
    exact = [[[math.fsum(drawn * cells[g, :, c]) for c in range(3)] for g in range(2)] for drawn in counts]

    found = draw_buckets(cells, seed=1, key="k", replicates=20)
    assert found == pytest.approx(np.array(exact), rel=1e-14, abs=1e-13 * cells.max())
