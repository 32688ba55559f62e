"""What a policy says is what the engine gets: the language, key by key."""

from __future__ import annotations

import datetime
import hashlib
import json
import subprocess
import sys
from fractions import Fraction
from math import inf
from pathlib import Path

import pytest
import rfc8785
from pydantic import ValidationError

from audit.policy import Policy, Reference, load, loads, show
from audit.values import AttributeColumn, BinaryColumn, Region, ScoreColumn, WeightColumn

WHOLE = Path(__file__).with_name("whole.yaml")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole() -> Policy:
    return load(WHOLE)


def test_the_whole_example_loads(whole):
    assert whole.title == "Loan approval model, pre-release gate"
    assert whole.subject.name == "credit-approval"
    assert whole.subject.version == "2026.11.2"
    assert whole.subject.out_of_scope == ("small business lending",)
    assert whole.intersections == (("sex", "race"),)
    assert [rule.id for rule in whole.rules] == ["four-fifths", "error-rates"]
    assert whole.signoff.roles == ("model owner", "independent validator", "compliance")
    assert whole.groups.min_share == Fraction(1, 50)
    assert whole.statistics.confidence == 0.95
    assert whole.data.score.cutoff == Fraction(31, 50)


def test_a_rule_holds_what_the_engine_needs(whole):
    first, second = whole.rules
    assert first.metrics == ("selection_rate",)
    assert first.region == Region(low=Fraction(4, 5))
    assert first.of == (("sex",), ("race",), ("sex", "race"), ("age",))
    assert (first.judge, first.burden, first.test, first.basis) == ("interval", "prove_fair", "fisher", "guidance")
    assert second.region == Region(low=Fraction(-1, 20), high=Fraction(1, 20))
    assert (second.judge, second.burden, second.basis, second.effect) == ("interval", "prove_fair", "house", "review")
    assert second.title == "False positive rate and false negative rate, difference to the highest group: <= 0.05"


def test_the_plan_says_what_to_count(whole):
    plan = whole.plan()
    assert plan.decision == BinaryColumn(role="decision", column="approved", positive=("1",))
    assert plan.outcome == BinaryColumn(role="outcome", column="repaid", positive=("1",))
    assert plan.weight == WeightColumn(column="sample_weight", kind="sampling")
    assert plan.attributes == (
        AttributeColumn(name="sex", column="sex"),
        AttributeColumn(name="race", column="race", merge={"AIAN": "Other", "NHPI": "Other"}),
        AttributeColumn(
            name="age", column="age", edges=(0.0, 40.0, 62.0, inf), labels=("under 40", "40 to 61", "62 and over")
        ),
    )


def test_defaults_are_those_of_the_language(small):
    policy = loads(small)
    assert (policy.groups.min_count, policy.groups.min_share, policy.groups.unknown) == (30, Fraction(0), "report")
    assert policy.groups.reference == Reference(kind="highest")
    assert policy.statistics.model_dump() == {
        "confidence": 0.95, "correction": "holm", "family": "policy", "interval": "wilson",
        "difference_interval": "miettinen_nurminen", "ratio_interval": "koopman", "resamples": 2000,
        "min_expected": 5.0, "seed": 20261120,
    }  # fmt: skip
    assert policy.subject.name == "A policy"
    assert policy.rules[0].of == (("sex",), ("race",))
    assert policy.rules[0].title == "Selection rate, ratio to the highest group: >= 4/5"
    assert policy.origins == {"one": "policy.yaml:10"}
    assert policy.notes == ()
    assert (policy.waivers, policy.signoff.roles, policy.pack) == ((), (), None)


def test_nothing_in_a_policy_can_be_changed(whole):
    with pytest.raises(ValidationError, match="frozen"):
        whole.title = "another"
    with pytest.raises(ValidationError, match="frozen"):
        whole.rules[0].effect = "report"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1", "1"),
        ("true", "true"),
        ("yes", "yes"),
        ('"1"', "1"),
        ("1.0", "1.0"),
        ("010", "010"),
        ("No", "No"),
        ("1e0", "1e0"),
    ],
)
def test_values_are_kept_as_the_text_that_a_reader_sees(small, written, kept):
    decision = loads(small.replace("approved, favorable: 1", f"approved, favorable: {written}")).plan().decision
    assert decision == BinaryColumn(role="decision", column="approved", positive=(kept,))


