"""Rules about scores, from a table to the sentence: values and limits by other hands, verdicts, and what has none."""

import datetime
import functools
import operator
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss, roc_auc_score

import audit
from audit import policy
from audit.engine import count_table, judge
from audit.engine import groupings as count_groupings
from audit.provenance import provenance
from audit.render import FORMATS
from audit.values import Verdict
from tests.making import policy_of, rule

DAY = datetime.date(2026, 11, 21)
OUTCOME = {"column": "y", "favorable": 1}
PROBABILITY = {"score": {"column": "s", "favorable": "above"}, "outcome": OUTCOME}
POINTS = {"score": {"column": "s", "favorable": "above", "range": [300, 850]}, "outcome": OUTCOME}


def scored(seed=7, n=200, **means):
    """Rows of groups with probabilities around a mean each, and outcomes that come true as often as they say."""
    numbers = np.random.default_rng(seed)
    parts = []
    for name, mean in means.items():
        s = np.round(np.clip(numbers.normal(mean, 0.15, n), 0.01, 0.99), 3)
        parts.append(pd.DataFrame({"g": name, "s": s, "y": (numbers.random(n) < s).astype(int)}))
    return pd.concat(parts, ignore_index=True)


def in_points(table):
    """The same with scores from 300 to 850."""
    return table.assign(s=np.round(300 + 550 * table["s"]))


def judged(table, *rules, data=PROBABILITY, **changes):
    return audit.run(policy_of(*rules, data=data, **changes), table, as_of=DAY)


def by_group(result, rule_id="r"):
    return {found.group: found for found in result.findings if found.rule == rule_id}


def value_rule(metric, **changes):
    return rule(metric=metric, **{"compare": "value", "require": "0.1 to 0.9", **changes})


def gap_rule(metric, **changes):
    return rule(metric=metric, **{"compare": "difference", "require": "<= 0.1", "reference": {"fixed": "A"}, **changes})


def part(table, group):
    return table[table["g"] == group]


# ---- values and limits ---------------------------------------------------------------------------------------------

ELSEWHERE = {
    "mean_score": lambda rows: rows["s"].mean(),
    "median_score": lambda rows: rows["s"].median(),
    "roc_auc": lambda rows: roc_auc_score(rows["y"], rows["s"]),
    "brier_score": lambda rows: brier_score_loss(rows["y"], rows["s"]),
    "calibration_in_the_large": lambda rows: (rows["y"] - rows["s"]).mean(),
}


@pytest.mark.parametrize("metric", ELSEWHERE)
@pytest.mark.parametrize("ends", [None, [0, 1], [0.005, 0.995]])
def test_a_metric_of_scores_is_what_scikit_learn_and_pandas_make_of_the_rows(metric, ends):
    table = scored(A=0.6, B=0.45)
    score = {"column": "s", "favorable": "above", **({"range": ends} if ends else {})}
    data = {"score": score, "outcome": OUTCOME}
    found = by_group(judged(table, value_rule(metric, require="-0.5 to 0.99"), data=data))
    for group in "AB":
        assert found[group].value == pytest.approx(ELSEWHERE[metric](part(table, group)), abs=1e-9)
        assert found[group].interval.low < found[group].value < found[group].interval.high
    gap = by_group(judged(table, gap_rule(metric), data=data))["B"]
    assert gap.value == pytest.approx(
        ELSEWHERE[metric](part(table, "B")) - ELSEWHERE[metric](part(table, "A")), abs=1e-9
    )


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(300, 850), st.booleans()), min_size=1, max_size=40),
       st.lists(st.tuples(st.integers(300, 850), st.booleans()), min_size=1, max_size=40))  # fmt: skip
def test_the_scoring_rate_is_the_exact_share_above_the_median_of_all(first, second):
    rows = [("A", *row) for row in first] + [("B", *row) for row in second]
    table = pd.DataFrame(rows, columns=["g", "s", "y"]).astype({"y": int})
    result = judged(table, value_rule("scoring_rate"), data=POINTS, groups={"min_count": 1})
    middle = table["s"].median()
    for group, found in by_group(result).items():
        rows_of = part(table, group)
        assert found.exact == f"{(rows_of['s'] > middle).sum()}/{len(rows_of)}"
        assert found.value == float(Fraction(int((rows_of["s"] > middle).sum()), len(rows_of)))


