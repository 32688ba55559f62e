"""Files are found, told apart, and written whole or not at all."""

import contextlib
import gzip
import os
from pathlib import Path

import pytest

from audit.errors import DataError
from audit.sources import files


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    files.write_atomically(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_written_file_can_be_read_by_whom_the_mask_allows(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_atomically(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_folder_means_its_tables_and_a_pattern_those_that_match(tmp_path):
    for name in ("a.csv", "b.csv", "notes.md", "deep/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n1\n")
    assert [path.name for path in files.find(tmp_path)[1]] == ["a.csv", "b.csv", "c.csv"]
    assert [path.name for path in files.find(tmp_path / "[ab].csv")[1]] == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("names", "asked", "message"),
    [
        ([], "none.csv", "there is no such file or folder"),
        (["a.md"], "", "holds no CSV or Parquet files"),
        (["a.xlsx"], "a.xlsx", "not a kind of file that can be read"),
        (["a.csv", "b.parquet"], "", "holds CSV and Parquet files"),
    ],
)
def test_what_cannot_be_a_table_is_said(names, asked, message, tmp_path):
    for name in names:
        (tmp_path / name).write_text("x\n")
    with pytest.raises(DataError, match=message):
        files.find(tmp_path / asked)


@pytest.mark.parametrize(
    ("line", "names", "delimiter"),
    [
        ("a,b,c\n", ["a", "b", "c"], ","),
        ("a;b\n", ["a", "b"], ";"),
        ("a\tb,c\td\n", ["a", "b,c", "d"], "\t"),
        ('"a,1";"b"\r\n', ["a,1", "b"], ";"),
        ("\ufeffa,b\n", ["a", "b"], ","),
        ("alone\n", ["alone"], ","),
    ],
)
def test_a_header_tells_names_and_delimiter(line, names, delimiter, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(line.encode())
    found = files.header(path)
    assert (list(found.names), found.delimiter) == (names, delimiter)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(line.encode()))
    assert list(files.header(packed).names) == names


@pytest.mark.parametrize(("content", "message"), [(b"", "is empty"), (b"\xff\xfe\x00", "UTF-8")])
def test_a_csv_without_a_header_or_in_another_encoding_is_refused(content, message, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        files.header(path)


def test_a_query_is_told_from_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert files.is_query("SELECT * FROM 'a.csv'")
    assert files.is_query("\n with x as (select 1) select * from x")
    assert not files.is_query("selection.csv")
    Path("select me.csv").write_text("")
    assert not files.is_query("select me.csv")


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
@pytest.mark.parametrize(
    ("body", "open_"),
    [
        ('1,"a\n1,b\n', True),
        ('1,"a', True),
        ('1,"a""\n', True),
        ('1,"a"\n1,"b""c\nd"\n', False),
        ('1,5" pipe\n1,b\n', False),
        ("1,a\n", False),
    ],
)
def test_a_file_that_ends_within_quotes_is_told_from_one_with_a_lone_mark(body, open_, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(gzip.compress(f"d,g\n{body}".encode()) if name.endswith("gz") else f"d,g\n{body}".encode())
    refused = pytest.raises(DataError, match=r"x\.csv.*: a quotation mark is opened and not closed")
    with refused if open_ else contextlib.nullcontext():
        files.check_quotes({path: ","})
