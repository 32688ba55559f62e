"""From counts to findings: references, intervals, corrections, waivers, and the numbers of an independent hand."""

import datetime
from fractions import Fraction

import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

import audit
from audit.errors import AuditError, DataError
from audit.stats.differences import miettinen_nurminen
from audit.stats.ratios import koopman
from audit.values import Outcome, Verdict
from tests.making import policy_of, rule, selected, table_of

DAY = datetime.date(2026, 11, 21)


def judged(table, *rules, **changes):
    return audit.run(policy_of(*rules, **changes), table, as_of=DAY)


def by_group(result, rule_id="r"):
    return {finding.group: finding for finding in result.findings if finding.rule == rule_id}


def test_a_ratio_is_of_the_group_to_its_reference_and_exact():
    found = by_group(judged(selected(A=(60, 100), B=(36, 100))))["B"]
    assert (found.reference, found.value, found.exact) == ("A", 0.6, "(36/100) / (60/100)")
    assert (found.group_value, found.reference_value, found.n) == (0.36, 0.6, 200)


def test_a_rate_among_nobody_is_no_fraction():
    table = table_of(A={"tp": 6, "tn": 4}, B={"tn": 9})
    found = by_group(judged(table, rule(metric="precision", compare="value"), groups={"min_count": 1}))["B"]
    assert (found.reason, found.value, found.exact) == ("no_trials", None, None)


def test_a_difference_is_the_group_minus_its_reference():
    found = by_group(judged(selected(A=(60, 100), B=(36, 100)), rule(compare="difference", require="<= 0.1")))["B"]
    assert found.value == float(Fraction(36, 100) - Fraction(60, 100))
    assert found.verdict == Verdict.FAIL


def test_with_one_comparison_the_interval_is_the_plain_score_interval():
    found = by_group(judged(selected(A=(60, 100), B=(36, 100))))["B"]
    assert (found.interval.low, found.interval.high) == pytest.approx(
        [float(x) for x in koopman(36, 100, 60, 100, 0.025)]
    )
    assert found.interval == found.unadjusted_interval
    gap = by_group(judged(selected(A=(60, 100), B=(36, 100)), rule(compare="difference", require="<= 0.5")))["B"]
    expected = [float(x) for x in miettinen_nurminen(36, 100, 60, 100, 0.025)]
    assert (gap.interval.low, gap.interval.high) == pytest.approx(expected)
    near = confint_proportions_2indep(36, 100, 60, 100, method="newcomb", compare="diff")
    assert (gap.interval.low, gap.interval.high) == pytest.approx(near, abs=0.005)


def test_a_rate_by_itself_has_wilsons_interval():
    result = judged(selected(A=(60, 100), B=(36, 100)), rule(compare="value", require=">= 0.3"))
    found = by_group(result)["B"]
    assert (found.interval.low, found.interval.high) == pytest.approx(proportion_confint(36, 100, method="wilson"))
    assert (found.reference, found.verdict) == (None, Verdict.INCONCLUSIVE)
    [row] = [row for row in result.groups if row.group == "B"]
    assert (row.metrics["selection_rate"].low, row.metrics["selection_rate"].high) == pytest.approx(
        proportion_confint(36, 100, method="wilson")
    )


@pytest.mark.parametrize(
    ("reference", "expected"),
    [("highest", "A"), ("lowest", "C"), ("largest", "B"), ({"fixed": "C"}, "C"), ("overall", "everyone")],
)
def test_the_reference_is_whom_the_policy_names(reference, expected):
    table = selected(A=(60, 100), B=(90, 200), C=(30, 100))
    compare = {"compare": "difference", "require": "-0.9 to 0.9"}
    found = by_group(judged(table, rule(reference=reference, **compare)))
    assert {finding.reference for finding in found.values()} == {expected}
    assert expected not in found


def test_rest_is_everybody_else():
    found = by_group(judged(selected(A=(60, 100), B=(90, 200), C=(30, 100)), rule(reference="rest")))["A"]
    assert found.value == pytest.approx(0.6 / (120 / 300))
    assert (found.reference, found.reference_n) == ("everyone else", 300)


def test_overall_holds_the_group_and_its_interval_knows_it():
    table = selected(A=(60, 100), B=(90, 300))
    to_all = by_group(judged(table, rule(compare="difference", require="<= 0.5", reference="overall")))["A"]
    to_rest = by_group(judged(table, rule(compare="difference", require="<= 0.5", reference="rest")))["A"]
    assert to_all.value == pytest.approx(0.6 - 150 / 400)
    assert to_all.value == pytest.approx(to_rest.value * 300 / 400)
    assert to_all.interval.low == pytest.approx(to_rest.interval.low * 300 / 400)


