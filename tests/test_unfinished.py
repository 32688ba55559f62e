"""Runs that end early, by an error, a full disk or a key: no half a report, and never the look of a verdict."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import audit
from audit import cli, render
from audit.policy import loads

POLICY = """
evenhand: 1
title: Unfinished
data:
  decision: {column: d, favorable: 1}
attributes:
  g: {column: g}
rules:
  - {id: ratio, metric: selection_rate, compare: ratio, require: ">= 4/5"}
"""
LAST = "no audit was performed"


def people():
    return pd.DataFrame({"d": [1, 0] * 100, "g": ["a", "b", "b", "a"] * 50})


@pytest.fixture
def words(tmp_path, monkeypatch):
    """The arguments of an audit that works, in a folder that holds an older report."""
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY)
    people().to_csv("x.csv", index=False)
    Path("out").mkdir()
    Path("out/report.txt").write_text("the older report")
    return ["audit", "policy.yaml", "x.csv", "--out", "out", "--format", "text", "-q"]


def no_audit(words, capsys):
    """The exit code is 2 and the last line on stderr says why it is no verdict."""
    code = cli.run(words)
    err = capsys.readouterr().err
    assert (code, err.splitlines()[-1]) == (2, LAST)
    return err


def only_the_older_report():
    assert [path.name for path in Path("out").iterdir()] == ["report.txt"]
    assert Path("out/report.txt").read_text() == "the older report"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError, RuntimeError, ZeroDivisionError])
def test_a_report_that_breaks_off_leaves_the_older_one(stop, words, capsys, monkeypatch):
    def breaks(_result):
        raise stop("half-way")

    broken = render.Format(name="text", suffix="txt", write=breaks, description="")
    monkeypatch.setitem(render.FORMATS, "text", broken)

    no_audit(words, capsys)
    only_the_older_report()


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_write_that_breaks_off_leaves_the_older_report(call, stop, words, capsys, monkeypatch):
    def breaks(*_arguments):
        raise stop

    monkeypatch.setattr(os, call, breaks)
    no_audit(words, capsys)
    only_the_older_report()


@pytest.mark.parametrize("out", ["policy.yaml", "policy.yaml/below", "/proc/none"])
def test_a_folder_that_cannot_be_made_is_named(out, words, capsys):
    words[4] = out

    assert out.split("/below", maxsplit=1)[0] in no_audit(words, capsys)


def test_the_data_argument_must_not_be_empty(words, capsys):
    """An unset variable of a shell must not audit whatever lies in the folder."""
    words[2] = ""
    no_audit(words, capsys)


def test_python_leaves_no_half_a_report_either(tmp_path, monkeypatch):
    result = audit.run(loads(POLICY), people())
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))

    with pytest.raises(KeyboardInterrupt):
        audit.write(result, tmp_path / "out", ["json", "text"])
    assert list((tmp_path / "out").iterdir()) == []


HEAVY = {
    "aliases": "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a, *a, *a]\n" for i in range(60)),
    "an alias of itself": "a: &a [*a]\n",
    "lists in lists": "[" * 50_000,
    "maps in maps": "a: " + "{a: " * 50_000,
    "indented": "".join(" " * i + "a:\n" for i in range(2000)),
    "a tag that builds": "!!python/object/apply:os.system ['true']\n",
    "one long line": "title: " + "x" * 3_000_000,
    "many keys": "".join(f"k{i}: 1\n" for i in range(100_000)),
    "a large number": "evenhand: " + "9" * 100_000 + "\n",
    "zeros": "evenhand: 1e999999999\n",
    "no text": "\x00\x01\x02",
    "half a mark": "\ufeff\ufeff",
    "nothing": "",
}


@pytest.mark.no_cover
@pytest.mark.parametrize("content", HEAVY)
@pytest.mark.parametrize("command", [["policy", "check"], ["audit"]])
def test_a_policy_made_to_break_the_reader_is_refused(content, command, words, capsys):
    Path("policy.yaml").write_text(HEAVY[content])
    err = no_audit([*command, "policy.yaml", *(["x.csv"] if command == ["audit"] else [])], capsys)

    assert "policy.yaml" in err
    assert "Traceback" not in err
    assert len(err) < 5000


def test_deep_nesting_does_not_end_the_process(words):
    """In a process of its own: a stack that overflows in C takes the test with it."""
    Path("policy.yaml").write_text("a: " + "[" * 50_000 + "]" * 50_000)
    command = [sys.executable, "-c", "import sys; from audit.cli import main; main(sys.argv[1:])"]
    repository = Path(cli.__file__).parents[2]
    ended = subprocess.run(
        [*command, "policy", "check", "policy.yaml"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(repository)},
    )

    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == LAST


HELD = ("pandas", "sklearn", "fairlearn", "scipy.stats", "weasyprint", "duckdb")


@pytest.mark.parametrize(
    "words_", [["--help"], ["audit", "--help"], ["policy", "check", "policy.yaml"], ["policy", "list"]]
)
def test_what_reads_no_rows_loads_nothing_that_reads_rows(words_, words):
    code = (
        "import sys\nfrom audit.cli import run\n"
        f"code = run({words_!r})\nprint([name for name in {HELD!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)"
    )
    repository = Path(cli.__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(repository)},
    )

    assert (ended.returncode, ended.stderr.strip()) == (0, "[]")
