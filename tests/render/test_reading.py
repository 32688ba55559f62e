"""What a reader who has to sign is told: every sentence, order and unit, for audits of every kind."""

import re
from dataclasses import replace

import pytest

from audit.render.document import document
from audit.render.groups import ACROSS, COLUMNS, group_tables
from audit.render.panels import arranged
from audit.render.terms import measured, p_value, tallied
from audit.result import AuditResult, MetricValue
from audit.values import Interval, Verdict
from tests.render import sample


def text(result: AuditResult, target: str = "html") -> str:
    """The words of a report."""
    page = document(result, target).html
    plain = re.sub("<(style|title)[^>]*>.*?</\\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub("<[^>]+>", " ", plain).replace("\u200b", "").split())


def without_numbers() -> AuditResult:
    """The tiny result as an audit without outcomes leaves it."""
    whole, why = sample.tiny(), "no outcome column"
    findings = tuple(
        replace(
            f, value=None, interval=Interval(), unadjusted_interval=Interval(), verdict=Verdict.NOT_COMPUTABLE,
            reason="no_outcome", because="The policy names no outcome column.", group_value=None, reference_value=None,
        )
        for f in whole.findings
    )  # fmt: skip
    nothing = {name: MetricValue(value=None, low=None, high=None, n=0, reason=why) for name in whole.metrics}
    groups = tuple(replace(row, metrics=nothing) for row in whole.groups)
    rules = tuple(replace(rule, verdict=Verdict.NOT_COMPUTABLE) for rule in whole.rules)
    return replace(whole, findings=findings, groups=groups, rules=rules, method=replace(whole.method, family=0))


def test_where_there_is_no_number_there_is_no_figure_and_no_table() -> None:
    said = text(without_numbers())
    assert "The policy names no outcome column." in said
    assert "Figure 1" not in said
    assert "Table for figure" not in said


def test_metrics_without_a_value_are_named_with_the_reason() -> None:
    assert "Not computable for any group (no outcome column): precision." in text(without_numbers())


def test_an_audit_that_judged_nothing_by_its_interval_says_so() -> None:
    assert "No comparison was judged by its interval." in text(without_numbers())
    assert "over 0 comparisons" not in text(without_numbers())


def test_figures_are_numbered_without_gaps() -> None:
    views = arranged(sample.typical(), 20)
    numbers = [panel.number for view in views for panel in view.panels if panel.has_numbers]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("groups", [2, ACROSS, ACROSS + 1])
def test_a_few_groups_are_columns_and_many_are_rows(groups: int) -> None:
    result = sample.many(rules=1, groups=groups)
    (one,) = group_tables(result, 20)
    assert all(table.across == (groups <= ACROSS) for table in one.tables)
    metrics = [metric.name for table in one.tables for metric in table.metrics]
    assert metrics == list(result.metrics)
    assert all(len(table.metrics) <= COLUMNS or table.across for table in one.tables)


def test_what_is_left_out_is_said_in_the_order_that_the_table_has() -> None:
    said = text(sample.many(rules=1, groups=30), "pdf")
    assert "10 more groups are not shown here: the largest come first" in said
    assert "10 more groups are not shown here: the worst come first" in said


def test_where_one_finding_speaks_for_all_the_two_that_decide_come_first() -> None:
    views = arranged(sample.typical(), 20)
    panel = next(panel for view in views for panel in view.panels if panel.rule.compare == "max_gap")
    assert panel.order == "the two that decide come first"
    assert panel.lines[0].reference
    assert panel.lines[1].finding is not None
    rates = [line.rate.value for line in panel.lines[2:] if line.rate and line.rate.value is not None]
    assert rates == sorted(rates)


def test_a_rule_says_how_many_comparisons_it_made() -> None:
    rule = sample.tiny().rules[0]
    assert tallied(replace(rule, tally={"pass": 1})) == "1 comparison: 1 pass."
    assert tallied(replace(rule, tally={"pass": 1, "fail": 1200})) == "1,201 comparisons: 1,200 fail, 1 pass."
    assert tallied(replace(rule, tally={})) == "No comparison was made."


def test_a_rule_says_what_it_measures_in_words() -> None:
    rule = sample.tiny().rules[0]
    assert measured(replace(rule, compare="max_gap"), ["F1"]) == "the largest gap in F1 between two groups"
    assert measured(replace(rule, compare="value"), ["Precision", "Recall"]) == (
        "the precision and the recall of each group"
    )
    assert measured(replace(rule, compare="ratio"), ["Matthews correlation"]).startswith("the Matthews correlation of")


def test_an_adverse_decision_is_explained() -> None:
    result = sample.typical()
    data = {"data": {"decision": {"column": "d", "adverse": ["deny"]}}}
    adverse = replace(result, policy=replace(result.policy, effective={**result.policy.effective, **data}))
    assert "a positive decision is one against the person" in text(adverse)
    assert "against the person" not in text(result)


def test_rows_of_unknown_groups_are_on_the_cover_and_explained() -> None:
    result = sample.typical()
    said = text(replace(result, rows=replace(result.rows, unusable_because={})))
    assert "Rows that do not say to which group they belong: sex 912" in said
    assert "Unknown: the row does not say to which group it belongs." in said


def test_weighted_rates_are_told_from_the_rows_beside_them() -> None:
    assert "Rates are weighted; n counts rows." in text(sample.tiny())
    assert "Rates are weighted" not in text(sample.typical())


def test_a_p_value_is_never_shown_as_certain() -> None:
    assert p_value(1.0) == "above 0.999"
    assert p_value(0.0) == "below 0.001"


def test_the_thin_line_is_explained_only_where_there_is_one() -> None:
    result = sample.tiny()
    same = replace(result, findings=tuple(replace(f, interval=f.unadjusted_interval) for f in result.findings))
    assert "thin: allowing for all comparisons" not in text(same)


def test_a_cover_of_the_longest_texts_stays_short() -> None:
    whole, long = sample.hostile(), "word " * 400
    result = replace(
        whole, summary=long, next_steps=(long,) * 9, notes=(long,) * 9,
        subject=replace(whole.subject, name="Screen", purpose=long, out_of_scope=(long,) * 5),
    )  # fmt: skip
    page = document(result, "pdf").html
    cover = page[page.index('id="verdict"') : page.index('<nav class="toc')]
    words = re.sub("<svg.*?</svg>|<[^>]+>", "", cover, flags=re.DOTALL)
    assert len(words) < 9000
