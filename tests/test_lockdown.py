"""SQL that is given as data reads the files that it names, and nothing else; no model is ever loaded."""

from __future__ import annotations

import ast
from pathlib import Path

import duckdb
import pytest

import audit
from audit.engine import audited
from audit.errors import DataError
from audit.sources.source import open_table

ROWS = "sex,approved\n" + "F,1\nF,0\nM,1\nM,0\n" * 50
LAW = """evenhand: 1
title: t
data: {decision: {column: approved, favorable: 1, otherwise: [0]}}
attributes: {sex: {column: sex}}
rules: [{id: fifths, metric: selection_rate, compare: ratio, require: ">= 4/5"}]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for place in ("in/rows.csv", "secret.csv"):
        (tmp_path / place).write_text(ROWS)
    monkeypatch.chdir(tmp_path / "in")
    return tmp_path


def rows(query):
    with open_table(query, []) as source:
        return len(source.frame.collect("pandas"))


def test_files_here_and_files_named_in_full_are_read(here):
    assert rows("SELECT * FROM 'rows.csv'") == 200
    assert rows("SELECT * FROM './*.csv'") == 200
    assert rows(f"SELECT * FROM '{here}/secr*.csv'") == 200


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT * FROM '../secret.csv'", "leaves its folder"),
        ("SELECT * FROM '{here}/in/../secret.csv'", "leaves its folder"),
        ("SELECT * FROM read_text('{here}'[:1] || 'etc/hostname')", "outside of the folders"),
        ("SELECT * FROM read_csv(chr(46) || chr(46) || '/secret.csv')", "outside of the folders"),
        ("SELECT * FROM 'https://example.org/rows.csv'", "outside of the folders"),
        ("SELECT * FROM 's3://bucket/rows.parquet'", "outside of the folders"),
        ("COPY (SELECT 1) TO 'out.csv'", "one SELECT"),
        ("SELECT 1; SET enable_external_access = true", "one SELECT"),
    ],
)
def test_everything_else_is_refused(query, why, here):
    with pytest.raises(DataError, match=why):
        rows(query.replace("{here}", str(here)))
    assert not Path("out.csv").exists()


def test_the_lock_cannot_be_undone(here):
    with open_table("SELECT * FROM 'rows.csv'", []) as source:
        relation = source.frame.to_native()
        assert isinstance(relation, duckdb.DuckDBPyRelation)
        with pytest.raises(duckdb.Error):
            relation.query("t", "SELECT * FROM read_text('/etc/hostname')").fetchall()


def test_the_sql_stands_in_the_report(here):
    from audit.render import FORMATS
    from audit.render.options import PLAIN

    made = audited(LAW, "SELECT *\nFROM 'rows.csv' WHERE sex <> 'X'")
    assert made.result.data.source == "SELECT * FROM 'rows.csv' WHERE sex <> 'X'"
    assert "sex &lt;&gt; &#39;X&#39;" in FORMATS["html"].write(made.result, PLAIN).decode()


# ---- models --------------------------------------------------------------------------------------------------------

SOURCES = sorted(Path(audit.__file__).parent.rglob("*.py"))
#: Modules that run what a file holds when they read it.
LOADERS = {
    "pickle",
    "cPickle",
    "_pickle",
    "joblib",
    "dill",
    "cloudpickle",
    "skops",
    "marshal",
    "shelve",
    "torch",
    "onnxruntime",
}


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_no_module_imports_what_could_load_a_model():
    assert len(SOURCES) > 200
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not LOADERS & set(imported(tree)), path
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & {"read_pickle", "load_model", "import_module_from_file"}, path
