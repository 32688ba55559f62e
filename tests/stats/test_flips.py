"""One person's weight in the four-fifths rule: against every table tried one by one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.stats.flips import Table, changes_to_meet, single, swaps_to_meet

FOUR_FIFTHS = Fraction(4, 5)
parts = st.integers(0, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(parts, parts).map(lambda p: Table(x1=p[0][0], n1=p[0][1], x2=p[1][0], n2=p[1][1]))
limits = st.fractions(0, 2, max_denominator=20)


def violates(table, limit):
    """None where the ratio has no meaning, as the rule read out."""
    if not table.n1 or not table.n2 or not table.x1 + table.x2:
        return None
    return table.x1 * table.n2 * limit.denominator < limit.numerator * table.x2 * table.n1


def meets(limit):
    """Whether a table keeps the limit, None where the ratio has no meaning or there is no such table."""

    def told(table):
        broken = violates(table, limit) if table.possible else None
        return None if broken is None else not broken

    return told


def test_one_person_of_ten_changes_the_answer():
    table = Table(x1=4, n1=10, x2=5, n2=9)
    assert single(table, meets(FOUR_FIFTHS)).decision
    assert changes_to_meet(table, "ratio", low=FOUR_FIFTHS) == swaps_to_meet(table, FOUR_FIFTHS) == 1


def test_thirty_of_a_hundred_against_forty_five_lack_six_selections_or_four_places():
    table = Table(x1=30, n1=100, x2=45, n2=100)
    assert (changes_to_meet(table, "ratio", low=FOUR_FIFTHS), swaps_to_meet(table, FOUR_FIFTHS)) == (6, 4)
    assert single(table, meets(FOUR_FIFTHS)) == (False, False)
    assert table.ratio == Fraction(2, 3)


def test_exactly_four_fifths_is_met_and_hangs_on_one_person():
    table = Table(x1=16, n1=50, x2=20, n2=50)
    assert single(table, meets(FOUR_FIFTHS)) == (True, True)
    assert changes_to_meet(table, "ratio", low=FOUR_FIFTHS) == swaps_to_meet(table, FOUR_FIFTHS) == 0


@pytest.mark.parametrize("table", [Table(x1=0, n1=0, x2=2, n2=5), Table(x1=0, n1=4, x2=0, n2=5)])
def test_without_a_ratio_there_is_nothing_to_flip(table):
    assert table.ratio is None
    assert single(table, meets(FOUR_FIFTHS)) == (None, None)
    assert changes_to_meet(table, "ratio", low=FOUR_FIFTHS) is swaps_to_meet(table, FOUR_FIFTHS) is None


@given(tables, limits)
def test_what_one_person_changes_is_found_by_trying(table, limit):
    now, found = violates(table, limit), single(table, meets(limit))
    if now is None:
        assert found == (None, None)
        return
    decisions = [table.plus(x1=1), table.plus(x1=-1), table.plus(x2=1), table.plus(x2=-1)]
    left_out = [table.plus(x1=-1, n1=-1), table.plus(n1=-1), table.plus(x2=-1, n2=-1), table.plus(n2=-1)]
    for others, said in ((decisions, found.decision), (left_out, found.left_out)):
        assert said == any(violates(other, limit) is (not now) for other in others if other.possible)


@given(tables, limits, st.none() | limits, st.sampled_from(["ratio", "difference"]))
def test_the_number_of_decisions_to_change_is_the_smallest_that_is_enough(table, low, high, of):
    low = low - 1 if of == "difference" else low

    def within(x1):
        value = getattr(Table(x1=x1, n1=table.n1, x2=table.x2, n2=table.n2), of)
        return value is not None and low <= value and (high is None or value <= high)

    enough = [x1 - table.x1 for x1 in range(table.n1 + 1) if within(x1)]
    found = changes_to_meet(table, of, low=low, high=high)
    assert found == (min(enough, key=abs) if enough else None)


@given(tables, limits)
def test_the_number_of_places_to_pass_on_is_the_smallest_that_is_enough(table, limit):
    moved = (table.plus(x1=s, x2=-s) for s in range(min(table.n1 - table.x1, table.x2) + 1))
    enough = [s for s, one in enumerate(moved) if table.ratio is not None and not violates(one, limit)]
    assert swaps_to_meet(table, limit) == (enough[0] if enough else None)
