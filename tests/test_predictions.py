"""Rules about the errors of predicted numbers, from a table to the sentence: values and limits by other hands."""

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as learn

import audit
from audit.confirming.rows import confirm
from audit.counts import countfile
from audit.counts.celltable import POWERS
from audit.engine import count_table, judge
from audit.errors import DataError, PolicyError
from audit.provenance import provenance
from audit.result import MetricValue
from audit.scanning import scan
from audit.sources.source import open_table
from audit.values import Verdict
from tests.engines import opened
from tests.making import policy_of, rule

DAY = datetime.date(2026, 11, 21)
NAMES = ("mean_error", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error")
PREDICTION = {"column": "p", "target": "y", "range": [-100, 200], "favorable": "high"}
DATA = {"prediction": PREDICTION}
VECTORS = Path(__file__).parent / "stats/vectors/scores/regression.json"


def values(metric=NAMES, **changes):
    return rule(id="v", metric=list(metric), compare="value", require="-50 to 90", **changes)


def gaps(metric, compare="difference", require="<= 3"):
    return rule(id=compare, metric=metric, compare=compare, require=require, reference={"fixed": "A"})


def people(seed=5, **groups):
    """Rows of groups by (bias, spread): targets, and predictions that miss them by so much on average."""
    draw = np.random.default_rng(seed)
    parts = []
    for name, (bias, spread) in groups.items():
        y = draw.uniform(10, 90, 300).round(2)
        parts.append(pd.DataFrame({"g": name, "y": y, "p": (y + draw.normal(bias, spread, 300)).round(2)}))
    return pd.concat(parts, ignore_index=True)


def judged(table, *rules, **changes):
    return audit.run(policy_of(*rules, **{"data": DATA, **changes}), table, as_of=DAY)


def found_of(result, rule_id="v"):
    return {(found.metric, found.group): found for found in result.findings if found.rule == rule_id}


def by_scikit_learn(rows):
    y, p = rows["y"], rows["p"]
    return {
        "mean_error": float((p - y).mean()),
        "mean_absolute_error": learn.mean_absolute_error(y, p),
        "mean_squared_error": learn.mean_squared_error(y, p),
        "root_mean_squared_error": learn.root_mean_squared_error(y, p),
    }


TABLE = people(A=(0, 5), B=(1.5, 8))

# ---- values and limits ---------------------------------------------------------------------------------------------


def vectors(function):
    return [case for case in json.loads(VECTORS.read_text()) if case["function"] == function]


@pytest.mark.parametrize("case", vectors("group_regression"), ids=lambda case: case["id"])
def test_errors_are_those_of_the_vectors(case):
    parts = [
        pd.DataFrame({"g": g, "y": case["inputs"][f"y{i}"], "p": case["inputs"][f"pred{i}"]})
        for i, g in ((1, "B"), (2, "A"))
    ]
    result = judged(pd.concat(parts), values(), gaps("mean_error", require="<= 50"), groups={"min_count": 1})
    found, wanted = found_of(result), case["expected"]
    names = dict(zip(NAMES, ("mean_error", "mae", "mse", "rmse"), strict=True))
    for group, key in (("B", "group1"), ("A", "group2")):
        assert {name: found[name, group].value for name in NAMES} == pytest.approx(
            {name: wanted[key][short] for name, short in names.items()}, rel=1e-9
        )
    gap = found_of(result, "difference")["mean_error", "B"]
    assert gap.value == pytest.approx(wanted["mean_error_difference"], rel=1e-9)
    limits = (gap.unadjusted_interval.low, gap.unadjusted_interval.high)
    assert limits == pytest.approx((wanted["welch_low"], wanted["welch_high"]), rel=1e-8)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.integers(-100, 200), st.integers(-100, 200)), min_size=1, max_size=30)
)
def test_errors_are_those_of_scikit_learn_whatever_the_rows(rows):
    table = pd.DataFrame(rows, columns=["g", "y", "p"])
    found = found_of(judged(table, values(effect="report"), groups={"min_count": 1}))
    for group, part in table.groupby("g"):
        wanted = by_scikit_learn(part)
        assert {name: found[name, group].value for name in NAMES} == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_means_of_errors_have_students_limits_and_their_differences_welchs():
    result = judged(TABLE, values(), gaps(["mean_absolute_error", "mean_squared_error"], require="<= 90"))
    sizes = {g: (part["p"] - part["y"]).abs() for g, part in TABLE.groupby("g")}
    for power, name in ((1, "mean_absolute_error"), (2, "mean_squared_error")):
        a, b = sizes["A"] ** power, sizes["B"] ** power
        own = found_of(result)[name, "A"].unadjusted_interval
        assert (own.low, own.high) == pytest.approx(stats.t.interval(0.95, 299, a.mean(), a.sem()))
        gap = found_of(result, "difference")[name, "B"].unadjusted_interval
        welch = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        assert (gap.low, gap.high) == pytest.approx((welch.low, welch.high))


