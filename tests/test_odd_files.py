"""Files as people have them: other delimiters, marks and encodings, broken lines, folders of unlike files, queries."""

from __future__ import annotations

import gzip

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pytest

import audit
from audit.errors import DataError
from audit.policy import loads
from audit.scanning.scan import columns, count
from audit.sources.source import open_table

POLICY = """
evenhand: 1
title: Odd files
data:
  decision: {column: %s, favorable: 1}
attributes:
  g: {column: g}
rules:
  - {id: ratio, metric: selection_rate, compare: ratio, require: ">= 4/5"}
"""
BODY = "1,a\n1,a\n0,a\n1,b\n0,b\n"
WANTED = {"a": {"up": 2, "un": 1}, "b": {"up": 1, "un": 1}}


def cells(table, column="d", **how):
    """How many rows of each kind each group has."""
    plan = loads(POLICY % column).plan()
    with open_table(table, columns(plan), **how) as source:
        groups = count(source, plan).groups(["g"])
    return {group.name: {cell: sums.n for cell, sums in group.cells.items()} for group in groups}


# ---- one file ------------------------------------------------------------------------------------------------------

WRITTEN = {
    "commas": ("x.csv", ("d,g\n" + BODY).encode()),
    "semicolons": ("x.csv", ("d,g\n" + BODY).replace(",", ";").encode()),
    "bars": ("x.txt", ("d,g\n" + BODY).replace(",", "|").encode()),
    "tabs": ("x.tsv", ("d,g\n" + BODY).replace(",", "\t").encode()),
    "a mark in front": ("x.csv", ("\ufeffd,g\n" + BODY).encode()),
    "a mark before quotes": ("x.csv", ('\ufeff"d","g"\n' + BODY).encode()),
    "lines of Windows": ("x.csv", ("d,g\n" + BODY).replace("\n", "\r\n").encode()),
    "no last line end": ("x.csv", ("d,g\n" + BODY).rstrip().encode()),
    "compressed": ("x.csv.gz", gzip.compress(("d,g\n" + BODY).encode())),
    "other columns": ("x.csv", ("q,g,,d\n" + "".join(f'"1\n2",{r[2]},,{r[0]}\n' for r in BODY.split())).encode()),
    "two unused alike": ("x.csv", ("d,g,q,q\n" + BODY.replace("\n", ",1,2\n")).encode()),
    "a name over two lines": (
        "x.csv",
        ('"q\r\nr";d;g\r\n' + "".join(f"0;{r[0]};{r[2]}\r\n" for r in BODY.split())).encode(),
    ),
    "a lone mark in a name": (
        "x.csv",
        ('d,5" wide,g\n' + "".join(f"{r[0]},0,{r[2]}\n" for r in BODY.split())).encode(),
    ),
    "a name with marks": ("it's [a] *.csv", ("d,g\n" + BODY).encode()),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_file_is_read_however_it_was_written(written, tmp_path):
    name, content = WRITTEN[written]
    (tmp_path / name).write_bytes(content)

    assert cells(tmp_path / name) == WANTED


def test_a_line_break_inside_quotes_is_part_of_a_name(tmp_path):
    (tmp_path / "x.csv").write_text('d,g\n1,"a\nb"\n0,"a,""b"\n')

    assert set(cells(tmp_path / "x.csv")) == {"a\nb", 'a,"b'}


BROKEN = {
    "empty": (b"", "empty"),
    "a header alone": (b"d,g\n", "no rows"),
    "latin-1": (("d,g\n" + BODY + "1,é\n").encode("latin-1"), "UTF-8|utf-8"),
    "latin-1, late": (("d,g\n" + BODY * 20_000 + "1,é\n").encode("latin-1"), "UTF-8|utf-8"),
    "a value too many": (("d,g\n" + BODY + "1,a,x\n").encode(), "x.csv"),
    "a value too few": (("d,g\n" + BODY + "1\n").encode(), "x.csv"),
    "a quote left open": (("d,g\n" + BODY + '1,"a\n').encode(), "x.csv"),
    "the last of many lines": (("d,g\n" + BODY * 20_000 + "1,a,x\n").encode(), "100002|100,002"),
    "the last value of many": (("d,g\n" + BODY * 20_000 + "oops,a\n").encode(), "oops"),
    "two kinds of line ends": (("d,g\n" + BODY + "1,a\r\n").encode(), r"x\.csv: its lines do not all end alike"),
    "a very long line": (
        ("d,g,q\n1,a," + "x" * 2_100_000 + "\n").encode(),
        r"x\.csv, line 2: the line is longer than 2,000,000",
    ),
    "a very long name": (
        ("d,g," + "x" * 200_000 + "\n1,a,0\n").encode(),
        r"x\.csv: the first line, which .* cannot be read",
    ),
    "the decision twice": (("d,g,d\n" + BODY.replace("\n", ",0\n")).encode(), "'d' stands twice"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_file_is_refused(broken, tmp_path):
    content, message = BROKEN[broken]
    (tmp_path / "x.csv").write_bytes(content)

    with pytest.raises(DataError, match=message):
        cells(tmp_path / "x.csv")


def test_a_file_that_is_only_called_compressed_is_refused(tmp_path):
    (tmp_path / "x.csv.gz").write_text("d,g\n" + BODY)

    with pytest.raises(DataError, match=r"x\.csv\.gz"):
        cells(tmp_path / "x.csv.gz")


@pytest.mark.parametrize(
    ("header", "asked"),
    [("q,q,q_1,g", "q_1"), ("q,Q,Q_1,g", "Q_1"), ('q," q",q_1,g', "q_1")],
    ids=["a name twice", "a name in two cases", "a name with a space"],
)
def test_no_column_is_read_under_the_name_of_another(header, asked, tmp_path):
    """An engine that renames the second `q` to `q_1` must not give it for the column that the file calls `q_1`."""
    rows = "".join(f"7,{1 - int(row[0])},{row}\n" for row in BODY.split())
    (tmp_path / "x.csv").write_text(f"{header}\n{rows}")
    try:
        found = cells(tmp_path / "x.csv", asked)
    except DataError:
        return
    assert found == WANTED


def test_of_two_names_that_differ_by_a_space_the_asked_one_is_read(tmp_path):
    (tmp_path / "x.csv").write_text('" d",d,g\n' + "".join(f"{1 - int(row[0])},{row}\n" for row in BODY.split()))
    try:
        found = cells(tmp_path / "x.csv")
    except DataError:
        return
    assert found == WANTED


@pytest.mark.parametrize("kind", ["csv", "parquet", "pandas", "polars"])
@pytest.mark.parametrize("names", [("d", "D"), ("D", "d")])
def test_a_column_is_not_confused_with_one_in_capitals(names, kind, tmp_path):
    right = [int(row[0]) for row in BODY.split()]
    values = {"d": right, "D": [1 - one for one in right]}
    frame = pd.DataFrame({name: values[name] for name in names} | {"g": [row[2] for row in BODY.split()]})
    path = tmp_path / f"x.{kind}"
    if kind == "csv":
        frame.to_csv(path, index=False)
    if kind == "parquet":
        frame.to_parquet(path)
    tables = {"pandas": frame, "polars": pl.from_pandas(frame)}
    assert cells(tables.get(kind, path)) == WANTED


# ---- several files -------------------------------------------------------------------------------------------------


def folder(path, **contents):
    for name, content in contents.items():
        (path / f"{name}.csv").write_text(content)
    return path


@pytest.mark.parametrize("pattern", ["", "*.csv", "**/*.csv"])
def test_columns_in_another_order_are_not_mixed_up(pattern, tmp_path):
    folder(tmp_path, one="d,g,q\n1,a,0\n1,a,0\n0,a,0\n", two="q,g,d\n0,b,1\n1,b,0\n")

    assert cells(str(tmp_path / pattern)) == WANTED


@pytest.mark.parametrize("other", ["g,q\na,1\n", "D,g\n1,a\n", "d;g\n1;a\n", "", "q\n1\n"])
def test_a_file_that_is_unlike_the_others_is_named(other, tmp_path):
    folder(tmp_path, one="d,g\n" + BODY, two=other)

    with pytest.raises(DataError, match=r"two\.csv|delimiters"):
        cells(tmp_path)


@pytest.mark.parametrize("many", [1, 9])
def test_no_file_is_cut_off_within_quotes_unseen(many, tmp_path):
    """Of a file in one piece, DuckDB says nothing of an open quotation mark, and leaves out what follows."""
    whole = {f"f{i}": "d,g\n" + BODY for i in range(many)}
    folder(tmp_path, **whole | {"f1": "d,g\n" + BODY + '1,"a\n' + BODY})

    with pytest.raises(DataError, match=r"f1\.csv, line 7: a quotation mark is opened and not closed"):
        cells(tmp_path)


def test_a_folder_that_is_named_like_a_column_does_not_stand_in_for_it(tmp_path):
    table = pd.DataFrame({"d": [int(row[0]) for row in BODY.split()], "g": [row[2] for row in BODY.split()]})
    (tmp_path / "g=z").mkdir()
    table.to_parquet(tmp_path / "g=z" / "x.parquet")

    assert cells(tmp_path) == WANTED


@pytest.mark.parametrize("pattern", ["", "*.csv", "**/*.csv"])
def test_a_file_with_several_names_is_read_once(pattern, tmp_path):
    folder(tmp_path, one="d,g\n" + BODY)
    (tmp_path / "a.csv").symlink_to("one.csv")
    (tmp_path / "b.csv").hardlink_to(tmp_path / "one.csv")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "round").symlink_to(tmp_path)

    assert cells(str(tmp_path / pattern)) == WANTED
    with open_table(str(tmp_path / pattern), []) as source:
        assert [path.is_symlink() for path in source.paths] == [False]


def test_hidden_files_of_a_folder_are_not_read(tmp_path):
    folder(tmp_path, one="d,g\n" + BODY)
    (tmp_path / "._one.csv").write_text("written beside every file by some systems\n")
    (tmp_path / ".one.csv").write_text("d,g\n1,z\n")

    assert cells(tmp_path) == WANTED


@pytest.mark.parametrize("kind", ["int8", "float64", "str", "bool"])
def test_files_that_store_a_column_otherwise_are_read_alike(kind, tmp_path):
    table = pd.DataFrame({"d": [int(row[0]) for row in BODY.split()], "g": [row[2] for row in BODY.split()]})
    table[:3].to_parquet(tmp_path / "one.parquet")
    table[3:].astype({"d": kind})[["g", "d"]].to_parquet(tmp_path / "two.parquet")

    assert cells(tmp_path) == WANTED


def test_a_name_inside_a_nested_column_is_not_a_column(tmp_path):
    table = pd.DataFrame({"d": [1, 0], "g": ["a", "b"], "more": [{"d": 5}, {"d": 6}]})
    table.to_parquet(tmp_path / "x.parquet")

    assert cells(tmp_path / "x.parquet") == {"a": {"up": 1}, "b": {"un": 1}}


# ---- frames and queries --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unused", [False, True])
def test_a_frame_with_a_column_twice_is_refused_or_read_rightly(unused):
    table = pd.DataFrame([[1, "a", 0, 0], [0, "b", 1, 1]], columns=["d", "g", "q", "q" if unused else "d"])
    if unused:
        assert cells(table) == {"a": {"up": 1}, "b": {"un": 1}}
        return
    with pytest.raises(DataError, match="'d'"):
        cells(table)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda frame: frame.with_columns(g=pl.col("g").cast(pl.Int64)), "conversion from"),
        (lambda frame: frame.with_columns(g=pl.col("q")), 'unable to find column "q"'),
        (
            lambda frame: frame.with_columns(g=pl.col("g").map_batches(lambda _: 1 / 0, return_dtype=pl.String)),
            "division",
        ),
        (lambda _: pl.scan_parquet("nowhere.parquet"), "No such file"),
    ],
    ids=["cast", "column", "function", "file"],
)
def test_a_lazy_frame_that_cannot_be_computed_says_why(change, why):
    frame = pl.DataFrame({"d": [1, 0], "g": ["a", "b"]})
    with pytest.raises(DataError, match=f"polars frame: it cannot be computed: .*{why}"):
        cells(change(frame.lazy()))


