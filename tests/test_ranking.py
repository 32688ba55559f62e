"""Rules about ranked lists, from a table to the sentence: values by other hands, and what cannot be judged."""

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import dcg_score

import audit
from audit.confirming.rows import confirm
from audit.counts import countfile
from audit.counts.rankgroup import Divergence
from audit.engine import count_table, judge
from audit.errors import DataError, PolicyError
from audit.groups.ranked import divergence_contrast
from audit.provenance import provenance
from audit.render.panels import arranged
from audit.result import MetricValue
from audit.scanning import scan
from audit.scanning.diverging import divergences
from audit.sources.source import open_table
from audit.stats import divergence
from audit.stats.divergence import ndkl
from audit.values import Verdict
from tests.engines import opened
from tests.making import policy_of, rule

DAY = datetime.date(2026, 11, 21)
NAMES = ("exposure", "relative_exposure", "representation_at_k", "skew_at_k")
RANKING = {"list": "q", "position": "rank", "k": 5}
DATA = {"ranking": RANKING}
VECTORS = Path(__file__).parent / "stats/vectors/scores/ranking.json"
FIXED = {"fixed": "A"}


def values(metric=NAMES, **changes):
    return rule(id="v", metric=list(metric), compare="value", **{"require": "none", "effect": "report", **changes})


def gaps(metric, compare="ratio", require=">= 4/5", **changes):
    return rule(id=compare, metric=metric, compare=compare, require=require, reference=FIXED, **changes)


def lists(many=60, sizes=(6, 15, 25), pull=0.0, shares=(0.5, 0.3, 0.2), seed=3):
    """Rows of lists whose order is random but for A, which is pulled to the top by so many standard deviations."""
    draw = np.random.default_rng(seed)
    parts = []
    for number in range(many):
        n = sizes[number % len(sizes)]
        group = draw.choice(list("ABC")[: len(shares)], n, p=shares)
        order = draw.normal(size=n) + pull * (group == "A")
        parts.append(pd.DataFrame({"q": f"query {number}", "rank": (-order).argsort().argsort() + 1, "g": group}))
    return pd.concat(parts, ignore_index=True)


def judged(table, *rules, **changes):
    return audit.run(policy_of(*rules, **{"data": DATA, "groups": {"min_count": 1}, **changes}), table, as_of=DAY)


def found_of(result, rule_id="v"):
    return {(found.metric, found.group): found for found in result.findings if found.rule == rule_id}


def by_hand(table, k=5):
    """Every metric of every group, list by list and item by item."""
    found = {group: dict.fromkeys(("n", "x", "usual", "top", "expected"), 0.0) for group in table["g"].unique()}
    for _, one in table.groupby("q"):
        x = [1 / np.log2(1 + place) for place in one["rank"]]
        top = [place <= k for place in one["rank"]]
        for group, own, among in zip(one["g"], x, top, strict=True):
            more = {"n": 1, "x": own, "usual": np.mean(x), "top": among, "expected": np.mean(top)}
            found[group] = {name: found[group][name] + more[name] for name in more}
    return {
        group: {
            "exposure": s["x"] / s["n"],
            "relative_exposure": s["x"] / s["usual"],
            "representation_at_k": s["top"] / s["expected"] if s["expected"] else None,
            "skew_at_k": np.log(s["top"] / s["expected"]) if s["top"] else None,
        }
        for group, s in found.items()
    }


TABLE = lists(pull=0.7)

# ---- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", json.loads(VECTORS.read_text()), ids=lambda case: case["id"])
def test_values_are_those_of_the_vectors(case):
    order, wanted = case["inputs"]["ranking"], case["expected"]
    table = pd.DataFrame({"q": "only", "rank": range(1, len(order) + 1), "g": order})
    for k, skews in wanted["skew_at_k"].items():
        found = found_of(judged(table, values(), data={"ranking": {**RANKING, "k": int(k)}}))
        for group, exposure in wanted["mean_exposure"].items():
            assert found["exposure", group].value == pytest.approx(exposure, rel=1e-9)
            if skews[group] is None:
                assert found["skew_at_k", group].reason == "none_at_top"
                assert "None of" in found["skew_at_k", group].because
            else:
                assert found["skew_at_k", group].value == pytest.approx(skews[group], rel=1e-9, abs=1e-12)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.lists(st.sampled_from("ABC"), min_size=1, max_size=9), min_size=1, max_size=6), st.integers(1, 4))
