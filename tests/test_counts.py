"""Counts add up, are saved and read back, and refuse what does not belong together."""

import functools
import json
import operator
from dataclasses import replace

import numpy as np
import pandas as pd
import pydantic_core
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.counts import countfile
from audit.counts.group import pooled
from audit.errors import DataError
from audit.scanning import scan
from audit.sources.source import open_table
from audit.values import AttributeColumn, BinaryColumn, Plan, WeightColumn

PLAN = Plan(
    attributes=(AttributeColumn(name="g", column="g"), AttributeColumn(name="h", column="h")),
    decision=BinaryColumn(role="decision", column="d", positive=("1",), unusable="exclude"),
    outcome=BinaryColumn(role="outcome", column="y", positive=("1",), unusable="exclude"),
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", None]),
        st.sampled_from(["x", "z", None]),
        st.sampled_from(["0", "1", None]),
        st.sampled_from(["0", "1"]),
    ),
    min_size=1,
    max_size=40,
)


def counted(rows, plan=PLAN):
    table = pd.DataFrame(rows, columns=["g", "h", "d", "y"]) if isinstance(rows, list) else rows
    with open_table(table, scan.columns(plan)) as source:
        return scan.count(source, plan)


@settings(max_examples=25, deadline=None)
@given(ROWS, ROWS)
def test_parts_add_to_the_whole(first, second):
    parts = counted(first) + counted(second)
    whole = counted(first + second)
    assert countfile.to_json(replace(parts, notes=())) == countfile.to_json(replace(whole, notes=()))
    assert [parts.levels(name) for name in ("g", "h")] == [whole.levels(name) for name in ("g", "h")]
    assert parts.groups(["g", "h"]) == whole.groups(["g", "h"])


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_every_row_is_in_one_place(rows):
    found = counted(rows)
    assert found.read == len(rows)
    for attributes in (["g"], ["h"], ["g", "h"]):
        grouped = sum(group.n for group in found.groups(attributes))
        assert grouped == found.known(attributes)
        assert grouped + found.unknown(attributes) + sum(found.unusable().values()) == len(rows)
    assert found.everyone().n == len(rows) - sum(found.unusable().values())


@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_counts_are_read_back_as_they_were_saved(rows, tmp_path_factory):
    found = counted(rows)
    path = tmp_path_factory.mktemp("counts") / "a.counts"
    countfile.save(found, path)
    back = countfile.load(path)
    assert countfile.to_json(back) == countfile.to_json(found) == path.read_text()


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 2**62)).map(lambda numbers: np.array(numbers, dtype=np.int64))
    | st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e16, 1e-4, 9e-5, -0.0])).map(
        lambda numbers: np.array(numbers, dtype=np.float64)
    )
)
def test_a_column_is_written_as_json_writes_it_and_read_back_to_the_last_bit(column):
    written = countfile._numbers(column)
    assert written == json.dumps(column.tolist(), separators=(",", ":")).encode()
    assert pydantic_core.from_json(written) == column.tolist()


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_written(odd):
    with pytest.raises(ValueError, match="not JSON compliant"):
        countfile._numbers(np.array([1.0, odd]))


def test_groups_of_a_crossing_add_up_to_the_groups_of_each_attribute():
    found = counted([("A", "x", "1", "1"), ("A", "z", "0", "1"), ("B", "x", "1", "0"), ("B", "x", "1", "0")])
    crossed = [group for group in found.groups(["g", "h"]) if group.key["g"] == "B"]
    [alone] = [group for group in found.groups(["g"]) if group.name == "B"]
    assert pooled(crossed).cells == alone.cells


