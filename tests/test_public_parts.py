"""Periods, scores, strata and rules over all groups in a public rendering: whole, or not at all."""

import numpy as np
import pandas as pd
import pytest

import audit
from audit.disclosing.disclosure import rendered
from audit.values import Verdict
from tests.making import policy_of, rule
from tests.publishing import COLUMNS, DISCLOSURE, law, people

# ---- periods and versions ------------------------------------------------------------------------------------------


def sliced(**sizes):
    """People of two sexes in months: sliced(F=[(5, 10), (50, 100)]) has 5 of 10 selected in the first month."""
    rows = [
        {"sex": sex, "when": f"2026-{month:02}-01", "d": int(i < hits), "y": i % 2}
        for sex, months in sizes.items()
        for month, (hits, n) in enumerate(months, 1)
        for i in range(n)
    ]
    data = {**COLUMNS, "time": {"column": "when", "period": "month"}}
    policy = policy_of(rule(), data=data, attributes={"sex": {"column": "sex"}}, disclosure=DISCLOSURE)
    return audit.run(policy, pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("months", "shown"),
    [
        ([(50, 100), (40, 100)], True),
        ([(50, 100), (4, 100)], False),
        ([(50, 100), (96, 100)], False),
        ([(50, 100), (0, 8)], False),
        ([(50, 100), (0, 100)], True),
    ],
)
def test_a_table_of_months_is_shown_if_none_of_its_counts_is_small(months, shown):
    public = rendered(sliced(F=months, M=[(60, 120), (60, 120)]))
    values = [value.hits for line in public.series for value in line.values]
    assert (None not in values) is shown


