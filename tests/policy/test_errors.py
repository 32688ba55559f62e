"""Every mistake in a policy is told at once, with its line, a caret, and what to do."""

from __future__ import annotations

import pytest

from audit.errors import PolicyError
from audit.policy import loads

TEN = """\
evenhand: 1
title: Ten mistakes
data:
  decision: {column: approved, favourable: 1}
  units: applicant
attributes:
  sex: {column: gender, vales: [yes, no]}
  age: {column: age, bins: [0, 40, 30]}
groups:
  min_count: many
rules:
  - id: a
    metric: selction_rate
    compare: ratio
    require: ">= 4/5"
  - id: b
    metric: selection_rate
    compare: difference
    require: "< 0.05"
    effect: blocks
  - id: c
    metric: selection_rate
    compare: ratio
    of: [sexx]
    require: ">= 4/5"
waivers:
  - rule: bb
    reason: r
    approved_by: somebody
    expires: 2027-02-30
"""


def test_a_policy_with_many_mistakes_tells_each_on_its_line(problems):
    found = problems(TEN)
    lines = [int(one.split(":")[1]) for one in found]
    assert lines == [4, 5, 7, 8, 10, 13, 19, 20, 24, 27, 30]


def test_an_error_shows_the_line_a_caret_and_what_to_do(problems):
    assert problems(TEN)[2] == (
        "policy.yaml:7:25: attributes.sex.vales: there is no setting 'vales' here\n"
        "  |\n"
        "7 |   sex: {column: gender, vales: [yes, no]}\n"
        "  |                         ^^^^^\n"
        "  = help: did you mean 'values'?"
    )


def test_the_error_is_all_problems_together():
    with pytest.raises(PolicyError) as caught:
        loads(TEN)
    assert str(caught.value) == "\n".join(caught.value.problems)


def test_two_rules_cannot_have_one_id(small, problems):
    (found,) = problems(small + '  - {id: one, metric: accuracy, compare: value, require: ">= 0.5"}')
    assert "the rule id 'one' is here twice; first on line 10" in found
    assert found.startswith("policy.yaml:14:")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("recall", "true_positive_rate"),
        ("sensitivity", "true_positive_rate"),
        ("tpr", "true_positive_rate"),
        ("TPR", "true_positive_rate"),
        ("fpr", "false_positive_rate"),
        ("tnr", "true_negative_rate"),
        ("fnr", "false_negative_rate"),
        ("ppv", "precision"),
        ("npv", "negative_predictive_value"),
        ("mcc", "matthews_corrcoef"),
        ("f1_score", "f1"),
        ("specificity", "true_negative_rate"),
        ("positive_predictive_value", "precision"),
        ("accuracy_score", "accuracy"),
        ("Selection Rate", "selection_rate"),
        ("selection-rate", "selection_rate"),
        ("selction_rate", "selection_rate"),
        ("for", "false_omission_rate"),
        ("demographic_parity", "selection_rate"),
        ("equalized_odds", "[true_positive_rate, false_positive_rate]"),
        ("sensitivty", "true_positive_rate"),
    ],
)
def test_the_names_of_other_libraries_lead_to_ours(small, problems, word, meant):
    (found,) = problems(small.replace("selection_rate", word))
    assert f"did you mean '{meant}'?" in found


def test_of_very_many_known_words_only_some_are_listed(small, problems):
    values = ", ".join(f"v{number}" for number in range(300))
    text = small.replace(
        "race: {column: race}", f"race: {{column: race, values: [{values}], reference: {{fixed: zzz}}}}"
    )
    (found,) = problems(text)
    assert found.endswith("v28, v29 and 270 more")


def test_a_metric_that_looks_like_none_lists_them_all(small, problems):
    (found,) = problems(small.replace("selection_rate", "zzzzzz"))
    assert "there is: selection_rate, base_rate" in found


def test_an_attribute_may_have_any_name_and_its_mistakes_are_told_under_it(small, problems):
    (found,) = problems(small.replace("race: {column: race}", "data: {column: race, vales: [a]}"))
    assert "attributes.data.vales" in found
    assert "did you mean 'values'" in found


def test_a_misspelt_setting_is_told_by_the_part_that_it_is_in_and_not_by_another_of_its_name(small, problems):
    (found,) = problems(small.replace("favorable:", "favourable:", 1))
    assert "did you mean 'favorable'?" in found


def test_everything_missing_is_told_at_once(problems):
    found = problems("evenhand: 1")
    assert [one.split("'")[1] for one in found] == ["attributes", "data", "rules", "title"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "data:\n  decision: {column: approved, favorable: 1}\n  outcome: {column: repaid, favorable: 1}",
            "data: {}",
            "neither a decision nor a score",
        ),
        (
            "data:\n  decision: {column: approved, favorable: 1}\n  outcome: {column: repaid, favorable: 1}",
            "data: x",
            "expected a map of 'key: value' lines, found 'x'",
        ),
    ],
)
def test_empty_data_are_told(small, problems, old, new, said):
    (found,) = problems(small.replace(old, new))
    assert said in found


def test_rules_that_are_no_list_are_told(head, problems):
    for rules in ("rules: {}", "rules: []", "rules: x", "rules: [x]", "rules: [[x]]"):
        assert len(problems(head + rules)) == 1


def test_a_flood_of_mistakes_is_cut_short(head, problems):
    found = problems(head + "rules:\n" + "  - x\n" * 150)
    assert len(found) == 101
    assert found[-1] == "policy.yaml: and 50 more mistakes"


def test_a_very_long_line_is_shown_around_its_mistake(small, problems):
    padding = ", ".join(f"v{number}" for number in range(300))
    (found,) = problems(
        small.replace("race: {column: race}", f"race: {{column: race, values: [{padding}], vales: [x], missing: [m]}}")
    )
    shown = [line.split(" | ", 1)[1] for line in found.splitlines() if " | " in line]
    assert len(shown[0]) <= 110
    start = shown[1].index("^")
    assert shown[0][start : start + 5] == "vales"


def test_a_caret_stands_under_wide_characters(small, problems):
    (found,) = problems(small.replace("title: A policy", "title: A policy\nsubject: {name: 信用, ownr: x}"))
    assert "|                       ^^^^" in found


def test_control_characters_in_a_name_do_not_reach_the_terminal(problems):
    (found,) = problems("\x85- a")
    assert "\x85" not in found
