"""Reports read as a reviewer reads them: every sentence makes sense for the rule and the data that it is about."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

import audit
from audit.disclosing.disclosure import rendered
from audit.metrics import METRICS
from audit.policy import packs
from audit.render import FORMATS
from audit.render.panels import arranged
from audit.render.worst import harm_of
from audit.result import AuditResult
from audit.values import Verdict
from audit.wording import lowered
from audit.words.rule_words import rule_words
from audit.words.summary_words import next_steps
from tests.making import policy_of, rule

OUTCOME = {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}}
RACE = {"race": {"column": "race"}}
NO_LIMIT = {"require": "none", "effect": "report"}
RATES = ["selection_rate", "false_negative_rate", "accuracy"]


def people(**groups: tuple[int, int, int, int]) -> pd.DataFrame:
    """A row for every person; of each group how many are true and false positives, false and true negatives."""
    kinds = [(1, 1), (1, 0), (0, 1), (0, 0)]
    rows = [
        (name, *kind) for name, cells in groups.items() for kind, n in zip(kinds, cells, strict=True) for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["race", "d", "y"])


@pytest.fixture(scope="module")
def reported() -> AuditResult:
    """Rules without a limit: values, and differences from the highest."""
    policy = policy_of(
        rule(id="values", metric=RATES, compare="value", **NO_LIMIT),
        rule(id="gaps", metric=RATES, compare="difference", **NO_LIMIT),
        attributes=RACE,
        data=OUTCOME,
    )
    return audit.run(policy, people(A=(60, 20, 10, 30), B=(40, 20, 30, 30), C=(50, 30, 20, 20)))


def page(result: AuditResult) -> str:
    """The words of the HTML report, in one line."""
    text = FORMATS["html"].write(result).decode()
    return " ".join(
        re.sub("<[^>]+>", " ", re.sub("<(style|wbr)[^>]*>(.*?</style>)?", "", text, flags=re.DOTALL)).split()
    )


# ---- rules without a limit -----------------------------------------------------------------------------------------


def test_where_no_limit_is_set_none_is_said_to_be_required(reported: AuditResult):
    assert all(
        found.because.endswith("No limit is set: the value is reported and not judged.") for found in reported.findings
    )
    text = page(reported)
    assert "required:" not in text
    assert "No comparison was judged." in text
    assert "upright line" not in text


def test_what_stands_out_without_a_limit_is_on_the_harmful_side(reported: AuditResult):
    values = next(view for view in arranged(reported, 9) if view.rule.id == "values")
    first = {panel.metric.name: panel.lead.group for panel in values.panels}
    assert first == {"selection_rate": "B", "false_negative_rate": "B", "accuracy": "B"}
    assert {harm_of(reported, values.rule, reported.metrics[name]) for name in ("selection_rate", "accuracy")} == {
        "low"
    }
    assert "On the harmful side B, " in page(reported)


def test_a_rules_own_harm_is_the_one_that_is_told():
    policy = policy_of(
        rule(id="own", require="<= 1.25", reference="lowest", harm="high"), attributes=RACE, data=OUTCOME
    )
    found = audit.run(policy, people(A=(60, 20, 10, 30), B=(40, 20, 30, 30)))
    assert harm_of(found, found.rules[0], found.metrics["selection_rate"]) == "high"
    assert "High is bad for a group." in page(found)


def test_a_difference_without_a_limit_has_its_unit(reported: AuditResult):
    for form in ("html", "markdown", "text"):
        text = FORMATS[form].write(reported).decode()
        assert re.search(r"[−+][\d.]+ points", text), form


def test_several_metrics_stand_in_a_row_and_none_is_cut(reported: AuditResult):
    text = page(reported)
    assert (
        "The selection rate, the false negative rate and the accuracy of each group, less that of its reference."
        in text
    )
    assert "[cut:" not in text


# ---- small words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "said"), [("text", "1 rule: 1 fail."), ("markdown", "**1** Fail of 1 rule. ")])
def test_one_rule_is_one_rule(form: str, said: str):
    found = audit.run(policy_of(rule(), attributes=RACE, data=OUTCOME), people(A=(60, 20, 10, 30), B=(9, 1, 50, 60)))
    assert said in FORMATS[form].write(found).decode()


def test_a_source_that_has_no_name_is_not_said_twice(reported: AuditResult):
    assert reported.data.source == reported.data.kind
    assert "read from a pandas frame " in page(reported)


def test_a_title_that_is_made_has_its_capital_once():
    policy = policy_of(
        rule(metric=["selection_rate", "true_positive_rate", "f1"], compare="difference", require="<= 0.2"),
        attributes=RACE,
        data=OUTCOME,
    )
    assert policy.rules[0].title.startswith("Selection rate and true positive rate and F1, ")


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_label_in_a_sentence_has_a_capital_only_where_it_is_a_name(metric):
    kept = {"F1", "Matthews correlation", "ROC AUC", "Brier score", "NDKL above chance"}
    assert (lowered(metric.label) == metric.label) is (metric.label in kept)


def test_a_rule_for_information_asks_for_nothing():
    told = rule(id="told", effect="report", require=">= 0.9", judge="point")
    asked = rule(id="asked", effect="review", judge="point")
    rows = people(A=(60, 20, 10, 30), B=(9, 1, 50, 60))
    both = audit.run(policy_of(told, asked, attributes=RACE, data=OUTCOME), rows)
    assert [found.verdict for found in both.rules] == [Verdict.FAIL, Verdict.FAIL]
    assert [step for step in both.next_steps if "told" in step] == []
    assert both.next_steps[0].startswith("Review asked: B")
    alone = audit.run(policy_of(told, attributes=RACE, data=OUTCOME), rows)
    assert alone.next_steps == ("Sign off, and audit again when the model, the data or the policy changes.",)


# ---- the method ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("highest", "the one whose value is highest of those that are large enough"),
        ("lowest", "the one whose value is lowest of those that are large enough"),
        ("largest", "the one that has the most records"),
        ("overall", "with everyone together, itself among them"),
        ("rest", "with everyone else"),
        ({"fixed": "A"}, "with the one that the policy names"),
    ],
)
def test_the_method_says_whom_groups_are_compared_with(reference, said: str):
    policy = policy_of(rule(compare="difference", require="<= 0.2", reference=reference), attributes=RACE, data=OUTCOME)
    found = audit.run(policy, people(A=(60, 20, 10, 30), B=(50, 20, 20, 30)))
    assert [said in note for note in found.method.notes].count(True) == 1


@pytest.mark.parametrize(("label", "said"), [("F1", "F1 is"), ("Matthews", "bootstrap"), ("Balanced", "variance est")])
def test_every_interval_of_the_tables_has_its_method_named(label: str, said: str):
    """A reader who checks the tables needs it, whether or not a rule is about the metric."""
    policy = policy_of(rule(), attributes=RACE, data=OUTCOME)
    table = people(A=(60, 20, 10, 30), B=(50, 20, 20, 30))
    found = audit.run(policy, table)
    assert any(label in note.label for note in found.metrics.values())
    assert [note for note in found.method.notes if said in note]
    without = audit.run(policy_of(rule(), attributes=RACE, data={"decision": OUTCOME["decision"]}), table)
    assert not [note for note in without.method.notes if said in note]


def test_a_limit_that_looks_one_way_is_not_said_to_hold_both_ways():
    policy = policy_of(rule(compare="difference", require=">= -0.2"), attributes=RACE, data=OUTCOME)
    found = audit.run(policy, people(A=(60, 20, 10, 30), B=(50, 20, 20, 30)))
    [note] = [note for note in found.method.notes if note.startswith("A difference is")]
    assert note.endswith("one written as 'at least' (>=) looks one way.")


def test_the_method_names_no_reference_where_nobody_is_compared():
    policy = policy_of(rule(compare="value", require=">= 0.2"), attributes=RACE, data=OUTCOME)
    found = audit.run(policy, people(A=(60, 20, 10, 30), B=(50, 20, 20, 30)))
    assert not [note for note in found.method.notes if note.startswith("A group is compared with")]


# ---- a public rendering --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "step"),
    [("block", "Mend or justify four-fifths."), ("review", "Review four-fifths.")],
)
def test_a_step_about_withheld_groups_says_that_they_are_withheld(effect: str, step: str):
    policy = policy_of(
        rule(id="four-fifths", effect=effect, judge="point", reference="largest"),
        attributes=RACE,
        data=OUTCOME,
        groups={"min_count": 20},
        disclosure={"min_cell": 11},
    )
    full = audit.run(policy, people(A=(200, 20, 50, 30), B=(190, 20, 50, 30), C=(2, 1, 30, 27)))
    assert full.next_steps[0].endswith("four-fifths: C (0.07).")
    public = rendered(full)
    hidden = "Which groups it concerns is withheld from this rendering; the restricted one names them."
    assert public.next_steps[0] == f"{step} {hidden}"


def test_an_open_rule_about_withheld_groups_says_so_too(reported: AuditResult):
    withheld = tuple(replace(found, verdict=Verdict.WITHHELD) for found in reported.findings)
    opened = replace(reported.rules[0], verdict=Verdict.INCONCLUSIVE, effect="block")
    [step] = next_steps([rule_words(opened, withheld, reported.metrics)], [])
    assert step.startswith("Collect more records before relying on values. Which groups it concerns is withheld")


# ---- packs ---------------------------------------------------------------------------------------------------------


def test_where_errors_are_balanced_those_who_bear_more_are_named():
    policy = {
        "evenhand": 1,
        "title": "Balance",
        "extends": "conventions/error-rate-balance",
        "attributes": RACE,
        "data": OUTCOME,
    }
    found = audit.run(policy, people(A=(90, 5, 10, 95), B=(50, 40, 50, 60)))
    assert {(one.rule, one.group) for one in found.findings} == {
        ("false-positive-balance", "B"),
        ("false-negative-balance", "B"),
    }
    assert {one.verdict for one in found.findings} == {Verdict.FAIL}


def test_what_a_pack_makes_of_a_source_reads_as_a_sentence():
    for note in packs():
        for rule_ in note.pack.cites:
            assert not (rule_.supports or "").endswith("."), note.id


def test_a_rule_on_what_a_guidance_does_not_ask_for_is_the_houses():
    policy = policy_of(extends="frameworks/us-mrm", rules=[], attributes=RACE)
    assert {one.basis for one in policy.rules} == {"house"}


# ---- scores of which only sums are known -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def summed() -> AuditResult:
    """The customary screen of scores, which asks for no distribution."""
    policy = policy_of(
        extends="conventions/fair-lending-smd",
        rules=[],
        attributes=RACE,
        data={"score": {"column": "s", "favorable": "at_least"}},
    )
    rows = [(name, (shift + 7 * n % 90) / 200) for name, shift in (("A", 60), ("B", 0)) for n in range(90)]
    return audit.run(policy, pd.DataFrame(rows, columns=["race", "s"]))


def test_nothing_is_claimed_or_explained_beyond_the_sums_of_scores(summed: AuditResult):
    text = page(summed)
    assert "Only sums of the scores were counted" in text
    assert not [note for note in summed.method.notes if note.startswith("Every distinct score")]
    assert "Wasserstein" not in text
    assert "Half: the middle half" not in text
    [distributions] = [item for item in summed.checklist if item.number == 24]
    assert distributions.state == "open"
    assert "only sums of the scores were counted" in text


def test_a_standardised_difference_is_in_standard_deviations(summed: AuditResult):
    [found] = [one for one in summed.findings if one.group == "B"]
    assert re.search(
        r" is [\d.]+ standard deviations below that of A \(.*required: ±0\.30 standard deviations\.", found.because
    )


def test_metrics_in_a_list_inside_a_sentence_are_written_small(summed: AuditResult):
    assert re.search(r"Not computable for any group \([^)]*\): [a-z][a-z ]+, ", page(summed))