@pytest.mark.parametrize(("compare", "require"), [("difference", "<= 3"), ("ratio", "<= 2")])
def test_roots_and_ratios_have_about_the_limits_of_a_bootstrap_of_the_rows(compare, require):
    found = found_of(judged(TABLE, gaps(list(NAMES[1:]), compare, require)), compare)
    draw = np.random.default_rng(11)
    errors = {g: (part["p"] - part["y"]).to_numpy() for g, part in TABLE.groupby("g")}
    again = {g: e[draw.integers(0, len(e), (4_000, len(e)))] for g, e in errors.items()}
    means = {
        "mean_absolute_error": {g: np.abs(e).mean(axis=1) for g, e in again.items()},
        "mean_squared_error": {g: (e**2).mean(axis=1) for g, e in again.items()},
        "root_mean_squared_error": {g: np.sqrt((e**2).mean(axis=1)) for g, e in again.items()},
    }
    for name, by in means.items():
        drawn = by["B"] / by["A"] if compare == "ratio" else by["B"] - by["A"]
        low, high = np.quantile(drawn, [0.025, 0.975])
        near = (high - low) * 0.12
        limits = found[name, "B"].unadjusted_interval
        assert (limits.low, limits.high) == (pytest.approx(low, abs=near), pytest.approx(high, abs=near)), name


# ---- verdicts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "verdict", "sentence"),
    [
        (gaps("mean_error", require="<= 4"), Verdict.PASS, "The mean error of B is 2.1"),
        (gaps("mean_absolute_error", "ratio", "<= 1.25"), Verdict.FAIL, "times that of A (6."),
        (gaps("root_mean_squared_error", "ratio", "<= 1.5"), Verdict.INCONCLUSIVE, "The root mean squared error of B"),
        (gaps("mean_squared_error", "ratio", "<= 5"), Verdict.PASS, "The mean squared error of B"),
        (values(["mean_absolute_error"]) | {"require": "<= 5"}, Verdict.FAIL, "The mean absolute error of B is 6."),
    ],
)
def test_verdicts_are_taken_from_the_interval(demand, verdict, sentence):
    found = next(one for one in judged(people(seed=3, A=(0, 5), B=(2, 8)), demand).findings if one.group == "B")
    assert found.verdict == verdict
    assert sentence in found.because


def test_a_prediction_that_is_too_low_harms_where_high_ones_are_good():
    for side, harm in (("high", "low"), ("low", "high")):
        law = policy_of(values(), data={"prediction": {**PREDICTION, "favorable": side}})
        assert law.harm_of("mean_error") == harm
        assert law.harm_of("root_mean_squared_error") == "high"


def test_without_spread_there_is_a_value_and_no_verdict():
    table = pd.DataFrame({"g": ["A"] * 40, "y": 1.0, "p": 3.0})
    found = found_of(judged(table, values(["mean_error"]) | {"require": "-3 to 4"}))["mean_error", "A"]
    assert (found.value, found.verdict) == (pytest.approx(2.0), Verdict.INCONCLUSIVE)


def test_tables_show_errors_beside_rates_and_reports_say_how():
    data = {**DATA, "decision": {"column": "d", "favorable": 1}}
    result = judged(TABLE.assign(d=1), values(), gaps("root_mean_squared_error"), data=data)
    assert result.overall.metrics["selection_rate"].value == 1
    assert result.overall.metrics["mean_error"].value == pytest.approx((TABLE["p"] - TABLE["y"]).mean())
    assert "mean_score" not in result.overall.metrics
    assert not result.scores
    said = " ".join(result.method.notes)
    assert "prediction minus target" in said
    assert "roots of Student's limits" in said
    assert "variance estimates recovery" in said
    assert "distinct score" not in said


# ---- counting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["polars", "csv", "sqlite"])
def test_errors_are_counted_alike_everywhere(place, tmp_path):
    plan = policy_of(values(), data=DATA).plan()

    def counted(table):
        with open_table(table, scan.columns(plan)) as source:
            return scan.count(source, plan).scores.tables[0].cells.set_index(["@g", "label"]).sort_index()

    with opened(place, TABLE, tmp_path) as there:
        found, wanted = counted(getattr(there, "table", there)), counted(TABLE)
    assert found["n"].tolist() == wanted["n"].tolist()
    assert found[list(POWERS)].to_numpy() == pytest.approx(wanted[list(POWERS)].to_numpy(), rel=1e-12)