def test_means_have_students_limits_and_their_differences_welchs():
    table = in_points(scored(A=0.6, B=0.45))
    a, b = (part(table, group)["s"] for group in "AB")
    found = by_group(judged(table, value_rule("mean_score", require="300 to 800"), data=POINTS))["A"]
    own = stats.t.interval(0.95, len(a) - 1, loc=a.mean(), scale=a.sem())
    assert (found.interval.low, found.interval.high) == pytest.approx(own)
    gap = by_group(judged(table, gap_rule("mean_score", require="<= 200"), data=POINTS))["B"]
    welch = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert (gap.interval.low, gap.interval.high) == pytest.approx((welch.low, welch.high))


@pytest.mark.parametrize(("metric", "groupings"), [("mean_score", 1), ("roc_auc", 2)])
def test_sums_of_scores_are_counted_in_one_grouping_with_the_cells(metric, groupings):
    counts, _ = count_table(policy_of(gap_rule(metric), data=PROBABILITY), scored(A=0.4, B=0.6))
    assert count_groupings(counts) == groupings


def test_a_median_has_the_limits_of_the_sign_test():
    table = in_points(scored(A=0.6, B=0.45))
    found = by_group(judged(table, value_rule("median_score", require="310 to 840"), data=POINTS))["A"]
    sign: Any = stats.quantile_test(part(table, "A")["s"], p=0.5).confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == (sign.low, sign.high)


@pytest.mark.parametrize("polarity", ["favorable", "adverse"])
def test_low_scores_that_speak_for_the_positive_outcome_are_turned_around(polarity):
    table = scored(A=0.6, B=0.45).assign(s=lambda rows: 1 - rows["s"])
    data = {"score": {"column": "s", polarity: "below"}, "outcome": {"column": "y", polarity: 1}}
    metrics = ["roc_auc", "brier_score", "calibration_in_the_large"]
    result = judged(table, rule(metric=metrics, compare="value", require="-0.5 to 0.99"), data=data)
    rows = part(table, "A")
    values = {found.metric: found.value for found in result.findings if found.group == "A"}
    assert values["roc_auc"] == pytest.approx(roc_auc_score(rows["y"], 1 - rows["s"]))
    assert values["brier_score"] == pytest.approx(brier_score_loss(rows["y"], 1 - rows["s"]))
    assert values["calibration_in_the_large"] == pytest.approx(((1 - rows["y"]) - rows["s"]).mean())


def test_sampling_weights_weigh_every_metric():
    table = scored(A=0.6, B=0.45)
    table["w"] = np.random.default_rng(3).uniform(0.5, 3, len(table)).round(3)
    data = {**PROBABILITY, "weight": {"column": "w", "kind": "sampling"}}
    metrics = ["mean_score", "roc_auc", "brier_score", "scoring_rate"]
    result = judged(table, rule(metric=metrics, compare="value", require="0.1 to 0.9"), data=data)
    rows = part(table, "A")
    values = {found.metric: found.value for found in result.findings if found.group == "A"}
    assert values["mean_score"] == pytest.approx(np.average(rows["s"], weights=rows["w"]))
    assert values["roc_auc"] == pytest.approx(roc_auc_score(rows["y"], rows["s"], sample_weight=rows["w"]))
    assert values["brier_score"] == pytest.approx(brier_score_loss(rows["y"], rows["s"], sample_weight=rows["w"]))
    ordered = table.sort_values("s")
    middle = ordered["s"].iloc[np.searchsorted(ordered["w"].cumsum(), ordered["w"].sum() / 2)]
    assert values["scoring_rate"] == pytest.approx(np.average(rows["s"] > middle, weights=rows["w"]))


def test_a_frequency_weight_is_as_many_rows():
    table = scored(A=0.6, B=0.45)
    table["w"] = np.random.default_rng(3).integers(1, 4, len(table))
    repeated = table.loc[table.index.repeat(table["w"])]
    rules = [value_rule(metric, id=metric, require="-0.4 to 0.99") for metric in (*ELSEWHERE, "scoring_rate")]
    weighted = judged(table, *rules, data={**PROBABILITY, "weight": {"column": "w", "kind": "frequency"}})
    for one, other in zip(weighted.findings, judged(repeated, *rules).findings, strict=True):
        assert one.value == pytest.approx(other.value)
        assert (one.interval.low, one.interval.high) == pytest.approx((other.interval.low, other.interval.high))


