"""Classes in a policy: orders lead up to what is positive, and a rule's class fits the columns and the metric."""

from __future__ import annotations

import json

import pytest

from audit.errors import PolicyError
from audit.policy import load, loads
from audit.values import Reading

TIERS = ["reject", "waitlist", "interview", "offer"]
DECISION = {"column": "tier", "favorable": "offer", "order": TIERS}
RULE = {"id": "r", "metric": "selection_rate", "compare": "ratio", "require": ">= 4/5"}


def text(column=DECISION, *, data=None, attributes=None, **changes):
    """A policy of one rule about a column of tiers."""
    named = {"decision": column, "outcome": {"column": "y", "favorable": 1}, **(data or {})}
    content = {
        "evenhand": 1,
        "title": "Tiers",
        "data": {key: one for key, one in named.items() if one},
        "attributes": attributes or {"sex": {"column": "sex"}},
        "rules": [{**RULE, **changes}],
    }
    return json.dumps(content)


def read(policy):
    return policy.reading(policy.rules[0])


def test_a_tier_is_its_value_and_those_behind_it_in_the_order():
    policy = loads(text(decision={"at_least": "interview"}))
    assert read(policy) == Reading(decision=("interview", "offer"), words="at least interview")
    assert policy.plan().classes == ("decision",)
    assert policy.plan().decision.negative == ("reject", "waitlist", "interview")


def test_a_class_is_its_values_against_all_others():
    policy = loads(text(decision={"is": ["waitlist", "reject"]}))
    assert read(policy) == Reading(decision=("waitlist", "reject"), words="waitlist or reject")
    assert loads(json.dumps(policy.effective())).rules == policy.rules


def test_without_a_class_a_rule_is_about_what_the_data_part_names():
    policy = loads(text())
    assert read(policy) is None
    assert policy.readings == ()
    assert policy.plan().classes == ()


def test_the_class_of_the_outcome_is_named_where_it_is_another():
    same = {"column": "was", "favorable": "offer", "order": TIERS}
    one = text(data={"outcome": same}, metric="f1", decision={"is": "offer"}, outcome={"is": "offer"})
    assert read(loads(one)).words == "offer"
    two = text(data={"outcome": same}, metric="f1", decision={"at_least": "interview"}, outcome={"is": "offer"})
    assert read(loads(two)).words == "at least interview, was: offer"
    y = {"column": "y", "favorable": "offer", "otherwise": "none"}
    other = text(data={"outcome": y}, metric="f1", decision={"is": "offer"}, outcome={"is": "offer"})
    assert read(loads(other)).words == "offer, y: offer"


ADVERSE = {"column": "risk", "adverse": "high", "order": ["low", "medium", "high"]}
SCORE = {"score": {"column": "s", "favorable": "above", "cutoff": 0.5}}
PROXY = {"race": {"probabilities": {"a": "pa", "b": "pb"}}}
SAME = {"outcome": {"column": "was", "favorable": "offer", "order": TIERS}}
MISTAKES = {
    "both": (text(decision={"is": "offer", "at_least": "offer"}), "both 'is' and 'at_least' are given"),
    "neither": (text(decision={}), "neither 'is' nor 'at_least' is given"),
    "no order": (
        text({"column": "d", "favorable": "a", "otherwise": ["b", "c"]}, decision={"at_least": "b"}),
        "'at_least' needs to know which values are above 'b'",
    ),
    "no such tier": (text(decision={"at_least": "intervew"}), "did you mean 'interview'"),
    "everybody by tier": (text(decision={"at_least": "reject"}), "everything is at least 'reject'"),
    "no such value": (text(decision={"is": "ofer"}), "the decision has no value 'ofer'"),
    "everybody by class": (text(decision={"is": TIERS}), "these are all values of the decision"),
    "undeclared": (
        text({"column": "d", "favorable": "a"}, decision={"is": "a"}),
        "data.decision does not name all values that may occur",
    ),
    "no such column": (
        text(None, data=SCORE, decision={"is": "offer"}),
        "data.decision names no column, so there are no classes of it",
    ),
    "blind to decisions": (
        text(metric="base_rate", compare="difference", require="<= 0.1", decision={"is": "offer"}),
        "base_rate does not look at the decision",
    ),
    "blind to outcomes": (
        text(data=SAME, outcome={"is": "offer"}),
        "selection_rate does not look at the outcome",
    ),
    "a score": (
        text(data=SCORE, metric=["selection_rate", "scoring_rate"], decision={"is": "offer"}),
        "scoring_rate is a metric of the score, and scores are not counted by classes",
    ),
    "half a class": (
        text(data=SAME, metric="true_positive_rate", decision={"at_least": "interview"}),
        "add 'outcome: {at_least: interview}'",
    ),
    "the other half": (
        text(data=SAME, metric="true_positive_rate", outcome={"is": "interview"}),
        "add 'decision: {is: interview}'",
    ),
    "probabilities": (
        text(attributes=PROXY, decision={"is": "offer"}),
        "'race' is known by probabilities alone, which are added up for the decision as data names it",
    ),
    "upside down": (text({**DECISION, "order": TIERS[::-1]}), "write the worst first"),
    "adverse upside down": (
        text({**ADVERSE, "order": ADVERSE["order"][::-1]}, data={"outcome": None}),
        "the best first",
    ),
    "not in the order": (text({**DECISION, "favorable": "hired"}), "'hired' is favorable, and is not in the order"),
    "nothing else": (text({**DECISION, "favorable": TIERS}), "every value of the order is favorable"),
    "twice": (text({**DECISION, "otherwise": "reject"}), "'order' and 'otherwise' cannot be combined"),
}


@pytest.mark.parametrize(("written", "said"), MISTAKES.values(), ids=MISTAKES)
def test_what_does_not_fit_is_refused_with_a_sentence(written, said, problems):
    found = problems(written)
    assert len(found) == 1
    assert said in found[0]


def test_a_high_rate_of_a_class_that_is_not_favoured_is_what_harms():
    for written, harm in (
        (text(decision={"is": "reject"}), "high"),
        (text(decision={"at_least": "waitlist"}), "low"),
        (text(decision={"is": "reject"}, harm="low"), "low"),
        (text(ADVERSE, data={"outcome": None}, decision={"at_least": "medium"}), "high"),
        (text(ADVERSE, data={"outcome": None}, decision={"is": "low"}), "low"),
    ):
        policy = loads(written)
        assert policy.harm_of("selection_rate", policy.rules[0]) == harm


def test_an_inherited_rule_cannot_be_turned_to_another_class_unseen(tmp_path, problems):
    (tmp_path / "house.yaml").write_text(text(decision={"at_least": "interview"}))
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "evenhand: 1\ntitle: Mine\nextends: [./house.yaml]\nrules:\n  - {id: r, decision: {at_least: waitlist}}\n"
    )
    with pytest.raises(PolicyError, match="decision is 'at least waitlist', and was 'at least interview'"):
        load(mine)