def test_several_values_can_be_favorable_and_others_declared(small):
    line = "approved, favorable: [yes, maybe], otherwise: [no], unusable: exclude"
    decision = loads(small.replace("approved, favorable: 1", line)).plan().decision
    assert decision == BinaryColumn(
        role="decision", column="approved", positive=("yes", "maybe"), negative=("no",), unusable="exclude"
    )


def test_a_score_can_make_the_decision(small):
    text = small.replace(
        "decision: {column: approved, favorable: 1}", "score: {column: s, cutoff: 31/50, favorable: at_least}"
    )
    assert loads(text).plan().decision == ScoreColumn(column="s", cutoff=Fraction(31, 50), positive="at_least")


def test_if_both_are_named_the_decision_decides_and_a_note_says_so(whole):
    assert isinstance(whole.plan().decision, BinaryColumn)
    assert any("the decision column decides" in note for note in whole.notes)


ADVERSE = """\
evenhand: 1
title: Flags
data:
  score: {column: risk, cutoff: 7, adverse: above}
  outcome: {column: again, adverse: yes}
attributes: {sex: {column: sex}}
rules:
  - id: r
    metric: [selection_rate, base_rate, false_positive_rate, precision]
    compare: difference
    require: "<= 0.05"
"""


def test_under_an_adverse_decision_a_high_selection_rate_is_the_harm(whole):
    policy = loads(ADVERSE)
    assert policy.adverse
    assert [policy.harm_of(name) for name in policy.rules[0].metrics] == ["high", "high", "high", "low"]
    outcome = policy.plan().outcome
    assert outcome is not None
    assert outcome.positive == ("yes",)
    assert policy.plan().decision == ScoreColumn(column="risk", cutoff=Fraction(7), positive="above")
    assert not whole.adverse
    assert whole.harm_of("selection_rate") == "low"


def test_a_rule_may_say_which_way_is_harmful(small):
    policy = loads(small.replace('">= 4/5"', '">= 4/5"\n    harm: high'))
    assert policy.harm_of("selection_rate", policy.rules[0]) == "high"
    assert "sets no limit to a high selection_rate" in policy.notes[0]


def test_a_limit_on_the_harmless_side_alone_is_noted():
    policy = loads(ADVERSE.replace('"<= 0.05"', '">= -0.05"'))
    assert len(policy.notes) == 3
    assert policy.notes[0] == (
        "The rule r (>= -0.05) sets no limit to a high selection_rate, though under this policy a high one is what "
        "harms a group: a group fails this rule by being better off."
    )


@pytest.mark.parametrize(
    ("bins", "names"),
    [
        ("[0, 40, inf]", ("0 to 40", "40 and over")),
        ("[-inf, 0.5, 1.25]", ("under 0.5", "0.5 to 1.25")),
        ("[-inf, inf]", ("any",)),
        ("[-1e3, 0, 2]", ("-1000 to 0", "0 to 2")),
        ("[-.inf, 1, .inf]", ("under 1", "1 and over")),
    ],
)
def test_bins_without_labels_get_names_that_can_be_read(small, bins, names):
    policy = loads(small.replace("race: {column: race}", f"race: {{column: race, bins: {bins}}}"))
    assert policy.attributes["race"].group_names() == names
    assert policy.plan().attributes[1].labels == names


def test_declared_values_and_missing_markers_reach_the_counting(small):
    line = "race: {column: r, missing: [NA, '?'], values: [A, B, C], merge: {BC: [B, C]}}"
    policy = loads(small.replace("race: {column: race}", line))
    assert policy.attributes["race"].group_names() == ("A", "BC")
    assert policy.plan().attributes[1] == AttributeColumn(
        name="race", column="r", missing=("NA", "?"), values=("A", "B", "C"), merge={"B": "BC", "C": "BC"}
    )


def test_a_merge_may_keep_the_name_of_one_of_its_values(small):
    policy = loads(small.replace("race: {column: race}", "race: {column: race, merge: {Other: [AIAN, Other]}}"))
    assert policy.attributes["race"].group_names() == ()