def test_values_are_those_of_every_row_by_hand_whatever_the_rows(groups, k):
    parts = [pd.DataFrame({"q": f"q{i}", "rank": range(1, len(g) + 1), "g": g}) for i, g in enumerate(groups)]
    table = pd.concat(parts).sample(frac=1, random_state=1)
    result = judged(table, values(), data={"ranking": {**RANKING, "k": k}})
    wanted = by_hand(table, k)
    for row in result.groups:
        for name, value in wanted[row.group].items():
            assert row.metrics[name].value == (None if value is None else pytest.approx(value, rel=1e-12, abs=1e-12))


def test_exposure_is_the_dcg_of_a_group_for_each_item_of_it():
    found = found_of(judged(TABLE, values(["exposure"])))
    for group, part in TABLE.groupby("g"):
        gains = [dcg_score([one["g"] == group], [-one["rank"]]) for _, one in TABLE.groupby("q")]
        assert found["exposure", group].value == pytest.approx(sum(gains) / len(part))


def test_in_lists_of_one_length_representation_is_a_ratio_of_selection_rates():
    table = lists(sizes=(20,), pull=0.7)
    found = found_of(judged(table, values(["representation_at_k"]), gaps("representation_at_k")))
    rates = (table["rank"] <= 5).groupby(table["g"]).mean()
    assert found["representation_at_k", "B"].value == pytest.approx(rates["B"] / (5 / 20))
    ratio = found_of(judged(table, gaps("representation_at_k")), "ratio")["representation_at_k", "B"]
    assert ratio.value == pytest.approx(rates["B"] / rates["A"])


def test_limits_are_about_those_of_a_bootstrap_of_whole_lists():
    found = judged(TABLE, gaps(["exposure", "representation_at_k"]), gaps("skew_at_k", "difference", "<= 0.1"))
    draw = np.random.default_rng(7)
    sums = pd.DataFrame(
        {
            (group, name): TABLE.assign(
                x=1 / np.log2(1 + TABLE["rank"]),
                n=1.0,
                top=(TABLE["rank"] <= 5) * 1.0,
                expected=(TABLE["rank"] <= 5).groupby(TABLE["q"]).transform("mean"),
            )[TABLE["g"] == group]
            .groupby("q")[name]
            .sum()
            for group in "AB"
            for name in ("x", "n", "top", "expected")
        }
    ).fillna(0.0)
    times = draw.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=4_000)
    drawn = pd.DataFrame(times @ sums.to_numpy(), columns=sums.columns)
    ratios = {
        ("ratio", "exposure"): (drawn["B", "x"] / drawn["B", "n"]) / (drawn["A", "x"] / drawn["A", "n"]),
        ("ratio", "representation_at_k"): (drawn["B", "top"] / drawn["B", "expected"])
        / (drawn["A", "top"] / drawn["A", "expected"]),
    }
    ratios["difference", "skew_at_k"] = np.log(ratios["ratio", "representation_at_k"])
    for (name, metric), again in ratios.items():
        limits = found_of(found, name)[metric, "B"].unadjusted_interval
        low, high = np.quantile(again, [0.025, 0.975])
        near = (high - low) * 0.2
        assert (limits.low, limits.high) == (pytest.approx(low, abs=near), pytest.approx(high, abs=near)), metric


# ---- verdicts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "verdict", "sentence"),
    [
        (gaps("exposure", require=">= 3/5"), Verdict.PASS, "The exposure of B is 0."),
        (gaps("relative_exposure", require=">= 0.95"), Verdict.FAIL, "times that of A ("),
        (gaps("representation_at_k"), Verdict.FAIL, "The representation at k of B is 0."),
        (gaps("skew_at_k", "difference", "<= 0.7"), Verdict.INCONCLUSIVE, "The skew at k of B is 0."),
        (values(["skew_at_k"], require="-0.1 to 0.1", effect="block"), Verdict.FAIL, "The skew at k of B is −0."),
    ],
)
def test_verdicts_are_taken_from_the_interval(demand, verdict, sentence):
    found = next(one for one in judged(TABLE, demand).findings if one.group == "B")
    assert (found.verdict, found.because) == (verdict, found.because)
    assert sentence in found.because