# ---- verdicts and sentences ----------------------------------------------------------------------------------------


def test_the_sentence_of_a_mean_is_in_the_units_of_the_score():
    table = in_points(scored(A=0.6, B=0.45))
    found = by_group(judged(table, gap_rule("mean_score", require="<= 20"), data=POINTS))["B"]
    a, b = (part(table, group)["s"].mean() for group in "AB")
    assert found.verdict == Verdict.FAIL
    assert found.because.startswith(
        f"The mean score of B is {a - b:.3f} below that of A ({b:.3f} against {a:.3f}; 95% "
    )
    assert found.because.endswith("required: ±20.00. The whole interval is beyond the limit.")
    assert "%" not in found.because.replace("95%", "")


@pytest.mark.parametrize(
    ("metric", "compare", "require", "verdict", "words"),
    [
        ("mean_score", "value", ">= 0.3", Verdict.PASS, "The mean score of B is 0.4"),
        ("mean_score", "ratio", ">= 0.95", Verdict.FAIL, "The mean score of B is 0.7"),
        ("median_score", "difference", "<= 0.5", Verdict.PASS, " below that of A (0.4"),
        ("roc_auc", "difference", "<= 0.02", Verdict.INCONCLUSIVE, "The ROC AUC of B is 0."),
        ("brier_score", "value", "<= 0.3", Verdict.PASS, "The Brier score of B is 0.2"),
        ("calibration_in_the_large", "value", "0.2 to 0.5", Verdict.FAIL, "The calibration in the large of B is "),
        ("scoring_rate", "ratio", ">= 4/5", Verdict.FAIL, "The scoring rate of B is 0.3"),
        ("scoring_rate", "difference", "<= 0.1", Verdict.FAIL, " percentage points below that of A (2"),
    ],
)
def test_a_rule_about_scores_comes_to_the_verdict_that_is_plain_to_see(metric, compare, require, verdict, words):
    reference = {} if compare == "value" else {"reference": {"fixed": "A"}}
    one = rule(metric=metric, compare=compare, require=require, **reference)
    found = by_group(judged(scored(A=0.6, B=0.45), one))["B"]
    assert found.verdict == verdict
    assert words in found.because


def test_a_rule_over_all_groups_takes_scoring_rates():
    result = judged(scored(A=0.6, B=0.45), rule(metric="scoring_rate", compare="max_gap", require="<= 0.1"))
    [found] = result.findings
    assert (found.verdict, found.group, found.reference) == (Verdict.FAIL, "B", "A")
    assert found.because.startswith("The largest gap in scoring rate between groups of g is ")


def test_a_low_calibration_is_written_with_its_sign():
    table = scored(A=0.6, B=0.45)
    table.loc[table["g"] == "B", "y"] = 0
    found = by_group(judged(table, value_rule("calibration_in_the_large", require="-0.05 to 0.05")))["B"]
    assert found.verdict == Verdict.FAIL
    assert found.value == pytest.approx(-part(table, "B")["s"].mean())
    assert found.because.startswith(f"The calibration in the large of B is −{abs(found.value):.3f} (simultaneous 95% ")


def test_groups_of_three_scores_are_shown_and_not_judged():
    table = pd.concat([scored(A=0.6, B=0.45), scored(n=3, C=0.5)])
    found = by_group(judged(table, gap_rule("mean_score")))["C"]
    assert (found.verdict, found.because.split(";")[0]) == (Verdict.NOT_JUDGED, "C has 3 records")


# ---- what cannot be computed ---------------------------------------------------------------------------------------


def test_outcomes_of_one_kind_have_no_auc():
    table = scored(A=0.6, B=0.45)
    table.loc[table["g"] == "B", "y"] = 1
    result = judged(table, gap_rule("roc_auc"))
    found = by_group(result)["B"]
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "one_class")
    assert found.because == "The scores of B have outcomes of one kind only, so its ROC AUC is undefined."
    [row] = [row for row in result.groups if row.group == "B"]
    assert (row.metrics["roc_auc"].value, row.metrics["roc_auc"].reason) == (None, "outcomes of one kind only")


