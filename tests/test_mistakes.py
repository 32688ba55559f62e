"""Mistakes that fairness tools are known to make, each with data that provoke it, shown not to happen here.

M2 to M17 number them as the survey of other tools does; each docstring says what goes wrong elsewhere.
"""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

import audit
from audit.policy import loads
from audit.values import Outcome, Verdict

CELLS = {"tp": (1, 1), "fp": (0, 1), "fn": (1, 0), "tn": (0, 0)}
HEAD = """
evenhand: 1
title: A mistake that is not made
data:
  decision: {column: d, favorable: 1}
  outcome: {column: y, favorable: 1}
attributes:
  g: {column: g}
"""


def law(*rules: str, head: str = HEAD):
    """A policy with these rules, each the inside of a YAML map."""
    return loads(head + "rules:\n" + "".join(f"  - {{id: r{i}, {rule}}}\n" for i, rule in enumerate(rules)))


def people(**groups):
    """Rows of groups given by their confusion cells; the group `missing` has no membership."""
    rows = [
        (None if name == "missing" else name, *CELLS[cell])
        for name, cells in groups.items()
        for cell, n in cells.items()
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["g", "y", "d"])


def only(result, group):
    """The one finding about a group."""
    (found,) = [found for found in result.findings if found.group == group]
    return found


GOOD = {"tp": 80, "fn": 20, "fp": 20, "tn": 80}


# ---- M2, M15, M17: denominators of zero ----------------------------------------------------------------------------


def test_a_rate_without_a_denominator_is_not_a_rate_of_zero():
    """M2: the true positive rate of a group without positives is given as 0 and becomes the whole disparity."""
    near = {"tp": 76, "fn": 24, "fp": 20, "tn": 80}
    rules = ('metric: true_positive_rate, compare: difference, require: "<= 0.1"',)
    result = audit.run(law(*rules), people(a=GOOD, b={"fp": 50, "tn": 50}, c=near))

    found = only(result, "b")
    assert (found.verdict, found.reason) == (Verdict.NOT_COMPUTABLE, "no_trials")
    assert found.value is None
    assert only(result, "c").value == pytest.approx(-0.04, abs=1e-12)
    assert only(result, "c").reference == "a"
    assert result.outcome is not Outcome.PASS


@pytest.mark.parametrize("compare", ['max_gap, require: "<= 0.1"', 'min_ratio, require: ">= 0.8"'])
def test_the_gap_of_all_groups_is_not_computable_if_a_rate_is_missing(compare):
    """M2: the rate that does not exist becomes the lowest of all."""
    result = audit.run(law(f"metric: true_positive_rate, compare: {compare}"), people(a=GOOD, b={"fp": 50, "tn": 50}))

    assert [found.verdict for found in result.findings] == [Verdict.NOT_COMPUTABLE]
    assert result.findings[0].value is None


@pytest.mark.parametrize(
    "rule",
    [
        'compare: difference, require: "<= 0.1"',
        'compare: ratio, require: ">= 0.8"',
        'compare: ratio, require: ">= 0.8", reference: rest',
        'compare: max_gap, require: "<= 0.1"',
        'compare: min_ratio, require: ">= 0.8"',
        'compare: value, require: ">= 0.5"',
    ],
)
def test_nothing_over_nothing_is_neither_fair_nor_unfair(rule):
    """M15: every rate over nothing is 0, every ratio of two of them 1, and the largest of no differences 0: fair."""
    result = audit.run(law(f"metric: true_positive_rate, {rule}"), people(a={"fp": 50, "tn": 50}, b={"tn": 100}))

    assert {found.verdict for found in result.findings} == {Verdict.NOT_COMPUTABLE}
    assert {found.value for found in result.findings} == {None}
    assert result.outcome is Outcome.INCONCLUSIVE


def test_a_group_of_one_class_is_measured_where_it_can_be():
    """M17: a group whose decisions and outcomes are all the same makes a 1 x 1 table, and the audit crashes."""
    result = audit.run(law('metric: accuracy, compare: difference, require: "<= 0.5"'), people(a=GOOD, b={"tp": 100}))
    rates = {row.group: row.metrics for row in result.groups}["b"]

    assert rates["true_positive_rate"].value == 1
    assert rates["precision"].value == 1
    assert rates["false_positive_rate"].value is None
    assert rates["matthews_corrcoef"].value is None
    assert rates["false_positive_rate"].reason


