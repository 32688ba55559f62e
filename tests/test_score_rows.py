"""Scores in the result: the numbers of the rows, thinned curves that stay close, and nothing of a few records."""

import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import trapezoid
from sklearn.metrics import roc_auc_score, roc_curve

from audit import engine
from audit.assembling.score_curves import MOST_BARS, MOST_POINTS, bars, display, reliability_bins, roc, runs_of, trimmed
from audit.result import AuditResult, from_json, to_json
from audit.result.records import ScoreRow, ScoreValue
from audit.stats.histogram import histogram

DAY = datetime.date(2026, 11, 20)
LEAST = 30
RULE = {"metric": "roc_auc", "of": ["g"], "compare": "difference", "require": ">= -0.1"}


def audited(rows: pd.DataFrame, score: dict[str, Any], *metrics: str, **data: Any) -> AuditResult:
    rules = [{**RULE, "id": name, "metric": name} for name in metrics or ("roc_auc",)]
    policy: dict[str, Any] = {
        "evenhand": 1,
        "title": "Scores",
        "subject": {"name": "made-up scorer"},
        "data": {"score": {"column": "s", **score}, "outcome": {"column": "y", "favorable": 1}, **data},
        "attributes": {"g": {"column": "g"}},
        "groups": {"reference": "largest", "min_count": LEAST},
        "rules": rules,
    }
    if policy["data"]["outcome"] is None:
        del policy["data"]["outcome"]
    return engine.run(policy, rows, as_of=DAY)


def people(n: int = 4000, *, digits: int = 3, seed: int = 7) -> pd.DataFrame:
    """Probabilities of four groups, one of them of twenty rows, and outcomes that are commoner than promised in one."""
    rng = np.random.default_rng(seed)
    g = rng.choice(["A", "B", "C"], n, p=[0.6, 0.3, 0.1])
    z = rng.normal((g == "B") * 0.5 - 0.4, 1.0, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-(z * 0.8 + (g == "C") * 0.6)))).astype(int)
    rows = pd.DataFrame({"g": g, "s": (1 / (1 + np.exp(-z))).round(digits), "y": y})
    few = pd.DataFrame({"g": ["few"] * 20, "s": rng.random(20).round(digits), "y": rng.integers(0, 2, 20)})
    return pd.concat([rows, few], ignore_index=True)


@cache
def exact() -> tuple[pd.DataFrame, AuditResult]:
    rows = people()
    return rows, audited(rows, {"cutoff": 0.5, "favorable": "at_least"}, "roc_auc", "calibration_in_the_large")


@cache
def binned() -> tuple[pd.DataFrame, AuditResult]:
    rows = people(9000, digits=9)
    return rows, audited(rows, {"cutoff": 0.5, "favorable": "above"}, "roc_auc", "calibration_in_the_large")


BOTH = pytest.mark.parametrize("made", [exact, binned])


def row_of(result: AuditResult, group: str) -> ScoreRow:
    return next(row for row in result.scores if row.group == group)


def near(found: ScoreValue, expected: float) -> None:
    assert found.value is not None
    assert abs(found.value - expected) <= found.error + 1e-9


@BOTH
@pytest.mark.parametrize("group", ["A", "B", "C", "everyone"])
def test_every_number_is_that_of_the_rows_within_its_error(made: Any, group: str) -> None:
    rows, result = made()
    row, own = row_of(result, group), rows if group == "everyone" else rows[rows.g == group]
    assert (row.n, row.outcomes) == (len(own), len(own))
    near(row.mean, own.s.mean())
    near(row.deviation, own.s.std())
    near(row.roc_auc, roc_auc_score(own.y, own.s))
    near(row.calibration_in_the_large, (own.y - own.s).mean())
    for name, value in row.quantiles.items():
        near(value, np.quantile(own.s, float(name), method="averaged_inverted_cdf"))


@BOTH
@pytest.mark.parametrize("group", ["A", "B", "C"])
def test_distances_are_those_of_scipy_to_everyone_else(made: Any, group: str) -> None:
    rows, result = made()
    own, rest = rows[rows.g == group].s, rows[rows.g != group].s
    near(row_of(result, group).kolmogorov_smirnov, stats.ks_2samp(own, rest).statistic)
    near(row_of(result, group).wasserstein, stats.wasserstein_distance(own, rest))