def test_a_few_lists_show_their_values_and_no_verdict_unless_the_point_decides():
    few = lists(many=6, pull=0.7)
    found = found_of(judged(few, gaps("exposure")), "ratio")["exposure", "B"]
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "few_lists")
    assert "8 are needed to tell how much lists differ" in found.because
    assert found.value == pytest.approx(by_hand(few)["B"]["exposure"] / by_hand(few)["A"]["exposure"])
    value = judged(few, gaps("exposure")).groups[0].metrics["exposure"]
    assert value.value is not None
    assert (value.low, value.high) == (0.0, None)
    point = found_of(judged(few, gaps("exposure", judge="point")), "ratio")["exposure", "B"]
    assert point.verdict in (Verdict.PASS, Verdict.FAIL)


def test_few_expected_at_the_top_are_no_failure():
    rare = lists(many=40, sizes=(20,), shares=(0.985, 0.015), seed=4)
    rare["rank"] = rare.assign(last=rare["g"] == "B").sort_values(["q", "last", "rank"]).groupby("q").cumcount() + 1
    demand = values(["representation_at_k"], require=">= 0.8", effect="block")
    found = found_of(judged(rare, demand, data={"ranking": {**RANKING, "k": 2}}))["representation_at_k", "B"]
    assert found.value == 0
    assert found.verdict != Verdict.FAIL


def test_groups_in_lists_of_different_lengths_are_noted_for_exposure_alone():
    draw = np.random.default_rng(2)
    parts = []
    for number in range(80):
        n, share = ((5, 0.8), (40, 0.2))[number % 2]
        parts.append(
            pd.DataFrame(
                {"q": number, "rank": np.arange(1, n + 1), "g": draw.choice(["A", "B"], n, p=[share, 1 - share])}
            )
        )
    table = pd.concat(parts)
    result = judged(table, gaps("exposure", require=">= 0.9"), gaps("relative_exposure", "difference", "<= 0.3"))
    assert found_of(result, "ratio")["exposure", "B"].verdict == Verdict.FAIL
    assert found_of(result, "difference")["relative_exposure", "B"].verdict == Verdict.PASS
    assert any("a random order of every list would give exposures from" in note for note in result.notes)
    alone = judged(table, gaps("relative_exposure", "difference", "<= 0.3"))
    assert not any("random order" in note for note in alone.notes)


def test_a_report_says_how_and_does_not_call_items_independent():
    said = " ".join(judged(TABLE, gaps("exposure")).method.notes)
    assert "delete-one jackknife over 256 buckets of lists" in said
    assert "independent of each other" not in said
    data = {**DATA, "decision": {"column": "d", "favorable": 1}}
    beside = judged(TABLE.assign(d=1), gaps("exposure"), data=data)
    assert beside.overall.metrics["selection_rate"].value == 1
    assert beside.overall.metrics["relative_exposure"].value == pytest.approx(1.0)
    assert "the metrics at k are about the first 5" in " ".join(beside.notes)


@pytest.fixture
def quick(monkeypatch):
    """Few shuffles for each list: their noise is averaged over lists."""
    monkeypatch.setattr(divergence, "_NUMBERS", 1e5)


# ---- divergence of all groups at once ------------------------------------------------------------------------------


def diverging(require="<= 0.02", **changes):
    return rule(id="even", metric="ndkl", compare="value", require=require, **changes)


def shuffled_ndkl(table, many=300):
    """The mean NDKL over lists, and that of shuffles of the groups within them."""
    draw = np.random.default_rng(6)
    real, again = [], []
    for _, one in table.groupby("q"):
        order = one.sort_values("rank")["g"].factorize()[0]
        if order.max() > 0:
            real.append(ndkl(order[np.newaxis], order.max() + 1)[0])
            again.append(ndkl(draw.permuted(np.tile(order, (many, 1)), axis=1), order.max() + 1))
    return np.mean(real), np.mean(again, axis=0)