@pytest.mark.parametrize("kind", ["eager", "lazy", "pandas"])
def test_a_frame_in_narwhals_hands_is_the_frame(kind, recwarn):
    frame = pl.DataFrame({"d": [1, 0], "g": ["a", "b"]})
    held = {"eager": frame, "lazy": frame.lazy(), "pandas": frame.to_pandas()}[kind]

    assert cells(nw.from_native(held)) == {"a": {"up": 1}, "b": {"un": 1}}
    assert not recwarn.list


@pytest.mark.parametrize("table", [None, 3, [1], {"d": [1], "g": ["a"]}, pd.Series([1])])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(DataError, match="is not a table"):
        cells(table)


QUERIES = [
    "DROP TABLE x",
    "CREATE TABLE x AS SELECT 1",
    "COPY (SELECT 1) TO '{out}'",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    "SELECT 1 AS d, 'a' AS g; COPY (SELECT 1) TO '{out}'",
    "FROM '{csv}'; DELETE FROM x",
    "ATTACH '{out}'",
    "PRAGMA version",
    "SELECT * FROM nowhere",
    "SELECT",
    "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "",
    " ",
]


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_not_one_select_is_refused(query, tmp_path, monkeypatch):
    monkeypatch.chdir(folder(tmp_path, x="d,g\n" + BODY))

    with pytest.raises(DataError):
        cells(query.format(out=tmp_path / "out", csv=tmp_path / "x.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM '{}'",
        "from '{}' select g, d;",
        "WITH t AS (FROM '{}') SELECT\n* FROM t",
        "SELECT d, g, 'é;' AS q FROM '{}' /* ; */;; -- the end; really",
    ],
)
def test_a_select_over_files_is_a_table(query, tmp_path):
    assert cells(query.format(folder(tmp_path, x="d,g\n" + BODY) / "x.csv")) == WANTED


