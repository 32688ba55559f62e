"""What breaks under way: files, memory, disks, engines, and a person who has had enough. Never a smaller count."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb
import pytest

import audit
from audit import cli
from audit.errors import DataError
from audit.explain import Stage
from audit.policy import loads
from audit.sources import files

POLICY = """
evenhand: 1
title: Faults
data:
  decision: {column: d, favorable: 1}
attributes:
  g: {column: g}
  h: {column: h}
rules:
  - {id: ratio, metric: selection_rate, compare: ratio, require: ">= 4/5"}
"""
ROWS = "SELECT i % 2 AS d, 'g' || (i % 3) AS g, 'h' || ((i * 7919) % {groups}) AS h FROM range({rows}) t(i)"
EVENHAND = str(Path(sys.executable).with_name("evenhand"))
#: Minutes of work that needs no file.
ENDLESS = ROWS.format(groups=5, rows=20_000_000_000)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a policy, whose own folder for temporary files is `spill`."""
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY)
    Path("spill").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "spill"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def written(name, groups=5, rows=100_000):
    duckdb.sql(f"COPY ({ROWS.format(groups=groups, rows=rows)}) TO '{name}'")
    return Path(name)


def counted(table, **how):
    return audit.count_table(loads(POLICY), table, **how)[0]


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [0, 8, 0.5, -4])
def test_a_parquet_file_that_is_cut_off_is_an_error(place, keep):
    whole = written("x.parquet").read_bytes()
    Path("x.parquet").write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])

    with pytest.raises(DataError, match=r"x\.parquet: not a Parquet file, or cut off"):
        counted("x.parquet")


def test_one_file_of_many_that_is_cut_off_is_named(place):
    Path("log").mkdir()
    for name in "abc":
        written(f"log/{name}.parquet")
    Path("log/b.parquet").write_bytes(Path("log/b.parquet").read_bytes()[:-100])

    with pytest.raises(DataError, match=r"b\.parquet: not a Parquet file, or cut off"):
        counted("log")


@pytest.mark.parametrize("cut", [20, 200, -8])
def test_a_packed_file_that_is_cut_off_is_an_error_before_the_scan(place, cut, monkeypatch):
    """DuckDB 1.5 takes it as far as it goes."""
    Path("x.csv.gz").write_bytes(gzip.compress(written("x.csv").read_bytes())[:cut])
    monkeypatch.setattr(duckdb.DuckDBPyConnection, "sql", lambda *_: pytest.fail("the scan has begun"))

    with pytest.raises(DataError, match=r"x\.csv\.gz: the file is cut off"):
        counted("x.csv.gz")


@pytest.mark.parametrize("after", [0, 1000])
def test_a_broken_line_is_found_wherever_it_stands(place, after):
    """Where threads share a file by parts of 8,000,000 bytes, DuckDB leaves out one that begins with such a line."""
    head, row = b"d,g,h\n", b"0,A," + b"x" * 95 + b"\n"
    rows = (8_000_000 - len(head)) // len(row) + 1

    for before in (rows - 1, rows, rows + 1):
        Path("x.csv").write_bytes(head + row * before + b"1,B\n" + row * after)
        with pytest.raises(DataError, match=rf"x\.csv, line {before + 2}: 2 values where the header names 3 columns"):
            counted("x.csv")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_goes_away_after_the_listing_is_an_error(place, kind, monkeypatch):
    for name in "ab":
        written(f"{name}.{kind}")
    find = files.find

    def then_gone(path):
        found = find(path)
        Path(f"b.{kind}").unlink()
        return found

    monkeypatch.setattr(files, "find", then_gone)
    with pytest.raises(
        DataError, match=rf"b\.{kind}: the file went away while the data were read; nothing was counted"
    ):
        counted(f"*.{kind}")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Path.unlink, "the file went away"),
        (lambda path: written(path, rows=50), "the file changed while it was read"),
        (lambda path: os.utime(path, ns=(0, 0)), "the file changed while it was read"),
        (lambda path: (shutil.copy(path, "z"), Path("z").replace(path)), "the file changed while it was read"),
    ],
    ids=["gone", "shorter", "same size", "replaced"],
)
def test_a_file_that_changes_in_the_scan_is_an_error(place, kind, change, words):
    for name in "ab":
        written(f"{name}.{kind}")

    def watch(stage):
        if stage.name == "open":
            change(Path(f"b.{kind}"))

    with pytest.raises(DataError, match=words):
        counted(f"*.{kind}", watch=watch)


