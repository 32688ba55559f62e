"""Requirements are read exactly, and one that could never fail or never pass is refused with the reason."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit.policy.requirement import never, parse, possible, region, subset
from audit.policy.scalars import exact, terse
from audit.values import Region


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (">= 4/5", Fraction(4, 5), None),
        ("<= 0.05", None, Fraction(1, 20)),
        ("0.8 to 1.25", Fraction(4, 5), Fraction(5, 4)),
        (" >=.5 ", Fraction(1, 2), None),
        (">= -0.05", Fraction(-1, 20), None),
        ("-0.05 to 0.05", Fraction(-1, 20), Fraction(1, 20)),
        ("<= 2", None, Fraction(2)),
    ],
)
def test_requirements_are_exact_fractions(text, low, high):
    found = parse(text)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("< 0.05", "strict"),
        ("> 4/5", "strict"),
        (">= 80%", "percent"),
        ("4/5", "expected '>= 4/5'"),
        ("1.25 to 0.8", "did you mean '0.8 to 1.25'"),
        (">= 4/0", "like 0.8 or 4/5"),
        (">= 0.1234567890123456789", "18 digits"),
        ("", "expected"),
        (">= four", "expected"),
        ("0.8 - 1.25", "expected"),
        (">= 0.5/2", "like 0.8"),
        ("≥ 4/5", "expected"),
    ],
)
def test_what_cannot_be_read_says_which_forms_there_are(text, reason):
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        parse(text)


@pytest.mark.parametrize(
    ("text", "compare", "low", "high"),
    [
        ("<= 0.05", "difference", Fraction(-1, 20), Fraction(1, 20)),
        (">= -0.05", "difference", Fraction(-1, 20), None),
        ("-0.1 to 0.05", "difference", Fraction(-1, 10), Fraction(1, 20)),
        (">= 4/5", "ratio", Fraction(4, 5), None),
        ("<= 5/4", "ratio", None, Fraction(5, 4)),
        (">= 0.3", "value", Fraction(3, 10), None),
        ("<= 0.05", "max_gap", Fraction(0), Fraction(1, 20)),
        (">= 4/5", "min_ratio", Fraction(4, 5), Fraction(1)),
    ],
)
def test_each_comparison_gives_its_own_meaning_to_a_limit(text, compare, low, high):
    assert region(text, compare) == Region(low=low, high=high)


@pytest.mark.parametrize(
    ("text", "compare", "reference", "metric", "verb"),
    [
        ("<= 1", "ratio", "highest", "selection_rate", "fail"),
        ("<= 1.25", "ratio", "highest", "selection_rate", "fail"),
        (">= 1", "ratio", "lowest", "selection_rate", "fail"),
        (">= 4/5", "ratio", "lowest", "selection_rate", "fail"),
        (">= -0.05", "difference", "lowest", "selection_rate", "fail"),
        (">= -1", "difference", "rest", "selection_rate", "fail"),
        ("<= 1.5", "difference", "rest", "selection_rate", "fail"),
        (">= -0.1", "ratio", "rest", "selection_rate", "fail"),
        ("<= -0.1", "ratio", "rest", "selection_rate", "pass"),
        ("<= -0.05", "difference", "highest", "selection_rate", "pass"),
        (">= 0.05", "difference", "highest", "selection_rate", "pass"),
        (">= 1.2", "ratio", "highest", "selection_rate", "pass"),
        ("<= 0.9", "ratio", "lowest", "selection_rate", "pass"),
        (">= 1.2", "value", None, "selection_rate", "pass"),
        ("<= 1", "value", None, "selection_rate", "fail"),
        ("0 to 1", "value", None, "selection_rate", "fail"),
        (">= -1", "value", None, "matthews_corrcoef", "fail"),
        ("<= -1.1", "value", None, "matthews_corrcoef", "pass"),
        ("<= 1", "max_gap", None, "selection_rate", "fail"),
        (">= 0", "min_ratio", None, "selection_rate", "fail"),
        (">= 1.1", "min_ratio", None, "selection_rate", "pass"),
        (">= 0.05", "max_gap", None, "selection_rate", "is to be small"),
        ("0 to 0.05", "max_gap", None, "selection_rate", "is to be small"),
        ("<= 0.05", "min_ratio", None, "selection_rate", "is to be near 1"),
    ],
)
def test_a_rule_that_could_never_fail_or_never_pass_is_refused(text, compare, reference, metric, verb):
    assert verb in (never(text, compare, metric, reference) or "")


@pytest.mark.parametrize(
    ("text", "compare", "reference", "metric"),
    [
        (">= 4/5", "ratio", "highest", "selection_rate"),
        ("<= 1.25", "ratio", "lowest", "selection_rate"),
        ("0.8 to 1.25", "ratio", "fixed", "selection_rate"),
        (">= 1", "ratio", "highest", "selection_rate"),
        ("<= 0.05", "difference", "highest", "selection_rate"),
        ("<= 0.05", "difference", "lowest", "selection_rate"),
        ("<= 0", "difference", "rest", "selection_rate"),
        ("<= 1.5", "difference", "rest", "matthews_corrcoef"),
        (">= -0.2", "value", None, "matthews_corrcoef"),
        ("<= 0.05", "max_gap", None, "selection_rate"),
        (">= 4/5", "min_ratio", None, "selection_rate"),
    ],
)
def test_a_rule_that_can_pass_and_fail_is_accepted(text, compare, reference, metric):
    assert never(text, compare, metric, reference) is None


limits = st.fractions(min_value=-3, max_value=3, max_denominator=50)


@given(limit=limits, at_least=st.booleans(), compare=st.sampled_from(["ratio", "difference", "value"]),
       kind=st.sampled_from(["highest", "lowest", "rest"]), value=limits)  # fmt: skip
def test_never_is_right_about_every_value_that_can_occur(limit, at_least, compare, kind, value):
    text = f"{'>=' if at_least else '<='} {limit}"
    if not possible(compare, "accuracy", kind).holds(value):
        return
    reason = never(text, compare, "accuracy", kind)
    if reason is not None:
        assert region(text, compare).holds(value) == ("never fail" in reason)


@example(Fraction(1, 2**19))
@given(st.fractions(max_denominator=10**9, min_value=-(10**6), max_value=10**6))
def test_terse_text_reads_back_as_the_same_fraction(number):
    assert exact(terse(number)) == number


def test_a_region_is_a_subset_of_itself_and_of_a_wider_one():
    narrow, wide = Region(low=Fraction(4, 5), high=Fraction(1)), Region(low=Fraction(3, 4))
    assert subset(narrow, narrow)
    assert subset(narrow, wide)
    assert not subset(wide, narrow)
