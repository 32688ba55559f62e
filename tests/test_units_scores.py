"""Units beside scores and predictions: whole audits whose intervals know whose rows belong together."""

from __future__ import annotations

import functools
import hashlib

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from audit import engine
from audit.counts import countfile
from audit.errors import DataError
from audit.groups.people import everyone, people
from audit.scanning import scan
from audit.sources.source import open_table
from audit.stats.design_effect import place_of
from tests.making import policy_of, rule
from tests.stats.test_design_effect import obuchowski

SCORE = {"score": {"column": "s", "favorable": "above"}, "outcome": {"column": "y", "favorable": 1}}
PREDICTION = {"prediction": {"column": "s", "target": "t", "range": [0, 1], "favorable": "high"}}
SAMPLING = {"weight": {"column": "w", "kind": "sampling"}}
MEANS = ("mean_score", "brier_score", "calibration_in_the_large", "standardized_mean_score")
COUNTED = ("roc_auc", "median_score", "scoring_rate", "calibration_intercept", "calibration_slope")
ERRORS = ("mean_error", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error")


def persons(n=1500, seed=3):
    """One row a person."""
    draw = np.random.default_rng(seed)
    y = draw.integers(0, 2, n)
    s = expit(draw.normal(size=n) + y - 0.5)
    return pd.DataFrame(
        {
            "g": draw.choice(["A", "B"], n),
            "y": y,
            "s": s,
            "t": np.clip(s + draw.normal(0, 0.1, n), 0, 1),
            "u": [f"person {i}" for i in range(n)],
            "w": draw.uniform(0.5, 2, n),
            "m": draw.choice(["2026-01-05", "2026-02-05"], n),
        }
    )


ONCE = persons()
TABLES = {"once": ONCE, "six times": ONCE.loc[ONCE.index.repeat(6)]}
SIX = TABLES["six times"]
REQUIRE = {"value": "<= 9/10", "difference": "<= 9/10", "ratio": ">= 1/100"}
COMPARED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("mean_score", "difference", {}),
    ("roc_auc", "difference", {}),
    ("scoring_rate", "ratio", {}),
    ("brier_score", "ratio", {}),
    ("standardized_mean_score", "difference", {"denominator": "both"}),
    ("standardized_mean_score", "difference", {"denominator": "hedges"}),
)


def law(metric, data, compare="value", **more):
    return policy_of(rule(metric=metric, compare=compare, require=REQUIRE[compare], **more), data=data)


def counted(table, policy):
    plan = policy.plan()
    with open_table(table, scan.columns(plan)) as source:
        return scan.count(source, plan)


def found(table, metric, data, **more):
    return engine.run(law(metric, data, **more), table).findings


def about(metric):
    """The columns that a metric is about, without units and with them."""
    data = PREDICTION if metric in ERRORS else SCORE
    return data, {**data, "unit": "u"}


@functools.cache
def ran(table, *, unit, weighted=False, errors=False):
    """The audit by all of these rules."""
    data = {**(PREDICTION if errors else SCORE), **({"unit": "u"} if unit else {}), **(SAMPLING if weighted else {})}
    asked: list[tuple[str, str, dict[str, str]]] = [
        (metric, "value", {}) for metric in (ERRORS if errors else (*MEANS, *COUNTED))
    ]
    rules = [
        rule(id=f"r{i}", metric=metric, compare=compare, require=REQUIRE[compare], **more)
        for i, (metric, compare, more) in enumerate(asked if errors else [*asked, *COMPARED])
    ]
    return engine.run(policy_of(*rules, data=data, groups={"reference": {"fixed": "A"}}), TABLES[table])


def judged(table, **asked):
    """Its findings, in order."""
    return pd.DataFrame(
        {
            "rule": f"{one.metric} {one.compare}",
            "value": one.value,
            "width": one.unadjusted_interval.high - one.unadjusted_interval.low,
        }
        for one in ran(table, **asked).findings
    )


# ---- intervals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("errors", [False, True], ids=["scores", "predictions"])
def test_repeating_every_row_of_a_person_tells_nothing_new(errors):
    once, six = (judged(table, unit=True, errors=errors)["width"] for table in TABLES)
    ignored = judged("six times", unit=False, errors=errors)["width"]
    alone = judged("once", unit=False, errors=errors)["width"]
    # By chance buckets may vary less than rows do, which shows only where rows are repeated.
    assert six.to_numpy() == pytest.approx(once.to_numpy(), rel=0.08)
    assert once.to_numpy() == pytest.approx(alone.to_numpy(), rel=0.2)  # persons with one row each
    assert (once >= 0.999 * alone).all()
    assert (ignored < 0.55 * once).all()  # 1 / sqrt(6) is 0.41


