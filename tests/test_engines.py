"""The same counts, to the integer, wherever the table lives."""

import functools
import sqlite3
import sys

import pandas as pd
import pytest

from audit.counts.countfile import to_json
from audit.errors import DataError
from audit.scanning import scan
from audit.sources.source import open_table
from tests.engines import AWAY, HERE, Opened, opened, rows, session
from tests.making import policy_of, rule

TABLE = rows()
ATTRIBUTES = {
    "g": {"column": "g", "missing": ["NA"], "merge": {"A or B": ["A", "B"]}},
    "h": {"column": "h"},
    "age": {"column": "age", "bins": [0, 30, 50, 200]},
}
FLAGS = {
    "decision": {"column": "d", "favorable": 1},
    "outcome": {"column": "y", "favorable": "yes", "unusable": "exclude"},
}
SCORED = {"score": {"column": "s", "cutoff": 0.5, "favorable": "at_least", "unusable": "exclude"}}


def counted(table, data):
    about = rule(decision={"at_least": 2}) if "order" in data.get("decision", {}) else rule()
    plan = policy_of(about, data=data, attributes=ATTRIBUTES, intersections=[["g", "h"]]).plan()
    place = table if isinstance(table, Opened) else Opened(table)
    with open_table(place.table, scan.columns(plan), engine=place.engine) as source:
        return scan.count(source, plan)


SAMPLED = {**FLAGS, "weight": {"column": "w", "kind": "sampling"}}
CLASSES = {**FLAGS, "decision": {"column": "k", "favorable": 3, "order": [0, 1, 2, 3]}}
REPEATED = {**FLAGS, "weight": {"column": "k", "kind": "frequency"}}


@pytest.fixture(scope="module", params=[*HERE, *AWAY])
def table(request, tmp_path_factory):
    """The table in each of the places where it can be counted."""
    with opened(request.param, TABLE, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@functools.cache
def wanted(kind):
    """What is counted of the table in memory."""
    return counted(TABLE, KINDS[kind])


KINDS = {
    "flags": FLAGS,
    "score": SCORED,
    "classes": CLASSES,
    "frequency weights": REPEATED,
    "sampling weights": SAMPLED,
}
#: In Spark these are opened in a way of their own and counted as others are, which one kind of count shows.
SAME_IN_SPARK = ("spark uri", "spark csv uri", "spark catalog", "spark sql")


def once_is_enough(request, kind):
    """Skips what another place of the same engine shows."""
    if request.node.callspec.params["table"] in SAME_IN_SPARK and kind != "score":
        pytest.skip("another table in Spark shows it")


@pytest.mark.parametrize("kind", ["flags", "score", "classes", "frequency weights"])
def test_counts_are_the_same_everywhere(table, kind, request):
    once_is_enough(request, kind)
    found = counted(table, KINDS[kind])
    assert to_json(found) == to_json(wanted(kind))
    assert found.read == len(TABLE)


def test_what_cannot_be_used_is_told_apart():
    assert set(wanted("flags").unusable()) == {"outcome missing"}
    assert set(wanted("score").unusable()) == {"score missing", "score not a number"}


def test_sums_of_sampling_weights_are_the_same_everywhere(table, request):
    once_is_enough(request, "sampling weights")
    found, there = counted(table, SAMPLED).tables[0].cells, wanted("sampling weights").tables[0].cells
    assert found["n"].tolist() == there["n"].tolist()
    for name in ("weight", "weight2"):
        assert found[name].tolist() == pytest.approx(there[name].tolist(), rel=1e-13)


def test_a_missing_column_is_named_wherever_the_table_lives(table):
    with pytest.raises(DataError, match=r"no column 'dd'; did you mean 'd'"):
        counted(table, {"decision": {"column": "dd", "favorable": 1}})


def test_an_engine_that_fails_is_an_error_and_no_smaller_count(tmp_path):
    with opened("sqlite", TABLE, tmp_path) as table:
        with sqlite3.connect(tmp_path / "table.db") as connection:
            connection.execute("DROP TABLE decisions")
        connection.close()
        with pytest.raises(DataError, match=r"ibis table: it could not be counted where it lives: .*decisions"):
            counted(table, FLAGS)


def test_a_session_that_was_given_goes_on(tmp_path):
    with opened("spark csv", TABLE, tmp_path) as table:
        counted(table, FLAGS)
    assert session().range(3).count() == 3


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("DROP TABLE decisions", "it could not be counted in Spark"),
        ("SELECT 1 AS d; SELECT 2 AS d", "it could not be counted in Spark"),
        ("nowhere.csv", "there is no such file or folder"),
        ("file:///nowhere/at/all.csv", r"all\.csv: it could not be counted in Spark: .*(exist|found)"),
        ("", "the path is empty"),
        (TABLE, "a DataFrame is audited as it is"),
    ],
)
def test_what_spark_cannot_open_is_said(table, words):
    with pytest.raises(DataError, match=words):
        counted(Opened(table, session()), FLAGS)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"d,y,g,h,age\n1,yes,A,1\n", "a line does not have as many values"),
        (b"d,y,g,h,age\n1,yes,A,1,2,3\n", "a line does not have as many values"),
        (b"d,y,g,h,age\n1,yes,\xf6,1,2\n", "not text in UTF-8"),
        (b'd,y,g,h,age\n1,yes,A,1,2\n0,yes,A,1,"2\n1,yes,A,1,2\n', "a quotation mark is opened and not closed"),
        (b"d,y,g,h,age\n1,yes,A,1,2\r\n", "its lines do not all end alike"),
        (b"d,y,g,h,age,d\n1,yes,A,1,2,1\n", "'d' stands twice"),
        (b"D,y,g,h,age\n1,yes,A,1,2\n", "no column 'd'"),
    ],
)
def test_a_csv_file_that_is_broken_is_no_smaller_count_in_spark(body, words, tmp_path):
    (tmp_path / "secret.csv").write_bytes(body)
    with pytest.raises(DataError, match=words) as found:
        counted(Opened(tmp_path / "secret.csv", session()), FLAGS)
    assert "yes" not in str(found.value)  # the row itself is nobody's to read


