"""What hostile trials of the command line found, each once more."""

import numpy as np
import pandas as pd
import pytest

import audit
from audit.errors import DataError
from audit.judging.assumed import Assumed
from audit.planning import plan
from audit.render import FORMATS, plain
from audit.words.power_words import to_settle
from audit.words.sentences import in_sentence
from tests.making import policy_of, rule

DECISION = {"decision": {"column": "d", "favorable": 1}}


@pytest.fixture(scope="module")
def people():
    """Two groups of 300 with about equal shares, a stratum each, and guesses of membership that say little."""
    place = np.arange(600)
    group = np.where(place % 2 == 0, "a", "b")
    return pd.DataFrame({"g": group, "d": (place // 2 % 2), "s": place % 3, "pa": 0.6, "pb": 0.4})


def words_of(result):
    return " ".join(plain.write(result).decode().split())


def test_a_test_that_was_not_computed_is_not_said_to_have_shown_no_significance(people):
    law = policy_of(
        rule(compare="difference", require="<= 0.01", test="barnard", judge="point_and_test", reference="lowest"),
        data=DECISION,
        statistics={"confidence": 0.95},
    )
    people = people.assign(d=np.where(people.g == "a", 1, people.d))
    found = audit.run(law, people).findings[0]
    assert found.test.p_value is None
    assert found.verdict == "inconclusive"
    assert "is not computed for so many records" in found.because
    assert "not statistically significant" not in found.because


def test_one_record_was_analysed_and_one_comparison_made(people):
    assert "1 record was analysed" in audit.run(policy_of(data=DECISION), people[:1]).summary
    said = words_of(audit.run(policy_of(data=DECISION), people))
    assert "600 records were analysed" in said
    assert "over 1 comparison policy" in said


def test_the_short_reports_say_that_each_rule_is_allowed_for_by_itself(people):
    rules = (rule(id="one"), rule(id="two", require=">= 0.7"))
    assert "over 2 comparisons policy" in words_of(audit.run(policy_of(*rules, data=DECISION), people))
    alone = policy_of(*rules, data=DECISION, statistics={"family": "rule"})
    assert "(Holm), in each rule by itself, 2 comparisons in all policy" in words_of(audit.run(alone, people))


def test_the_page_says_whether_the_policy_or_each_rule_is_allowed_for(people):
    rules = (rule(id="one"), rule(id="two", require=">= 0.7"))
    html = FORMATS["html"].write(audit.run(policy_of(*rules, data=DECISION), people)).decode()
    assert html.count("with allowance for the number of comparisons (Holm), over 2 comparisons") == 2
    law = policy_of(*rules, data=DECISION, statistics={"family": "rule", "correction": "bonferroni"})
    html = FORMATS["html"].write(audit.run(law, people)).decode()
    assert html.count("(Bonferroni), in each rule by itself, 2 comparisons in all") == 2
    law = policy_of(*rules, data=DECISION, statistics={"correction": "none"})
    assert "without allowance for the number of comparisons (2)" in words_of(audit.run(law, people))


@pytest.mark.parametrize(
    ("label", "said"), [("ROC AUC", "ROC AUC"), ("Brier score", "Brier score"), ("Base rate", "base rate")]
)
def test_names_keep_their_capitals_inside_a_sentence(label, said):
    assert in_sentence(label) == said


def test_next_steps_name_the_metric_where_a_rule_has_several(people):
    data = {"decision": {"column": "d", "favorable": 1}, "outcome": {"column": "y", "favorable": 1}}
    people = people.assign(y=(people.s == 0).astype(int))
    law = policy_of(
        rule(metric=["selection_rate", "matthews_corrcoef"], compare="difference", require="<= 0.05"), data=data
    )
    result = audit.run(law, people)
    (step,) = result.next_steps
    most = max(result.findings, key=lambda found: found.power.further or 0)
    metric = {"selection_rate": "selection rate", "matthews_corrcoef": "Matthews correlation"}[most.metric]
    assert f"(for the {metric} of {most.group}) before relying on r" in step
    assert f"{most.group} ({metric} " in step
    text = FORMATS["text"].write(result).decode()
    assert ", Matthews correlation (difference)" in text


def test_next_steps_send_nobody_for_records_that_settle_nothing(people):
    law = policy_of(rule(compare="value", require=">= 1/2"), data=DECISION)
    (step,) = audit.run(law, people).next_steps
    assert step.startswith("No number of records within reach would likely settle r for: ")


def test_nobody_is_sent_for_more_records_where_only_membership_is_open(people):
    law = policy_of(data=DECISION, attributes={"g": {"probabilities": {"a": "pa", "b": "pb"}}})
    result = audit.run(law, people)
    assert {found.verdict for found in result.findings} == {"inconclusive"}
    assert result.next_steps[0].startswith("Find out who belongs to which group before relying on r: ")
    assert "Collect" not in result.next_steps[0]


def test_next_steps_tell_what_more_records_settle_from_what_they_do_not():
    assert to_settle("r", ["a", "b"], further="about 1,300 more records", unknown=["b"]) == (
        "Collect about 1,300 more records before relying on r: a. "
        "Find out who belongs to which group before relying on r: b."
    )
    assert to_settle("r", ["a", "b"], further="about 2 more records", beyond=["b"]) == (
        "Collect about 2 more records before relying on r: a. "
        "No number of records within reach would likely settle r for: b."
    )
    assert to_settle("r", ["a"], beyond=["a"]) == "No number of records within reach would likely settle r for: a."
    assert to_settle("r", ["a"]) == "Collect more records before relying on r: a."


def test_membership_by_probabilities_is_not_planned_as_if_it_were_known():
    law = policy_of(data=DECISION, attributes={"g": {"probabilities": {"a": "pa", "b": "pb"}}})
    with pytest.raises(DataError, match="membership is by probabilities"):
        plan(law, Assumed(rates={("g", "selection_rate"): {"a": 0.3, "b": 0.4}}))


def test_a_planned_value_is_not_printed_with_the_noise_of_binary_fractions():
    law = policy_of(rule(compare="difference", require="<= 0.1"), data=DECISION)
    found = plan(law, Assumed(rates={("g", "selection_rate"): {"a": 0.3, "b": 0.4}}))
    assert found.planned[0].value == -0.1


def test_a_rate_that_is_given_twice_is_refused(tmp_path):
    from click.testing import CliRunner

    from audit.cli.planning import plan as command

    path = tmp_path / "p.yaml"
    path.write_text(
        "evenhand: 1\ntitle: T\ndata: {decision: {column: d, favorable: 1}}\nattributes: {g: {column: g}}\n"
        'rules: [{id: r, metric: selection_rate, compare: ratio, require: ">= 4/5"}]\n'
    )
    done = CliRunner().invoke(command, [str(path), "--rates", "a=0.3", "--rates", "a=0.9", "--rates", "b=0.3"])
    assert done.exit_code == 2
    assert "twice" in done.output


def test_intervals_on_request_are_not_said_of_comparisons_within_strata(people):
    factors = {"s": {"column": "s", "legitimate": "They choose it."}}
    within = rule(given="s")
    usual = audit.run(policy_of(within, data=DECISION, factors=factors), people)
    asked = audit.run(policy_of(within, data=DECISION, factors=factors, statistics={"ratio_interval": "katz"}), people)
    assert usual.findings[0].interval == asked.findings[0].interval
    assert not any("they are not used" in note for note in usual.method.notes)
    assert any("In rules that are given factors they are not used" in note for note in asked.method.notes)