def test_units_and_sampling_weights_go_together():
    once, six = (judged(table, unit=True, weighted=True)["width"] for table in TABLES)
    assert six.to_numpy() == pytest.approx(once.to_numpy(), rel=0.12)
    assert (once >= 0.999 * judged("once", unit=False, weighted=True)["width"]).all()


@pytest.mark.parametrize("errors", [False, True], ids=["scores", "predictions"])
def test_units_do_not_move_the_value(errors):
    with_units, without = (judged("six times", unit=unit, errors=errors) for unit in (True, False))
    assert with_units["rule"].tolist() == without["rule"].tolist()
    # sums of floats, in another order
    assert with_units["value"].to_numpy() == pytest.approx(without["value"].to_numpy(), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("scores", ["exact", "in bins"])
@pytest.mark.parametrize("metric", ["top_fraction_rate", "scoring_rate"])
def test_a_share_beyond_a_score_is_a_rate_like_any_other(metric, scores, monkeypatch):
    if scores == "in bins":
        monkeypatch.setattr("audit.scanning.layout.MOST_DISTINCT", 100)
    top = {"top": 0.2} if metric == "top_fraction_rate" else {}
    for table in (ONCE, SIX):
        fine = found(table, metric, {**SCORE, "unit": "u"}, **top)
        rate = {"decision": {"column": "d", "favorable": 1}, "unit": "u"}
        cut = np.sort(table["s"])[::-1][int(0.2 * len(table)) - 1]
        beyond = table["s"] >= cut if top else table["s"] > table["s"].median()
        plain = found(table.assign(d=beyond.astype(int)), "selection_rate", rate)
        for one, other in zip(fine, plain, strict=True):
            assert one.exact == other.exact
            ends = [[of.interval.low, of.interval.high] for of in (one, other)]
            assert ends[0] == pytest.approx(ends[1], abs=0.002)


@pytest.mark.parametrize("scale", [0.01, 50])
def test_a_share_beyond_a_score_is_a_rate_whatever_the_scale_of_the_weights(scale):
    table = SIX.assign(w=SIX["w"] * scale)
    weighed = {"unit": "u", **SAMPLING}
    ranked = table.sort_values("s")
    beyond = table["s"] > ranked["s"][ranked["w"].cumsum() >= ranked["w"].sum() / 2].iloc[0]
    fine = found(table, "scoring_rate", {**SCORE, **weighed})
    rate = {"decision": {"column": "d", "favorable": 1}, **weighed}
    plain = found(table.assign(d=beyond.astype(int)), "selection_rate", rate)
    for one, other in zip(fine, plain, strict=True):
        assert one.value == pytest.approx(other.value)
        ends = [[of.interval.low, of.interval.high] for of in (one, other)]
        assert ends[0] == pytest.approx(ends[1], abs=0.002)


# ---- against others ------------------------------------------------------------------------------------------------


def households(seed=5):
    """Rows of 400 households whose scores are alike, and their buckets."""
    draw = np.random.default_rng(seed)
    unit = np.repeat(np.arange(400), draw.integers(1, 9, 400))
    y = (draw.random(400) < 0.5)[unit] ^ (draw.random(unit.size) < 0.1)
    s = expit(draw.normal(size=400)[unit] + 0.5 * draw.normal(size=unit.size) + y - 0.5)
    t = np.clip(s + 0.1 * draw.normal(size=400)[unit] + 0.05 * draw.normal(size=unit.size), 0, 1)
    table = pd.DataFrame({"g": "A", "u": [f"house {i}" for i in unit], "y": y.astype(int), "s": s, "t": t})
    return table, np.array([int(hashlib.md5(name.encode()).hexdigest()[:2], 16) for name in table["u"]])


OF = {
    "mean_score": lambda t: t["s"],
    "brier_score": lambda t: (t["y"] - t["s"]) ** 2,
    "calibration_in_the_large": lambda t: t["y"] - t["s"],
    "mean_error": lambda t: t["s"] - t["t"],
    "mean_absolute_error": lambda t: (t["s"] - t["t"]).abs(),
    "mean_squared_error": lambda t: (t["s"] - t["t"]) ** 2,
}


@pytest.mark.parametrize("metrics", [MEANS[:3], ERRORS[:3]], ids=["scores", "predictions"])
def test_a_mean_has_the_cluster_robust_interval_of_statsmodels(metrics):
    table, bucket = households()
    for one in found(table, list(metrics), about(metrics[0])[1]):
        x = OF[one.metric](table).to_numpy()
        fitted = sm.OLS(x, np.ones_like(x)).fit(cov_type="cluster", cov_kwds={"groups": bucket}, use_t=True)
        ends = [one.unadjusted_interval.low, one.unadjusted_interval.high]
        assert ends == pytest.approx(fitted.conf_int()[0], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("scores", ["exact", "in bins", "falling"])
def test_an_auc_has_obuchowskis_variance(scores):
    table, bucket = households()
    table["s"] = table["s"].round(2) if scores == "exact" else table["s"]
    data = {**SCORE, "unit": "u"}
    sign = 1
    if scores == "in bins":  # four times as many rows, each with a score of its own
        shift = np.tile(np.arange(4) * 1e-7, len(table))
        table, bucket = table.loc[table.index.repeat(4)].assign(s=lambda rows: rows["s"] + shift), bucket.repeat(4)
    if scores == "falling":
        data, sign = {**data, "score": {"column": "s", "favorable": "below"}}, -1
    value, variance = obuchowski(sign * table["s"].to_numpy(), table["y"].to_numpy() == 1, bucket)
    [one] = found(table, "roc_auc", data)
    spread = np.log(one.interval.high / (1 - one.interval.high)) - np.log(value / (1 - value))
    quantile = 1.9735  # Student's with as many degrees of freedom as there are buckets less one, here about 205
    assert one.value == pytest.approx(value, abs=1e-4)
    assert spread == pytest.approx(quantile * np.sqrt(variance) / (value * (1 - value)), rel=0.04)


# ---- counts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [SCORE, {**SCORE, **SAMPLING}, PREDICTION], ids=["score", "weighted", "prediction"])
@pytest.mark.parametrize("metric", ["mean", "distribution"])
def test_buckets_of_scores_add_up_to_the_scores(data, metric, tmp_path):
    if data is PREDICTION and metric == "distribution":
        pytest.skip("only sums of errors are counted")
    name = {"mean": "mean_error" if data is PREDICTION else "mean_score", "distribution": "roc_auc"}[metric]
    policy = law(name, {**data, "unit": "u", "time": {"column": "m", "period": "month"}})
    counts = counted(SIX, policy)
    for group in [*people(counts, ["g"]), everyone(counts)]:
        units = group.scores.units
        assert units.sums.sum(axis=0) == pytest.approx(group.scores.sums[:, [1, 3, 4]], rel=1e-9)
        if metric == "distribution":
            one = group.scores.histogram
            wanted = np.bincount(place_of(one.scores), weights=one.everyone()[0], minlength=50)
            assert units.places.sum(axis=(0, 1)) == pytest.approx(wanted, rel=1e-9)
        else:
            assert units.places is None
    parts = counted(SIX[::2], policy) + counted(SIX[1::2], policy)
    for one, other in zip(people(parts, ["g"]), people(counts, ["g"]), strict=True):
        assert one.scores.units.sums == pytest.approx(other.scores.units.sums, rel=1e-9)
    countfile.save(counts, tmp_path / "a.counts")
    assert countfile.sha256(countfile.load(tmp_path / "a.counts")) == countfile.sha256(counts)
    january = counts.only("period", "2026-01")
    assert everyone(january).scores.units.sums[..., 0].sum() == pytest.approx(everyone(january).scores.sums[:, 1].sum())


def test_counts_judged_later_have_the_same_intervals(tmp_path):
    policy = law("roc_auc", {**SCORE, "unit": "u"})
    whole = engine.run(policy, SIX)
    half = len(SIX) // 2
    for name, rows in (("a", SIX[:half]), ("b", SIX[half:])):
        countfile.save(counted(rows, policy), tmp_path / name)
    judged = engine.judge_counts(policy, [tmp_path / "a", tmp_path / "b"])
    for one, other in zip(judged.findings, whole.findings, strict=True):
        assert [one.interval.low, one.interval.high] == pytest.approx([other.interval.low, other.interval.high])


def test_a_policy_without_units_counts_nothing_by_unit():
    counts = counted(ONCE, law("roc_auc", SCORE))
    assert counts.scores.units == ()
    assert '"units"' not in countfile.to_json(counts)


def test_more_cells_than_fit_are_counted_crossing_by_crossing(monkeypatch):
    data = {**SCORE, "unit": "u"}
    policy = policy_of(
        rule(metric="roc_auc", compare="value", require="<= 9/10"),
        data=data,
        attributes={"g": {"column": "g"}, "m": {"column": "m"}},
    )
    monkeypatch.setattr("audit.scanning.layout.MOST_TOGETHER", 1000)
    apart = counted(ONCE, policy)
    assert {table.attributes for table in apart.scores.units} == {("g",), ("m",)}
    monkeypatch.undo()
    together = counted(ONCE, policy)
    assert [table.attributes for table in together.scores.units] == [("g", "m")]
    for one, other in zip(people(apart, ["g"]), people(together, ["g"]), strict=True):
        assert one.scores.units.sums == pytest.approx(other.scores.units.sums, rel=1e-12)


def test_more_groups_than_memory_holds_are_refused_before_they_are_put_together(monkeypatch):
    counts = counted(ONCE, law("roc_auc", {**SCORE, "unit": "u"}))
    monkeypatch.setattr("audit.groups.scoring.MOST_NUMBERS", 50_000)
    with pytest.raises(DataError, match="the scores of 2 groups by unit would not fit into memory"):
        people(counts, ["g"])
    monkeypatch.setattr("audit.groups.scoring.MOST_NUMBERS", 5_000)
    sums = counted(ONCE, law("mean_score", {**SCORE, "unit": "u"}))
    assert len(people(sums, ["g"])) == 2


@pytest.mark.parametrize("unit", [{}, {"unit": "u"}], ids=["", "by unit"])
def test_scores_of_which_no_row_is_usable_have_no_value(unit):
    table = ONCE.head(8).assign(y=None)
    data = {**SCORE, "outcome": {"column": "y", "favorable": 1, "unusable": "exclude"}, **unit}
    result = engine.run(law(["median_score", "roc_auc", "scoring_rate", "calibration_slope"], data), table)
    assert {(one.verdict, one.value) for one in result.findings} == {("not computable", None)}


def test_rows_that_weigh_nothing_have_no_value():
    table = ONCE.head(1).assign(w=0.0)
    law_of = policy_of(
        rule(metric=["median_score", "roc_auc"], compare="value", require="<= 9/10"),
        data={**SCORE, **SAMPLING, "unit": "u"},
        groups={"min_count": 1},
    )
    assert [one.value for one in engine.run(law_of, table).findings] == [None, None]


# ---- what reports say ----------------------------------------------------------------------------------------------


def test_a_report_says_how_intervals_of_scores_allow_for_units():
    scores, errors, without = (
        " ".join(ran("once", unit=unit, errors=errors).method.notes)
        for unit, errors in ((True, False), (True, True), (False, False))
    )
    for notes in (scores, errors):
        assert "a mean is the linearised one between 256 buckets of units" in notes
        assert "independent of each other" not in notes
    assert ["Obuchowski" in notes for notes in (scores, errors, without)] == [True, False, False]
    assert "independent of each other" in without


def test_what_stands_beside_the_scores_knows_of_units_too():
    knowing, ignoring = (ran("six times", unit=unit).scores for unit in (True, False))
    for one, other in zip(knowing, ignoring, strict=True):
        for value, ignored in ((one.calibration_slope, other.calibration_slope), (one.roc_auc, other.roc_auc)):
            assert value.value == pytest.approx(ignored.value)
            assert value.high - value.low > 2 * (ignored.high - ignored.low)
        for bar, narrow in zip(one.curves.reliability, other.curves.reliability, strict=True):
            assert (bar.n, bar.observed) == (narrow.n, narrow.observed)
            assert bar.observed_high - bar.observed_low > 1.6 * (narrow.observed_high - narrow.observed_low)
        assert one.curves.roc.band_up is None


def test_strata_of_scoring_rates_know_of_units():
    law_of = {"data": {**SCORE, "unit": "u"}, "factors": {"m": {"column": "m", "legitimate": "the month"}}}
    asked = rule(metric="scoring_rate", compare="ratio", require=">= 1/100", given=["m"])
    groups = {"reference": {"fixed": "A"}}
    once, six = (engine.run(policy_of(asked, groups=groups, **law_of), table).findings[0] for table in (ONCE, SIX))
    assert once.interval.high - once.interval.low == pytest.approx(six.interval.high - six.interval.low, rel=0.06)


def test_lists_still_say_themselves_which_rows_belong_together():
    data = {"ranking": {"list": "m", "position": "w"}, "unit": "u"}
    with pytest.raises(Exception, match="lists already say which rows belong together"):
        policy_of(rule(metric="exposure", compare="value", require="<= 9/10"), data=data)
