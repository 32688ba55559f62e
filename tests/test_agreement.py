"""The same rows give the same counts whatever holds them, the same rates as other libraries, and add up."""

from __future__ import annotations

import csv
import json
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_negative_rate,
    true_positive_rate,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, matthews_corrcoef, precision_score

import audit
from audit import cli
from audit.counts.countfile import to_json
from audit.counts.group import pooled
from audit.groups.measure import measure
from audit.metrics import METRICS
from audit.policy import loads
from audit.scanning.scan import columns, count
from audit.sources.source import open_table

POLICY = """
evenhand: 1
title: Agreement
data:
  decision: {column: d, favorable: 1}
  outcome: {column: y, favorable: 1}
attributes:
  g: {column: g}
  h: {column: h}
intersections: [[g, h]]
groups: {min_count: 1}
rules:
  - {id: ratio, metric: selection_rate, compare: ratio, require: ">= 4/5"}
  - {id: rest, metric: [accuracy, f1], compare: difference, require: "<= 0.1", reference: rest}
"""


def counted(table):
    """The counts of a table under the policy."""
    plan = loads(POLICY).plan()
    with open_table(table, columns(plan)) as source:
        return count(source, plan)


def random_people(n=400, seed=20261120):
    """Rows at random, some of them without a group."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "extra": draw.normal(size=n),
            "h": draw.choice(np.array(["x", "z", None], dtype=object), n, p=[0.6, 0.3, 0.1]),
            "y": draw.integers(0, 2, n),
            "g": draw.choice(np.array(["a", "b", "c", None], dtype=object), n, p=[0.5, 0.3, 0.1, 0.1]),
            "d": draw.integers(0, 2, n),
        }
    )


# ---- whatever holds the rows ---------------------------------------------------------------------------------------


def _file(name, write):
    def put(table, folder):
        write(table, folder / name)
        return folder / name

    return put


def _parts(table, folder):
    table[:100].to_csv(folder / "one.csv", index=False)
    table[100:][list(reversed(table.columns))].to_csv(folder / "two.csv", index=False)
    return str(folder / "*.csv")


def _query(table, folder):
    table.to_parquet(folder / "x.parquet")
    return f"SELECT * FROM '{folder / 'x.parquet'}'"


def _relation(table, folder):
    table.to_parquet(folder / "x.parquet")
    return duckdb.connect().sql(f"FROM '{folder / 'x.parquet'}'")


HOLDERS = {
    "pandas": lambda table, _: table,
    "pandas, index repeated": lambda table, _: table.set_axis(np.arange(len(table)) % 7),
    "pandas, index of a column": lambda table, _: table.set_index("extra"),
    "pandas, categories": lambda table, _: table.astype({"g": "category", "h": "category", "d": "category"}),
    "pandas, nullable": lambda table, _: table.convert_dtypes(),
    "pandas, Arrow types": lambda table, _: table.convert_dtypes(dtype_backend="pyarrow"),
    "polars": lambda table, _: pl.from_pandas(table),
    "polars, lazy": lambda table, _: pl.from_pandas(table).lazy(),
    "Arrow": lambda table, _: pl.from_pandas(table).to_arrow(),
    "DuckDB": _relation,
    "query": _query,
    "csv": _file("x.csv", lambda table, path: table.to_csv(path, index=False)),
    "csv, all quoted": _file("x.csv", lambda table, path: table.to_csv(path, index=False, quoting=csv.QUOTE_ALL)),
    "csv, compressed": _file("x.csv.gz", lambda table, path: table.to_csv(path, index=False)),
    "parquet": _file("x.parquet", lambda table, path: table.to_parquet(path)),
    "csv in parts": _parts,
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_counts_are_the_same_whatever_holds_the_rows(holder, tmp_path):
    table = random_people()

    assert to_json(counted(HOLDERS[holder](table, tmp_path))) == to_json(counted(table))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_and_columns_changes_nothing(seed):
    table = random_people()
    shuffled = table.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed)

    assert to_json(counted(shuffled)) == to_json(counted(table))


# ---- adding up -----------------------------------------------------------------------------------------------------

ROW = st.tuples(
    st.sampled_from([0, 1]), st.sampled_from([0, 1]), st.sampled_from(["a", "b", None]), st.sampled_from(["x", None])
)
TABLE = st.lists(ROW, min_size=1, max_size=40).map(lambda rows: pd.DataFrame(rows, columns=["d", "y", "g", "h"]))


@settings(max_examples=20, deadline=None)
@given(TABLE)
def test_a_group_and_the_rest_are_everyone_who_is_known(table):
    counts = counted(table)
    for attributes in (["g"], ["h"], ["g", "h"]):
        groups = counts.groups(attributes)
        known = table.dropna(subset=attributes)
        for group in groups:
            rest = [other for other in groups if other is not group]
            assert group.n + sum(other.n for other in rest) == len(known)
        assert sum(sums.n for sums in pooled(groups).cells.values()) == len(known)
        assert len(known) + counts.unknown(attributes) == counts.read == counts.everyone().n == len(table)


@settings(max_examples=10, deadline=None)
@given(TABLE, st.sampled_from(["report", "group", "exclude"]))
def test_every_row_is_accounted_for(table, unknown):
    result = audit.run(loads(POLICY.replace("min_count: 1", f"min_count: 1, unknown: {unknown}")), table)
    shown = dict.fromkeys(["g", "h", "g & h"], 0)
    for group in result.groups:
        shown[group.attribute] += group.n

    for row in result.rows.by_attribute:
        assert row.analysed + row.unknown + row.excluded + row.unusable == len(table)
        assert shown[row.attribute] == row.analysed


# ---- other libraries -----------------------------------------------------------------------------------------------

THEIRS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "true_negative_rate": true_negative_rate,
    "false_negative_rate": false_negative_rate,
    "accuracy": accuracy_score,
    "precision": lambda y, d: precision_score(y, d, zero_division=0),
    "f1": lambda y, d: f1_score(y, d, zero_division=0),
    "balanced_accuracy": balanced_accuracy_score,
    "matthews_corrcoef": matthews_corrcoef,
}


@settings(max_examples=20, deadline=None)
@given(TABLE.filter(lambda table: table.g.notna().any()))
def test_every_rate_is_that_of_other_libraries_where_it_is_defined(table):
    known = table.dropna(subset=["g"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they warn of the zero denominators that ours calls undefined
        theirs = MetricFrame(metrics=THEIRS, y_true=known.y, y_pred=known.d, sensitive_features=known.g)
    for group in counted(table).groups(["g"]):
        for name in THEIRS:
            value = measure(METRICS[name], group, sampled=False).value
            if value is not None:
                assert float(value) == pytest.approx(theirs.by_group[name][group.name], abs=1e-12)


# ---- two doors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_python_and_the_command_line_find_the_same(seed, tmp_path, capsys):
    (tmp_path / "policy.yaml").write_text(POLICY)
    random_people(seed=seed).to_csv(tmp_path / "x.csv", index=False)
    paths = [str(tmp_path / name) for name in ("policy.yaml", "x.csv")]
    code = cli.run(["audit", *paths, "--format", "json", "--out", str(tmp_path), "-q"])
    said = json.loads((tmp_path / "result.json").read_text())
    audit.write(audit.run(loads(POLICY), random_people(seed=seed)), tmp_path / "python", ["json"])
    found = json.loads((tmp_path / "python" / "result.json").read_text())

    assert capsys.readouterr().err == ""
    assert code == {"pass": 0, "fail": 1, "inconclusive": 3}[found["outcome"]]
    for part in ("outcome", "findings", "groups", "rows", "overall", "method", "summary", "next_steps"):
        assert said[part] == found[part]
    assert [rule["verdict"] for rule in said["rules"]] == [rule["verdict"] for rule in found["rules"]]