def test_parts_add_to_the_whole_and_a_file_of_counts_keeps_them(tmp_path):
    law = policy_of(values(), data=DATA)
    counts, data = count_table(law, TABLE)
    parts = [count_table(law, TABLE[i::3])[0] for i in range(3)]
    countfile.save(parts[0] + parts[1] + parts[2], tmp_path / "parts.json")
    kept = countfile.load(tmp_path / "parts.json")
    made = provenance(as_of=DAY, command=None, policy=None)
    one, other = (judge(each, law, data=data, provenance=made) for each in (counts, kept))
    assert one.findings == other.findings


@pytest.mark.parametrize("kind", ["frequency", "sampling"])
def test_weights_weigh_errors_and_scikit_learn_confirms_them(kind):
    table = TABLE.assign(w=np.tile([1, 2, 4], 200))
    law = policy_of(values(), data={**DATA, "weight": {"column": "w", "kind": kind}})
    result = audit.run(law, table, as_of=DAY)
    wanted = learn.mean_absolute_error(table["y"], table["p"], sample_weight=table["w"])
    assert result.overall.metrics["mean_absolute_error"].value == pytest.approx(wanted)
    assert confirm(law, table, result).rates == 3 * len(NAMES)
    off = {**result.overall.metrics, "mean_error": MetricValue(value=9.0, low=None, high=None, n=1)}
    wrong = replace(result, overall=replace(result.overall, metrics=off))
    with pytest.raises(DataError, match=r"mean_error of everyone is 9\.0 from counts"):
        confirm(law, table, wrong)


@pytest.mark.parametrize(("column", "value"), [("p", None), ("y", None), ("p", 900.0), ("y", -900.0)])
def test_what_is_no_number_in_the_range_stops_the_audit_or_is_left_out_and_counted(column, value):
    table = TABLE.copy()
    table.loc[:4, column] = value
    reason = "missing" if value is None else "not in its range"
    with pytest.raises(
        DataError, match=rf"prediction or target {reason} in 5 rows.*data\.prediction\.unusable: exclude"
    ):
        judged(table, values())
    left = judged(table, values(), data={"prediction": {**PREDICTION, "unusable": "exclude"}})
    assert any("5 rows without a usable prediction or target" in note for note in left.notes)
    assert left.overall.metrics["mean_error"].n == len(table) - 5
    assert left.overall.n == len(table)


def test_counts_of_scores_that_were_made_before_stay_good():
    plan = policy_of(
        rule(metric="mean_score", compare="value", require=">= 0.1"),
        data={"score": {"column": "s", "favorable": "above"}},
    ).plan()
    assert plan.score.target is None
    assert scan.digest(plan) == "bc2972e5e61706ba62325fe815cb6d7ff1c8fef939854ac9f98535caa0438da0"


# ---- what does not fit ---------------------------------------------------------------------------------------------

SCORE = {"score": {"column": "s", "favorable": "above"}}


@pytest.mark.parametrize(
    ("data", "demand", "said"),
    [
        (SCORE, values(["mean_error"]), "mean_error needs a predicted number and its target"),
        (DATA, rule(metric="mean_score", compare="value", require=">= 0.1"), "mean_score needs a score"),
        (DATA, rule(), "selection_rate is about decisions, and the policy names none"),
        ({**DATA, **SCORE}, values(), "a score and a prediction are both named"),
        ({"prediction": {**PREDICTION, "range": [5, 5]}}, values(), "the range needs two ends"),
        ({"prediction": {**PREDICTION, "range": [5]}}, values(), "the range needs two ends"),
        ({"prediction": {**PREDICTION, "target": "p"}}, values(), "every error would be 0"),
        ({"prediction": {**PREDICTION, "favorable": "up"}}, values(), "'high' or 'low'"),
        ({**DATA, "weight": {"column": "p", "kind": "sampling"}}, values(), "one column cannot be both"),
        (DATA, gaps("mean_error", "ratio", "<= 1.2"), "a ratio of two of them means nothing"),
        (DATA, rule(metric="mean_absolute_error", compare="max_gap", require="<= 3"), "is no share of people"),
        (DATA, rule(metric="mean_error", compare="difference", require="<= 3", test="fisher"), "is none"),
        (
            DATA,
            rule(metric="mean_error", compare="difference", require="<= 3", reference="overall"),
            "cannot be compared with 'overall'",
        ),
        (DATA, values(["mean_absolute_error"]) | {"require": "<= 300"}, "could never fail"),
        (DATA, values(["mean_squared_error"]) | {"require": ">= 90001"}, "could never pass"),
        (DATA, rule(metric="rmse", compare="value", require="<= 3"), "did you mean 'root_mean_squared_error'?"),
    ],
)
def test_a_rule_that_does_not_fit_the_columns_is_an_error(data, demand, said):
    with pytest.raises(PolicyError) as error:
        policy_of(demand, data=data)
    assert said in str(error.value)