def test_without_an_outcome_column_scores_alone_are_measured():
    result = judged(scored(A=0.6, B=0.45), value_rule("roc_auc"), data={"score": PROBABILITY["score"]})
    [found] = result.findings
    assert found.because == "The policy names no outcome column, so the ROC AUC cannot be computed."
    assert result.overall.metrics["roc_auc"].reason == "no outcome column"
    assert result.overall.metrics["median_score"].value is not None


def test_a_score_without_a_cutoff_decides_nothing_and_the_tables_say_so():
    result = judged(scored(A=0.6, B=0.45), value_rule("mean_score"))
    assert result.overall.metrics["selection_rate"].reason == "no decision column"
    assert result.overall.metrics["base_rate"].value is not None


def test_a_rule_about_decisions_that_got_past_the_door_is_not_computable():
    without = policy_of(value_rule("mean_score"), data=PROBABILITY)
    deciding = policy_of(data={"decision": {"column": "d", "favorable": 1}})
    result = audit.run(without.model_copy(update={"rules": deciding.rules}), scored(A=0.6, B=0.45), as_of=DAY)
    [found] = result.findings
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "no_decision")
    assert found.because == "The policy names no decision, so the selection rate cannot be computed."


def test_a_score_of_points_has_no_brier_score():
    table = in_points(scored(A=0.6, B=0.45))
    result = judged(table, value_rule("mean_score", require="300 to 800"), data=POINTS)
    assert "brier_score" not in result.overall.metrics
    assert result.overall.metrics["calibration_in_the_large"].reason == "scores are no probabilities"
    past = policy_of(value_rule("mean_score", require="300 to 800"), data=POINTS)
    rules = policy_of(value_rule("brier_score"), data=PROBABILITY).rules
    found = by_group(audit.run(past.model_copy(update={"rules": rules}), table, as_of=DAY))["A"]
    assert found.because == "The score can lie outside of 0 to 1, so it is no probability and has no Brier score."


def test_a_reference_without_an_auc_leaves_nothing_to_compare_with():
    table = scored(A=0.6, B=0.45)
    table.loc[table["g"] == "A", "y"] = 1
    found = by_group(judged(table, gap_rule("roc_auc")))["B"]
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "reference_undefined")


def judged_counts(law, *tables, counting=None):
    """The tables counted one by one, by the policy or by another, added, and judged."""
    counted = [count_table(counting or law, table) for table in tables]
    counts = functools.reduce(operator.add, [counts for counts, _ in counted])
    made = provenance(as_of=DAY, command=None, policy=None)
    return judge(counts, law, data=counted[0][1], provenance=made)


def test_the_median_of_added_counts_may_be_hidden_by_bins_and_then_the_scoring_rate_has_no_value():
    numbers = np.random.default_rng(5)

    def many(low, high):
        s = numbers.uniform(low, high, 6000)
        return pd.DataFrame({"g": numbers.choice(["A", "B"], 6000), "s": s, "y": 1})

    law = policy_of(
        rule(metric=["scoring_rate", "mean_score"], compare="value", require="0.1 to 0.9"), data=PROBABILITY
    )
    low, high = many(0, 0.6), many(0.4, 1)
    hidden = {(f.metric, f.group): f for f in judged_counts(law, low, high).findings}
    found = hidden["scoring_rate", "A"]
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "median_hidden")
    assert found.because == (
        "The median of all scores is not known exactly from these counts; count all of the data together."
    )
    assert hidden["mean_score", "A"].verdict == Verdict.PASS
    table = pd.concat([low, high])
    known = {(f.metric, f.group): f for f in judged_counts(law, table).findings}
    rows = part(table, "A")["s"]
    assert known["scoring_rate", "A"].exact == f"{(rows > table['s'].median()).sum()}/{len(rows)}"