@pytest.mark.parametrize(
    ("table", "require", "verdict"),
    [
        (lists(pull=3.0, shares=(0.2, 0.5, 0.3)), "<= 0.1", Verdict.FAIL),
        (lists(seed=8), "<= 0.1", Verdict.PASS),
        (lists(seed=8), "<= 0.01", Verdict.INCONCLUSIVE),
    ],
)
def test_divergence_is_judged_by_what_is_above_chance(table, require, verdict):
    result = judged(table, diverging(require))
    [found] = result.findings
    real, again = shuffled_ndkl(table)
    assert found.verdict == verdict
    assert found.group is None
    assert found.n == len(table)
    assert found.value == pytest.approx(real - again.mean(), abs=4 * again.std() / np.sqrt(len(again)))
    assert found.because.startswith("The NDKL above chance of g is ")
    assert result.rules[0].title == f"NDKL above chance of all groups together: {require}"
    [note] = [note for note in result.notes if "NDKL by g" in note]
    assert f"NDKL by g is {real:.4f} on average over 60 lists" in note
    p = float(note.split("p = ")[1].split(". What")[0])
    assert p == pytest.approx((again >= real).mean(), abs=0.05)
    assert "exact mean over all orders" in " ".join(result.method.notes)


@pytest.mark.usefixtures("quick")
def test_a_figure_of_all_groups_together_has_one_line():
    result = judged(lists(many=12), diverging(), gaps("exposure"))
    drawn = {view.rule.id: [line.name for line in view.panels[0].every] for view in arranged(result, 40)}
    assert drawn["even"] == ["g"]
    assert sorted(drawn["ratio"]) == ["A", "B", "C"]


@pytest.mark.usefixtures("quick")
def test_divergence_passes_over_items_of_unknown_group_and_lists_of_one():
    table = pd.concat([lists(many=30, seed=1), pd.DataFrame({"q": "alike", "rank": [1, 2, 3], "g": "A"})])
    unknown = pd.concat([table.assign(rank=table["rank"] * 2), table.assign(rank=table["rank"] * 2 - 1, g=None)])
    [plain], [passed] = (judged(one, diverging()).findings for one in (table, unknown))
    assert passed.value == pytest.approx(plain.value)
    mixed = int((table.groupby("q")["g"].nunique() > 1).sum())
    assert any(f"over {mixed} lists" in note for note in judged(unknown, diverging()).notes)
    alone = judged(table.assign(g="A"), diverging()).findings[0]
    assert (alone.verdict, alone.reason) == (Verdict.NOT_COMPUTABLE, "no_lists")
    few = judged(lists(many=5), diverging()).findings[0]
    assert (few.verdict, few.reason) == (Verdict.NOT_COMPUTABLE, "few_lists")


@pytest.mark.usefixtures("quick")
def test_divergence_of_parts_adds_to_that_of_the_whole(tmp_path):
    attributes = {name: {"column": name} for name in "gh"}
    law = policy_of(diverging(), data=DATA, attributes=attributes, intersections=[["g", "h"]])
    table = TABLE.assign(h=np.where(np.arange(len(TABLE)) % 3, "x", "y"), m=TABLE["q"].str[-1] < "5")
    counts, data = count_table(law, table)
    parts = [count_table(law, part)[0] for _, part in table.groupby("m")]
    countfile.save(sum(parts[1:], parts[0]), tmp_path / "parts.json")
    made = provenance(as_of=DAY, command=None, policy=None)
    whole, added = (
        judge(one, law, data=data, provenance=made) for one in (counts, countfile.load(tmp_path / "parts.json"))
    )
    assert [found.attribute for found in whole.findings] == ["g", "h", "g & h"]
    assert [found.value for found in added.findings] == pytest.approx([found.value for found in whole.findings])


