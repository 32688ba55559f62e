"""Which tables a scan counts: all crossed where that is small, each crossing alone where it is not, or a refusal."""

from __future__ import annotations

import time
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import engine
from audit.counts import countfile
from audit.errors import DataError
from audit.scanning import layout, scan
from audit.sources.source import open_table
from audit.values import AttributeColumn, BinaryColumn, Plan, ScoreRange, TimeColumn, WeightColumn
from tests.making import policy_of, rule

ATTRIBUTES = tuple(AttributeColumn(name=name, column=name) for name in "abc")
DECISION = BinaryColumn(role="decision", column="d", positive=("1",), unusable="exclude")
OUTCOME = BinaryColumn(role="outcome", column="y", positive=("1",))
PAIRS = (("a", "b"), ("a", "c"), ("b", "c"))
PLAN = Plan(attributes=ATTRIBUTES, decision=DECISION, outcome=OUTCOME, crossings=PAIRS)


def counted(table, plan=PLAN, **limits):
    with open_table(table, scan.columns(plan)) as source:
        return scan.count(source, plan, **limits)


def laid_out(table, plan=PLAN, **limits):
    with open_table(table, scan.columns(plan)) as source:
        return scan.prepare(source, plan, **limits).groupings


def wide(n, sizes=(300, 300, 20), seed=1):
    draw = np.random.default_rng(seed)
    columns = {name: draw.integers(0, size, n).astype(str) for name, size in zip("abc", sizes, strict=True)}
    columns["a"] = np.where(draw.random(n) < 0.01, None, columns["a"])
    return pd.DataFrame(
        {**columns, "d": draw.choice(["0", "1", "?"], n, p=[0.5, 0.49, 0.01]), "y": draw.integers(0, 2, n)}
    )


def strict(plan):
    """The same where a decision has declared values, so that others can be excluded."""
    return replace(plan, decision=replace(DECISION, negative=("0",)))


def by_hand(table, names):
    """Rows by group and cell, counted by pandas; those without a decision left out."""
    known = table[table["d"] != "?"].dropna(subset=list(names))
    chosen, positive = known["d"] == "1", known["y"] == 1
    cell = np.select([chosen & positive, chosen, positive], ["tp", "fp", "fn"], "tn")
    return known.groupby([known[name] for name in names] + [pd.Series(cell, known.index)]).size().to_dict()


def found_in(counts, names):
    groups = counts.groups(names)
    return {(*group.key.values(), cell): sums.n for group in groups for cell, sums in group.cells.items()}


def test_few_cells_are_one_table():
    [grouping] = laid_out(wide(30_000, (4, 5, 6)), strict(PLAN))
    assert grouping.attributes == ("a", "b", "c")


def test_many_cells_are_a_table_for_each_crossing_and_the_same_to_the_integer(monkeypatch):
    monkeypatch.setattr(layout, "MOST_TOGETHER", 5_000)
    table, plan = wide(6_000, (95, 95, 6)), strict(PLAN)
    assert [one.attributes for one in laid_out(table, plan)] == [*PAIRS]
    counts = counted(table, plan)
    assert sum(counts.unusable().values()) == (table["d"] == "?").sum()
    for names in (*PAIRS, ("a",), ("b",), ("c",)):
        assert found_in(counts, names) == by_hand(table, names)
        alone = counted(
            table, replace(plan, crossings=(names,), attributes=tuple(a for a in ATTRIBUTES if a.name in names))
        )
        assert alone.groups(names) == counts.groups(names)
        assert counts.read == counts.known(names) + counts.unknown(names) + sum(counts.unusable(names).values())
    assert len({int(table.cells["n"].sum()) for table in counts.tables}) == 1
    with pytest.raises(DataError, match="these counts do not hold a x b x c; count again"):
        counts.groups(("a", "b", "c"))


def test_fifty_thousand_cells_take_seconds_and_no_more():
    table = wide(200_000, (120, 110, 1))
    start = time.process_time()
    counts = counted(table, strict(PLAN))
    groups = counts.groups(("a", "b"))
    assert time.process_time() - start < 10
    assert counts.cells > 50_000
    assert sum(group.n for group in groups) == counts.known(("a", "b"))


@pytest.mark.parametrize("crossings", [(("a", "b", "c"),), (("a",),)])
def test_what_no_memory_would_hold_is_refused_before_the_scan(crossings, monkeypatch):
    monkeypatch.setattr(scan, "_all_grouped", lambda *_: pytest.fail("the scan has begun"))
    table = duckdb.sql(
        "SELECT range::text AS a, (range % 7)::text AS b, 'x' AS c, (range % 2)::text AS d, 1 AS y FROM range(1100000)"
    )
    start = time.process_time()
    with pytest.raises(
        DataError, match=r"would be about [\d,]+ cells, and 1,000,000 can be held \('a' has 8,192 values"
    ):
        counted(table, replace(PLAN, crossings=crossings))
    assert time.process_time() - start < 5


