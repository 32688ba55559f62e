"""The ranges that complementary suppression leaves, beside a search through all tables."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from audit.stats.suppression import System, protected, ranges


def table_of(cells):
    """A table with its row sums, column sums and total: cells and sums are items, and the sums add up by law."""
    cells = np.array(cells, dtype=float)
    rows, columns = cells.shape
    truth = np.concatenate([cells.ravel(), cells.sum(axis=1), cells.sum(axis=0), [cells.sum()]])
    laws = [
        [(rows * columns + row, 1), *((row * columns + column, -1) for column in range(columns))] for row in range(rows)
    ]
    laws += [
        [(rows * columns + rows + column, 1), *((row * columns + column, -1) for row in range(rows))]
        for column in range(columns)
    ]
    laws.append([(len(truth) - 1, 1), *((rows * columns + row, -1) for row in range(rows))])
    matrix = np.zeros((len(laws), len(truth)))
    for place, law in enumerate(laws):
        for cell, times in law:
            matrix[place, cell] = times
    return System(
        truth=truth,
        laws=csr_array(matrix),
        facts=csr_array((0, len(truth))),
        pieces=csr_array(np.eye(len(truth))),
        items=np.arange(len(truth)),
        costs=truth + 1000 * (np.arange(len(truth)) >= rows * columns),
    )


def only(system, *places):
    """The counts at some places, as sums."""
    return csr_array(np.eye(len(system.truth))[list(places)])


def test_one_withheld_cell_follows_from_its_sums():
    system = table_of([[3, 20], [30, 40]])
    assert ranges(system, only(system, 0), [0]) == (pytest.approx([3]), pytest.approx([3]))


def test_four_withheld_cells_leave_a_range():
    system = table_of([[3, 20, 50], [30, 40, 60]])
    low, high = ranges(system, only(system, 0, 1), [0, 1, 3, 4])
    assert (low, high) == (pytest.approx([0, 0]), pytest.approx([23, 23]))


def test_the_cheapest_cells_are_withheld_with_a_small_one():
    system = table_of([[3, 20, 50], [30, 40, 60]])
    gone = protected(system, only(system, 0), width=np.array([10.0]), withheld=[0], implied={})
    assert gone == {0, 1, 3, 4}


def test_what_goes_with_an_item_goes_with_it():
    system = table_of([[3, 20], [30, 40]])
    gone = protected(system, only(system, 0), width=np.array([0.0]), withheld=[0], implied={0: (3,), 3: (2,)})
    assert gone == {0, 3, 2}


def test_what_laws_alone_hold_in_place_is_left_as_it_is():
    system = table_of([[0, 0], [0, 5]])
    none = csr_array(np.zeros((1, len(system.truth))))
    assert protected(system, none, width=np.array([1.0]), withheld=[], implied={}) == frozenset()


def test_facts_narrow_a_range():
    system = table_of([[3, 20], [30, 40]])
    row = np.zeros((1, len(system.truth)))
    row[0, 0], row[0, 1] = 1, -0.5
    known = System(**{**vars(system), "facts": csr_array(row)})
    _, high = ranges(known, only(system, 0), [0, 1, 2, 3])
    assert high[0] == pytest.approx(23 / 3, abs=1e-4)


small_tables = st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=2, max_size=2)


@settings(max_examples=40, deadline=None)
@given(cells=small_tables)
def test_ranges_are_those_of_all_tables_with_the_same_sums(cells):
    system = table_of(cells)
    rows, columns = np.sum(cells, axis=1), np.sum(cells, axis=0)
    tops = [range(int(top) + 1) for top in columns]
    first = [row for row in itertools.product(*tops) if sum(row) == rows[0]]
    low, high = ranges(system, only(system, 0, 1, 2), range(6))
    assert low == pytest.approx(np.min(first, axis=0), abs=1e-6)
    assert high == pytest.approx(np.max(first, axis=0), abs=1e-6)
