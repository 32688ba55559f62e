"""Scores in a policy: what they can be, who decides, which rules about them make sense, and which way harms."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.metrics import METRICS, SCORED
from audit.policy import loads, show
from audit.policy.requirement import never, possible, region
from audit.values import Plan, Region, ScoreColumn, ScoreRange, TimeColumn

SCORED_ONLY = """\
evenhand: 1
title: A score
data:
  score: {column: s, favorable: above}
  outcome: {column: repaid, favorable: 1}
attributes:
  sex: {column: sex}
  race: {column: race}
rules:
  - id: one
    metric: mean_score
    compare: difference
    require: "<= 0.1"
"""
SCORE = "score: {column: s, favorable: above"


def one(metric: str, compare: str, require: str, score: str = SCORE) -> str:
    """A policy of one rule about a score."""
    text = SCORED_ONLY.replace("mean_score", metric).replace("difference", compare).replace("<= 0.1", require)
    return text.replace(SCORE, score)


# ---- mistakes ------------------------------------------------------------------------------------------------------

#: A policy, where its only mistake is, what is said about it, and what to do.
MISTAKES = [
    (one("mean_score", "difference", "<= 0.1", f"{SCORE}, range: [1]"),
     "data.score.range", "a range has two ends, both numbers", "write it like [300, 850]"),
    (one("mean_score", "difference", "<= 0.1", f"{SCORE}, range: [0, inf]"),
     "data.score.range", "a range has two ends, both numbers", "write it like [300, 850]"),
    (one("mean_score", "difference", "<= 0.1", f"{SCORE}, range: [0, 1, 2]"),
     "data.score.range", "a range has two ends, both numbers", "write it like [300, 850]"),
    (one("brier_score", "difference", "<= 0.1", f"{SCORE}, range: [1, 0]"),
     "data.score.range", "the range has to rise", "write the least first, like [300, 850]"),
    (one("mean_score", "difference", "<= 0.1", f"{SCORE}, range: [5, 5]"),
     "data.score.range", "the range has to rise", "write the least first, like [300, 850]"),
    (one("mean_score", "difference", "<= 0.1", f"{SCORE}, range: 1"),
     "data.score.range", "expected a list, found 1", None),
    (one("mean_score", "difference", "<= 0.1", f"{SCORE}, range: [0, high]"),
     "data.score.range[2]", "expected a number, found 'high'", None),
    (one("mean_score", "difference", "<= 10", f"{SCORE}, range: [300, 850], cutoff: 900"),
     "data.score.cutoff", "the score ranges from 300 to 850, so above 900 decides everybody alike",
     "mend the cutoff or the range"),
    (one("mean_score", "difference", "<= 10", f"{SCORE}, range: [300, 850], cutoff: 850"),
     "data.score.cutoff", "the score ranges from 300 to 850, so above 850 decides everybody alike",
     "mend the cutoff or the range"),
    (one("mean_score", "difference", "<= 0.1", f"{SCORE}, cutoff: 620"),
     "data.score.cutoff", "the score ranges from 0 to 1, so above 620 decides everybody alike",
     "write what the score can be, like 'range: [300, 850]'"),
    (one("selection_rate", "difference", "<= 0.1"),
     "rules.one.metric", "selection_rate is about decisions, and the policy names none",
     "name data.decision, or give the score a cutoff"),
    (one("[precision, mean_score, accuracy]", "difference", "<= 0.1"),
     "rules.one.metric", "precision and accuracy are about decisions, and the policy names none",
     "name data.decision, or give the score a cutoff"),
    (one("scoring_rate", "ratio", ">= 4/5", "decision: {column: d, favorable: 1"),
     "rules.one.metric", "scoring_rate needs a score", "name its column in data.score"),
    (one("[selection_rate, f1, roc_auc]", "difference", "<= 0.1", f"{SCORE}, cutoff: 0.5")
     + "groups: {unknown: bound}\n",
     "rules.one.metric",
     ("'groups: {unknown: bound}' promises verdicts that hold whoever the unknown are, and such bounds are known for "
      "rates of people, which f1 is not"),
     "put the rule into a policy of its own with 'unknown: report'"),
    (one("brier_score", "difference", "<= 0.1", f"{SCORE}, range: [300, 850]"),
     "rules.one.metric", "brier_score needs a score that is a probability, and its range is 300 to 850",
     "use roc_auc, or name a column of probabilities"),
    (one("calibration_in_the_large", "value", "-0.1 to 0.1", f"{SCORE}, range: [-0.5, 1]"),
     "rules.one.metric", "calibration_in_the_large needs a score that is a probability, and its range is -0.5 to 1",
     "use roc_auc, or name a column of probabilities"),
    (one("calibration_in_the_large", "ratio", ">= 4/5"),
     "rules.one.compare", "calibration_in_the_large can be 0 or negative, so a ratio of two of them means nothing",
     "compare it by difference"),
    (one("mean_score", "ratio", ">= 4/5", f"{SCORE}, range: [-1, 1]"),
     "rules.one.compare", "mean_score can be 0 or negative, so a ratio of two of them means nothing",
     "compare it by difference"),
    (one("median_score", "max_gap", "<= 0.1"),
     "rules.one.compare",
     "median_score is no share of people, and the interval of max_gap is known for shares only",
     "compare it by difference"),
    (one("roc_auc", "min_ratio", ">= 0.9"),
     "rules.one.compare", "roc_auc is no share of people, and the interval of min_ratio is known for shares only",
     "compare it by difference"),
    (one("mean_score", "difference", "<= 0.1") + "    test: fisher\n",
     "rules.one.test", "the test compares two shares of people, and mean_score is none",
     "leave the test out and use 'judge: interval'"),
    (one("mean_score", "difference", "<= 0.1") + "    reference: overall\n",
     "rules.one.reference",
     "mean_score is no share of people and cannot be compared with 'overall', which includes the group itself",
     "use 'rest'"),
    (one("mean_score", "value", ">= 600"),
     "rules.one.require", "the metric of mean_score is always between 0 and 1, so '>= 600' could never pass",
     "where data.score.range is not written, a score ranges from 0 to 1; write it, like [300, 850]"),
    (one("median_score", "difference", "<= 600", f"{SCORE}, range: [300, 850]"),
     "rules.one.require",
     "a difference of median_score against the highest is always between -550 and 0, so '<= 600' could never fail",
     None),
    (one("mean_score", "difference", "<= 0.1").replace("column: repaid", "column: s"),
     "data.outcome.column", "the outcome is the score's column 's'; every score would be right",
     "name the column that says what turned out to be true"),
    (one("mean_score", "difference", "<= 0.1")
     .replace("  outcome:", "  weight: {column: s, kind: sampling}\n  outcome:"),
     "data.weight.column", "the weight is the score's column 's'; one column cannot be both",
     "name another column, or leave one of the two out"),
    (one("mean_score", "difference", "<= 0.1").replace("  outcome:", "  time: s\n  outcome:"),
     "data.time.column", "the time is the score's column 's'; one column cannot be both",
     "name another column, or leave one of the two out"),
    (one("mean_score", "difference", "<= 0.1").replace("favorable: 1", "adverse: 1"),
     "data.outcome.adverse",
     ("the score says 'favorable' and the outcome 'adverse'; a true positive would then be a decision and an outcome "
      "of opposite meaning"), "name the favorable side of the outcome instead"),
    (one("mean_score", "difference", "<= 0.1", "score: {column: s"),
     "data.score", "'favorable' is missing", "say which side is good for the person, or which is bad: one of the two"),
    (one("top_fraction_rate", "ratio", ">= 4/5"),
     "rules.one.metric",
     "top_fraction_rate is the rate of a selection by score, and the rule does not say how many it takes",
     "add the part of all, like 'top: 0.2'"),
    (one("roc_auc", "difference", "<= 0.1") + "    top: 0.2\n",
     "rules.one.top", "'top' is how many a selection by score would take, and roc_auc is about no such selection",
     "leave it out, or use top_fraction_rate"),
    (one("[top_fraction_rate, scoring_rate]", "difference", "<= 0.1") + "    top: 1/5\n",
     "rules.one.top", "'top' is how many a selection by score would take, and scoring_rate is about no such selection",
     "leave it out, or put the metric into another rule"),
    (one("top_fraction_rate", "ratio", ">= 4/5") + "    top: 1\n",
     "rules.one.top", "expected a number more than 0 and less than 1, found 1", None),
    (one("top_fraction_rate", "value", ">= 2") + "    top: 0.2\n",
     "rules.one.require", "the metric of top_fraction_rate is always between 0 and 1, so '>= 2' could never pass",
     "write parts of one and not percent: 0.05 is five percentage points, 0.8 is 80 %"),
    (one("mean_score", "difference", "<= 0.1") + "    denominator: pooled\n",
     "rules.one.denominator",
     "'denominator' is what standardized_mean_score is divided by, and mean_score is not divided by any",
     "leave it out, or use standardized_mean_score"),
    (one("standardized_mean_score", "value", "-0.5 to 0.5") + "    denominator: reference\n",
     "rules.one.denominator", "'denominator: reference' is of two groups, and 'compare: value' names no two",
     "compare by difference, or leave it out: the deviation of all"),
    (one("standardized_mean_score", "difference", "<= 0.3") + "    denominator: control\n",
     "rules.one.denominator",
     "expected 'all', 'both', 'pooled', 'hedges', 'reference' or 'average', found 'control'", None),
    (one("calibration_slope", "value", "0.8 to 1.25", f"{SCORE}, range: [300, 850]"),
     "rules.one.metric", "calibration_slope needs a score that is a probability, and its range is 300 to 850",
     "use roc_auc, or name a column of probabilities"),
    (one("calibration_intercept", "ratio", ">= 4/5"),
     "rules.one.compare", "calibration_intercept can be 0 or negative, so a ratio of two of them means nothing",
     "compare it by difference"),
    (one("calibration_slope", "max_gap", "<= 0.3"),
     "rules.one.compare",
     "calibration_slope is no share of people, and the interval of max_gap is known for shares only",
     "compare it by difference"),
    (one("auc", "difference", "<= 0.1"), "rules.one.metric", "there is no metric 'auc'; did you mean 'roc_auc'?", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "said", "hint"), MISTAKES)
def test_one_mistake_about_scores_is_one_problem_with_its_place_and_what_to_do(problems, text, path, said, hint):
    found = problems(text)
    assert len(found) == 1, "\n".join(found)
    head, *more = found[0].splitlines()
    place = re.match(r"policy\.yaml:(\d+):\d+: (.*)", head)
    assert place is not None
    assert place[2] == f"{path}: {said}"
    assert [line.removeprefix("  = help: ") for line in more if "= help" in line] == ([hint] if hint else [])
    assert _last_word(path) in text.splitlines()[int(place[1]) - 1]


def _last_word(path: str) -> str:
    word = path.rsplit(".", maxsplit=1)[-1]
    return {"range[2]": "range", "column": ""}.get(word, word)


def test_data_that_cannot_be_read_hide_no_score_and_no_decision(small, problems):
    (found,) = problems(small.replace("decision: {column: approved, favorable: 1}", "score: {column: s, cutoff: high}"))
    assert "expected a number, found 'high'" in found
    (found,) = problems(re.sub(r"data:\n.*\n.*\n", "data: x\n", SCORED_ONLY))
    assert "expected a map of 'key: value' lines, found 'x'" in found


# ---- what is fine --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        one("mean_score", "ratio", ">= 4/5", f"{SCORE}, range: [300, 850]"),
        one("mean_score", "value", ">= 600", f"{SCORE}, range: [300, 850]"),
        one("mean_score", "difference", "<= 20", f"{SCORE}, range: [-100, 100], cutoff: -20"),
        one("scoring_rate", "ratio", ">= 4/5") + "    test: fisher\n    judge: point_and_test\n",
        one("scoring_rate", "max_gap", "<= 0.1"),
        one("scoring_rate", "min_ratio", ">= 4/5"),
        one("scoring_rate", "difference", "<= 0.1") + "    reference: overall\n",
        one("roc_auc", "ratio", ">= 0.9", f"{SCORE}, range: [-3, 3]"),
        one("brier_score", "ratio", "<= 1.2", f"{SCORE}, range: [0.01, 0.99]") + "    reference: rest\n",
        one("[base_rate, mean_score]", "difference", "<= 0.1"),
        one("selection_rate", "ratio", ">= 4/5", f"{SCORE}, cutoff: 620"),
        one("selection_rate", "ratio", ">= 4/5", f"{SCORE}, range: [300, 850], cutoff: 620"),
        one("mean_score", "difference", "<= 0.1", "score: {column: s, favorable: at_least, cutoff: 1"),
        one("mean_score", "difference", "<= 0.05", f"{SCORE}, cutoff: 0.1, range: [0.1, 0.3]"),
        one(
            "mean_score",
            "difference",
            "<= 0.5",
            f"decision: {{column: s, favorable: [9, 10], otherwise: [1, 2]}}\n  {SCORE}, range: [1, 10]",
        ),
    ],
)  # fmt: skip
def test_rules_about_scores_that_make_sense_are_accepted(text):
    assert loads(text).rules


@pytest.mark.parametrize(
    ("side", "cutoff", "fine"),
    [("above", 0, True), ("above", 1, False), ("at_least", 0, False), ("at_least", 1, True),
     ("below", 0, False), ("below", 1, True), ("at_most", 0, True), ("at_most", 1, False)],
)  # fmt: skip
def test_a_cutoff_at_an_end_of_the_range_is_refused_if_it_decides_everybody_alike(problems, side, cutoff, fine):
    text = one("mean_score", "difference", "<= 0.1", f"score: {{column: s, cutoff: {cutoff}, favorable: {side}")
    if fine:
        assert loads(text).plan().decision == ScoreColumn(column="s", cutoff=Fraction(cutoff), positive=side)
    else:
        assert "decides everybody alike" in problems(text)[0]


def test_a_score_without_cutoff_makes_no_decision_and_its_rules_need_none():
    policy = loads(one("[mean_score, roc_auc]", "difference", "<= 0.1"))
    plan = policy.plan()
    assert plan.decision is None
    assert plan.score == ScoreRange(column="s", distribution=True, powers=2)
    assert policy.notes == ()
    assert policy.data.polarity == "favorable"


def test_a_metric_that_needs_an_outcome_is_no_mistake_where_there_is_none():
    text = one("[roc_auc, brier_score]", "difference", "<= 0.1").replace(
        "  outcome: {column: repaid, favorable: 1}\n", ""
    )
    assert loads(text).plan().outcome is None


def test_units_go_with_weights(small):
    line = "  unit: person\n  weight: {column: w, kind: sampling}\n  outcome:"
    plan = loads(small.replace("  outcome:", line)).plan()
    assert plan.unit == "person"
    assert plan.weight is not None


def test_an_attribute_may_be_a_period_or_a_version(small):
    plan = loads(small.replace("  outcome:", "  model_version: race\n  time: race\n  outcome:")).plan()
    assert (plan.version, plan.time) == ("race", TimeColumn(column="race", period="month"))


@pytest.mark.parametrize("period", ["day", "week", "month", "quarter", "year"])
def test_a_time_is_a_column_or_a_column_and_its_period(small, period):
    plan = loads(small.replace("  outcome:", f"  time: {{column: t, period: {period}}}\n  outcome:")).plan()
    assert plan.time == TimeColumn(column="t", period=period)
    assert loads(small.replace("  outcome:", "  time: t\n  outcome:")).plan().time == TimeColumn(
        column="t", period="month"
    )


def test_both_ways_to_write_a_time_are_one_policy(small):
    short = loads(small.replace("  outcome:", "  time: t\n  outcome:"))
    assert short.sha256 == loads(small.replace("  outcome:", "  time: {column: t}\n  outcome:")).sha256


@pytest.mark.parametrize(
    ("score", "metric", "note"),
    [
        ("score: {column: s, favorable: above, cutoff: 0.5", "selection_rate", "the score's cutoff is not used"),
        ("score: {column: s, favorable: above, cutoff: 0.5", "mean_score", "the score's cutoff is not used"),
        ("score: {column: s, favorable: above", "selection_rate", "A score is named, and no rule is about it."),
        ("score: {column: s, favorable: above", "mean_score", None),
    ],
)
def test_what_of_a_score_is_not_used_beside_a_decision_is_noted(score, metric, note):
    policy = loads(one(metric, "difference", "<= 0.1", f"decision: {{column: d, favorable: 1}}\n  {score}"))
    assert len(policy.notes) == (note is not None)
    assert note is None or note in policy.notes[0]


@pytest.mark.parametrize(
    "score", [SCORE, f"{SCORE}, range: [300, 850]", f"{SCORE}, range: [-0.1, 1.5], cutoff: 2/3, unusable: exclude"]
)
def test_a_policy_about_a_score_is_shown_as_it_reads(score):
    policy = loads(one("roc_auc", "difference", "<= 0.1", score).replace("  outcome:", "  time: t\n  outcome:"))
    assert loads(show(policy)).sha256 == policy.sha256
    assert policy.effective()["data"]["time"] == {"column": "t", "period": "month"}


# ---- the plan ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metrics", "distribution", "median"),
    [
        (["mean_score"], False, False),
        (["brier_score", "calibration_in_the_large"], False, False),
        (["roc_auc"], True, False),
        (["mean_score", "median_score"], True, False),
        (["calibration_slope"], True, False),
        (["scoring_rate"], True, True),
        (["roc_auc", "scoring_rate"], True, True),
    ],
)
def test_the_plan_counts_no_more_of_a_score_than_the_rules_need(metrics, distribution, median):
    found = loads(one(f"[{', '.join(metrics)}]", "difference", "<= 0.1")).plan().score
    powers = 4 if "brier_score" in metrics else 2
    assert found == ScoreRange(column="s", distribution=distribution, median=median, powers=powers)


def test_the_plan_counts_no_score_that_no_rule_is_about(small):
    plan = loads(small.replace("  outcome:", f"  {SCORE}}}\n  outcome:")).plan()
    assert (plan.score, plan.scored) == (None, ())


@pytest.mark.parametrize(
    ("side", "falling"), [("above", False), ("at_least", False), ("below", True), ("at_most", True)]
)
@pytest.mark.parametrize("polarity", ["favorable", "adverse"])
def test_a_score_falls_where_low_ones_speak_for_the_positive_outcome(polarity, side, falling):
    text = SCORED_ONLY.replace("favorable", polarity).replace("above", side)
    found = loads(text).plan().score
    assert found is not None
    assert found.falling == falling


def test_the_plan_names_the_crossings_that_rules_ask_for_and_those_that_need_the_score():
    text = (
        one("mean_score", "difference", "<= 0.1").replace("rules:", "intersections: [[sex, race]]\nrules:")
        + "    of: [[sex, race]]\n"
        + "  - {id: two, metric: base_rate, compare: difference, require: '<= 0.1', of: [race]}\n"
        + "  - {id: three, metric: roc_auc, compare: difference, require: '<= 0.1', of: [race, [race, sex]]}\n"
    )
    plan = loads(text).plan()
    assert plan.crossings == (("sex", "race"), ("race",))
    assert plan.scored == (("sex", "race"), ("race",))
    assert [attribute.name for attribute in plan.attributes] == ["sex", "race"]


def test_a_plan_without_scores_units_times_and_versions_has_none(small):
    plan = loads(small).plan()
    empty = Plan(attributes=())
    for name in ("score", "unit", "time", "version", "scored"):
        assert getattr(plan, name) == getattr(empty, name)
    assert plan.crossings == (("sex",), ("race",))


# ---- harm ----------------------------------------------------------------------------------------------------------

LEVELS = ("mean_score", "median_score", "scoring_rate")


@pytest.mark.parametrize(
    ("polarity", "side", "bad"),
    [
        ("favorable", "above", "low"),
        ("favorable", "at_least", "low"),
        ("favorable", "below", "high"),
        ("favorable", "at_most", "high"),
        ("adverse", "above", "high"),
        ("adverse", "at_least", "high"),
        ("adverse", "below", "low"),
        ("adverse", "at_most", "low"),
    ],
)
def test_scores_on_the_bad_side_harm_and_so_does_a_score_that_says_too_much_of_it(polarity, side, bad):
    policy = loads(SCORED_ONLY.replace("favorable", polarity).replace("above", side))
    assert {policy.harm_of(metric) for metric in LEVELS} == {bad}
    # Outcome less score: where high scores are bad, a score above the outcome, which is a low value, is what harms.
    assert policy.harm_of("calibration_in_the_large") == {"low": "high", "high": "low"}[bad]
    assert (policy.harm_of("roc_auc"), policy.harm_of("brier_score")) == ("low", "high")


def test_a_rule_may_say_which_way_a_score_harms():
    policy = loads(SCORED_ONLY + "    harm: high\n")
    assert policy.harm_of("mean_score", policy.rules[0]) == "high"


def test_a_limit_on_the_harmless_side_of_a_score_is_noted():
    (note,) = loads(one("mean_score", "value", "<= 0.9")).notes
    assert "sets no limit to a low mean_score" in note


# ---- what can be ---------------------------------------------------------------------------------------------------

CREDIT = (Fraction(300), Fraction(850))
AROUND_ZERO = (Fraction(-1, 2), Fraction(3))


@pytest.mark.parametrize(
    ("compare", "metric", "reference", "ends", "expected"),
    [
        ("value", "mean_score", None, CREDIT, (300, 850)),
        ("value", "median_score", None, AROUND_ZERO, (Fraction(-1, 2), 3)),
        ("value", "roc_auc", None, CREDIT, (0, 1)),
        ("value", "calibration_in_the_large", None, None, (-1, 1)),
        ("difference", "mean_score", "rest", CREDIT, (-550, 550)),
        ("difference", "mean_score", "highest", CREDIT, (-550, 0)),
        ("difference", "mean_score", "lowest", CREDIT, (0, 550)),
        ("difference", "scoring_rate", "rest", CREDIT, (-1, 1)),
        ("difference", "calibration_in_the_large", "rest", None, (-2, 2)),
        ("ratio", "mean_score", "rest", CREDIT, (Fraction(300, 850), Fraction(850, 300))),
        ("ratio", "mean_score", "highest", CREDIT, (Fraction(300, 850), 1)),
        ("ratio", "mean_score", "lowest", CREDIT, (1, Fraction(850, 300))),
        ("ratio", "mean_score", "rest", None, (0, None)),
        ("ratio", "mean_score", "rest", AROUND_ZERO, (None, None)),
        ("max_gap", "scoring_rate", None, CREDIT, (0, 1)),
        ("min_ratio", "scoring_rate", None, CREDIT, (0, 1)),
    ],
)
def test_what_a_comparison_of_scores_can_be_follows_from_their_range(compare, metric, reference, ends, expected):
    low, high = (None if end is None else Fraction(end) for end in expected)
    found = possible(compare, metric, reference, ends) if ends else possible(compare, metric, reference)
    assert found == Region(low=low, high=high)


limits = st.fractions(min_value=-900, max_value=900, max_denominator=4)
scores = st.fractions(min_value=300, max_value=850, max_denominator=4)


@given(limit=limits, sign=st.sampled_from([">=", "<="]), pair=st.tuples(scores, scores),
       compare=st.sampled_from(["value", "difference", "ratio"]))  # fmt: skip
def test_never_is_right_about_every_pair_of_scores(limit, sign, pair, compare):
    text, (first, second) = f"{sign} {limit}", pair
    value = {"value": first, "difference": first - second, "ratio": first / second}[compare]
    reason = never(text, compare, "mean_score", None if compare == "value" else "rest", CREDIT)
    if reason is not None:
        assert region(text, compare).holds(value) == ("never fail" in reason)


def test_every_metric_of_scores_has_its_words():
    assert {
        "mean_score",
        "standardized_mean_score",
        "median_score",
        "scoring_rate",
        "top_fraction_rate",
        "roc_auc",
        "brier_score",
        "calibration_in_the_large",
        "calibration_intercept",
        "calibration_slope",
    } == SCORED
    assert all(METRICS[name].words and METRICS[name].formula for name in SCORED)