@BOTH
def test_the_slope_is_that_of_a_logistic_regression(made: Any) -> None:
    import statsmodels.api as sm

    rows, result = made()
    own = rows[rows.g == "A"]
    x = np.log(own.s / (1 - own.s))
    fitted = sm.Logit(own.y, sm.add_constant(x)).fit(disp=0)
    slope = row_of(result, "A").calibration_slope
    near(slope, fitted.params.iloc[1])
    assert (slope.low, slope.high) == pytest.approx(tuple(fitted.conf_int().iloc[1]), abs=2 * slope.error + 1e-6)


@BOTH
def test_no_number_differs_from_the_table_of_groups(made: Any) -> None:
    _, result = made()
    for row in result.groups:
        if row.n >= LEAST:
            mine = row_of(result, row.group)
            pairs = [("mean_score", mine.mean), ("roc_auc", mine.roc_auc), ("median_score", mine.quantiles["0.5"])]
            for name, value in pairs:
                known = row.metrics[name]
                assert (value.value, value.low, value.high) == (known.value, known.low, known.high)


@BOTH
def test_a_thinned_roc_curve_stays_within_its_stated_deviation(made: Any) -> None:
    rows, result = made()
    for group in ("A", "B", "C", "everyone"):
        own, row = rows if group == "everyone" else rows[rows.g == group], row_of(result, group)
        assert row.curves is not None
        assert row.curves.roc is not None
        curve = row.curves.roc
        x, y = np.array(curve.false_positive_rate), np.array(curve.true_positive_rate)
        assert len(x) <= MOST_POINTS
        assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
        whole = np.column_stack(roc_curve(own.y, own.s, drop_intermediate=False)[:2])
        assert max(distance(point, x, y) for point in whole) <= curve.deviation
        assert curve.deviation < 0.03


def distance(point: Any, x: Any, y: Any) -> float:
    """From a point to the nearest point of a line through many."""
    start, along = np.column_stack([x[:-1], y[:-1]]), np.column_stack([np.diff(x), np.diff(y)])
    long = np.maximum((along**2).sum(axis=1), 1e-300)
    part = np.clip(((point - start) * along).sum(axis=1) / long, 0, 1)
    return float(np.sqrt((((start + part[:, None] * along) - point) ** 2).sum(axis=1)).min())


@BOTH
def test_no_point_stands_for_fewer_records_than_the_policy_says(made: Any) -> None:
    rows, result = made()
    for row in result.scores:
        if row.curves is None:
            assert row.n < LEAST
            continue
        own = rows if row.group == "everyone" else rows[rows.g == row.group]
        assert all(bar.n >= LEAST for bar in row.curves.distribution)
        assert all(one.n >= LEAST for one in row.curves.reliability)
        assert len(row.curves.distribution) <= MOST_BARS
        cuts = [-np.inf, *(point.threshold for point in row.curves.sweep), np.inf]
        # At a bin's edge, and just above it where the cutoff is strict, the same rows are selected.
        counts = np.histogram(own.s, cuts)[0]
        assert counts.min() >= LEAST - (1 if made is binned else 0)


def test_a_small_group_is_listed_without_numbers_or_curves() -> None:
    _, result = exact()
    row = row_of(result, "few")
    assert (row.n, row.curves, row.no_curves) == (20, None, "fewer than 30 records")
    assert row.mean.value is None
    assert all(value.reason == "fewer than 30 records" for value in row.quantiles.values())


@BOTH
def test_a_distribution_is_whole_and_counts_the_rows_of_each_bar(made: Any) -> None:
    rows, result = made()
    for group in ("A", "B", "C"):
        curves, own = row_of(result, group).curves, rows[rows.g == group].s
        assert curves is not None
        assert sum(bar.n for bar in curves.distribution) == len(own)
        assert sum(bar.share for bar in curves.distribution) == pytest.approx(1, abs=1e-4)
        for bar in curves.distribution[1:-1]:
            assert bar.n == pytest.approx(((own >= bar.low) & (own < bar.high)).sum(), abs=2 if made is binned else 0)


@BOTH
def test_a_bin_of_the_reliability_table_has_the_mean_and_the_share_of_its_rows(made: Any) -> None:
    rows, result = made()
    curves, own = row_of(result, "A").curves, rows[rows.g == "A"]
    assert curves is not None
    assert len(curves.reliability) == 10
    off = result.score_note.width if result.score_note else 0.0
    for one in curves.reliability:
        inside = own[(own.s >= one.low - 1e-9) & (own.s <= one.high + 1e-9)]
        if made is exact:
            assert one.n == len(inside)
            wilson = stats.binomtest(int(inside.y.sum()), len(inside)).proportion_ci(method="wilson")
            assert (one.observed_low, one.observed_high) == pytest.approx(tuple(wilson), abs=2e-6)
        assert one.mean_score == pytest.approx(inside.s.mean(), abs=off + 1e-3)