def test_an_identifier_is_no_attribute():
    rows = pd.DataFrame({"a": [str(i) for i in range(3000)], "b": "x", "c": "x", "d": "1", "y": 1})
    with pytest.raises(DataError, match=r"column 'a': 3,000 groups of 3,000 rows, so it names single rows"):
        counted(rows)
    assert len(counted(pd.concat([rows, rows])).levels("a")) == 3000


def test_an_identifier_among_many_rows_is_refused_by_the_scan_if_the_first_rows_hid_it():
    rows = pd.DataFrame({"a": ["x"] * 20_000 + [str(i) for i in range(5000)], "b": "x", "c": "x", "d": "1", "y": 1})
    with pytest.raises(DataError, match=r"more than 4,000 cells \('a' has"):
        counted(duckdb.from_df(rows), most_cells=4000)


def sorted_rows():
    """The first 20,000 rows hold one value of everything, the rest crosses into many cells."""
    return pd.concat([wide(20_001, (1, 1, 1)).assign(a="0", d="1", y=1), wide(30_000, (40, 40, 10))], ignore_index=True)


def test_a_sorted_table_that_misleads_the_look_ends_in_the_right_counts():
    table, plan = sorted_rows(), strict(PLAN)
    relation = duckdb.from_df(table)
    assert [one.expected for one in laid_out(relation, plan)] == [1]
    wanted = counted(relation, plan)
    assert len(wanted.tables) == 1
    found = counted(relation, plan, most_cells=8_000)
    assert [one.attributes for one in found.tables] == [*PAIRS]
    for names in PAIRS:
        assert found.groups(names) == wanted.groups(names)
        assert found_in(found, names) == by_hand(table, names)


def test_a_sorted_table_whose_crossing_grows_too_large_is_refused():
    with pytest.raises(DataError, match=r"a x b would be more than 500 cells \('[ab]' has \d+ values"):
        counted(duckdb.from_df(sorted_rows()), strict(PLAN), most_cells=500)


@pytest.mark.parametrize("weight", [None, WeightColumn(column="w", kind="frequency")])
def test_parts_of_different_layouts_add_up(weight, monkeypatch):
    first, second = wide(3000, (6, 5, 4), 1).assign(w=2), wide(3000, (6, 5, 4), 2).assign(w=3)
    plan = replace(strict(PLAN), weight=weight)
    together, whole = counted(first, plan), counted(pd.concat([first, second]), plan)
    monkeypatch.setattr(layout, "MOST_TOGETHER", 10)
    apart = counted(second, plan)
    assert (len(together.tables), len(apart.tables)) == (1, 3)
    for both in (together + apart, apart + together):
        assert both.read == 6000
        for names in (*PAIRS, ("a",), ("b",), ("c",)):
            assert both.groups(names) == whole.groups(names)
            assert (both.known(names), both.unknown(names)) == (whole.known(names), whole.unknown(names))
            assert both.unusable(names) == whole.unusable(names)
    other = counted(second, replace(plan, crossings=(("a", "b"),)))
    assert [table.attributes for table in (apart + other).tables] == [("a", "b"), ("c",)]
    assert (apart + other).groups(("a", "b")) == (apart + apart).groups(("a", "b"))


def test_scores_are_laid_out_by_the_crossings_that_need_them(monkeypatch):
    table = wide(3000, (6, 5, 4)).assign(s=np.random.default_rng(1).integers(0, 11, 3000) / 10)
    plan = replace(strict(PLAN), score=ScoreRange(column="s", median=True), scored=(("a",), ("b",)))
    whole = counted(table, plan)
    assert [one.attributes for one in whole.scores.tables] == [("a", "b")]
    monkeypatch.setattr(layout, "MOST_TOGETHER", 10)
    apart = counted(table, plan)
    assert [one.attributes for one in apart.scores.tables] == [("a",), ("b",)]
    assert apart.scores.median() == whole.scores.median() == np.median(table.loc[table["d"] != "?", "s"])
    both = whole + apart
    assert {int(one.cells["n"].sum()) for one in both.scores.tables} == {6000}


# ---- judging -------------------------------------------------------------------------------------------------------


def law(*crossings, **changes):
    attributes = {name: {"column": name} for name in "abc"}
    data = {"decision": {"column": "d", "favorable": 1, "otherwise": 0, "unusable": "exclude"}, **changes}
    rules = [rule(id=f"r{i}", metric="selection_rate", of=list(by)) for i, by in enumerate(crossings)]
    return policy_of(*rules, attributes=attributes, data=data)


