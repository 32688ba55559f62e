"""Standardised mean differences by a named deviation: values by other hands, and intervals by simulation."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import gamma

from audit.counts.scoregroup import ScoreGroup
from audit.groups.scored import score_values
from audit.judging.deviations import deviation_differences
from audit.metrics import METRICS
from audit.values import Verdict
from tests.making import rule
from tests.test_score_rules import by_group, in_points, judged, scored

SMD = "standardized_mean_score"
RANGED = {"score": {"column": "s", "favorable": "above", "range": [-10, 10]}}
POINTS = {"score": {"column": "s", "favorable": "above", "range": [300, 850]}}
NAMED = {
    "both": "deviation of both",
    "pooled": "pooled deviation",
    "hedges": "pooled deviation, Hedges",
    "reference": "deviation of the reference",
    "average": "average variance",
}


def pooled(a, b):
    squares = [((x - x.mean()) ** 2).sum() for x in (a, b)]
    return math.sqrt(sum(squares) / (len(a) + len(b) - 2))


def corrected(a, b):
    """Hedges 1981, equation 6e: the factor by the gamma function itself."""
    m = len(a) + len(b) - 2
    return gamma(m / 2) / (math.sqrt(m / 2) * gamma((m - 1) / 2))


ELSEWHERE = {
    "both": lambda a, b: np.std(np.concatenate([a, b])),
    "pooled": pooled,
    "hedges": lambda a, b: pooled(a, b) / corrected(a, b),
    "reference": lambda _, b: np.std(b, ddof=1),
    "average": lambda a, b: math.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 2),
}


def by(denominator, **changes):
    asked = {"metric": SMD, "compare": "difference", "require": "<= 0.3", "reference": {"fixed": "A"}}
    return rule(**{"id": denominator, "denominator": denominator, **asked, **changes})


# ---- values --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def result():
    return judged(in_points(scored(A=0.6, B=0.45, C=0.5, n=60)), *map(by, ("all", *NAMED)), data=POINTS)


@pytest.mark.parametrize("denominator", NAMED)
def test_a_difference_is_divided_by_the_deviation_that_the_rule_names(result, denominator):
    table = in_points(scored(A=0.6, B=0.45, C=0.5, n=60))
    scores = {name: rows.to_numpy(dtype=float) for name, rows in table.groupby("g")["s"]}
    for group, found in by_group(result, denominator).items():
        deviation = ELSEWHERE[denominator](scores[group], scores["A"])
        assert found.value == pytest.approx((scores[group].mean() - scores["A"].mean()) / deviation)
        assert found.group_value - found.reference_value == pytest.approx(found.value)
        assert found.group_value == pytest.approx((scores[group].mean() - table["s"].mean()) / deviation)
        assert found.interval.low < found.value < found.interval.high


def test_reference_values_of_standardised_differences_are_met():
    """What the reference leaves out, for scores that do not vary, is not computable here."""
    path = Path(__file__).parent / "stats" / "vectors" / "scores" / "scores.json"
    names = {"pooled": "smd_pooled", "average": "smd_avg_var", "hedges": "hedges_g"}
    cases = [one for one in json.loads(path.read_text(encoding="utf-8")) if "smd_pooled" in one["expected"]]
    for case in cases:
        first, second = case["inputs"]["a"], case["inputs"]["b"]
        table = pd.DataFrame({"g": ["B"] * len(first) + ["A"] * len(second), "s": first + second})
        result = judged(table, *map(by, names), data=RANGED, groups={"min_count": 1})
        for found in result.findings:
            expected = case["expected"][names[found.rule]]
            assert found.value == (None if expected is None else pytest.approx(expected, rel=1e-8))
    assert len(cases) == 3


def test_scores_that_do_not_vary_within_groups_have_no_difference_in_deviations():
    table = pd.DataFrame({"g": ["A"] * 30 + ["B"] * 30, "s": [1.0] * 30 + [2.0] * 30})
    found = {one.rule: one for one in judged(table, *map(by, NAMED), data=RANGED).findings}
    assert {(one.verdict, one.reason) for one in found.values()} == {(Verdict.NOT_COMPUTABLE, "no_deviation")}
    assert found["pooled"].because == (
        "The scores of B and A vary too little, or are too few, for a standardized mean score (pooled deviation)."
    )


def test_the_deviation_stands_behind_the_metric_and_not_in_tables_of_single_groups(result):
    for denominator, words in NAMED.items():
        [found, _] = by_group(result, denominator).values()
        assert found.metric == f"{SMD} ({words})"
        assert found.because.startswith(f"The standardized mean score ({words}) of B is 1.")
        assert f"{SMD} ({words})" in result.metrics
    [plain, _] = by_group(result, "all").values()
    assert (plain.metric, plain.because[:57]) == (SMD, "The standardized mean score (deviation of all) of B is 1.")
    assert [name for name in result.groups[0].metrics if name.startswith(SMD)] == [SMD]
    assert "brier_score" not in result.groups[0].metrics
    notes = [note for note in result.method.notes if "eviation" in note and "tandardized" in note]
    assert len(notes) == 2


def test_sampling_weights_weigh_means_and_deviations_alike():
    table = in_points(scored(A=0.6, B=0.45, n=60)).assign(w=lambda rows: 1.0 + rows.index % 3)
    data = {**POINTS, "weight": {"column": "w", "kind": "sampling"}}
    found = by_group(judged(table, by("both"), data=data), "both")["B"]
    means = [np.average(rows["s"], weights=rows["w"]) for _, rows in table.groupby("g")]
    around = np.average((table["s"] - np.average(table["s"], weights=table["w"])) ** 2, weights=table["w"])
    assert found.value == pytest.approx((means[1] - means[0]) / math.sqrt(around), rel=1e-6)


def test_scores_in_a_sliver_of_their_range_have_a_value_and_no_interval():
    table = pd.DataFrame({"g": ["A", "B"] * 40, "s": 0.5 + np.arange(80) * 1e-6})
    found = by_group(judged(table, by("pooled"), data=RANGED), "pooled")["B"]
    assert found.value is not None
    assert (found.interval.low, found.interval.high) == (None, None)
    assert found.verdict == Verdict.INCONCLUSIVE


# ---- intervals -----------------------------------------------------------------------------------------------------


def group_of(scores, low=-40.0, high=40.0):
    """Scores as the counting hands them on: sums of the powers of their part of the range."""
    part = (np.asarray(scores) - low) / (high - low)
    powers = [(part**i).sum() for i in (1, 2, 3, 4)]
    sums = np.zeros((3, 11))
    sums[2] = [len(part), len(part), len(part), *powers, *powers]
    return ScoreGroup(low=low, high=high, sums=sums, spread=(0.0, 1.0))


@pytest.mark.parametrize("denominator", NAMED)
def test_the_standard_error_is_the_jackknife_s(denominator):
    """The linearised variance and Tukey's, of leaving out each row once, agree to first order."""
    numbers = np.random.default_rng(4)
    a, b = numbers.gamma(3.0, 1.0, 160), numbers.gamma(2.0, 1.5, 120)

    def value(first, second):
        return (first.mean() - second.mean()) / ELSEWHERE[denominator](first, second)

    left = [[value(np.delete(a, i), b) for i in range(len(a))], [value(a, np.delete(b, i)) for i in range(len(b))]]
    tukey = math.sqrt(sum((len(one) - 1) * np.var(one) for one in left))
    found = deviation_differences(denominator, [group_of(a)], [group_of(b)])
    low, high = (ends[0] for ends in found.limits(np.array([0.025])))
    assert (high - low) / 2 / 1.972 == pytest.approx(tukey, rel=0.03)


