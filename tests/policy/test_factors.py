"""Factors in a policy: what they may be, which rules may be given them, and what is counted for that."""

from __future__ import annotations

import pytest

from audit.errors import PolicyError
from audit.policy import loads, show

POLICY = """\
evenhand: 1
title: A policy
data:
  decision: {column: approved, favorable: 1}
  outcome: {column: repaid, favorable: 1}
attributes:
  sex: {column: sex}
  race: {column: race}
factors:
  dept: {column: department, merge: {Law: [Civil, Penal]}, missing: ["?"], legitimate: Applicants choose it.}
  years: {column: years, bins: [0, 5, inf], labels: [few, many], legitimate: "Experience counts, within reason."}
rules:
  - id: one
    metric: selection_rate
    compare: ratio
    require: ">= 4/5"
    given: [dept, years]
"""
GIVEN = "given: [dept, years]"
LAW = "merge: {Law: [Civil, Penal]}, "

CASES = [
    (GIVEN, "given: dpt", "policy.yaml:17:12: rules.one.given: there is no factor 'dpt'", "did you mean 'dept'?"),
    (
        GIVEN,
        "given: race",
        "rules.one.given: 'race' is an attribute; those compared are alike in factors",
        "describe its column under 'factors', with its 'legitimate' reason",
    ),
    (GIVEN, "given: []", "rules.one.given: expected at least one, found an empty list", None),
    (GIVEN, "given: [dept, dept]", "rules.one.given: 'dept' is here twice", None),
    (
        "  dept: {column: department",
        "  dept: {column: sex",
        "'dept' and the attribute 'sex' are the column 'sex'; nobody of another group would be alike",
        "leave 'dept' out here, or say which attributes the rule is 'of'",
    ),
    (
        GIVEN,
        f"{GIVEN}\n    reference: overall",
        "'overall' includes the group itself, so no stratum would hold two",
        "use 'reference: rest', which is everybody else in the same stratum",
    ),
    (
        GIVEN,
        f"{GIVEN}\n    test: fisher",
        "fisher tests all records together, and the rule compares those alike in dept, years",
        "use 'test: cochran_mantel_haenszel'",
    ),
    (
        GIVEN,
        f"{GIVEN}\n    judge: point_and_test",
        "'point_and_test' needs a test that the policy names",
        "add 'test: cochran_mantel_haenszel'",
    ),
    (
        "rules:\n",
        "groups: {unknown: bound}\nrules:\n",
        "promises verdicts that hold whoever the unknown are, and within strata no such bounds are known",
        "put the rule into a policy of its own with 'unknown: report'",
    ),
    (
        f"    {GIVEN}\n",
        "    test: cochran_mantel_haenszel\n",
        "cochran_mantel_haenszel tests within strata, and the rule is 'given' nothing",
        "use 'test: fisher', or say in what those compared are to be alike",
    ),
    (
        "metric: selection_rate",
        "metric: f1",
        "f1 is no share of people, and only shares are compared within strata",
        "choose another metric, or leave 'given' out",
    ),
    ("metric: selection_rate", "metric: balanced_accuracy", "balanced_accuracy is no share of people", None),
    (
        "compare: ratio",
        "compare: value",
        "rules.one.given: 'compare: value' compares no group with its reference",
        "compare by ratio or difference, or leave 'given' out",
    ),
    ("compare: ratio", "compare: min_ratio", "'compare: min_ratio' compares no group with its reference", None),
    (
        "  dept: {",
        "  sex: {",
        "factors.sex: 'sex' is also an attribute; reports could not tell the two apart",
        "give the factor another name",
    ),
    (
        "column: department",
        "column: approved",
        "the factor is the decision's column 'approved'; nothing would be left",
        "name another column, or leave the factor out",
    ),
    ("column: department", "column: repaid", "a rate among those with one outcome has a name of its own", None),
    (
        "data:\n",
        "data:\n  unit: department\n",
        "the factor is the unit's column 'department'; nobody would be left",
        None,
    ),
    (
        "data:\n",
        "data:\n  weight: {column: years, kind: sampling}\n",
        "the factor is the weight's column 'years'",
        None,
    ),
    (
        ", legitimate: Applicants choose it.",
        "",
        "factors.dept: the setting 'legitimate' is missing",
        "say why this factor may explain a difference between groups",
    ),
    ("legitimate: Applicants choose it.", "legitimate: ''", "factors.dept.legitimate: ", None),
    (
        "legitimate: Applicants",
        "reference: highest, legitimate: Applicants",
        "there is no setting 'reference' here",
        None,
    ),
    (
        "legitimate: Applicants",
        "legitimat: Applicants",
        "there is no setting 'legitimat' here",
        "did you mean 'legitimate'?",
    ),
    ("bins: [0, 5, inf]", "bins: [5, 0, inf]", "factors.years.bins: the edges have to rise", None),
    (LAW, "merge: {Law: [Civil, Civil]}, ", "factors.dept.merge.Law: 'Civil' is", None),
    (LAW, "values: [Law, '?'], ", "factors.dept.missing: '?' is also among the values", None),
    (LAW, "values: [Law], merge: {Other: [Art]}, ", "'Art' is not among the values of the factor", None),
    ("factors:\n", "factors: {}\nnotes:\n", "factors: expected at least one, found an empty map", None),
]