def test_a_group_too_small_to_be_judged_is_never_the_reference():
    found = by_group(judged(selected(tiny=(5, 5), A=(60, 100), B=(57, 100))))
    assert found["B"].reference == "A"
    assert found["tiny"].verdict == Verdict.NOT_JUDGED
    assert "tiny has 5 records" in found["tiny"].because


def test_a_group_with_a_small_share_is_not_judged():
    table = selected(A=(500, 1000), B=(20, 40))
    found = by_group(judged(table, groups={"min_share": 0.05}))
    assert found["B"].reason == "small_share"


def test_eligibility_looks_at_the_denominator_that_matters():
    table = table_of(A={"tp": 50, "fn": 50, "tn": 50}, B={"tp": 5, "fn": 5, "tn": 100})
    found = by_group(judged(table, rule(metric="true_positive_rate")))["B"]
    assert (found.verdict, found.reason) == (Verdict.NOT_JUDGED, "few_trials")
    assert "10 positive outcomes" in found.because


def test_a_fixed_reference_that_the_data_lack_is_an_error_with_the_nearest_name():
    with pytest.raises(DataError, match=r"the reference of g: no group 'Mael'; did you mean 'Male'"):
        judged(selected(Male=(10, 100), Female=(10, 100)), rule(reference={"fixed": "Mael"}))


def test_a_fixed_reference_that_is_too_small_leaves_nothing_to_compare_with():
    result = judged(selected(A=(2, 4), B=(50, 100)), rule(reference={"fixed": "A"}))
    assert {f.reason for f in result.findings} == {"reference_set_aside", "few_records"}
    assert result.outcome == Outcome.INCONCLUSIVE


def test_a_reference_with_rate_zero_makes_no_ratio():
    table = selected(A=(0, 100), B=(10, 100))
    found = by_group(judged(table, rule(reference={"fixed": "A"})))["B"]
    assert (found.value, found.verdict, found.reason) == (None, Verdict.NOT_COMPUTABLE, "reference_zero")


def test_four_fifths_exactly_meets_four_fifths():
    for hits, of, reference in ((16, 50, 20), (48, 80, 60), (12, 60, 15)):
        table = selected(A=(reference, of), B=(hits, of))
        assert Fraction(hits, reference) == Fraction(4, 5)
        found = by_group(judged(table, rule(judge="point")))["B"]
        assert (found.verdict, found.value) == (Verdict.PASS, 0.8)


def test_a_value_that_rounding_would_judge_otherwise_is_marked():
    table = selected(A=(1000, 2000), B=(797, 2000))
    found = by_group(judged(table, rule(judge="point")))["B"]
    assert (found.verdict, found.rounding, found.value) == (Verdict.FAIL, True, 0.797)
    assert "0.797 times" in found.because


def test_point_and_test_fails_only_with_both():
    both = rule(judge="point_and_test", test="fisher")
    strong = by_group(judged(selected(A=(60, 100), B=(30, 100)), both))["B"]
    weak = by_group(judged(selected(A=(20, 40), B=(14, 40)), both))["B"]
    assert (strong.verdict, weak.verdict) == (Verdict.FAIL, Verdict.INCONCLUSIVE)
    assert strong.test.p_value < 0.05 < weak.test.p_value
    z = by_group(judged(selected(A=(60, 100), B=(30, 100)), rule(judge="point_and_test", test="two_proportion_z")))["B"]
    assert abs(z.test.statistic) == pytest.approx(4.264, abs=0.001)
    assert "4.26 standard deviations" in z.because


def test_holm_allows_for_all_comparisons_of_the_policy():
    table = selected(A=(600, 1000), B=(435, 1000), C=(600, 1000))
    alone = judged(table, rule(of=["g"], reference={"fixed": "A"}), statistics={"correction": "none"})
    assert by_group(alone)["B"].verdict == Verdict.FAIL
    rules = [rule(id=f"r{i}", reference={"fixed": "A"}) for i in range(20)]
    many = judged(table, *rules)
    found = by_group(many, "r0")["B"]
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "not_after_adjustment")
    assert found.interval.high > 0.8 > found.unadjusted_interval.high
    assert (many.method.family, found.p_adjusted) == (40, pytest.approx(min(1, 40 * found.p_beyond)))
    assert "40 comparisons" in found.because


def test_benjamini_and_hochberg_claims_more():
    table = selected(A=(600, 1000), B=(435, 1000))
    rules = [rule(id=f"r{i}", reference={"fixed": "A"}) for i in range(20)]
    assert by_group(judged(table, *rules, statistics={"correction": "bh"}), "r0")["B"].verdict == Verdict.FAIL