def test_the_means_of_several_groups_are_those_of_each_by_itself():
    numbers = np.random.default_rng(5)
    scores = [numbers.normal(0.0, 5.0, n) for n in (3, 0, 40, 1)]
    groups = [group_of(scores[0]), None, *map(group_of, scores[1:])]
    found = score_values(METRICS["mean_score"], groups)
    assert [one for group in groups for one in score_values(METRICS["mean_score"], [group])] == found
    assert [(rows, why) for _, rows, why in found] == [
        (3, None), (0, "not_counted"), (0, "no_trials"), (40, None), (1, None),
    ]  # fmt: skip
    values = [value for value, _, _ in found]
    assert values[1:3] == [None, None]
    assert [values[0], *values[3:]] == pytest.approx([part.mean() for part in scores if len(part)], rel=1e-12)


def misses(denominator, draw, truth, repeats, seed):
    """How often intervals of 95 % lie below the true value, and above it."""
    numbers = np.random.default_rng(seed)
    pairs = [[group_of(scores) for scores in draw(numbers)] for _ in range(repeats)]
    found = deviation_differences(denominator, *zip(*pairs, strict=True))
    low, high = found.limits(np.full(repeats, 0.025))
    return float((high < truth).mean()), float((low > truth).mean())


def test_the_interval_covers_a_difference_at_the_margin_as_often_as_it_says():
    def draw(numbers):
        return numbers.normal(0.8, 1.0, 60), numbers.normal(0.0, 1.0, 90)

    for side in misses("pooled", draw, 0.8, 600, 2):
        assert side <= 0.025 + 3.3 * math.sqrt(0.025 * 0.975 / 600)


