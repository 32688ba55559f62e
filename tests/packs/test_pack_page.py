"""The worked example of the page about packs is one, and what the page says of open statements is so."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from audit.engine import run
from audit.errors import PolicyError
from audit.policy import load, loads, packs, show
from audit.policy.statements import STATEMENTS
from audit.values import Outcome, Verdict
from docs import pages

PAGE = (pages.ROOT / "docs" / "packs.md").read_text("utf-8")
PACK, POLICY = pages.blocks(PAGE, "yaml")


@pytest.fixture
def example(tmp_path):
    """The pack and the policy of the page, beside each other."""
    (tmp_path / "example.yaml").write_text(PACK, "utf-8")
    (tmp_path / "policy.yaml").write_text(POLICY.replace("mandated/example", "example.yaml"), "utf-8")
    return tmp_path / "policy.yaml"


@pytest.fixture
def people():
    races = ["White", "Black or African American", "Asian"]
    rows = [
        (sex, race, int(n < 30 + 5 * m))
        for m, (sex, race) in enumerate((s, r) for s in "FM" for r in races)
        for n in range(100)
    ]
    return pd.DataFrame(rows, columns=["gender", "race", "invited"])


def test_the_worked_example_is_a_pack_that_a_policy_can_extend(example):
    policy = load(example)
    assert list(policy.in_force) == ["example"]
    assert policy.in_force["example"].title == "Example city: screening of applicants"
    assert {rule.id: rule.limited for rule in policy.rules} == {"impact-ratio": False, "house-four-fifths": True}


def test_what_is_mandatory_and_not_stated_leaves_the_audit_incomplete(example, people):
    whole = run(load(example), people)
    example.write_text(example.read_text("utf-8").replace("  distribution_date: 2025-03-01\n", ""), "utf-8")
    lacking = run(load(example), people)
    assert (whole.outcome, lacking.outcome) == (Outcome.PASS, Outcome.INCONCLUSIVE)
    assert whole.headline == "Reported; no rule of this policy blocks release"
    assert lacking.headline == "Incomplete: what must be stated is missing"
    assert "1 mandatory statement is missing." in lacking.summary
    assert "distribution_date" in lacking.next_steps[0]
    assert {one.id: (one.open, bool(one.mandatory)) for one in lacking.statements} == {
        "data_source": (False, True),
        "distribution_date": (True, True),
        "oversight": (False, False),
        "hotline": (True, False),
    }


def test_an_audit_that_fails_stays_failed_whatever_is_not_stated(example, people):
    text = example.read_text("utf-8").replace("  distribution_date: 2025-03-01\n", "")
    example.write_text(text + "rules: [{id: house-four-fifths, effect: block, judge: point}]\n", "utf-8")
    assert run(load(example), people).outcome == Outcome.FAIL


def test_groups_that_the_pack_does_not_name_and_those_it_misses_are_noted(example, people):
    notes = run(load(example), people.replace({"race": {"Asian": "Martian"}})).notes
    said = "The pack example has no group of race_ethnicity called Martian; merge it into one of its own"
    assert f"{said}, or write it under 'missing'." in notes
    lacking = "Hispanic or Latino, Asian, Two or More Races"
    assert f"The pack example names groups of race_ethnicity that the data do not hold: {lacking}." in notes


def test_a_rule_without_a_limit_reports_and_judges_nothing(example, people):
    result = run(load(example), people)
    found = [one for one in result.findings if one.rule == "impact-ratio"]
    assert {one.verdict for one in found} == {Verdict.NOT_JUDGED}
    assert {one.reason for one in found} == {"no_limit"}
    assert all(one.p_beyond is None and one.power is None and one.value is not None for one in found)
    assert result.rules[0].verdict == Verdict.NOT_JUDGED
    assert result.method.family == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  sex: {column: gender, merge: {Female: [F], Male: [M]}}\n", "", "asks for the attribute 'sex'"),
        ("  oversight: A recruiter", "  overside: A recruiter", "nobody asks for 'overside'"),
        ("  oversight: A", "  purpose: A", "'purpose' is a setting of the subject"),
    ],
)
def test_what_does_not_fit_the_pack_is_told_before_any_row_is_read(example, old, new, said):
    text = example.read_text("utf-8")
    assert old in text
    example.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(PolicyError, match=said):
        load(example)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    oversight: {}", "    overside: {}", "'overside' is no known statement"),
        ("  tables: [sex, race_ethnicity,", "  tables: [sex, race,", "the table names 'race'"),
        ("evidence: secondary", "evidence: hearsay", "expected 'source', 'secondary', 'memory' or 'uncertain'"),
        ("required: true\n  tables", "required: 1\n  tables", "expected true or false, found 1"),
        ("  limits:\n", "  limit:\n", "did you mean 'limits'"),
        ("    effect: report", "    effect: block", "so there is nothing to block"),
        ("    require: none\n", "    require: none\n    judge: point_and_test\n    test: fisher\n", "no test decides"),
    ],
)
def test_a_mistake_in_a_pack_names_its_file_and_line(example, old, new, said):
    assert old in PACK
    (example.parent / "example.yaml").write_text(PACK.replace(old, new), "utf-8")
    with pytest.raises(PolicyError, match=said) as caught:
        load(example)
    assert any("example.yaml:" in problem for problem in caught.value.problems)


def test_where_packs_ask_for_the_same_statement_each_question_is_asked_once(example, people):
    (example.parent / "other.yaml").write_text(
        PACK.replace("id: example", "id: other")
        .replace("    oversight: {}", '    oversight: {ask: "Who may overrule it?"}')
        .replace("hotline: {ask: ", 'notice: {ask: "How are people told?"}\n    hotline: {ask: '),
        "utf-8",
    )
    text = example.read_text("utf-8")
    example.write_text(text.replace("extends: example.yaml", "extends: [example.yaml, other.yaml]"), "utf-8")
    asked = {one.id: (one.ask, one.asked_by) for one in run(load(example), people).statements}
    both = ("example", "other")
    assert asked["oversight"] == (f"{STATEMENTS['oversight']} Who may overrule it?", both)
    assert asked["data_source"] == (STATEMENTS["data_source"], both)
    assert asked["notice"] == ("How are people told?", ("other",))


def test_a_resolved_policy_with_packs_reads_back_as_the_same(example):
    policy = load(example)
    assert loads(show(policy)).sha256 == policy.sha256


def test_the_known_statements_are_questions_and_the_page_names_some_of_them():
    assert all(ask.endswith("?") and len(ask) < 120 for ask in STATEMENTS.values())
    assert not [
        name for name in re.findall(r"`(data_source|auditor|oversight|monitoring)`", PAGE) if name not in STATEMENTS
    ]


def test_every_shipped_pack_asks_questions_that_are_known_or_its_own():
    for note in packs():
        assert all(demand.ask or name in STATEMENTS for name, demand in note.pack.statements.items())
