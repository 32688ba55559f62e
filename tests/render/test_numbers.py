"""The rounding of numbers for readers: never onto a limit, never across one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.numbers import PERCENT, POINTS, RATIO, Unit, bounds, count, number, percent, show, span
from audit.render.terms import p_value

VALUES = st.floats(-10, 10, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-9)
LIMITS = st.decimals(-2, 2, places=3).map(float)


def read(text: str) -> Decimal:
    """The number that a reader sees."""
    return Decimal(text.replace("−", "-").replace("+", "").replace(",", "").rstrip("%"))


def side(value: Decimal, limit: Decimal) -> int:
    return (value > limit) - (value < limit)


@given(VALUES, LIMITS)
def test_the_shown_number_is_on_the_same_side_of_the_limit_as_the_exact_one(value: float, limit: float) -> None:
    exact, fence = Decimal(repr(value)), Decimal(repr(limit))
    assert side(read(number(value, limit=limit)), fence) == side(exact, fence)


@given(VALUES, LIMITS, st.sampled_from([RATIO, PERCENT, POINTS]))
def test_no_unit_rounds_a_number_onto_its_limit(value: float, limit: float, unit: Unit) -> None:
    exact, fence = Decimal(repr(value)) * unit.scale, Decimal(repr(limit)) * unit.scale
    assert side(read(show(value, unit, limit)), fence) == side(exact, fence)


@given(VALUES)
def test_rounding_moves_a_number_by_no_more_than_half_its_last_digit(value: float) -> None:
    assert abs(read(number(value)) - Decimal(repr(value))) <= Decimal("0.005")


@given(
    st.sampled_from([1 / 3, 2 / 3, 1 / 7, 0.123456, 0.12345]), st.floats(-1e-3, 1e-3), st.sampled_from([RATIO, PERCENT])
)
def test_a_limit_that_is_written_short_still_has_each_number_on_its_side(limit: float, off: float, unit: Unit) -> None:
    value, written = limit + off, read(bounds(limit, None, unit).lstrip("≥ "))
    assert side(read(show(value, unit, limit)), written) == side(Decimal(repr(value)), Decimal(repr(limit)))


def test_a_number_at_its_limit_is_written_as_the_limit_is() -> None:
    assert show(2 / 3, RATIO, 2 / 3) == "0.6667"
    assert bounds(2 / 3, None, RATIO) == "≥ 0.6667"
    assert show(1 / 3, PERCENT, 1 / 3) == "33.3333%"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (number(0.7996), "0.80"),
        (number(0.7996, limit=0.8), "0.7996"),
        (number(0.8, limit=0.8), "0.80"),
        (number(None), "–"),
        (percent(0.3412), "34.1%"),
        (percent(0.00004, limit=0.0), "0.004%"),
        (show(-0.106, POINTS), "−10.6"),
        (show(0.106, POINTS), "+10.6"),
        (show(0.0, POINTS), "0.0"),
        (count(48210), "48,210"),
        (count(1234.5), "1,234.5"),
        (count(None), "withheld"),
        (span(0.741, None, RATIO), "0.74 to unbounded"),
        (span(None, 0.7996, RATIO, 0.8), "unbounded to 0.7996"),
        (bounds(0.8, None, RATIO), "≥ 0.80"),
        (bounds(None, 0.05, PERCENT), "≤ 5%"),
        (bounds(-0.05, 0.05, POINTS), "±5"),
        (bounds(0.8, 1.25, RATIO), "0.80 to 1.25"),
        (bounds(None, None, RATIO), "no limit"),
        (p_value(0.04996), "0.04996"),
        (p_value(1e-12), "below 0.001"),
    ],
)
def test_numbers_read_as_people_write_them(written: str, expected: str) -> None:
    assert written == expected