@pytest.mark.slow
@pytest.mark.parametrize("denominator", NAMED)
@pytest.mark.parametrize("kind", ["normal", "unequal", "skewed"])
def test_intervals_miss_a_large_difference_about_as_often_as_they_say(denominator, kind):
    """One in forty on each side is promised; of 40 and 60 skewed rows up to one in seventeen is accepted."""
    spread, n, m = (2.0 if kind == "unequal" else 1.0), 40, 60

    def one(numbers, size, level, by):
        drawn = numbers.exponential(1.0, size) - 1 if kind == "skewed" else numbers.normal(0.0, 1.0, size)
        return level + by * drawn

    def draw(numbers):
        return one(numbers, n, 0.8, 1.0), one(numbers, m, 0.0, spread)

    share = n / (n + m)
    squares = {
        "both": share + (1 - share) * spread**2 + share * (1 - share) * 0.64,
        "pooled": ((n - 1) + (m - 1) * spread**2) / (n + m - 2),
        "reference": spread**2,
        "average": (1 + spread**2) / 2,
    }
    truth = 0.8 / math.sqrt(squares[denominator if denominator != "hedges" else "pooled"])
    assert max(misses(denominator, draw, truth, 3_000, 3)) <= (0.06 if kind == "skewed" else 0.037)


@pytest.mark.parametrize("denominator", ["both", "pooled"])
def test_evidence_beyond_a_limit_is_what_the_interval_says(denominator):
    """At a limit of the interval, and only there, the one-sided p-value is what the interval leaves out."""
    numbers = np.random.default_rng(6)
    a, b = group_of(numbers.normal(0.8, 1.0, 60)), group_of(numbers.normal(0.0, 1.0, 90))
    found = deviation_differences(denominator, [a], [b])
    low, high = (ends[0] for ends in found.limits(np.array([0.025])))
    assert found.p_above(low)[0] == pytest.approx(0.025)
    assert found.p_below(high)[0] == pytest.approx(0.025)
    assert found.p_below(5.0)[0] < 1e-6
    assert found.p_above(5.0)[0] > 0.99


def test_a_pooled_difference_agrees_with_the_noncentral_t_where_rows_are_many():
    numbers = np.random.default_rng(8)
    a, b = numbers.normal(0.5, 1.0, 2_000), numbers.normal(0.0, 1.0, 3_000)
    found = deviation_differences("pooled", [group_of(a)], [group_of(b)])
    low, high = (ends[0] for ends in found.limits(np.array([0.025])))
    scale = math.sqrt(1 / 2_000 + 1 / 3_000)
    t = found.estimate[0] / scale
    assert float(stats.nct.cdf(t, 4_998, low / scale)) == pytest.approx(0.975, abs=0.004)
    assert float(stats.nct.cdf(t, 4_998, high / scale)) == pytest.approx(0.025, abs=0.004)