# ---- waivers, outcomes, digests ------------------------------------------------------------------------------------


def test_a_waiver_covers_exactly_what_it_names(whole):
    (waiver,) = whole.waivers
    assert waiver.covers("error-rates", "false_positive_rate", {"race": "Hispanic"})
    assert not waiver.covers("four-fifths", "selection_rate", {"race": "Hispanic"})
    assert not waiver.covers("error-rates", "false_positive_rate", {"race": "White"})
    assert not waiver.covers("error-rates", "false_positive_rate", {"race": "Hispanic", "sex": "Male"})
    assert not waiver.covers("error-rates", "false_positive_rate", None)
    assert waiver.last_day == datetime.date(2027, 2, 1)


def test_a_waiver_without_a_group_covers_the_whole_rule_and_with_a_metric_only_that(small):
    text = small + "waivers:\n  - {rule: one, metric: selection_rate, reason: r, approved_by: b, expires: 2027-01-31}\n"
    (waiver,) = loads(text).waivers
    assert waiver.covers("one", "selection_rate", {"sex": "F"})
    assert waiver.covers("one", "selection_rate", None)
    assert not waiver.covers("one", "precision", None)


def test_a_rule_about_errors_without_an_outcome_is_no_mistake_in_the_policy(small):
    text = small.replace("  outcome: {column: repaid, favorable: 1}\n", "").replace("selection_rate", "precision")
    assert loads(text).plan().outcome is None


def test_an_intersection_that_only_a_rule_names_is_fine(small):
    policy = loads(small + "    of: [[sex, race]]")
    assert policy.rules[0].of == (("sex", "race"),)
    assert policy.intersections == ()


def test_an_intersection_goes_by_the_order_of_the_policy(small):
    text = small.replace("rules:", "intersections: [[sex, race]]\nrules:") + "    of: [[race, sex], race]"
    assert loads(text).rules[0].of == (("sex", "race"), ("race",))


def test_the_digest_is_that_of_the_effective_policy(whole):
    plain = whole.effective()
    assert whole.sha256 == hashlib.sha256(rfc8785.dumps(plain)).hexdigest()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["rules"][0]["require"] == ">= 4/5"
    assert plain["data"]["score"]["cutoff"] == "0.62"
    assert plain["groups"]["min_share"] == "0.02"
    assert plain["attributes"]["age"]["bins"] == [0, 40, 62, "inf"]
    assert "origins" not in plain
    assert "title" in plain


def test_writing_a_default_out_changes_nothing_and_another_limit_does(small):
    assert loads(small).sha256 == loads(small + "    judge: interval\n    basis: house").sha256
    assert loads(small).sha256 == loads("# a comment\n" + small, "another.yaml").sha256
    assert loads(small).sha256 != loads(small.replace("4/5", "3/4")).sha256


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.read_text("utf-8"),
        ADVERSE,
        ADVERSE.replace("cutoff: 7", "cutoff: 2/3").replace("title: Flags", "title: 'no'"),
        ADVERSE.replace("{sex: {column: sex}}", "{sex: {column: 010, bins: [-inf, 0.1, 1e3]}}"),
    ],
)
def test_what_show_prints_is_the_same_policy(text):
    policy = loads(text)
    again = loads(show(policy))
    assert again.effective() == policy.effective()
    assert again.sha256 == policy.sha256


def test_show_tells_where_each_rule_comes_from(whole):
    text = show(whole)
    assert "  # from conventions/four-fifths.yaml:" in text
    line = WHOLE.read_text("utf-8").splitlines().index("  - id: error-rates") + 1
    assert f"  # from whole.yaml:{line}\n  - id: error-rates" in text
    assert whole.sha256 in text
    assert "state: rescission_pending" in text.split("rules:")[0]


def test_reading_a_policy_loads_no_heavy_library():
    heavy = "pandas sklearn fairlearn scipy weasyprint duckdb numpy narwhals"
    code = (
        "import sys, audit.policy as p; p.load(sys.argv[1]); p.packs(); p.json_schema();"
        f"print([m for m in {heavy.split()} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(WHOLE)], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"