def test_a_file_that_changes_after_it_was_counted_is_an_error(place):
    written("x.csv")
    with pytest.raises(DataError, match="changed while it was read"):
        counted("x.csv", watch=lambda stage: stage.name == "count" and written("x.csv", rows=7))


def test_a_file_is_read_by_its_very_name(place):
    """DuckDB would take [1] for a pattern, and read another file."""
    written("a[1].csv", rows=10)
    written("a1.csv", rows=1000)
    assert counted("a[1].csv").read == 10


# ---- memory and disks ----------------------------------------------------------------------------------------------


def test_what_does_not_fit_in_memory_is_counted_through_the_disk_to_the_same_counts(place):
    wide = written("x.parquet", groups=200_000, rows=400_000)
    spilled = counted(wide, memory="60MB")

    assert spilled.cells > 200_000
    assert list(Path("spill").iterdir()) == []
    assert spilled.tables[0].cells.equals(counted(wide).tables[0].cells)


@pytest.mark.parametrize("limit", ["5MB", "1KB"])
def test_a_limit_of_memory_that_is_too_small_is_an_error(place, limit, capsys):
    written("x.parquet", groups=200_000, rows=400_000)

    assert cli.run(["count", "policy.yaml", "x.parquet", "-o", "x.counts", "--memory", limit]) == 2
    err = capsys.readouterr().err
    assert f"it cannot be counted within the limit of {limit}; allow more with --memory" in err
    assert "nothing was counted" in err
    assert not Path("x.counts").exists()
    assert list(Path("spill").iterdir()) == []


@pytest.mark.parametrize("text", ["", "2", "lots", "-1GB", "0MB", "80%", "2 PB", "1GB; x"])
def test_a_limit_that_is_no_size_is_refused(place, text):
    with pytest.raises(DataError, match="write a size such as 500MB or 2GB"):
        counted("x.parquet", memory=text)