def test_names_that_differ_in_capitals_and_dots_are_columns_of_their_own_in_spark(tmp_path):
    (tmp_path / "t.csv").write_text("D,d.d,`d`,d\n0,0,0,1\n0,0,0,0\n0,0,0,1\n")
    plan = policy_of(attributes={"g": {"column": "d.d"}}, data={"decision": {"column": "d", "favorable": 1}}).plan()
    with open_table(tmp_path / "t.csv", scan.columns(plan), engine=session()) as source:
        [group] = scan.count(source, plan).groups(["g"])
    assert {cell: sums.n for cell, sums in group.cells.items()} == {"up": 2, "un": 1}


@pytest.mark.parametrize("engine", [None, "spark"])
@pytest.mark.parametrize("kinds", [("int64", "int8"), ("int64", "float64"), ("int64", "str"), ("bool", "int64")])
def test_a_column_that_changes_its_type_is_read_right(kinds, engine, tmp_path):
    for kind in kinds:
        pd.DataFrame({"d": pd.array([1, 0, 1]).astype(kind), "g": ["a"] * 3}).to_parquet(tmp_path / f"{kind}.parquet")
    plan = policy_of(data={"decision": {"column": "d", "favorable": 1}}).plan()
    with open_table(tmp_path, scan.columns(plan), engine=engine and session()) as source:
        [group] = scan.count(source, plan).groups(["g"])
    assert {cell: sums.n for cell, sums in group.cells.items()} == {"up": 4, "un": 2}


@pytest.mark.parametrize("engine", [None, "spark"])
@pytest.mark.parametrize("kinds", [("float64", "str"), ("bool", "str"), ("float32", "float64"), ("int64", "float32")])
def test_a_column_whose_types_would_split_a_group_is_refused(kinds, engine, tmp_path):
    for kind in kinds:
        pd.DataFrame({"d": [1], "g": pd.array([1]).astype(kind)}).to_parquet(tmp_path / f"{kind}.parquet")
    with (
        pytest.raises(DataError, match=r"column 'g' has another type from file to file: .*write all with one type"),
        open_table(tmp_path, ["d", "g"], engine=engine and session()),
    ):
        pass


@pytest.mark.parametrize("engine", [None, "spark"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_that_only_some_files_have_is_not_missing(kind, engine, tmp_path):
    for name, table in {"a": pd.DataFrame({"d": [1], "g": [1]}), "b": pd.DataFrame({"d": [1]})}.items():
        getattr(table, f"to_{kind}")(tmp_path / f"{name}.{kind}", index=False)
    with (
        pytest.raises(DataError, match=rf"b\.{kind}: no column 'g', which .*a\.{kind} has"),
        open_table(tmp_path, ["d", "g"], engine=engine and session()),
    ):
        pass


@pytest.mark.parametrize("engine", ["sparkle", "spark:", 3, "spark:local[7]"])
def test_an_engine_that_there_is_not_is_refused(engine):
    session()
    with pytest.raises(DataError, match="engine"), open_table("x.csv", [], engine=engine):
        pass


def test_without_spark_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(DataError, match=r"pip install 'evenhand\[spark\]'"), open_table("x.csv", [], engine="spark"):
        pass


def test_memory_is_duckdbs_to_limit(tmp_path):
    with opened("sqlite", TABLE, tmp_path) as table, pytest.raises(DataError, match="no limit of memory can be set"):
        open_table(table, ["d"], memory="1GB").__enter__()
    with (
        pytest.raises(DataError, match="a limit of memory is for DuckDB"),
        open_table("x", [], engine="spark", memory="1GB"),
    ):
        pass