def test_a_reference_chosen_for_its_rate_is_allowed_for():
    groups = {f"g{i}": (500, 1000) for i in range(9)}
    table = selected(**groups, low=(430, 1000))
    require = {"compare": "difference", "require": "<= 0.01"}
    chosen = by_group(judged(table, rule(reference="highest", **require)))["low"]
    fixed = by_group(judged(table, rule(reference={"fixed": "g0"}, **require)))["low"]
    assert chosen.value == fixed.value
    assert chosen.p_adjusted > fixed.p_adjusted


def test_too_few_expected_events_claim_no_failure():
    table = selected(A=(200, 2000), B=(0, 40))
    found = by_group(judged(table, rule(reference={"fixed": "A"}, require=">= 0.97")))["B"]
    assert found.reason in ("few_events", "across")
    table = selected(A=(1600, 2000), B=(10, 31))
    generous = by_group(judged(table, rule(reference={"fixed": "A"}), statistics={"min_expected": 5}))["B"]
    strict = by_group(judged(table, rule(reference={"fixed": "A"}), statistics={"min_expected": 30}))["B"]
    assert (generous.verdict, strict.verdict, strict.reason) == (Verdict.FAIL, Verdict.INCONCLUSIVE, "few_events")
    assert strict.interval.high is None


def test_without_an_outcome_the_error_rates_say_why_and_the_others_work():
    table = selected(A=(60, 100), B=(36, 100)).drop(columns="y")
    data = {"decision": {"column": "d", "favorable": 1}}
    result = judged(table, rule(), rule(id="errors", metric="false_positive_rate"), data=data)
    assert by_group(result)["B"].value == 0.6
    [errors] = [finding for finding in result.findings if finding.rule == "errors"]
    assert (errors.verdict, errors.reason) == (Verdict.NOT_COMPUTABLE, "no_outcome")
    assert {row.metrics["accuracy"].reason for row in result.groups} == {"no outcome column"}


def test_the_largest_gap_and_smallest_ratio_speak_for_the_attribute():
    table = selected(A=(600, 1000), B=(300, 1000), C=(450, 1000))
    gap = rule(id="gap", compare="max_gap", require="<= 0.1")
    ratio = rule(id="ratio", compare="min_ratio", require=">= 4/5")
    result = judged(table, gap, ratio)
    [found_gap] = [f for f in result.findings if f.rule == "gap"]
    [found_ratio] = [f for f in result.findings if f.rule == "ratio"]
    assert (found_gap.group, found_gap.reference, found_gap.value, found_gap.verdict) == ("B", "A", 0.3, Verdict.FAIL)
    assert (found_ratio.group, found_ratio.value, found_ratio.exact) == ("B", 0.5, "(300/1000) / (600/1000)")
    assert found_gap.interval.low > 0.2


def test_composite_metrics_are_compared_by_their_intervals():
    table = table_of(A={"tp": 400, "fn": 100, "fp": 100, "tn": 400}, B={"tp": 300, "fn": 200, "fp": 200, "tn": 300})
    metrics = ["balanced_accuracy", "f1", "matthews_corrcoef"]
    result = judged(table, rule(metric=metrics, compare="difference", require="<= 0.05"))
    found = {f.metric: f for f in result.findings}
    assert {f.verdict for f in found.values()} == {Verdict.FAIL}
    assert found["balanced_accuracy"].value == pytest.approx(-0.2)
    assert found["matthews_corrcoef"].value == pytest.approx(-0.4)
    assert all(f.interval.low < f.value < f.interval.high for f in found.values())


def test_intersections_cross_their_attributes():
    table = selected(A=(60, 100), B=(36, 100)).assign(h=["x", "z"] * 100)
    attributes = {"g": {"column": "g"}, "h": {"column": "h"}}
    result = judged(table, rule(), attributes=attributes, intersections=[["g", "h"]])
    crossed = {f.group: f.group_key for f in result.findings if f.attribute == "g & h"}
    assert crossed["B & x"] == {"g": "B", "h": "x"}
    assert sum(row.n for row in result.groups if row.attribute == "g & h") == 200


WAIVER = {"rule": "r", "reason": "under repair", "approved_by": "head of risk"}


@pytest.mark.parametrize(
    ("expires", "outcome", "days", "in_force"),
    [
        ("2026-12-01", Outcome.WAIVED, 10, True),
        ("2026-11-21", Outcome.WAIVED, 0, True),
        ("2026-11-20", Outcome.FAIL, 0, False),
    ],
)
def test_a_waiver_excuses_and_expires_and_never_changes_a_verdict(expires, outcome, days, in_force):
    result = judged(selected(A=(60, 100), B=(30, 100)), waivers=[{**WAIVER, "expires": expires, "group": {"g": "B"}}])
    found = by_group(result)["B"]
    assert (result.outcome, found.verdict) == (outcome, Verdict.FAIL)
    assert (found.waiver.days_left, found.waiver.in_force) == (days, in_force)