SIDES = {
    "above": lambda s, cut: s > cut, "at_least": lambda s, cut: s >= cut,
    "below": lambda s, cut: s < cut, "at_most": lambda s, cut: s <= cut,
}  # fmt: skip


@pytest.mark.parametrize("side", SIDES)
def test_a_sweep_selects_as_the_policy_would_at_every_threshold(side: str) -> None:
    rows = people(3000, digits=1)
    result = audited(rows, {"cutoff": 0.5, "favorable": side})
    for group in ("A", "B", "C"):
        curves, own = row_of(result, group).curves, rows[rows.g == group]
        assert curves is not None
        assert curves.sweep
        for point in curves.sweep:
            chosen = SIDES[side](own.s, point.threshold)
            assert point.selection_rate == pytest.approx(chosen.mean(), abs=1e-6)
            assert point.true_positive_rate == pytest.approx(chosen[own.y == 1].mean(), abs=1e-6)
            assert point.false_positive_rate == pytest.approx(chosen[own.y == 0].mean(), abs=1e-6)


@pytest.mark.parametrize("side", SIDES)
def test_the_ratio_at_a_threshold_is_that_of_the_judged_groups(side: str) -> None:
    rows = people(3000, digits=1)
    note = audited(rows, {"cutoff": 0.5, "favorable": side}).score_note
    assert note is not None
    assert note.cutoff == 0.5
    judged = rows[rows.g != "few"]
    for point in note.ratios["g"]:
        rates = SIDES[side](judged.s, point.threshold).groupby(judged.g).mean()
        assert point.ratio == pytest.approx(rates.min() / rates.max(), abs=1e-6)
        assert (rates[point.lowest], rates[point.highest]) == pytest.approx((rates.min(), rates.max()))


@BOTH
def test_at_the_cutoff_the_sweep_is_what_the_groups_table_says(made: Any) -> None:
    _, result = made()
    for row in result.groups:
        curves = row_of(result, row.group).curves
        own = [point for point in curves.sweep if point.threshold == 0.5] if curves else []
        if row.n >= LEAST:
            assert [point.selection_rate for point in own] == [row.metrics["selection_rate"].value]


@pytest.mark.parametrize("side", ["below", "at_most"])
def test_where_low_scores_are_selected_the_roc_is_that_of_the_score_turned_around(side: str) -> None:
    rows = people(3000, digits=2)
    row = row_of(audited(rows, {"cutoff": 0.5, "favorable": side}), "A")
    own = rows[rows.g == "A"]
    near(row.roc_auc, roc_auc_score(own.y, -own.s))
    assert row.curves is not None
    assert row.curves.roc is not None
    x, y = np.array(row.curves.roc.false_positive_rate), np.array(row.curves.roc.true_positive_rate)
    whole = np.column_stack(roc_curve(own.y, -own.s, drop_intermediate=False)[:2])
    assert max(distance(point, x, y) for point in whole) <= row.curves.roc.deviation
    assert trapezoid(y, x) == pytest.approx(row.roc_auc.value or 0, abs=0.02)


def test_without_an_outcome_there_are_distributions_and_sweeps_only() -> None:
    rows = people().drop(columns="y")
    row = row_of(audited(rows, {"cutoff": 0.5, "favorable": "at_least"}, "median_score", outcome=None), "A")
    assert row.curves is not None
    assert row.curves.distribution
    assert row.curves.sweep
    assert (row.curves.roc, row.curves.reliability, row.outcomes) == (None, (), 0)
    assert row.roc_auc.value is None
    assert row.calibration_slope.value is None
    assert row.roc_auc.reason
    assert row.calibration_slope.reason
    assert all(point.true_positive_rate is None for point in row.curves.sweep)


def test_a_score_that_is_no_probability_has_shares_by_score_but_no_calibration() -> None:
    rows = people()
    rows["s"] = 1 + np.floor(rows.s * 9.999)
    row = row_of(audited(rows, {"cutoff": 5, "favorable": "at_least", "range": [1, 10]}), "A")
    own = rows[rows.g == "A"]
    assert row.calibration_in_the_large.reason == "scores are no probabilities"
    assert row.curves is not None
    singles = [one for one in row.curves.reliability if one.low == one.high]
    assert len(singles) >= 5
    for one in singles:
        assert one.observed == pytest.approx(own[own.s == one.low].y.mean(), abs=1e-6)
    assert [bar.values for bar in row.curves.distribution if len(bar.values) == 1]


