"""Whom a group is compared with, and what a rule is called that has no title."""

from __future__ import annotations

import pytest

from audit.policy import Reference, loads, show

REFERENCES = """\
evenhand: 1
title: References
data: {decision: {column: d, favorable: 1}}
attributes:
  sex: {column: sex, reference: {fixed: Male}}
  race: {column: race, reference: "fixed: White"}
  age: {column: age, reference: {fixed: {age: young}}}
  place: {column: place}
  home: {column: home, reference: lowest}
intersections: [[sex, race], [sex, place]]
groups: {reference: largest}
rules:
  - {id: plain, metric: selection_rate, compare: ratio, require: "0.8 to 1.25"}
  - {id: rest, metric: selection_rate, compare: ratio, require: "0.8 to 1.25", reference: rest}
  - id: named
    metric: selection_rate
    compare: ratio
    require: "0.8 to 1.25"
    reference: {fixed: {sex: Female, place: 1}}
"""


@pytest.mark.parametrize(
    ("attributes", "rule", "expected"),
    [
        (("sex",), 0, Reference(kind="fixed", fixed={"sex": "Male"})),
        (("race",), 0, Reference(kind="fixed", fixed={"race": "White"})),
        (("age",), None, Reference(kind="fixed", fixed={"age": "young"})),
        (("place",), 0, Reference(kind="largest")),
        (("home",), 0, Reference(kind="lowest")),
        (("sex", "race"), 0, Reference(kind="fixed", fixed={"sex": "Male", "race": "White"})),
        (("race", "sex"), None, Reference(kind="fixed", fixed={"race": "White", "sex": "Male"})),
        (("sex", "place"), 0, Reference(kind="largest")),
        (("sex",), 1, Reference(kind="rest")),
        (("sex", "race"), 1, Reference(kind="rest")),
        (("sex",), 2, Reference(kind="fixed", fixed={"sex": "Female"})),
        (("race",), 2, Reference(kind="fixed", fixed={"race": "White"})),
        (("sex", "place"), 2, Reference(kind="fixed", fixed={"sex": "Female", "place": "1"})),
        (("sex", "race"), 2, Reference(kind="fixed", fixed={"sex": "Female", "race": "White"})),
        (("home",), 2, Reference(kind="lowest")),
    ],
)
def test_the_rule_is_asked_for_the_reference_then_the_attribute_then_the_groups(attributes, rule, expected):
    policy = loads(REFERENCES)
    assert policy.reference_for(attributes, None if rule is None else policy.rules[rule]) == expected


def test_references_are_said_in_words():
    assert str(Reference(kind="rest")) == "rest"
    assert str(Reference(kind="fixed", fixed="White")) == "fixed: White"
    assert str(Reference(kind="fixed", fixed={"sex": "Male", "race": "White"})) == "fixed: sex Male, race White"


def test_what_a_door_refuses_cannot_be_asked_of_a_hand_made_policy(small):
    policy = loads(small)
    lame = policy.model_copy(update={
        "groups": policy.groups.model_copy(update={"reference": Reference(kind="fixed", fixed={"race": "A"})}),
    })  # fmt: skip
    with pytest.raises(LookupError, match="no reference for sex"):
        lame.reference_for(("sex",))


@pytest.mark.parametrize(
    ("more", "title"),
    [
        ("", "Selection rate, ratio to the highest group: >= 4/5"),
        ("    reference: rest", "Selection rate, ratio to all other groups together: >= 4/5"),
        ("    reference: {fixed: {sex: M}}", "Selection rate, ratio to the reference: >= 4/5"),
        ("    title: Mine", "Mine"),
    ],
)
def test_a_rule_without_a_title_gets_one(small, more, title):
    assert loads(small + more).rules[0].title == title


@pytest.mark.parametrize(
    ("compare", "require", "title"),
    [
        ("value", ">= 0.2", "Selection rate of each group: >= 0.2"),
        ("max_gap", "<= 0.1", "Selection rate, the largest gap between two groups: <= 0.1"),
        ("min_ratio", ">= 0.8", "Selection rate, the lowest rate divided by the highest: >= 0.8"),
    ],
)
def test_titles_tell_what_is_compared(small, compare, require, title):
    assert loads(small.replace("ratio", compare).replace(">= 4/5", require)).rules[0].title == title


def test_references_survive_being_shown():
    policy = loads(REFERENCES)
    assert loads(show(policy)).effective() == policy.effective()