def test_counts_of_other_plans_are_not_added():
    other = Plan(attributes=PLAN.attributes[:1], decision=PLAN.decision)
    rows = [("A", "x", "1", "1")]
    with pytest.raises(DataError, match="different plans"):
        counted(rows) + counted(rows, other)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": 99}', '{"schema": 1, "cells": 3}', "[" * 9_999])
def test_a_file_that_holds_no_counts_is_refused(text, tmp_path):
    path = tmp_path / "a.counts"
    path.write_text(text)
    with pytest.raises(DataError, match=r"a\.counts"):
        countfile.load(path)


#: Where something else is put into a file of counts, and why it then holds none.
CHANGES = {
    "fewer than none": (("tables", 0, "sums", "n", 0), -5, "a number of rows that there cannot be"),
    "half a row": (("tables", 0, "sums", "n", 0), 1.5, "a number of rows that there cannot be"),
    "more than all": (("tables", 0, "sums", "n", 0), 1e300, "a number of rows that there cannot be"),
    "endless weight": (("tables", 0, "sums", "weight"), [1.0, 1e999], "a weight that there cannot be"),
    "negative weight": (("tables", 0, "sums", "weight"), [1.0, -1.0], "a weight that there cannot be"),
    "nothing": (("tables", 0, "sums", "n", 0), None, "a sum is missing"),
    "another place": (("tables", 0, "keys", "@g", "places", 0), -1, "a g that there is not"),
    "another cell": (("tables", 0, "keys", "cell", "values", 0), "xx", "a cell that there is not"),
    "another attribute": (("tables", 0, "attributes", 0), "q", "a key is missing"),
    "no table": (("tables",), [], "tables of no rows"),
    "no groups": (("declared",), {}, "an attribute without its groups"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_of_counts_that_was_changed_into_none_is_refused(change, tmp_path):
    where, what, why = CHANGES[change]
    plain = json.loads(countfile.to_json(counted([("A", "x", "1", "1"), ("B", "x", "0", "1")])))
    *inside, last = where
    functools.reduce(operator.getitem, inside, plain)[last] = what
    (tmp_path / "a.counts").write_text(json.dumps(plain).replace("Infinity", "1e999"))

    with pytest.raises(DataError, match=rf"a\.counts: this file does not hold counts \({why}"):
        countfile.load(tmp_path / "a.counts")


def test_tables_of_other_rows_are_no_counts(tmp_path):
    plain = json.loads(countfile.to_json(counted([("A", "x", "1", "1"), ("B", "x", "0", "1")])))
    plain["tables"].append(json.loads(countfile.to_json(counted([("A", "x", "1", "1")])))["tables"][0])
    (tmp_path / "a.counts").write_text(json.dumps(plain))
    with pytest.raises(DataError, match="tables of 1 and 2 rows"):
        countfile.load(tmp_path / "a.counts")


def test_an_attribute_may_have_the_name_of_a_sum():
    plan = Plan(
        attributes=tuple(AttributeColumn(name=name, column="g") for name in ("n", "weight", "cell")),
        decision=PLAN.decision,
    )
    found = counted([("A", "x", "1", "1"), ("B", "z", "0", "1")], plan)
    assert [group.name for group in found.groups(["n", "weight", "cell"])] == ["A & A & A", "B & B & B"]


def test_weights_are_added_exactly_whatever_the_order():
    plan = Plan(
        attributes=PLAN.attributes[:1], decision=PLAN.decision, weight=WeightColumn(column="w", kind="sampling")
    )
    table = pd.DataFrame({"g": ["A"] * 1000, "d": ["1"] * 1000, "w": [0.1 + i / 7 for i in range(1000)]})
    found, turned = counted(table, plan), counted(table[::-1], plan)
    assert countfile.sha256(found) == countfile.sha256(turned)
    assert found.tables[0].cells["weight"].sum() == pytest.approx(table["w"].sum(), rel=1e-15)
    assert found.tables[0].cells["weight2"].sum() == pytest.approx((table["w"] ** 2).sum(), rel=1e-14)


def test_a_crossing_into_too_many_cells_is_refused_with_the_widest_columns():
    table = pd.DataFrame({"g": [str(i) for i in range(200)], "h": "x", "d": "1", "y": "1"})
    with (
        open_table(table, scan.columns(PLAN)) as source,
        pytest.raises(DataError, match=r"about 200 cells, and 100 can be held.*'g'"),
    ):
        scan.count(source, PLAN, most_cells=100)


def test_the_json_of_counts_holds_no_rows():
    plain = json.loads(countfile.to_json(counted([("A", "x", "1", "1")] * 50)))
    [table] = plain["tables"]
    assert {name: key["values"] for name, key in table["keys"].items()} == {
        "@g": ["A", None],
        "@h": ["x", None],
        "cell": ["tp", None],
        "unusable": [None],
    }
    assert table["sums"] == {"n": [50], "weight": "n", "weight2": "n"}
