"""The worked examples of the Uniform Guidelines' questions and answers, and four fifths in whole numbers."""

from __future__ import annotations

import datetime
from fractions import Fraction

import pandas as pd
import pytest

from audit.engine import run
from audit.values import Verdict

DAY = datetime.date(2026, 11, 21)


def audited(counts, pack="mandated/us-ugesp", **rule):
    """An audit of so many selected of so many, by group."""
    rows = [(group, int(n < selected)) for group, (selected, of) in counts.items() for n in range(of)]
    policy = {
        "evenhand": 1,
        "title": "Selection",
        "extends": pack,
        "data": {"decision": {"column": "selected", "favorable": 1, "otherwise": [0]}},
        "attributes": {"race_ethnicity": {"column": "race"}},
    }
    if rule:
        policy["rules"] = [{"id": "four-fifths", **rule}]
    return run(policy, pd.DataFrame(rows, columns=["race", "selected"]), as_of=DAY)


def found(result, group, rule="four-fifths"):
    return next(one for one in result.findings if (one.rule, one.group) == (rule, group))


def test_in_question_11_only_the_ratio_of_three_quarters_is_flagged_and_exactly_four_fifths_is_not():
    counts = {"White": (60, 100), "American Indian": (45, 100), "Hispanic": (48, 100), "Black": (51, 100)}
    result = audited(counts, judge="point")
    verdicts = {one.group: (one.value, one.verdict) for one in result.findings if one.rule == "four-fifths"}
    assert verdicts == {
        "American Indian": (0.75, Verdict.FAIL),
        "Hispanic": (0.8, Verdict.PASS),
        "Black": (0.85, Verdict.PASS),
    }


def test_in_question_12_half_the_rate_is_adverse_impact_and_no_chance():
    one = found(audited({"White": (48, 80), "Black": (12, 40)}), "Black")
    assert (one.value, one.verdict) == (0.5, Verdict.FAIL)
    assert one.test.p_value == pytest.approx(0.003409221767849183, rel=1e-9)


def test_in_question_21_one_other_selection_would_reverse_it_so_nothing_is_claimed():
    one = found(audited({"White": (16, 80), "Black": (3, 20)}), "Black")
    assert (one.value, one.verdict) == (0.75, Verdict.INCONCLUSIVE)
    assert one.test.p_value == pytest.approx(0.7570620588220176, rel=1e-9)
    assert one.flip.reverses


def test_a_large_sample_finds_a_difference_that_does_not_matter_and_the_pack_reports_both():
    """One published audit of 2024: a ratio of 0.92, and 36.9 standard deviations."""
    counts = {"White": (26080, 53160), "Black": (18729, 41398)}
    result = audited(counts)
    assert found(result, "Black").verdict == Verdict.PASS
    difference = found(result, "Black", "difference")
    assert (difference.verdict, difference.effect) == (Verdict.NOT_JUDGED, "report")
    assert difference.test.p_value < 1e-20


def test_two_standard_deviations_are_those_of_the_pooled_rate():
    """Black and Asian women of a published audit of 2023."""
    pack = "conventions/two-standard-deviations"
    one = found(audited({"Asian": (1396, 1531), "Black": (189, 250)}, pack), "Black", "two-standard-deviations")
    assert one.test.statistic == pytest.approx(-7.299222591163914, rel=1e-9)
    assert one.verdict != Verdict.FAIL  # its ratio is 0.829


@pytest.mark.parametrize(
    ("counts", "z", "verdict"),
    [
        ({"White": (26080, 53160), "Black": (18729, 41398)}, None, Verdict.FAIL),
        ({"Asian": (1396, 1531), "Black": (189, 250)}, -7.299222591163914, Verdict.FAIL),
        ({"White": (48, 80), "Black": (12, 40)}, -3.098386676965933, Verdict.FAIL),
        ({"White": (16, 80), "Black": (3, 20)}, -0.5098127419345818, Verdict.INCONCLUSIVE),
        ({"White": (115, 133), "Black": (2, 4)}, -2.035, Verdict.INCONCLUSIVE),
    ],
)
def test_the_number_of_standard_deviations_is_reported_and_an_exact_test_decides(counts, z, verdict):
    """The last case is more than two standard deviations, and p = .102 by the exact test."""
    result = audited(counts, "mandated/us-two-sd")
    assert found(result, "Black", "beyond-chance").verdict == verdict
    reported = found(result, "Black", "standard-deviations")
    assert reported.verdict == Verdict.NOT_JUDGED
    if z is not None:
        assert reported.test.statistic == pytest.approx(z, rel=1e-9 if z != -2.035 else 5e-4)


def test_few_selections_are_more_than_two_deviations_and_no_failure_by_an_exact_test():
    """2 of 4 against 115 of 133: the pooled test says p = .042, Fisher's .102."""
    counts = {"White": (115, 133), "Black": (2, 4)}
    assert found(audited(counts), "Black").verdict == Verdict.INCONCLUSIVE
    assert found(audited(counts), "Black").test.p_value == pytest.approx(0.102, abs=5e-4)


# ---- four fifths in whole numbers ----------------------------------------------------------------------------------


def traps():
    """Counts whose ratio is exactly four fifths, and below it once rates are divided as floating-point numbers."""
    return [
        (x1, n1, x0, n0)
        for n0 in range(1, 101)
        for x0 in range(1, n0 + 1)
        for n1 in range(1, 61)
        for x1 in ([4 * x0 * n1 // (5 * n0)] if 4 * x0 * n1 % (5 * n0) == 0 else [])
        if 0 < x1 <= n1 and (x1 / n1) / (x0 / n0) < 0.8
    ]


def test_there_are_2086_counts_at_which_floating_point_numbers_would_flag_four_fifths():
    found = traps()
    assert len(found) == 2086
    assert (3, 5, 3, 4) in found
    assert {Fraction(x1, n1) / Fraction(x0, n0) for x1, n1, x0, n0 in found} == {Fraction(4, 5)}


@pytest.mark.parametrize(("x1", "n1", "x0", "n0"), traps()[:: 2086 // 12])
def test_exactly_four_fifths_is_never_flagged(x1, n1, x0, n0):
    one = found(audited({"White": (x0, n0), "Black": (x1, n1)}, judge="point", reference="highest"), "Black")
    assert one.verdict == Verdict.PASS
    assert Fraction(one.exact.split(" / ")[0].strip("()")) / Fraction(
        one.exact.split(" / ")[1].strip("()")
    ) == Fraction(4, 5)