def test_tables_of_months_do_not_tell_who_is_in_one_and_not_in_the_other():
    rows = [
        {"sex": "FM"[i % 2], "race": "AAB"[i % 3], "when": f"2026-0{1 + i // 7 % 2}-01", "d": i // 5 % 2}
        for i in range(2000)
    ]
    table = pd.DataFrame(rows)
    data = {"decision": COLUMNS["decision"], "time": {"column": "when", "period": "month"}}
    attributes = {"sex": {"column": "sex"}, "race": {"column": "race"}}
    policy = policy_of(rule(), data=data, attributes=attributes, disclosure={**DISCLOSURE, "complementary": False})
    assert all(value.hits is not None for line in rendered(audit.run(policy, table)).series for value in line.values)
    table.loc[:4, "race"] = None
    public = rendered(audit.run(policy, table))
    assert all(value.hits is None for line in public.series for value in line.values)


# ---- scores, strata, probabilities ---------------------------------------------------------------------------------


def test_scores_are_told_of_all_groups_or_of_none():
    table = people(2, 1200, unknown=0)
    table["s"] = np.random.default_rng(1).integers(0, 100, len(table)) / 100
    data = {**COLUMNS, "score": {"column": "s", "favorable": "above"}}
    rules = [rule(id="auc", metric="roc_auc", compare="difference", require="<= 0.1"), rule(id="r")]
    full = audit.run(law(data=data, rules=rules), table)
    public = rendered(full)
    told = {row.attribute for row in public.scores}
    whole = {row.attribute for row in public.groups} - {
        row.attribute
        for row in public.groups
        if row.n is None or any(row.metrics[name].n is None for name in ("selection_rate", "base_rate"))
    }
    assert len(full.scores) > len(public.scores)
    assert told - {public.overall.attribute} <= whole
    assert all(row.curves is None for row in public.scores)
    assert not public.score_note.ratios
    for row in public.groups:
        assert (row.metrics["mean_score"].value is None) is (row.attribute not in whole)
    for found in public.findings:
        if found.metric == "roc_auc":
            assert (found.verdict is Verdict.WITHHELD) is (found.attribute not in whole)


@pytest.mark.parametrize(("small", "told"), [(40, True), (6, False)])
def test_strata_are_told_if_none_is_small(small, told):
    rows = [
        {"sex": sex, "dept": dept, "d": int(i < n // 2), "y": 1}
        for sex in "FM"
        for dept, n in (("x", 200), ("y", small if sex == "F" else 100))
        for i in range(n)
    ]
    policy = policy_of(
        rule(given=["dept"]),
        data={"decision": COLUMNS["decision"]},
        attributes={"sex": {"column": "sex"}},
        factors={"dept": {"column": "dept", "legitimate": "They choose it."}},
        disclosure=DISCLOSURE,
        groups={"min_count": 5},
    )
    full = audit.run(policy, pd.DataFrame(rows))
    [found] = rendered(full).findings
    assert full.findings[0].given is not None
    assert (found.given is not None) is told
    assert (found.verdict is not Verdict.WITHHELD) is told


@pytest.mark.parametrize(("share", "told"), [(0.5, True), (0.02, False)])
def test_groups_of_probabilities_are_told_together(share, told):
    table = pd.DataFrame({"d": [0, 1] * 200, "a": [1 - share] * 400, "b": [share] * 400})
    policy = policy_of(
        rule(),
        data={"decision": COLUMNS["decision"]},
        attributes={"p": {"probabilities": {"A": "a", "B": "b"}}},
        disclosure=DISCLOSURE,
    )
    public = rendered(audit.run(policy, table))
    assert [row.n is not None for row in public.groups] == [told, told]
    of_groups = [found for found in public.findings if found.group is not None]
    assert [found.verdict is not Verdict.WITHHELD for found in of_groups] == [told]


def test_what_unknown_membership_could_change_is_told_if_it_tells_of_nobody():
    table = pd.DataFrame({"race": ["A"] * 400 + ["B"] * 400 + [None] * 100, "d": [0, 1] * 450, "y": [1, 1, 0, 0] * 225})
    policy = policy_of(rule(), data=COLUMNS, attributes={"race": {"column": "race"}}, disclosure=DISCLOSURE)
    assert rendered(audit.run(policy, table)).findings[0].unknown is not None
    few = table.iloc[: 800 + 8]
    full = audit.run(policy, few)
    public = rendered(full)
    assert full.findings[0].unknown is not None
    assert all(found.unknown is None for found in public.findings)
    assert all(value.bounds is None for row in public.groups for value in row.metrics.values())
    assert public.rows.by_attribute[0].unknown is None


def test_a_rule_over_all_groups_is_told_if_all_of_them_are():
    sizes = {"A": (200, 400), "B": (150, 300), "C": (5, 300)}
    table = pd.DataFrame([{"g": g, "d": int(i < hits), "y": 1} for g, (hits, n) in sizes.items() for i in range(n)])
    gap = rule(id="gap", compare="max_gap", require="<= 0.2")
    policy = policy_of(gap, data={"decision": COLUMNS["decision"]}, disclosure=DISCLOSURE)
    [found] = rendered(audit.run(policy, table)).findings
    assert (found.verdict, found.group, found.reference) == (Verdict.WITHHELD, None, None)
    policy = policy_of(gap, data={"decision": COLUMNS["decision"]}, disclosure={"min_cell": 3})
    [found] = rendered(audit.run(policy, table)).findings
    assert found.verdict is Verdict.FAIL


@pytest.mark.parametrize("reference", ["overall", "rest"])
def test_a_comparison_with_everyone_is_told_if_every_group_is(reference):
    sizes = {"A": (200, 400), "B": (150, 300), "C": (5, 300)}
    table = pd.DataFrame([{"g": g, "d": int(i < hits), "y": 1} for g, (hits, n) in sizes.items() for i in range(n)])
    policy = policy_of(
        rule(), data={"decision": COLUMNS["decision"]}, disclosure=DISCLOSURE, groups={"reference": reference}
    )
    assert {found.verdict for found in rendered(audit.run(policy, table)).findings} == {Verdict.WITHHELD}
    told = rendered(audit.run(policy, table[table["g"] != "C"])).findings
    assert Verdict.WITHHELD not in {found.verdict for found in told}


@pytest.mark.parametrize(
    ("compare", "require"),
    [("max_gap", "<= 0.2"), ("min_ratio", ">= 0.5"), ("difference", "<= 0.2"), ("value", ">= 0.3")],
)
def test_what_a_pass_says_of_a_withheld_rate_is_allowed_for(compare, require):
    sizes = {"A": (2000, 4000), "B": (2050, 4000), "C": (2010, 4000), "D": (55, 60)}
    table = pd.DataFrame([{"g": g, "d": int(i < hits), "y": 1} for g, (hits, n) in sizes.items() for i in range(n)])
    judged = {"min_count": 30, "reference": "highest"}
    columns = {"decision": COLUMNS["decision"]}
    plain = policy_of(rule(effect="report"), data=columns, disclosure=DISCLOSURE, groups=judged)
    tight = rule(compare=compare, require=require, judge="point", effect="report")
    told = policy_of(tight, data=columns, disclosure=DISCLOSURE, groups=judged)
    rows = [rendered(audit.run(policy, table)).groups[3] for policy in (plain, told)]
    assert all(row.metrics["selection_rate"].hits is None for row in rows)


def test_a_pass_near_the_highest_rate_hides_how_many_there_are():
    sizes = {"A": (400, 4000), "B": (390, 4000), "C": (6, 60)}
    table = pd.DataFrame([{"g": g, "d": int(i < hits), "y": 1} for g, (hits, n) in sizes.items() for i in range(n)])
    columns, lax = {"decision": COLUMNS["decision"]}, rule(judge="point", require=">= 0.1", effect="report")
    policy = policy_of(lax, data=columns, disclosure=DISCLOSURE)
    group = rendered(audit.run(policy, table)).groups[2]
    assert (group.n, group.metrics["selection_rate"].hits) == (None, None)


def test_outcomes_without_decisions_are_protected_too():
    table = pd.DataFrame({"g": ["a"] * 100 + ["b"] * 100, "y": [0, 1] * 50 + [1] * 5 + [0] * 95, "s": 0.5})
    base = rule(metric="base_rate", compare="difference", require="<= 0.1")
    data = {"outcome": COLUMNS["outcome"], "score": {"column": "s", "favorable": "above"}}
    policy = policy_of(base, data=data, disclosure=DISCLOSURE)
    public = rendered(audit.run(policy, table))
    assert [row.metrics["base_rate"].hits for row in public.groups][1] is None
    assert {found.verdict for found in public.findings} == {Verdict.WITHHELD}


def test_what_missing_outcomes_could_change_is_left_out():
    random = np.random.default_rng(5)
    table = pd.DataFrame({"g": ["a", "b"] * 600, "d": random.integers(0, 2, 1200), "y": random.integers(0, 2, 1200)})
    table["y"] = table["y"].astype(object).where(random.random(1200) > 0.1, None)
    data = {**COLUMNS, "outcome": {**COLUMNS["outcome"], "unusable": "exclude"}}
    policy = policy_of(rule(metric="true_positive_rate"), data=data, disclosure=DISCLOSURE)
    full = audit.run(policy, table)
    public = rendered(full)
    note = full.findings[0].missing_outcomes
    assert note is not None
    for found in public.findings:
        assert found.missing_outcomes is None
        assert note.words not in found.because
