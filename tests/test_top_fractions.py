"""Rules about a selection of the best-scored fraction: who is selected, by rank; in bins, by weight; and how unsure."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import audit
from audit.confirming.rows import confirm
from audit.counts import countfile
from audit.engine import count_table, judge
from audit.provenance import provenance
from audit.stats.contrasts import ShareRatios
from audit.stats.ranges import min_ratio
from audit.values import Verdict
from tests.making import policy_of, rule
from tests.test_score_rules import DAY, PROBABILITY, by_group, judged, judged_counts, scored

POINTS = {"score": {"column": "s", "favorable": "above", "range": [0, 100]}}
TOP = "top_fraction_rate"


def top_rule(top, **changes):
    return rule(metric=TOP, top=str(top), **{"compare": "value", "require": "0.1 to 0.9", **changes})


def by_rank(table, top, *, falling=False):
    """Who is among the first floor(top * n) in order of score, or ties with the last of them."""
    place = int(Fraction(top) * len(table))
    ordered = table["s"].sort_values(ascending=falling).to_list()
    if place == 0:
        return table["s"] > np.inf
    return table["s"] <= ordered[place - 1] if falling else table["s"] >= ordered[place - 1]


def exact(selected, table, group):
    there = table["g"] == group
    return f"{selected[there].sum()}/{there.sum()}"


# ---- who is selected -----------------------------------------------------------------------------------------------

PEOPLE = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 12)), min_size=2, max_size=40)


@settings(max_examples=10)
@given(people=PEOPLE, top=st.fractions(min_value="1/50", max_value="49/50", max_denominator=50), falling=st.booleans())
def test_the_best_fraction_is_the_first_of_all_in_order_of_score_and_whoever_ties_with_the_last(people, top, falling):
    table = pd.DataFrame(people, columns=["g", "s"])
    data = {"score": {"column": "s", "favorable": "below" if falling else "above", "range": [0, 100]}}
    selected = by_rank(table, top, falling=falling)
    for group, found in by_group(judged(table, top_rule(top), data=data, groups={"min_count": 1})).items():
        assert found.exact == exact(selected, table, group)


def test_reference_values_of_impact_by_quantile_are_met():
    path = Path(__file__).parent / "stats" / "vectors" / "scores" / "scores.json"
    cases = [case for case in json.loads(path.read_text(encoding="utf-8")) if case["function"] == "quantile_air"]
    for case in cases:
        given_, told = case["inputs"], case["expected"]["by_fraction"]
        table = pd.DataFrame({"g": given_["group"], "s": given_["score"]})
        for top in given_["top_fraction"]:
            asked = [top_rule(top), top_rule(top, id="worst", compare="min_ratio", require=">= 4/5")]
            result = judged(table, *asked, data=POINTS, groups={"min_count": 1})
            values = {found.group: found.value for found in result.findings if found.rule == "r"}
            assert values == pytest.approx(told[str(top)]["rates"])
            [worst] = [found for found in result.findings if found.rule == "worst"]
            assert worst.value == pytest.approx(told[str(top)]["ratio"])
    assert cases


def test_a_fraction_of_less_than_one_row_selects_nobody_and_no_ratio_is_formed():
    table = scored(A=0.6, B=0.45, n=40)
    [found] = judged(table, top_rule("0.01", compare="ratio", require=">= 4/5", reference={"fixed": "A"})).findings
    assert (found.group_value, found.verdict, found.reason) == (0.0, Verdict.NOT_COMPUTABLE, "reference_zero")


def test_those_of_unknown_group_count_among_all():
    table = scored(A=0.6, B=0.45)
    table.loc[::3, "g"] = None
    selected = by_rank(table, "0.3")
    assert by_group(judged(table, top_rule("0.3")))["A"].exact == exact(selected, table, "A")


def test_a_row_of_frequency_two_is_two_rows_and_sampling_weights_share_the_weight():
    table = scored(A=0.6, B=0.45).assign(w=lambda rows: 1 + rows.index % 3)
    twice = table.loc[table.index.repeat(table["w"])].reset_index(drop=True)
    weight = {"column": "w", "kind": "frequency"}
    found = by_group(judged(table, top_rule("0.2"), data={**PROBABILITY, "weight": weight}))
    assert found["B"].exact == exact(by_rank(twice, "0.2"), twice, "B")
    found = by_group(judged(table, top_rule("0.2"), data={**PROBABILITY, "weight": {**weight, "kind": "sampling"}}))
    ordered = table.sort_values("s", ascending=False)
    last = ordered["s"][ordered["w"].cumsum() >= 0.2 * table["w"].sum()].iloc[0]
    rows = table[table["g"] == "B"]
    assert found["B"].value == pytest.approx(np.average(rows["s"] >= last, weights=rows["w"]))


# ---- many different scores -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many():
    numbers = np.random.default_rng(5)
    s = np.concatenate([numbers.beta(2, 3, 6_000), numbers.beta(3, 2, 6_000)])
    return pd.DataFrame({"g": np.repeat(["A", "B"], 6_000), "s": s, "y": 1})


@pytest.mark.parametrize("side", ["above", "below"])
def test_a_rate_is_exact_where_scores_are_in_bins(many, side):
    data = {"score": {"column": "s", "favorable": side}}
    result = judged(many, top_rule("0.2"), top_rule("1/3", id="third"), data=data)
    assert result.score_note.width > 0
    for name, top in (("r", "0.2"), ("third", "1/3")):
        selected = by_rank(many, top, falling=side == "below")
        assert by_group(result, name)["B"].exact == exact(selected, many, "B")


def test_bins_may_hide_the_cutoff_of_added_counts_and_of_fractions_that_were_not_asked_for(many):
    law = policy_of(top_rule("0.2"), data=PROBABILITY)
    halves = many[many["s"] < 0.6], many[many["s"] > 0.5]
    found = by_group(judged_counts(law, *halves))["A"]
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "top_hidden")
    assert found.because == (
        "The cutoff of the selection rate by score (top 20%) is not known exactly from these counts; count all of the "
        "data together, with this policy."
    )
    other = policy_of(top_rule("0.7"), data=PROBABILITY)
    assert by_group(judged_counts(other, many, counting=law))["A"].reason == "top_hidden"


def test_exact_counts_keep_the_cutoff_when_they_are_added_into_bins_and_when_they_are_saved(many, tmp_path):
    law = policy_of(top_rule("0.2"), data=PROBABILITY)
    [(one, data), (other, _)] = [count_table(law, many[start::3]) for start in (0, 1)]
    assert one.scores.exact
    assert other.scores.exact
    countfile.save(one, tmp_path / "one.json")
    counts = countfile.load(tmp_path / "one.json") + other
    assert not counts.scores.exact
    made = provenance(as_of=DAY, command=None, policy=None)
    found = by_group(judge(counts, law, data=data, provenance=made))["A"]
    both = pd.concat([many[0::3], many[1::3]])
    assert found.exact == exact(by_rank(both, "0.2"), both, "A")


# ---- what is said of it --------------------------------------------------------------------------------------------


def test_a_fraction_stands_behind_the_metric_wherever_it_is_named():
    asked = {"compare": "ratio", "require": ">= 4/5", "reference": {"fixed": "A"}}
    result = judged(scored(A=0.6, B=0.45), top_rule("0.2", **asked), top_rule("1/3", id="third", **asked))
    assert [found.metric for found in result.findings] == [f"{TOP} (top 20%)", f"{TOP} (top 1/3)"]
    assert result.rules[0].title == "Selection rate by score (top 20%), ratio to the named group: >= 4/5"
    [found, _] = result.findings
    assert found.because.startswith("The selection rate by score (top 20%) of B is 0.23 times that of A (7.5% against")
    assert result.metrics[f"{TOP} (top 20%)"].harm == "low"
    assert {f"{TOP} (top 20%)", f"{TOP} (top 1/3)"} <= result.groups[0].metrics.keys()
    assert TOP not in result.groups[0].metrics
    assert any("The cutoff is taken for fixed" in note for note in result.method.notes)


@pytest.mark.parametrize(("side", "harm"), [({"adverse": "above"}, "high"), ({"favorable": "below"}, "low")])
def test_to_be_selected_is_bad_where_the_score_speaks_against_people(side, harm):
    data = {"score": {"column": "s", **side}}
    result = judged(scored(A=0.6, B=0.45), top_rule("0.2"), data=data)
    assert result.metrics[f"{TOP} (top 20%)"].harm == harm


@pytest.mark.parametrize("side", ["above", "below"])
def test_the_rows_confirm_it(many, side):
    table = many[::10]
    law = policy_of(top_rule("0.2"), top_rule("0.001", id="few"), data={"score": {"column": "s", "favorable": side}})
    assert confirm(law, table, audit.run(law, table, as_of=DAY)).largest < 1e-12


# ---- the curve over fractions --------------------------------------------------------------------------------------


def test_each_ratio_of_the_sweep_has_its_own_interval_and_says_how_many_of_all_it_selects():
    table = scored(A=0.6, B=0.45, C=0.5)
    note = judged(table, top_rule("0.2")).score_note
    for point in note.ratios["g"]:
        selected = table["s"] > point.threshold
        hits, trials = (selected.groupby(table["g"]).agg(of).to_numpy(dtype=float) for of in ("sum", "count"))
        limits = min_ratio(hits, trials).limits(0.025)
        assert point.selected == pytest.approx(selected.mean(), abs=1e-6)
        assert (point.low, point.high) == pytest.approx((limits.low[0], limits.high[0]), abs=1e-6)
        assert point.low <= point.ratio


# ---- by simulation -------------------------------------------------------------------------------------------------


def false_failures(size, top, spread, repeats, seed):
    """How often a ratio of exactly 0.8 among (B, A) so many is failed, when the best fraction of each sample is taken.

    A's scores are standard normal, B's normal with another spread, moved so that the ratio at the cutoff is 0.8.
    """
    (few, many_), numbers = size, np.random.default_rng(seed)
    rate = top * sum(size) / (0.8 * few + many_)
    cutoff = stats.norm.isf(rate)
    moved = cutoff - spread * stats.norm.isf(0.8 * rate)
    a, b = numbers.normal(0, 1, (repeats, many_)), numbers.normal(moved, spread, (repeats, few))
    place = int(top * sum(size) + 1e-9) - 1
    last = -np.partition(-np.hstack([a, b]), place, axis=1)[:, [place]]
    counted = ShareRatios(
        x1=(b >= last).sum(axis=1) * 1.0, n1=np.full(repeats, few * 1.0),
        x2=(a >= last).sum(axis=1) * 1.0, n2=np.full(repeats, many_ * 1.0),
    )  # fmt: skip
    return float((counted.limits(np.full(repeats, 0.025)).high < 0.8).mean())


def test_groups_of_one_spread_at_the_very_margin_are_failed_no_more_often_than_promised():
    assert false_failures((150, 150), 0.3, 1.0, 1_500, 3) <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 1_500)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(300, 300), (100, 900)])
@pytest.mark.parametrize("top", [0.1, 0.5, 0.8])
def test_the_cutoff_s_own_error_matters_only_where_a_group_s_scores_crowd_around_it(size, top):
    """What docs/methods/means-and-scores.md says of spreads: a half to three, then a fifth."""
    assert max(false_failures(size, top, spread, 4_000, 5) for spread in (0.5, 1.0, 3.0)) < 0.05
    assert false_failures(size, top, 0.2, 4_000, 7) < 0.09