@pytest.mark.parametrize(("old", "new", "said", "hint"), CASES)
def test_a_mistake_is_said_with_what_to_do(problems, old, new, said, hint):
    assert old in POLICY
    found = [problem for problem in problems(POLICY.replace(old, new, 1)) if said in problem]
    assert len(found) == 1
    assert hint is None or f"  = help: {hint}" in found[0]


def test_the_policy_of_these_tests_is_sound():
    policy = loads(POLICY)
    assert policy.rules[0].given == ("dept", "years")
    assert policy.notes == ()
    assert (
        policy.rules[0].title == "Selection rate, ratio to the highest group among those alike in dept, years: >= 4/5"
    )


def test_one_factor_needs_no_list():
    assert loads(POLICY.replace(GIVEN, "given: dept")).rules[0].given == ("dept",)


def test_a_plan_counts_attributes_and_factors_crossed():
    plan = loads(POLICY).plan()
    assert [column.name for column in plan.attributes] == ["sex", "race", "dept", "years"]
    assert plan.crossings == (("sex",), ("race",), ("sex", "dept", "years"), ("race", "dept", "years"))
    dept, years = plan.attributes[2:]
    assert dict(dept.merge) == {"Civil": "Law", "Penal": "Law"}
    assert dept.missing == ("?",)
    assert years.labels == ("few", "many")


def test_scored_rules_count_their_scores_within_strata_too():
    scored = POLICY.replace("metric: selection_rate", "metric: scoring_rate").replace(
        "data:\n", "data:\n  score: {column: s, favorable: above}\n"
    )
    assert loads(scored).plan().scored == loads(POLICY).plan().crossings


def test_a_factor_that_no_rule_is_given_is_noted_and_not_counted():
    policy = loads(POLICY.replace(GIVEN, "given: dept"))
    assert policy.notes == ("The factor 'years' is described, and no rule is 'given' it.",)
    assert [column.name for column in policy.plan().attributes] == ["sex", "race", "dept"]


def test_a_protected_column_may_be_a_factor_of_rules_about_others_and_is_noted():
    policy = loads(
        POLICY.replace("column: department", "column: race").replace("compare: ratio", "compare: ratio\n    of: [sex]")
    )
    (note,) = policy.notes
    assert note.startswith("The factor 'dept' is the column of the protected attribute 'race', which the policy takes")
    assert note.endswith("for a legitimate reason: Applicants choose it.")


def test_against_the_highest_of_all_a_group_may_be_higher_within_strata():
    assert loads(POLICY.replace('">= 4/5"', '"<= 5/4"')).rules
    with pytest.raises(PolicyError, match="could never fail"):
        loads(POLICY.replace('">= 4/5"', '"<= 5/4"').replace(f"    {GIVEN}\n", ""))


def test_a_policy_is_shown_with_its_factors_and_read_again():
    policy = loads(POLICY)
    assert loads(show(policy)).sha256 == policy.sha256
    assert policy.effective()["factors"]["dept"]["legitimate"] == "Applicants choose it."


def test_a_policy_without_factors_has_the_digest_that_it_always_had():
    head, rules = POLICY[: POLICY.index("factors:")], POLICY[POLICY.index("rules:") :]
    plain = loads(head + rules.replace(f"    {GIVEN}\n", ""))
    assert "factors" not in plain.effective()
    assert "given" not in plain.effective()["rules"][0]


@pytest.mark.parametrize(("before", "after", "looser"), [
    ("", "given: dept", True), ("given: dept", "given: [dept, years]", True), ("given: dept", "given: dept", False),
])  # fmt: skip
def test_an_inherited_rule_cannot_be_given_something_else_in_silence(tmp_path, before, after, looser):
    (tmp_path / "house.yaml").write_text(POLICY.replace(GIVEN, before))
    top = f"evenhand: 1\ntitle: Top\nextends: house.yaml\nrules:\n  - id: one\n    {after}\n"
    (tmp_path / "top.yaml").write_text(top)
    from audit.policy import load

    if not looser:
        assert load(tmp_path / "top.yaml").rules[0].given == ("dept",)
        return
    with pytest.raises(PolicyError, match="the inherited rule 'one' became looser: given is") as caught:
        load(tmp_path / "top.yaml")
    assert f"was {(before.removeprefix('given: ') or 'nothing')!r}" in caught.value.problems[0]


def test_a_hundred_factors_are_enough(problems):
    many = "".join(f"  f{i}: {{column: c{i}, legitimate: why}}\n" for i in range(99))
    assert "expected at most 100 factors, found 101" in problems(POLICY.replace("factors:\n", f"factors:\n{many}"))[0]