def test_a_ratio_to_a_rate_of_zero_is_not_infinite():
    """M17: the highest rate over the lowest is infinite where the lowest is 0."""
    rule = 'metric: selection_rate, compare: ratio, require: "<= 1.25", reference: lowest'
    result = audit.run(law(rule), people(a=GOOD, b={"tn": 100}))

    assert (only(result, "a").verdict, only(result, "a").value) == (Verdict.NOT_COMPUTABLE, None)


# ---- M3, M6, M10: membership that is not known ---------------------------------------------------------------------


def test_people_whose_group_is_missing_are_counted():
    """M3: rows without a group vanish; the groups sum to 60 of 80, and nobody says so."""
    table = people(a={"tp": 20, "tn": 10}, b={"tp": 10, "tn": 20}, missing={"tp": 20})
    result = audit.run(law('metric: selection_rate, compare: ratio, require: ">= 0.8"'), table)
    (rows,) = result.rows.by_attribute

    assert (result.rows.read, result.overall.n) == (80, 80)
    assert (rows.analysed, rows.unknown, rows.excluded, rows.unusable) == (60, 20, 0, 0)
    assert sum(row.n or 0 for row in result.groups) == 60


@pytest.mark.parametrize("unknown", ["report", "group", "exclude"])
def test_two_attributes_with_missing_values_can_be_crossed(unknown):
    """M3: with missing values in two attributes, text is compared with numbers and the audit crashes."""
    table = people(a=GOOD, b=GOOD, missing=GOOD).assign(h=["x", None, "y"] * 200)
    head = HEAD + f"  h: {{column: h}}\nintersections: [[g, h]]\ngroups: {{unknown: {unknown}}}\n"
    result = audit.run(law('metric: selection_rate, compare: difference, require: "<= 0.5"', head=head), table)
    rows = {row.attribute: row for row in result.rows.by_attribute}
    lost = {"g": 200, "h": 200, "g & h": int((table.g.isna() | table.h.isna()).sum())}

    for attribute, n in lost.items():
        row = rows[attribute]
        expected = {"report": (600 - n, n, 0), "group": (600, 0, 0), "exclude": (600 - n, 0, n)}[unknown]
        assert (row.analysed, row.unknown, row.excluded) == expected


def test_the_missing_are_not_taken_for_the_advantaged():
    """M10: whoever is not in the named group, the missing included, is put with the others: 0.75 instead of 0.50."""
    rule = 'metric: selection_rate, compare: ratio, require: ">= 0.8", reference: {fixed: {g: a}}'
    known = people(a={"tp": 80, "tn": 20}, b={"tp": 40, "tn": 60})
    for missing in ({"tn": 200}, {"tp": 200}):
        table = pd.concat([known, people(missing=missing)])
        for reference in ("", "rest"):
            asked = rule.replace("{fixed: {g: a}}", reference) if reference else rule
            assert only(audit.run(law(asked), table), "b").value == 0.5


def test_a_reference_rate_of_zero_gives_no_invented_ratio():
    """M6: a false positive rate of 0.10 against one of 0 is given as 10.0, a constant; and missing rows disappear."""
    rule = 'metric: false_positive_rate, compare: ratio, require: "<= 1.25", reference: {fixed: {g: a}}'
    result = audit.run(law(rule), people(a={"tn": 40}, b={"fp": 5, "tn": 45}, missing={"tn": 40}))
    found = only(result, "b")

    assert (found.verdict, found.reason, found.value) == (Verdict.NOT_COMPUTABLE, "reference_zero", None)
    assert (result.rows.read, result.rows.by_attribute[0].unknown, sum(row.n or 0 for row in result.groups)) == (
        130,
        40,
        90,
    )


# ---- M4, M5: whose denominator -------------------------------------------------------------------------------------