def test_scores_that_were_not_counted_for_an_attribute_have_no_value():
    table = scored(A=0.6, B=0.45).assign(h=lambda rows: np.where(rows.index % 2, "p", "q"))
    both = {"attributes": {"g": {"column": "g"}, "h": {"column": "h"}}, "data": PROBABILITY}
    base = rule(id="b", metric="base_rate", compare="value", require="0.1 to 0.9")
    counting = policy_of(value_rule("roc_auc", of=["g"]), base, **both)
    law = policy_of(value_rule("roc_auc", of=["h"]), base, **both)
    found = by_group(judged_counts(law, table, counting=counting))["p"]
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "not_counted")
    assert found.because == "These counts do not hold the scores of h; count again with this policy."


# ---- reports and the method ----------------------------------------------------------------------------------------

RULES = [
    gap_rule("mean_score", require="<= 20"),
    value_rule("median_score", id="median", require=">= 500"),
    rule(id="ratio", metric="mean_score"),
    gap_rule("roc_auc", id="auc"),
    rule(id="rate", metric="scoring_rate"),
    rule(id="widest", metric="scoring_rate", compare="max_gap", require="<= 0.1"),
]


@pytest.fixture(scope="module")
def in_all():
    """A result of rules of every kind."""
    return judged(in_points(scored(A=0.6, B=0.45)), *RULES, data=POINTS)


@pytest.mark.parametrize("name", ["html", "markdown", "text", "json"])
def test_reports_write_scores_plainly_and_rates_in_percent(name, in_all):
    made = FORMATS[name].write(in_all).decode()
    mean = part(in_points(scored(A=0.6, B=0.45)), "A")["s"].mean()
    assert f"{mean * 100:.1f}" not in made
    assert not re.search(r"\b(nan|NaN|inf|Infinity)\b", made)
    assert (f"{mean:.3f}" in made) == (name != "text")  # which shows no groups' own values


def test_a_report_of_probabilities_shows_negative_calibration():
    table = scored(A=0.6, B=0.45)
    table.loc[table["g"] == "B", "y"] = 0
    rules = [value_rule("calibration_in_the_large", require="-0.05 to 0.05"), gap_rule("brier_score", id="b")]
    made = FORMATS["html"].write(judged(table, *rules)).decode()
    assert f"−{part(table, 'B')['s'].mean():.3f}" in made
    assert not re.search(r"\b(nan|NaN|inf|Infinity|None)\b", made)


def notes(*rules, **changes):
    return " ".join(judged(scored(A=0.6, B=0.45), *rules, **changes).method.notes)


def test_the_method_names_the_interval_of_every_kind_of_score():
    said = notes(gap_rule("mean_score"), gap_rule("roc_auc", id="a"), gap_rule("median_score", id="m"))
    for words in (
        "Student's",
        "Welch's interval (1947)",
        "DeLong's (1988)",
        "sign test",
        "variance estimates recovery",
    ):
        assert words in said
    assert "Every distinct score was counted" in said
    assert "Miettinen" not in said


def test_the_method_names_the_intervals_of_rates_where_rates_are_compared():
    assert "Miettinen and Nurminen" in notes(gap_rule("scoring_rate"))
    assert "Koopman" in notes(rule(metric="scoring_rate"))
    assert "variance estimates recovery" in notes(rule(metric="mean_score"))
    assert "variance estimates recovery" not in notes(gap_rule("mean_score"))


def test_bins_are_told_with_what_they_can_move():
    numbers = np.random.default_rng(5)
    table = pd.DataFrame({"g": numbers.choice(["A", "B"], 9000), "s": numbers.random(9000), "y": 1})
    said = " ".join(judged(table, value_rule("median_score")).method.notes)
    assert "Scores were counted in 10,000 bins. A median may be off by 5e-05" in said


def test_a_score_outside_its_range_is_an_error_that_names_the_setting():
    with pytest.raises(audit.DataError, match=r"its range is 0 to 1.*data\.score\.range"):
        judged(in_points(scored(A=0.6, B=0.45)), value_rule("mean_score"))


def test_a_policy_of_scores_alone_is_read_from_its_text():
    law = policy.loads(
        "evenhand: 1\ntitle: Scores\ndata:\n  score: {column: s, favorable: above}\nattributes: {g: {column: g}}\n"
        "rules:\n  - {id: r, metric: scoring_rate, compare: ratio, require: '>= 4/5'}\n"
    )
    result = audit.run(law, scored(A=0.6, B=0.45), as_of=DAY)
    assert str(result.outcome) == "fail"