# ---- counting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["csv", "sqlite"])
def test_lists_are_counted_alike_everywhere(place, tmp_path):
    plan = policy_of(values(), data=DATA).plan()

    def counted(table):
        with open_table(table, scan.columns(plan)) as source:
            return [table.cells for table in scan.count(source, plan).ranks.tables]

    with opened(place, TABLE, tmp_path) as there:
        found, wanted = counted(getattr(there, "table", there)), counted(TABLE.sample(frac=1, random_state=5))
    for one, other in zip(found, wanted, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_parts_of_whole_lists_add_to_the_whole_and_a_file_of_counts_keeps_them(tmp_path):
    law = policy_of(gaps(list(NAMES[:3])), data=DATA, groups={"min_count": 1})
    counts, data = count_table(law, TABLE)
    part = TABLE["q"].astype("category").cat.codes % 3
    parts = [count_table(law, TABLE[part == i])[0] for i in range(3)]
    countfile.save(parts[0] + parts[1] + parts[2], tmp_path / "parts.json")
    kept = countfile.load(tmp_path / "parts.json")
    made = provenance(as_of=DAY, command=None, policy=None)
    one, other = (judge(each, law, data=data, provenance=made) for each in (counts, kept))
    for mine, theirs in zip(one.findings, other.findings, strict=True):
        assert mine.value == pytest.approx(theirs.value, rel=1e-12)
        assert mine.unadjusted_interval.low == pytest.approx(theirs.unadjusted_interval.low, rel=1e-9)
    with pytest.raises(DataError, match="positions in ranked lists are counted"):
        countfile.withheld(counts, 11)


def test_a_list_of_each_period_and_version_is_one_of_its_own():
    twice = pd.concat([TABLE.assign(m="1", t="2026-10-03"), TABLE.assign(m="2", t="2026-11-03")])
    data = {**DATA, "model_version": "m", "time": "t"}
    law = policy_of(values(), data=data, groups={"min_count": 1})
    result = audit.run(law, twice, as_of=DAY)
    assert "120 lists of 6 to 25 items" in " ".join(result.notes)
    wanted = by_hand(TABLE)
    assert result.groups[0].metrics["exposure"].value == pytest.approx(wanted["A"]["exposure"])
    assert confirm(law, twice, result).rates == 4 * len(NAMES)
    one = audit.run(law, twice, as_of=DAY, only={"version": "2"})
    assert one.groups[1].metrics["skew_at_k"].value == pytest.approx(wanted["B"]["skew_at_k"])


def test_rows_confirm_the_counts_and_find_a_mistake():
    table = TABLE.assign(d=1)
    table.loc[3, "d"] = None
    table.loc[5, "g"] = None
    data = {**DATA, "decision": {"column": "d", "favorable": 1, "unusable": "exclude"}}
    law = policy_of(values(), data=data, groups={"min_count": 1})
    result = audit.run(law, table, as_of=DAY)
    assert confirm(law, table, result).rates == 4 * (len(NAMES) + 1)
    off = {**result.overall.metrics, "exposure": MetricValue(value=0.9, low=None, high=None, n=1)}
    with pytest.raises(DataError, match=r"exposure of everyone is 0\.9 from counts"):
        confirm(law, table, replace(result, overall=replace(result.overall, metrics=off)))


BAD = [
    ("q", None, "list missing"),
    ("q", "  ", "list missing"),
    ("rank", None, "position missing"),
    ("rank", 0, "position not a whole number from 1"),
    ("rank", -3, "position not a whole number from 1"),
    ("rank", 2.5, "position not a whole number from 1"),
    ("rank", "third", "position not a whole number from 1"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BAD)
def test_what_is_in_no_list_stops_the_audit_or_is_left_out_and_counted(column, value, reason):
    table = TABLE.astype({"rank": object})
    table.loc[[1, 9], column] = value
    with pytest.raises(DataError, match=rf"{reason} in 2 rows; .*data\.ranking\.unusable: exclude"):
        judged(table, values())
    left = judged(table, values(), data={"ranking": {**RANKING, "unusable": "exclude"}})
    assert any(f"{reason} in 2 rows, which no metric of ranked lists counts" in note for note in left.notes)
    assert (left.overall.metrics["exposure"].n, left.overall.n) == (len(table) - 2, len(table))
    assert left.overall.metrics["exposure"].value == pytest.approx(
        (1 / np.log2(1 + table.drop([1, 9])["rank"].astype(float))).mean()
    )


def test_a_place_that_two_items_hold_is_neithers():
    table = TABLE.copy()
    table.loc[1, "rank"] = table.loc[0, "rank"]
    with pytest.raises(DataError, match="'rank': position taken twice in its list in 2 rows"):
        judged(table, values())
    data = {"ranking": {**RANKING, "unusable": "exclude"}}
    assert judged(table, values(), data=data).overall.metrics["exposure"].n == len(table) - 2


def test_counts_that_were_made_before_stay_good():
    plan = policy_of().plan()
    assert plan.ranking is None
    assert scan.digest(plan) == scan.digest(replace(plan, crossings=()))
    ranked = policy_of(values(), data=DATA).plan()
    assert scan.digest(ranked) != scan.digest(replace(ranked, ranking=replace(ranked.ranking, k=6)))


# ---- what does not fit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "demand", "said"),
    [
        ({"decision": {"column": "d", "favorable": 1}}, values(["exposure"]), "about positions in ranked lists"),
        (DATA, rule(), "selection_rate is about decisions, and the policy names none"),
        (DATA, rule(metric="mean_score", compare="value", require=">= 0.1"), "mean_score needs a score"),
        (DATA, rule(metric="true_positive_rate"), "true_positive_rate is about decisions"),
        ({"ranking": {"list": "q", "position": "rank"}}, values(["skew_at_k"]), "say so in data.ranking, like 'k: 10'"),
        ({"ranking": {**RANKING, "k": 0}}, values(), "1"),
        ({"ranking": {**RANKING, "position": "q"}}, values(), "one column cannot be both"),
        ({"ranking": {**RANKING, "list": "g"}}, values(), "the list is the column 'g' of the attribute 'g'"),
        ({**DATA, "unit": "person"}, values(), "the lists already say which rows belong together"),
        ({**DATA, "weight": {"column": "w", "kind": "sampling"}}, values(), "a place in a list cannot be weighed"),
        (DATA, rule(metric="ndkl", compare="difference", require="<= 0.1"), "no group has it"),
        (DATA, rule(metric="ndkl", compare="max_gap", require="<= 0.1"), "is no share of people"),
        (DATA, gaps("skew_at_k"), "a ratio of two of them means nothing"),
        (DATA, rule(metric="exposure", compare="max_gap", require="<= 0.1"), "is no share of people"),
        (DATA, gaps("exposure", test="fisher"), "is none"),
        (DATA, gaps("exposure") | {"reference": "overall"}, "cannot be compared with 'overall'"),
        (DATA, rule(metric="exposure", compare="value", require="<= 1"), "could never fail"),
        (DATA, rule(metric="skew", compare="value", require="<= 1"), "did you mean 'skew_at_k'?"),
    ],
)
def test_a_rule_that_does_not_fit_the_columns_is_an_error(data, demand, said):
    with pytest.raises(PolicyError) as error:
        policy_of(demand, data=data)
    assert said in str(error.value)


# ---- fair orders ---------------------------------------------------------------------------------------------------

FAIR = [
    gaps("exposure", require="1 to 1"),
    gaps("skew_at_k", "difference", "<= 0"),
    diverging("<= 0"),
]


def failures(demand, many):
    """How often audits of fair random orders fail."""
    failed = 0
    for seed in range(many):
        result = judged(lists(many=24, sizes=(5, 9, 16), seed=seed), demand)
        failed += any(found.verdict == Verdict.FAIL for found in result.findings)
    return failed / many


@pytest.mark.slow
@pytest.mark.parametrize("demand", FAIR, ids=lambda demand: demand["metric"])
def test_audits_of_fair_orders_fail_no_oftener_than_stated(demand):
    assert failures(demand, 150) <= 0.05 + 0.03


def divergence_of(sizes, shares, seed):
    """The lists of fair random orders, summed as counts are."""
    draw = np.random.default_rng(seed)
    ids = np.repeat(np.arange(len(sizes)), sizes)
    firsts, sums = divergences(ids, draw.choice(len(shares), len(ids), p=shares))
    lists_of = {name: np.bincount(ids[firsts], weights=sums[name], minlength=len(sizes)) for name in sums}
    return Divergence(lists=lists_of.pop("n"), sums=lists_of)


def claims(many, sizes, shares):
    """How often fair random orders are claimed to diverge beyond chance."""
    made = [divergence_contrast(divergence_of(sizes, shares, seed)).p_above(0.0)[0] for seed in range(many)]
    return float(np.mean(np.array(made) <= 0.025))


@pytest.mark.usefixtures("quick")
def test_fair_orders_are_seldom_claimed_to_diverge():
    assert claims(200, [5, 8, 12] * 5, [0.5, 0.3, 0.2]) <= 0.025 + 2.5 * np.sqrt(0.025 * 0.975 / 200)


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("sizes", "shares"),
    [([20] * 10, [0.5, 0.5]), ([4] * 60, [0.7, 0.3]), ([30] * 30, [0.95, 0.05]), ([5, 40] * 20, [0.4, 0.3, 0.2, 0.1])],
)
def test_claims_of_divergence_keep_their_size(sizes, shares):
    assert claims(2_000, sizes, shares) <= 0.032