def test_where_only_sums_were_counted_there_are_means_and_nothing_else() -> None:
    row = row_of(audited(people(), {"cutoff": 0.5, "favorable": "at_least"}, "mean_score"), "A")
    assert row.mean.value is not None
    assert row.deviation.value is not None
    assert row.roc_auc.reason == row.no_curves == "only sums of the scores were counted"


def test_without_rules_about_scores_there_are_none_in_the_result() -> None:
    rows = people()
    result = audited(rows, {"cutoff": 0.5, "favorable": "at_least"}, "selection_rate")
    assert (result.scores, result.score_note) == ((), None)


def test_a_decision_of_its_own_leaves_the_cutoff_unmarked() -> None:
    rows = people().assign(d=lambda table: (table.s > 0.4).astype(int))
    result = audited(rows, {"cutoff": 0.5, "favorable": "at_least"}, decision={"column": "d", "favorable": 1})
    assert result.score_note is not None
    assert result.score_note.cutoff is None
    curves = row_of(result, "A").curves
    assert curves is not None
    assert all(point.threshold != 0.5 or point.error >= 0 for point in curves.sweep)


def test_only_the_largest_groups_have_curves() -> None:
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"g": rng.integers(0, 15, 3000).astype(str), "s": rng.random(3000).round(2)})
    rows["y"] = rng.integers(0, 2, 3000)
    result = audited(rows, {"cutoff": 0.5, "favorable": "at_least"})
    drawn = [row for row in result.scores[1:] if row.curves]
    others = [row for row in result.scores[1:] if not row.curves]
    assert (len(drawn), len(others)) == (12, 3)
    assert min(row.n for row in drawn) >= max(row.n for row in others)
    assert {row.no_curves for row in others} == {"curves are kept for the 12 largest groups"}


def test_sampling_weights_count_at_their_effective_number() -> None:
    rows = people(digits=2).assign(w=lambda table: 1 + 3 * (np.arange(len(table)) % 2))
    result = audited(rows, {"cutoff": 0.5, "favorable": "at_least"}, weight={"column": "w", "kind": "sampling"})
    row, own = row_of(result, "A"), rows[rows.g == "A"]
    near(row.roc_auc, roc_auc_score(own.y, own.s, sample_weight=own.w))
    assert row.n == len(own)
    assert row.curves is not None
    effective = own.w.sum() ** 2 / (own.w**2).sum()
    assert sum(bar.n for bar in row.curves.distribution) == pytest.approx(effective, rel=0.05)
    assert all(bar.n >= LEAST for bar in row.curves.distribution)


def test_the_result_reads_back_as_it_was_written_and_is_the_same_twice() -> None:
    rows, result = exact()
    again = audited(rows, {"cutoff": 0.5, "favorable": "at_least"}, "roc_auc", "calibration_in_the_large")
    assert to_json(again) == to_json(result)
    assert from_json(to_json(result)) == result


def test_a_result_of_before_is_read_without_scores() -> None:
    _, result = exact()
    import json

    plain = json.loads(to_json(result))
    del plain["scores"], plain["score_note"]
    assert from_json(json.dumps(plain)).scores == ()


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.integers(1, 30))
def test_runs_hold_all_parts_and_each_holds_enough(parts: list[int], least: int) -> None:
    runs = runs_of([(float(n), float(n)) for n in parts], least)
    if sum(parts) < least:
        assert runs == []
        return
    assert sum(sum(parts[first:last]) for first, last in runs) == sum(parts)
    assert all(sum(parts[first:last]) >= least for first, last in runs)
    assert all(one[1] <= other[0] for one, other in pairwise(runs))


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=60),
    st.sampled_from([0.0, 0.01]),
)
def test_curves_of_any_histogram_keep_to_the_least_number(cells: list[tuple[int, int]], width: float) -> None:
    scores = np.arange(len(cells)) * 0.01 + 0.005
    made = trimmed(histogram(scores, positive=[a for a, _ in cells], negative=[b for _, b in cells], width=width))
    total = sum(a + b for a, b in cells)
    if total < 10:
        return
    shown = display(made, 10)
    assert all(bar.n >= 10 for bar in bars(made, shown, 10))
    found = reliability_bins(made, 10, 0.025, (0.0, 1.0))
    assert all(one.n >= 10 for one in found)
    assert sum(one.n for one in found) == pytest.approx(total)
    curve = roc(made, 10)
    if curve:
        assert list(curve.false_positive_rate) == sorted(curve.false_positive_rate)
        assert list(curve.true_positive_rate) == sorted(curve.true_positive_rate)