def test_every_rate_has_its_own_groups_denominator():
    """M4: a group's true positives over everybody's positives: 0.72 and 0.08 where both groups have 0.80."""
    table = people(a={"tp": 720, "fn": 180, "fp": 90, "tn": 810}, b={"tp": 80, "fn": 20, "fp": 10, "tn": 90})
    rules = [
        'metric: [true_positive_rate, false_positive_rate], compare: difference, require: "<= 0.1"',
        'metric: selection_rate, compare: difference, require: "<= 0.1"',
    ]
    result = audit.run(law(*rules), table)
    rates = {row.group: row.metrics for row in result.groups}

    for group in ("a", "b"):
        assert rates[group]["true_positive_rate"].value == 0.8
        assert rates[group]["false_positive_rate"].value == 0.1
    assert {found.value for found in result.findings} == {0.0}
    assert {found.exact for found in result.findings if found.metric == "true_positive_rate"} <= {
        "(720/900) - (80/100)",
        "(80/100) - (720/900)",
    }


@pytest.mark.parametrize("test", ["two_proportion_z", "fisher"])
def test_equal_error_rates_are_not_made_significant_by_base_rates(test):
    """M5: the test of a false positive rate is run over predicted positives, so it tests base rates: p = 1.8e-30."""
    table = people(a={"tp": 400, "fn": 100, "fp": 50, "tn": 450}, b={"tp": 80, "fn": 20, "fp": 90, "tn": 810})
    rule = (
        "metric: [false_positive_rate, true_positive_rate, false_negative_rate], compare: difference, "
        f'require: "<= 0.1", test: {test}'
    )
    result = audit.run(law(rule), table)

    assert len(result.findings) == 3
    for found in result.findings:
        assert found.test is not None
        assert found.test.p_value == pytest.approx(1, abs=1e-9)
        low, high = found.interval.low, found.interval.high
        assert low is not None
        assert high is not None
        assert low < 0 < high
        assert found.value == 0


# ---- M7, M8, M14: the smallest and the worst -----------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["selection_rate", "true_positive_rate"])
def test_a_group_that_is_never_selected_fails(metric):
    """M7: a ratio of 0 is turned into a missing one, is not counted, and the model is called fair."""
    table = people(a={"tp": 100, "fn": 100, "tn": 800}, b={"fn": 200, "tn": 800})
    found = only(audit.run(law(f'metric: {metric}, compare: ratio, require: ">= 4/5"'), table), "b")

    assert (found.verdict, found.value) == (Verdict.FAIL, 0)


@pytest.mark.parametrize("judge", ["interval", "point", "point_and_test, test: fisher"])
def test_a_group_too_small_to_be_judged_never_passes(judge):
    """M8: a subgroup below the least size scores NaN, which is not below the threshold, so it passes."""
    rule = f'metric: selection_rate, compare: ratio, require: ">= 4/5", judge: {judge}'
    result = audit.run(law(rule), people(a=GOOD, small={"tn": 20}))

    assert only(result, "small").verdict is Verdict.NOT_JUDGED
    assert "20" in only(result, "small").because
    assert result.next_steps[0].endswith("too few groups are large enough.")
    assert result.rules[0].verdict is Verdict.NOT_COMPUTABLE
    assert result.outcome is Outcome.INCONCLUSIVE


def test_a_group_that_is_set_aside_is_still_shown():
    """M8: who is too few to be judged disappears from the report as well."""
    table = people(a=GOOD, b=GOOD, small={"tp": 10, "tn": 10})
    result = audit.run(law('metric: selection_rate, compare: difference, require: "<= 0.3"'), table)
    (row,) = [row for row in result.groups if row.group == "small"]

    assert (row.n, row.metrics["selection_rate"].value) == (20, 0.5)
    assert row.status != {row.group: row.status for row in result.groups}["a"]


@pytest.mark.parametrize("least", ["min_count: 1, min_share: 0.02", "min_count: 30"])
def test_a_group_that_is_set_aside_is_not_the_reference(least):
    """M14: groups under 2 % are excluded after the highest rate was taken, so one selected person sets it for all."""
    head = HEAD + f"groups: {{{least}}}\n"
    rules = [
        'metric: selection_rate, compare: ratio, require: ">= 4/5"',
        'metric: selection_rate, compare: min_ratio, require: ">= 4/5"',
    ]
    table = people(a=GOOD, b={"tp": 75, "fn": 25, "fp": 20, "tn": 80}, tiny={"tp": 1})
    findings = audit.run(law(*rules, head=head), table).findings
    judged = [found for found in findings if found.verdict is not Verdict.NOT_JUDGED]

    assert {(found.reference, found.value) for found in judged} == {("a", float(Fraction(95, 100)))}
    assert {found.verdict for found in findings if found.group == "tiny"} == {Verdict.NOT_JUDGED}