@pytest.fixture
def small_disk(place):
    """A file system of one megabyte."""
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_for_what_does_not_fit_is_an_error(small_disk, monkeypatch):
    wide = written("x.parquet", groups=390_000, rows=800_000)
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))

    with pytest.raises(DataError, match=r"the disk is full to which goes .* TMPDIR; nothing was counted"):
        counted(wide, memory="40MB")
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["count", "-o", "disk/x.counts"], ["audit", "--format", "json", "--out", "disk/out"]]
)
def test_a_full_disk_for_what_is_written_is_an_error(small_disk, words, capsys):
    written("x.csv")
    name, *rest = words
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            pass

    assert cli.run([name, "policy.yaml", "x.csv", *rest]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["filler"]


# ---- a person who has had enough -----------------------------------------------------------------------------------


def computed(stat):
    """The seconds that a process or a thread has computed, from the text of its `stat`."""
    return sum(map(int, stat.rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def stopped(words, begun, end=signal.SIGINT):
    """Run a command, and press Ctrl-C, or end it otherwise, when there is such a file and imports must be over, however
    busy the machine is: its exit code, standard error, and how long it took then.
    """
    process = subprocess.Popen([EVENHAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stat = Path(f"/proc/{process.pid}/stat")
    while process.poll() is None and (computed(stat.read_text()) < 3 or not any(Path("spill").glob(begun))):
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()
    pressed = time.monotonic()
    process.send_signal(end)
    try:
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()  # one that does not hear must not go on for ever
    return process.returncode, err, time.monotonic() - pressed


def nothing_is_left(place):
    assert sorted(path.name for path in place.rglob("*")) == ["policy.yaml", "spill"]


@pytest.mark.parametrize(
    "words",
    [["audit", "--out", "out"], ["audit", "--out", "out", "--confirm"], ["count", "-o", "x.counts", "--memory", "1GB"]],
    ids=["audit", "confirm", "count"],
)
def test_ctrl_c_stops_a_scan_at_once_and_leaves_nothing(place, words):
    name, *rest = words
    code, err, seconds = stopped([name, "policy.yaml", ENDLESS, *rest], "evenhand-*")

    assert (code, err.splitlines()[-2:]) == (2, ["interrupted", "no audit was performed"])
    assert seconds < 2
    nothing_is_left(place)


@pytest.mark.parametrize(("end", "most"), [(signal.SIGINT, 2), (signal.SIGTERM, 10)], ids=["Ctrl-C", "a scheduler"])
def test_ctrl_c_while_memory_spills_leaves_nothing(place, end, most):
    wide = ROWS.format(groups=390_000, rows=5_000_000_000)
    words = ["count", "policy.yaml", wide, "-o", "x.counts", "--memory", "20MB"]
    code, err, seconds = stopped(words, "evenhand-*/*", end)

    assert (code, err.splitlines()[-1]) == (2, "no audit was performed")
    assert seconds < most
    nothing_is_left(place)


def test_ctrl_c_while_a_pdf_is_written_leaves_no_half_of_it(place):
    groups = "".join(f"SELECT 'g{i}' AS g, 'h' AS h, {i % 2} AS d UNION ALL " for i in range(400))
    duckdb.sql(f"COPY (SELECT * FROM ({groups} SELECT 'z', 'h', 1), range(50)) TO 'x.csv'")
    Path("report").mkdir()
    process = subprocess.Popen(
        [EVENHAND, "audit", "policy.yaml", "x.csv", "--out", "report", "--format", "json", "--format", "pdf", "-q"],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not Path("report/result.json").exists():  # after that, the PDF is made
        time.sleep(0.01)
    time.sleep(0.2)
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert (process.returncode, err.splitlines()[-1]) == (2, "no audit was performed")
    assert time.monotonic() - pressed < 2
    assert [path.name for path in Path("report").iterdir()] == ["result.json"]


@contextlib.contextmanager
def ctrl_c(after):
    """Ctrl-C in this very process."""
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    yield
    timer.join()


def test_ctrl_c_is_heard_by_the_library_too_and_where_polars_is_loaded(place):
    pytest.importorskip("polars")  # whose handler of signals has waits go on
    began, threads = time.monotonic(), threading.active_count()
    with pytest.raises(KeyboardInterrupt), ctrl_c(0.5):
        audit.run(loads(POLICY), ENDLESS)

    assert time.monotonic() - began < 2.5
    nothing_is_left(place)
    assert threading.active_count() <= threads


def test_an_audit_runs_in_a_thread_of_the_callers(place):
    written("x.csv")
    found = []
    thread = threading.Thread(target=lambda: found.append(counted("x.csv").read))
    thread.start()
    thread.join()
    assert found == [100_000]


# ---- Spark ---------------------------------------------------------------------------------------------------------

LONG_IN_SPARK = (
    "SELECT CAST(hash(id) % 2 AS INT) AS d, 'a' AS g, CAST(hash(sha2(CAST(id AS STRING), 256)) % 9 AS INT) AS h "
    "FROM range(20000000000)"
)


@pytest.fixture
def spark():
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("there is no Java for Spark")


def _java(process):
    """The Java below a process."""
    below = subprocess.run(["ps", "-eo", "pid=,ppid=,comm="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in below.splitlines()]
    return [int(pid) for pid, parent, name in rows if int(parent) == process.pid and name == "java"]


def _counting_in_spark():
    words = ["count", "policy.yaml", LONG_IN_SPARK, "-o", "x.counts", "--engine", "spark:local[2]"]
    process = subprocess.Popen([EVENHAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 300
    while not _busy(process) and time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    return process


def _busy(process):
    """Has one of the threads that read rows, known by the name that Spark gives them, computed for half a second?"""
    with contextlib.suppress(OSError):  # a thread that ended between being listed and being read
        for pid in _java(process):
            stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
            if any("(Executor task " in stat and computed(stat) > 0.5 for stat in stats):
                return True
    return False


@pytest.mark.parametrize("fate", ["killed", pytest.param("interrupted", marks=pytest.mark.slow)])
def test_a_spark_that_is_stopped_is_an_error_without_a_word_of_its_own(place, spark, fate):
    process = _counting_in_spark()
    [java] = _java(process)
    pressed = time.monotonic()
    if fate == "killed":
        os.kill(java, signal.SIGKILL)
    else:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)

    reason = {"killed": f"{LONG_IN_SPARK}: Spark ended before it had counted", "interrupted": "interrupted"}[fate]
    assert err.strip().startswith(reason)
    assert (process.returncode, out, err.splitlines()[-1]) == (2, "", "no audit was performed")
    assert time.monotonic() - pressed < 3
    assert not Path("x.counts").exists()


def test_a_session_of_our_own_is_stopped_and_silent_and_has_the_days_of_utc(place, spark):
    rows = ROWS.format(groups=5, rows=100_000)
    duckdb.sql(f"COPY (SELECT *, '2026-01-01 02:00:00+00'::TIMESTAMPTZ AS t FROM ({rows})) TO 'x.parquet'")
    Path("policy.yaml").write_text(POLICY.replace("data:", "data:\n  time: {column: t, period: day}"))
    words = ["count", "policy.yaml", "x.parquet", "-o", "x.counts", "--engine", "spark:local[1]"]
    environment = {**os.environ, "TZ": "America/New_York"}
    done = subprocess.run([EVENHAND, *words], capture_output=True, text=True, check=True, env=environment)

    assert done.stderr == ""
    assert done.stdout.startswith("x.counts: 100,000 rows in 30 cells")
    assert '"period":{"values":["2026-01-01",null]' in Path("x.counts").read_text()


def test_a_spark_that_cannot_start_says_why(place, spark):
    written("x.csv")
    environment = {**os.environ, "JAVA_HOME": "/nowhere"}
    words = ["count", "policy.yaml", "x.csv", "-o", "x.counts", "--engine", "spark"]
    done = subprocess.run([EVENHAND, *words], capture_output=True, text=True, check=False, env=environment)

    assert done.returncode == 2
    assert done.stderr.startswith("Spark did not start: ")
    assert "/nowhere" in done.stderr


# ---- what was done -------------------------------------------------------------------------------------------------


def test_stages_tell_what_was_scanned(place):
    path = written("x.csv")
    stages: list[Stage] = []
    result = audit.run(loads(POLICY), path, watch=stages.append)

    assert [stage.name for stage in stages] == ["open", "count", "digest", "judge"]
    assert all(stage.seconds >= 0 for stage in stages)
    opened, count = stages[0].facts, stages[1].facts
    assert opened == {"source": "x.csv", "kind": "csv", "engine": "duckdb", "bytes": path.stat().st_size}
    assert count == {"rows": 100_000, "columns": 3, "cells": 30, "groupings": 1}
    assert (result.data.cells, result.rows.read) == (30, 100_000)


@pytest.mark.parametrize(
    ("words", "also"),
    [(["audit", "--format", "json", "--format", "text", "--out", "o", "-q"], ["judge", "write json", "write text"]),
     (["audit", "--confirm", "--format", "json", "--out", "-"], ["judge", "confirm", "write json"]),
     (["count", "-o", "x.counts"], [])],
)  # fmt: skip
def test_explain_prints_the_scan_and_its_stages(place, words, also, capfd):
    size = written("x.csv").stat().st_size
    name, *rest = words
    cli.run([name, "policy.yaml", "x.csv", "--explain", *rest])

    err = capfd.readouterr().err
    assert f"rows       100,000, {size:,} bytes of files\ncolumns    3 decoded\ncells      30, in one grouping" in err
    stages = [line[:16].strip() for line in err.splitlines() if line.endswith(" s")]
    assert stages == ["open", "count", "digest", *also, "together"]


def test_how_it_was_run_is_no_part_of_the_result(place):
    written("x.csv")
    plain = ["audit", "policy.yaml", "x.csv", "--format", "json", "-q", "--as-of", "2026-01-01", "--out"]
    assert cli.run([*plain, "one"]) == cli.run([*plain, "two", "--explain", "--memory", "1GB", "--engine", "duckdb"])
    assert Path("one/result.json").read_bytes() == Path("two/result.json").read_bytes()


def test_confirming_needs_the_rows_here(place, capsys):
    assert cli.run(["audit", "policy.yaml", "x.csv", "--confirm", "--engine", "spark"]) == 2
    assert "--confirm needs the rows in memory" in capsys.readouterr().err