def test_a_policy_that_asks_for_a_crossing_that_was_not_counted_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setattr(layout, "MOST_TOGETHER", 10)
    counts = counted(wide(3000, (6, 5, 4)), law([["a", "b"]]).plan())
    countfile.save(counts, tmp_path / "a.counts")
    engine.judge_counts(law([["a", "b"]]), [tmp_path / "a.counts"])
    with pytest.raises(DataError, match="these counts do not hold a x c; count again with a policy that asks for it"):
        engine.judge_counts(law([["a", "c"]]), [tmp_path / "a.counts"])


def test_a_table_that_changes_between_two_groupings_is_an_error(monkeypatch):
    monkeypatch.setattr(layout, "MOST_TOGETHER", 10)
    with duckdb.connect() as connection:
        rows = wide(3000, (6, 5, 4))
        connection.register("rows", rows)
        connection.execute("CREATE TABLE t AS FROM rows")
        grouped, seen = scan._grouped, []

        def changing(*given):
            seen.append(grouped(*given))
            connection.execute("INSERT INTO t SELECT * FROM t LIMIT 1")
            return seen[-1]

        monkeypatch.setattr(scan, "_grouped", changing)
        with pytest.raises(
            DataError, match=r"the data changed while they were read \(3,000 and 3,001 and 3,002 rows\)"
        ):
            counted(connection.table("t"), strict(PLAN))


def test_a_table_that_changes_before_the_median_is_looked_at_is_an_error(monkeypatch):
    values = np.random.default_rng(2).random(8001)
    rows = pd.DataFrame({"a": "x", "b": "x", "c": "x", "d": "1", "y": 1, "s": values})
    plan = replace(PLAN, score=ScoreRange(column="s", median=True), scored=(("a",),))
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        connection.execute("CREATE TABLE t AS FROM rows")
        near = scan._near

        def changing(*given):
            connection.execute(f"INSERT INTO t SELECT 'x', 'x', 'x', '1', 1, {np.median(values)}")
            return near(*given)

        monkeypatch.setattr(scan, "_near", changing)
        with pytest.raises(DataError, match=r"the data changed while they were read"):
            counted(connection.table("t"), plan)


# ---- what may leave ------------------------------------------------------------------------------------------------

CELLS = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from("xz"), st.integers(0, 1), st.integers(1, 9)),
    min_size=1,
    max_size=8,
)


@given(cells=CELLS, least=st.integers(1, 12))
def test_no_cell_that_is_left_is_small_and_no_row_is_lost(cells, least):
    rows = [(a, b, "x", str(d), 1) for a, b, d, n in cells for _ in range(n)]
    counts = counted(pd.DataFrame(rows, columns=list("abcdy")), replace(PLAN, crossings=()))
    small = int((counts.tables[0].cells["n"] < least).sum())
    if small == 1:
        with pytest.raises(DataError, match="only one cell has fewer than"):
            countfile.withheld(counts, least)
        return
    found = countfile.withheld(counts, least)
    shown = found.tables[0].usable()["n"]
    assert (shown >= least).all()
    assert found.read == counts.read == len(rows)
    assert shown.sum() + sum(found.unusable().values()) == len(rows)
    assert len(counts.tables[0].cells) - len(shown) == small


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"score": ScoreRange(column="y"), "scored": (("a",),)}, "a score is counted value by value"),
        ({"unit": "a"}, "rows are counted by their units"),
        ({"crossings": PAIRS}, "several tables overlap"),
    ],
)
def test_what_could_be_undone_is_not_withheld(changes, words, monkeypatch):
    monkeypatch.setattr(layout, "MOST_TOGETHER", 10)
    counts = counted(wide(300, (3, 3, 3)).fillna("?"), replace(strict(PLAN), **{"crossings": (), **changes}))
    with pytest.raises(DataError, match=words):
        countfile.withheld(counts, 5)


def test_withheld_rows_tell_no_period():
    table = pd.DataFrame({"a": "x", "b": "x", "c": "x", "d": ["1"] * 51 + ["0"] * 4, "y": 1})
    table["t"] = ["2026-01-01"] * 50 + ["2026-02-01"] * 5
    counts = counted(table, replace(PLAN, time=TimeColumn(column="t", period="month"), crossings=()))
    found = countfile.withheld(counts, 10)
    assert found.slices("period") == ("2026-01",)
    assert sum(found.unusable().values()) == 5


def test_first_rows_that_all_differ_and_then_repeat_are_not_refused():
    query = "SELECT 'g' || (i % 30000) AS g, i % 2 AS d FROM range(1200000) t(i)"
    plan = Plan(attributes=(AttributeColumn(name="g", column="g"),), decision=DECISION)
    with open_table(query, scan.columns(plan)) as source:
        found = scan.count(source, plan, most_cells=100_000)
    assert (found.read, found.cells) == (1_200_000, 30_000)
