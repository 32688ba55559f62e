"""Tables as they come: empty, lopsided, badly coded, weighted; and what an audit must count all the same."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import audit
from audit.errors import DataError
from audit.policy import loads
from audit.scanning.scan import columns, count
from audit.sources.source import open_table
from audit.values import Outcome, Verdict

POLICY = """
evenhand: 1
title: Odd tables
data:
  {data}
attributes:
  {attributes}
groups: {{min_count: 1}}
rules:
  - {{id: ratio, metric: selection_rate, compare: ratio, require: ">= 4/5"}}
"""
DECISION = "decision: {column: d, favorable: 1}"


def law(data=DECISION, attributes="g: {column: g}"):
    """A policy with this data block and these attributes."""
    return loads(POLICY.format(data=data, attributes=attributes))


def counted(table, policy):
    """The counts of a table under a policy."""
    plan = policy.plan()
    with open_table(table, columns(plan)) as source:
        return count(source, plan)


def cells(table, policy=None):
    """How many rows of each kind each group has."""
    policy = policy or law()
    (attribute,) = policy.attributes
    groups = counted(table, policy).groups([attribute])
    return {group.name: {cell: sums.n for cell, sums in group.cells.items()} for group in groups}


def frame(d=(1, 0, 1, 0), g=("a", "a", "b", "b"), **more):
    """Four rows, two groups, both selected half of the time, unless told otherwise."""
    return pd.DataFrame({"d": d, "g": list(g), **more})


HALF = {"a": {"up": 1, "un": 1}, "b": {"up": 1, "un": 1}}


# ---- few rows, few groups, many groups -----------------------------------------------------------------------------


def test_a_table_without_rows_is_not_audited():
    with pytest.raises(DataError, match="there are no rows"):
        audit.run(law(), frame()[:0])


@pytest.mark.parametrize(
    "table",
    [frame()[:1], frame()[:2], frame(g=[None] * 4), frame(g=[""] * 4), frame(g=[np.nan] * 4)],
    ids=["one row", "one group", "unknown", "empty text", "not a number"],
)
def test_with_fewer_than_two_groups_there_is_nothing_to_compare(table):
    result = audit.run(law(), table)

    assert [(found.verdict, found.reason) for found in result.findings] == [(Verdict.NOT_COMPUTABLE, "one_group")]
    assert result.outcome is Outcome.INCONCLUSIVE
    assert result.rows.by_attribute[0].analysed + result.rows.by_attribute[0].unknown == len(table)


@pytest.mark.parametrize(("decision", "verdict"), [(1, Verdict.PASS), (0, Verdict.NOT_COMPUTABLE)])
def test_if_all_or_none_are_selected_nobody_is_called_unequal(decision, verdict):
    table = frame(d=[decision] * 400, g=["a", "b"] * 200)

    assert [found.verdict for found in audit.run(law(), table).findings] == [verdict]


def test_two_thousand_groups_are_judged():
    n = 10_000
    table = pd.DataFrame({"d": np.arange(n) // 2000 % 2, "g": [f"g{i % 2000:04}" for i in range(n)]})
    result = audit.run(law(), table)

    assert len(result.groups) == 2000
    assert result.method.family == 1999
    assert sum(row.n or 0 for row in result.groups) == n


# ---- decisions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "coded",
    [
        [1.0, 0.0, 1.0, 0.0],
        ["1", "0", "1", "0"],
        ["1.0", "0.0", "1.00", "0"],
        pd.array([1, 0, 1, 0], dtype="Int64"),
        np.array([1, 0, 1, 0], dtype="float32"),
        pd.Categorical([1, 0, 1, 0]),
        pd.Series([1, 0.0, "1", "0"], dtype=object),
    ],
    ids=["float", "text", "decimal text", "nullable", "single", "categories", "mixed"],
)
def test_a_decision_of_1_is_1_however_it_is_stored(coded):
    assert cells(frame(d=coded)) == HALF


AGES = [30, 30, 60, 60]


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (pd.cut(AGES, [0, 40, 99]), ("(0, 40]", "(40, 99]")),
        (pd.IntervalIndex.from_arrays([0, 0, 40, 40], [40, 40, 99, 99]), ("(0, 40]", "(40, 99]")),
        (pd.PeriodIndex(["2026-01"] * 2 + ["2026-02"] * 2, freq="M"), ("2026-01", "2026-02")),
        (pd.arrays.SparseArray([0, 0, 1, 1]), ("0", "1")),
        (pd.Categorical([1, "1", "b", "b"], categories=["c", 1, "b", "1"]), ("1", "b")),
        (pd.Categorical(list("aabb"), categories=list("zab")), ("a", "b")),
        (pd.Series([np.True_, True, np.False_, False], dtype=object), ("true", "false")),
        (pd.Series([np.float32(1), 1, np.int8(2), 2.0], dtype=object), ("1", "2")),
    ],
    ids=["cut", "intervals", "periods", "sparse", "mixed categories", "unused categories", "truth", "numbers"],
)
def test_a_group_is_named_by_its_text_whatever_pandas_keeps_it_in(column, names):
    assert cells(frame(g="aabb").assign(g=column)) == dict(zip(names, HALF.values(), strict=True))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (frame().assign(g=np.array([1j] * 4)), "column 'g' of type Unknown"),
        (pl.DataFrame(frame()).with_columns(g=pl.lit(1, dtype=pl.Int128)), "column 'g' of type Int128"),
    ],
    ids=["pandas", "polars"],
)
def test_a_type_that_cannot_be_read_is_named_with_its_column(table, words):
    with pytest.raises(DataError, match=f"frame: {words} cannot be read; make it text or a number"):
        cells(table)


def test_half_a_character_is_no_text():
    with pytest.raises(DataError, match="a text cannot be written as UTF-8"):
        cells(frame().assign(g=pd.Series(["\ud800"] * 4, dtype=object)))


@pytest.mark.parametrize("coded", [[True, False] * 2, ["True", "False"] * 2])
def test_true_and_false_are_read_as_such(coded):
    assert cells(frame(d=coded), law("decision: {column: d, favorable: true}")) == HALF


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("Yes", "no row holds 'Yes'; it holds 'no', 'yes'; did you mean 'yes'?"),
        ("1", "name the value as the column has"),
    ],
)
def test_a_favorable_value_that_no_row_holds_is_not_taken_for_nobody_being_favoured(named, said):
    with pytest.raises(DataError, match=re.escape(said)):
        audit.run(law(f"decision: {{column: d, favorable: {named}}}"), frame(d=["yes", "no"] * 2))


def test_a_third_value_of_a_decision_is_a_question_and_not_a_no():
    with pytest.raises(DataError, match=r"not binary.*'0', '2'.*otherwise"):
        audit.run(law(), frame(d=[1, 0, 2, 0]))

    declared = law("decision: {column: d, favorable: 1, otherwise: [0, 2]}")
    assert cells(frame(d=[1, 0, 2, 0]), declared) == {"a": {"up": 1, "un": 1}, "b": {"un": 2}}


UNUSABLE = [
    ("decision: {column: d, favorable: 1, otherwise: [0]%s}", {"d": [1, 0, None, 0]}),
    ("decision: {column: d, favorable: 1, otherwise: [0]%s}", {"d": [1, 0, np.inf, 0]}),
    ("decision: {column: d, favorable: 1, otherwise: [0]%s}", {"d": ["1", "0", " ", "0"]}),
    ("outcome: {column: y, favorable: 1%s}\n  " + DECISION, {"y": [1, 0, np.nan, 0]}),
    ("outcome: {column: y, favorable: 1, otherwise: [0]%s}\n  " + DECISION, {"y": [1, 0, -np.inf, 0]}),
    ("score: {column: s, cutoff: 0.5, favorable: above%s}", {"s": [1, 0, np.nan, 0]}),
    ("score: {column: s, cutoff: 0.5, favorable: above%s}", {"s": [1, 0, np.inf, 0]}),
    ("score: {column: s, cutoff: 0.5, favorable: above%s}", {"s": ["1", "0", "one", "0"]}),
    ("weight: {column: w, kind: sampling%s}\n  " + DECISION, {"w": [1, 1, None, 1]}),
    ("weight: {column: w, kind: sampling%s}\n  " + DECISION, {"w": [1, 1, np.inf, 1]}),
    ("weight: {column: w, kind: sampling%s}\n  " + DECISION, {"w": [1, 1, -1, 1]}),
    ("weight: {column: w, kind: frequency%s}\n  " + DECISION, {"w": [1, 1, 1.5, 1]}),
]


@pytest.mark.parametrize(("data", "change"), UNUSABLE)
def test_a_value_that_cannot_be_used_ends_the_audit(data, change):
    (column,) = change
    with pytest.raises(DataError, match=rf"'{column}'.*in 1 row"):
        audit.run(law(data % ""), frame(**change))


@pytest.mark.parametrize(("data", "change"), UNUSABLE)
def test_a_value_that_cannot_be_used_is_excluded_and_counted_if_the_policy_says_so(data, change):
    result = audit.run(law(data % ", unusable: exclude"), frame(**change))
    (rows,) = result.rows.by_attribute

    assert sum(result.rows.unusable_because.values()) == 1
    assert (result.rows.read, rows.analysed, rows.unusable) == (4, 3, 1)
    assert {row.group: row.n for row in result.groups} == {"a": 2, "b": 1}


def test_a_time_is_not_a_number():
    policy = law("score: {column: s, cutoff: 0.5, favorable: above, unusable: exclude}")
    with pytest.raises(DataError, match=r"column 's': a Datetime.* is not a number; name another column"):
        counted(frame(s=pd.to_datetime(["2026-01-01"] * 4)), policy)


def test_a_missing_score_is_called_a_score():
    policy = law("score: {column: s, cutoff: 0.5, favorable: above, unusable: exclude}")

    assert list(counted(frame(s=[1, 0, None, 0]), policy).unusable()) == ["score missing"]


# ---- scores, bins, merges, declared values -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["float64", "float32", "text"])
@pytest.mark.parametrize(("side", "hits"), [("above", 1), ("at_least", 2), ("below", 1), ("at_most", 2)])
def test_a_score_that_is_the_cutoff_is_on_the_side_that_was_said(side, hits, kind):
    scores = np.array([0.61, 0.62, 0.63])
    table = pd.DataFrame({"s": scores.astype(str if kind == "text" else kind), "g": "a"})

    found = cells(table, law(f"score: {{column: s, cutoff: 0.62, favorable: {side}}}"))
    assert found["a"]["up"] == hits


def test_a_bin_has_its_lower_edge_and_the_last_one_both():
    ages = [0, 39.999, 40, 61, 62, 100, 100.001, -1, None, np.inf]
    policy = law(attributes="age: {column: age, bins: [0, 40, 62, 100], labels: [young, middle, old]}")
    counts = counted(pd.DataFrame({"d": 1, "age": ages}), policy)

    assert {group.name: group.n for group in counts.groups(["age"])} == {"young": 2, "middle": 2, "old": 2}
    assert list(counts.levels("age")) == ["young", "middle", "old"]
    assert counts.unknown(["age"]) == 4
    assert any("3 rows" in note for note in counts.notes)


def test_merged_values_are_one_group():
    policy = law(attributes="g: {column: g, merge: {Other: [c, d], a: [A]}}")

    assert cells(frame(d=[1] * 5, g="aAbcd"), policy) == {"a": {"up": 2}, "b": {"up": 1}, "Other": {"up": 2}}


def test_a_value_that_was_not_declared_is_refused():
    policy = law(attributes="g: {column: g, values: [a, c], missing: [x]}")

    assert cells(frame(g="aaxc"), policy) == {"a": {"up": 1, "un": 1}, "c": {"un": 1}}
    with pytest.raises(DataError, match=r"2 rows with values.*'b'"):
        audit.run(policy, frame())


def test_a_group_may_be_called_unknown():
    """The group of those whose membership is missing must not swallow one that has its name."""
    table = frame(d=[1, 0, 1, 0] * 50, g=["a", "b", "(unknown)", None] * 50)
    text = POLICY.format(data=DECISION, attributes="g: {column: g}")
    result = audit.run(loads(text.replace("min_count: 1", "min_count: 1, unknown: group")), table)

    assert sorted(row.n or 0 for row in result.groups) == [50, 50, 50, 50]


def test_crossed_groups_whose_names_read_alike_stay_two():
    """`a & b` of one attribute with `c` of another reads as `a` with `b & c`."""
    table = pd.DataFrame({"d": [1, 0] * 100, "g": ["a & b", "a"] * 100, "h": ["c", "b & c"] * 100})
    text = POLICY.format(data=DECISION, attributes="g: {column: g}\n  h: {column: h}\nintersections: [[g, h]]")
    result = audit.run(loads(text.replace("compare: ratio", "of: [[g, h]], reference: rest, compare: ratio")), table)

    assert {found.group_value for found in result.findings} == {0, 1}
    assert {(found.group_value, found.reference_value) for found in result.findings} == {(0, 1), (1, 0)}


# ---- weights -------------------------------------------------------------------------------------------------------

ROW = st.tuples(st.sampled_from([0, 1]), st.sampled_from(["a", "b", None]), st.integers(0, 4))


def findings(table, data):
    """What an audit finds, as plain values."""
    result = audit.run(law(data), table)
    found = [(one.group, one.value, one.interval, one.verdict) for one in result.findings]
    return found, [(row.group, row.n, row.metrics["selection_rate"].value) for row in result.groups]


@settings(max_examples=25, deadline=None)
@example([(1, "a", 0), (1, "b", 2)])
@given(st.lists(ROW, min_size=1, max_size=25).filter(lambda rows: any(w for *_, w in rows)))
def test_a_frequency_weight_is_a_row_repeated(rows):
    table = pd.DataFrame(rows, columns=["d", "g", "w"])
    repeated = table.loc[table.index.repeat(table.w)]

    weighted = findings(table, DECISION + "\n  weight: {column: w, kind: frequency}")
    assert weighted == findings(repeated, DECISION)


@pytest.mark.parametrize("kind", ["frequency", "sampling"])
def test_weights_of_nothing_but_zero_do_not_crash(kind):
    data = DECISION + f"\n  weight: {{column: w, kind: {kind}}}"
    try:
        result = audit.run(law(data), frame(w=[0, 0, 0, 0]))
    except DataError:
        return
    assert result.outcome is Outcome.INCONCLUSIVE


@settings(max_examples=15, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_sampling_weights_of_one_change_no_rate(rows):
    table = pd.DataFrame(rows, columns=["d", "g", "w"]).assign(w=1.0)
    weighted = audit.run(law(DECISION + "\n  weight: {column: w, kind: sampling}"), table)
    plain = audit.run(law(), table)

    for one, other in zip(weighted.groups, plain.groups, strict=True):
        assert one.group == other.group
        assert one.metrics["selection_rate"].value == other.metrics["selection_rate"].value


def test_a_sampling_weight_is_so_many_people():
    table = frame(d=[1, 0, 1, 0], w=[3, 1, 0.5, 1.5])
    result = audit.run(law(DECISION + "\n  weight: {column: w, kind: sampling}"), table)
    rates = {row.group: row.metrics["selection_rate"].value for row in result.groups}

    assert rates == {"a": float(Fraction(3, 4)), "b": float(Fraction(1, 4))}
