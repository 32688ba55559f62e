"""Columns of keys in places: against pandas, value by value."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.counts.celltable import CellTable
from audit.counts.coded import coded, meant

TEXTS = st.lists(st.one_of(st.none(), st.sampled_from(["b", "a", "", "ä", "B", "10", "9"])), max_size=30)


@given(TEXTS)
def test_a_column_comes_back_as_it_was(texts: list[str | None]) -> None:
    assert list(coded(pd.Series(texts, dtype=object)).objects) == texts


@given(TEXTS)
def test_rows_are_counted_by_key_the_missing_ones_first(texts: list[str | None]) -> None:
    n = np.arange(1, len(texts) + 1)
    rows = coded(pd.Series(texts, dtype=object)).rows(n)
    wanted = pd.Series(n).groupby(pd.Series(texts, dtype=object), sort=True).sum().to_dict()
    missing = int(n[[text is None for text in texts]].sum())
    assert rows == ({None: missing} if missing else {}) | wanted
    assert list(rows) == ([None] if missing else []) + sorted(wanted, key=str)


def test_keys_that_mean_the_same_become_one() -> None:
    column = coded(pd.Series(["x", "y", "z", None], dtype=object)).mapped({"x": "group", "y": "group", "z": None})
    assert list(column.objects) == ["group", "group", None, None]
    assert list(column.values) == ["group", None]
    assert list(column.known) == [True, True, False, False]


def test_a_missing_key_may_have_a_meaning() -> None:
    column = coded(pd.Series(["x", None], dtype=object)).mapped({"x": True, None: "decision missing"})
    assert list(column.objects) == [True, "decision missing"]


def test_meanings_of_several_kinds_stay_apart() -> None:
    column = meant([True, "missing", False, None], np.array([3, 0, 1, 2]))
    assert list(column.objects) == [None, True, "missing", False]


@pytest.mark.parametrize("column", [[np.nan, 2.5, 1.0], [1.0, 1.0]])
def test_numbers_are_keys_too(column: list[float]) -> None:
    found = coded(pd.Series(column)).objects
    assert [None if np.isnan(one) else one for one in column] == list(found)


@pytest.mark.parametrize(("seen", "codes"), [(2**18, 2**62), (0, 2**62), (0, 20)])
@given(rows=st.lists(st.tuples(*[st.sampled_from(["a", "b", "c", None])] * 4), max_size=40))
def test_cells_are_put_together_in_order_however_many_keys_there_may_be(rows, seen, codes) -> None:
    names = ["w", "x", "y", "z"]
    table = CellTable(attributes=(), cells=pd.DataFrame(rows, columns=names, dtype=object))
    with mock.patch.multiple("audit.counts.coded", _MOST_SEEN=seen, _MOST_CODES=codes):
        found = table.grouped(names, np.ones(len(rows), dtype=bool))
    ordered = sorted(set(rows), key=lambda row: [(one is None, one or "") for one in row])
    assert list(found.keys) == ordered
    assert [found.keys[place] for place in found.places] == rows
