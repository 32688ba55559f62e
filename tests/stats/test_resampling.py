"""The bootstrap from counts, against exact distributions and rows drawn one by one."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from audit.stats import resampling
from audit.stats.resampling import Resampled, acceleration, bca_levels, bias, bootstrap, draw, jackknife, matthews

CASES = json.loads((Path(__file__).parent / "vectors" / "bootstrap.json").read_text(encoding="utf-8"))


def cases(name):
    return [pytest.param(case["inputs"], case["expected"], id=case["id"]) for case in CASES if case["function"] == name]


def share(cells):
    return cells[..., 0, 0] / cells[..., 0, :].sum(axis=-1)


def gap(cells):
    return cells[..., 0, 0] / cells[..., 0, :].sum(axis=-1) - cells[..., 1, 0] / cells[..., 1, :].sum(axis=-1)


@pytest.mark.parametrize(("inputs", "expected"), cases("exact_bootstrap_proportion"))
def test_draws_of_a_share_are_binomial(inputs, expected):
    x, n = inputs["x"], inputs["n"]
    drawn = share(draw(np.array([[x, n - x]], dtype=float), seed=1, key="share", replicates=40_000))
    assert drawn.std() == pytest.approx(expected["se"], rel=0.02)
    assert (drawn <= x / n).mean() == pytest.approx(expected["p_le"], abs=0.01)
    assert np.quantile(drawn, 0.975) == pytest.approx(expected["q975"], abs=1.01 / n)


@pytest.mark.parametrize(("inputs", "expected"), cases("exact_bootstrap_difference"))
def test_strata_are_drawn_independently(inputs, expected):
    cells = np.array([[inputs[f"x{i}"], inputs[f"n{i}"] - inputs[f"x{i}"]] for i in (1, 2)], dtype=float)
    drawn = gap(draw(cells, seed=1, key="gap", replicates=40_000))
    observed = inputs["x1"] / inputs["n1"] - inputs["x2"] / inputs["n2"]
    assert drawn.std() == pytest.approx(expected["se"], rel=0.02)
    assert (drawn < observed - 1e-12).mean() == pytest.approx(expected["p_lt"], abs=0.01)
    assert (abs(drawn - observed) < 1e-12).mean() == pytest.approx(expected["p_eq"], abs=0.01)


@pytest.mark.parametrize(("inputs", "expected"), cases("multinomial_moments"))
def test_draws_have_the_moments_of_a_multinomial(inputs, expected):
    drawn = draw(np.array([inputs["cells"]], dtype=float), seed=1, key="moments", replicates=60_000)[:, 0]
    assert drawn.mean(axis=0) == pytest.approx(np.array(expected["mean"]), abs=0.05)
    assert np.cov(drawn.T) == pytest.approx(np.array(expected["cov"]), abs=0.1)


@pytest.mark.parametrize(("inputs", "expected"), cases("bca_levels_proportion"))
def test_the_levels_of_a_share_follow_from_its_exact_distribution(inputs, expected):
    x, n = inputs["x"], inputs["n"]
    z0 = bias(float(binom.cdf(x - 1, n, x / n)), float(binom.pmf(x, n, x / n)))
    a = acceleration(*jackknife(np.array([[x, n - x]], dtype=float), share))
    levels = bca_levels(z0, a, 0.025)
    assert (z0, a) == pytest.approx((expected["z0"], expected["acceleration"]), rel=1e-8)
    assert levels == pytest.approx((expected["alpha_low"], expected["alpha_high"]), rel=1e-8)
    found = bootstrap(np.array([[x, n - x]], dtype=float), share, seed=3, key="bca", replicates=20_000)
    assert found.limits(0.025) == pytest.approx((expected["low"], expected["high"]), abs=0.011)


def test_a_stratum_counts_in_the_jackknife_by_its_own_rows():
    cells = np.array([[3.0, 5.0], [20.0, 10.0]])
    influence, weight = jackknife(cells, gap)
    for stratum in range(2):
        rows = np.repeat([1.0, 0.0], cells[stratum].astype(int))
        n, sign = rows.size, (1, -1)[stratum]
        left = np.array([np.delete(rows, i).mean() for i in range(n)])
        assert (weight[stratum] * influence[stratum] ** 2).sum() == pytest.approx(
            ((n - 1) / n) ** 2 * ((left.mean() - left) ** 2).sum()
        )
        assert sign * influence[stratum, 0] > 0
    assert weight.sum() == 38


def test_the_stream_depends_on_seed_and_key_alone():
    cells = np.array([[30.0, 10.0, 8.0, 52.0]])
    first = draw(cells, seed=1, key="a/b/c", replicates=50)
    assert (first == draw(cells, seed=1, key="a/b/c", replicates=50)).all()
    assert (first != draw(cells, seed=2, key="a/b/c", replicates=50)).any()
    assert (first != draw(cells, seed=1, key="a/b/d", replicates=50)).any()
    assert first[0].tolist() == [[36.0, 10.0, 7.0, 47.0]]


def test_effective_counts_draw_whole_rows_in_their_proportions():
    drawn = draw(np.array([[3.3, 6.6]]), seed=1, key="", replicates=20_000)
    assert (drawn.sum(axis=-1) == 9).all()
    assert share(drawn).mean() == pytest.approx(1 / 3, abs=0.005)


def test_an_interval_holds_its_estimate_and_widens_with_smaller_tails():
    found = bootstrap(np.array([[30.0, 10.0, 8.0, 52.0]]), matthews, seed=1, key="x")
    limits, wider = found.limits(0.025), found.limits(0.005)
    assert limits is not None
    assert wider is not None
    assert found.estimate is not None
    assert wider[0] < limits[0] < found.estimate < limits[1] < wider[1]
    assert found.dropped == 0


def test_a_tail_smaller_than_the_replicates_can_tell_has_no_limits():
    found = bootstrap(np.array([[30.0, 10.0, 8.0, 52.0]]), matthews, seed=1, key="x", replicates=500)
    assert found.limits(1e-6) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([9.0, 0.0, 0.0, 9.0], "no_variation"),
        ([0.0, 0.0, 0.0, 9.0], "undefined"),
        ([0.0, 0.0, 0.0, 0.0], "undefined"),
        ([1.0, 1.0, 1.0, 1.0], "undefined_replicates"),
    ],
)
def test_an_interval_is_refused_with_a_reason_rather_than_drawn_without_width(cells, reason):
    found = bootstrap(np.array([cells]), matthews, seed=1, key="x")
    assert found.reason == reason
    assert found.limits(0.025) is None
    assert found.percentile(0.025) is None
    assert (found.estimate is None) == (reason == "undefined")


def test_few_undefined_replicates_are_dropped_and_declared():
    found = bootstrap(np.array([[4.0, 1.0, 2.0, 30.0]]), matthews, seed=1, key="x", replicates=5000)
    assert found.reason is None
    assert 0 < found.dropped <= 0.01
    assert found.replicates.size == round(5000 * (1 - found.dropped))


PLAIN = Resampled(estimate=0.5, replicates=np.linspace(0, 1, 999), bias=0.0, acceleration=0.0, dropped=0.0, reason=None)


def test_where_bca_breaks_down_the_percentile_limits_stand_in():
    for broken in (replace(PLAIN, bias=math.inf), replace(PLAIN, acceleration=1.0)):
        assert broken.limits(0.025) == broken.percentile(0.025) == pytest.approx((0.025, 0.975))
    assert bca_levels(-math.inf, 0.0, 0.025) is None


def test_limits_that_coincide_are_no_interval():
    heaped = np.sort(np.concatenate([np.full(995, 0.5), [0.1, 0.2, 0.8, 0.9]]))
    assert replace(PLAIN, replicates=heaped).limits(0.025) is None


def test_rows_that_cannot_be_left_out_have_no_influence():
    influence, weight = jackknife(np.array([[1.0, 0.0, 5.0, 9.0]]), matthews)
    assert influence[0, 0] == 0
    assert weight[0].tolist() == [0, 0, 5, 9]
    assert acceleration(np.zeros(3), np.ones(3)) == 0


def test_the_matthews_correlation_of_huge_counts_does_not_overflow():
    cells = np.array([[[3e9, 1e9, 1e9, 3e9]]])
    assert resampling.matthews(cells).item() == pytest.approx(0.5)