@pytest.mark.parametrize("other", ["G", "g"])
def test_no_column_of_a_query_or_relation_is_taken_for_another(other):
    """DuckDB would give the first of the two for either name."""
    query = f"SELECT 1 AS d, 'z' AS {other}, 'a' AS g"
    with duckdb.connect() as connection:
        for table in (query, connection.sql(query)):
            with pytest.raises(DataError, match="column 'g' stands twice, or differs only in capitals from another"):
                cells(table)
        assert cells(connection.sql("SELECT 1 AS d, 1 AS q, 2 AS Q, 'a' AS g")) == {"a": {"up": 1}}


def test_a_query_over_a_file_that_there_is_not_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file; check the path in the SQL"):
        cells("SELECT * FROM 'nowhere.csv'")


def test_a_relation_lacking_a_column_is_refused():
    with duckdb.connect() as connection, pytest.raises(DataError, match="no column 'g'"):
        cells(connection.sql("SELECT 1 AS d"))


def test_the_rows_of_a_broken_file_are_not_audited_in_part(tmp_path):
    (tmp_path / "x.csv").write_text("d,g\n" + BODY * 20_000 + "1,a,x\n")

    with pytest.raises(DataError):
        audit.run(loads(POLICY % "d"), tmp_path / "x.csv")