def test_an_expired_waiver_is_to_be_renewed_or_removed():
    result = judged(selected(A=(60, 100), B=(30, 100)), waivers=[{**WAIVER, "expires": "2026-01-01"}])
    assert any("expired waiver" in step for step in result.next_steps)


def test_a_waiver_that_covers_nothing_is_noted():
    result = judged(selected(A=(600, 1000), B=(600, 1000)), waivers=[{**WAIVER, "expires": "2027-01-01"}])
    assert (result.outcome, "covers no finding" in result.notes[0]) == (Outcome.PASS, True)


def test_unknown_membership_is_counted_or_grouped_or_excluded_and_adds_up():
    table = pd.concat([selected(A=(60, 100), B=(57, 100)), selected(x=(20, 50)).assign(g=None)])
    expected = {"report": (200, 50, 0), "group": (250, 0, 0), "exclude": (200, 0, 50)}
    for unknown, (analysed, without, excluded) in expected.items():
        result = judged(table, groups={"unknown": unknown})
        [rows] = result.rows.by_attribute
        assert (rows.analysed, rows.unknown, rows.excluded, rows.unusable) == (analysed, without, excluded, 0)
        assert ("(unknown)" in by_group(result)) == (unknown == "group")
        assert result.overall.n == 250


def test_sampling_weights_weigh_rates_and_widen_intervals():
    table = selected(A=(60, 100), B=(36, 100)).assign(w=[1.0, 3.0] * 100)
    data = {
        "decision": {"column": "d", "favorable": 1},
        "weight": {"column": "w", "kind": "sampling"},
    }
    weighted = by_group(judged(table, data=data))["B"]
    plain = by_group(judged(table))["B"]
    assert weighted.exact is None
    assert weighted.interval.high - weighted.interval.low > plain.interval.high - plain.interval.low


def test_a_named_test_under_sampling_weights_says_how_it_counts():
    table = selected(A=(60, 100), B=(30, 100)).assign(w=[1.0, 3.0] * 100)
    data = {"decision": {"column": "d", "favorable": 1}, "weight": {"column": "w", "kind": "sampling"}}
    result = judged(table, rule(judge="point_and_test", test="fisher"), data=data)
    assert any("effective size, in whole records" in note for note in result.method.notes)
    assert by_group(result)["B"].test is not None


def test_an_adverse_decision_turns_the_harm_of_selection():
    data = {"decision": {"column": "d", "adverse": 1}, "outcome": {"column": "y", "adverse": 1}}
    result = judged(selected(A=(60, 100), B=(36, 100)), rule(require="<= 5/4", reference="lowest"), data=data)
    assert result.metrics["selection_rate"].harm == "high"
    assert any("adverse to the person" in note for note in result.method.notes)


def test_the_same_policy_and_data_give_the_same_bytes():
    from audit.result import to_json

    table = table_of(A={"tp": 40, "fn": 10, "fp": 20, "tn": 30}, B={"tp": 30, "fn": 20, "fp": 20, "tn": 30})
    rules = [rule(metric="matthews_corrcoef", compare="difference", require="<= 0.1")]
    shuffled = table.sample(frac=1, random_state=5)
    assert to_json(judged(table, *rules)) == to_json(judged(shuffled, *rules))


@pytest.mark.parametrize("day", [datetime.date(2026, 11, 20), datetime.datetime(2026, 11, 20, 9, tzinfo=datetime.UTC)])
def test_the_day_of_an_audit_has_no_time(day):
    assert audit.run(policy_of(rule()), selected(A=(60, 100), B=(50, 100)), as_of=day).provenance.as_of == "2026-11-20"


def test_what_is_given_in_the_wrong_place_is_an_error_that_says_so(tmp_path):
    table = selected(A=(60, 100), B=(50, 100))
    with pytest.raises(AuditError, match="a DataFrame is not a policy; give the policy first and then the table"):
        audit.run(table, "policy.yaml")
    with pytest.raises(AuditError, match=r"as_of: expected a day, such as .*, found '2026-11-20'"):
        audit.run(policy_of(rule()), table, as_of="2026-11-20")
    result = audit.run(policy_of(rule()), table)
    with pytest.raises(AuditError, match="no format 'htm'; did you mean 'html'"):
        audit.write(result, tmp_path, formats=("json", "htm"))
    assert not list(tmp_path.iterdir())
    assert audit.write(result, tmp_path, formats="json") == [tmp_path / "result.json"]
