"""The command line: exit codes, what is printed where, and what is left behind."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from audit import cli, render
from audit.cli.plain import legible
from audit.errors import RenderError
from audit.policy import load
from tests.making import policy_of, rule, selected

POLICY = """evenhand: 1
title: Test
subject: {name: thing}
data:
  decision: {column: d, favorable: 1}
attributes:
  g: {column: g}
rules:
  - {id: four-fifths, metric: selection_rate, compare: ratio, require: ">= 4/5"}
"""
TABLES = {"pass": (600, 600), "fail": (600, 300), "inconclusive": (600, 480)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a policy and a table for each outcome."""
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY)
    for name, (a, b) in TABLES.items():
        selected(A=(a, 1000), B=(b, 1000)).to_csv(f"{name}.csv", index=False)
    return tmp_path


def audited(*words):
    return cli.run(["audit", "policy.yaml", *words, "--format", "json", "--out", "report"])


@pytest.mark.parametrize(("table", "code"), [("pass", 0), ("fail", 1), ("inconclusive", 3)])
def test_the_exit_code_is_the_outcome(table, code, folder, capsys):
    assert audited(f"{table}.csv") == code
    result = json.loads((folder / "report/result.json").read_text())
    assert result["outcome"] == table
    out, err = capsys.readouterr()
    assert "four-fifths" in out
    assert err == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["audit", "policy.yaml"], "Missing argument 'DATA'"),
        (["audit", "policy.yaml", "none.csv"], "none.csv: there is no such file"),
        (["audit", "none.yaml", "pass.csv"], "none.yaml"),
        (["audit", "policy.yaml", "pass.csv", "--format", "docx"], "'docx' is not one of"),
        (["audit", "policy.yaml", "pass.csv", "--out", "-"], "--out - prints one format"),
        (["audit", "policy.yaml", "pass.csv", "--as-of", "tomorrow"], "tomorrow"),
        (["audit", "policy.yaml", "pass.csv", "--out", ""], "--out is empty"),
        (["audit", "policy.yaml", "pass.csv", "--out", "pass.csv/report"], "pass.csv is a file; name a folder"),
        (["audit", "policy.yaml", ""], "no data are named"),
        (["audit", "policy.yaml", "DROP TABLE x"], "must be one SELECT statement"),
        (["audit", "policy.yaml", "SELECT 1; SELECT 2"], "one SELECT"),
        (["audit", "policy.yaml", "pass.csv", "fail.csv"], "a pattern in quotes, such as 'log/*.csv'"),
        (["count", "policy.yaml", "pass.csv", "fail.csv", "-o", "c"], "2 are named, the second of them 'fail.csv'"),
        (["audit", "pass.csv", "policy.yaml"], "it is named first, and the data or counts after it"),
        (["policy", "show", "four-fifths"], "did you mean 'conventions/four-fifths'?"),
        (["adit"], "no command 'adit'; did you mean 'audit'?"),
        (["policy", "check", "none.yaml"], "none.yaml"),
        (["render", "none.json"], "none.json"),
        (["init", "none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_so_last(words, message, folder, capsys):
    before = sorted(folder.rglob("*"))
    assert cli.run(words) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert err.splitlines()[-1] == "no audit was performed"
    assert out == ""
    assert sorted(folder.rglob("*")) == before


def test_all_missing_columns_are_named_with_the_nearest(folder, capsys):
    Path("policy.yaml").write_text(POLICY.replace("column: d,", "column: dd,").replace("column: g", "column: group"))
    assert audited("pass.csv") == 2
    err = capsys.readouterr().err
    assert "no column 'dd'; did you mean 'd'?" in err
    assert "no column 'group'" in err


def test_one_format_goes_to_standard_output_and_nothing_else_does(folder, capfdbinary):
    assert cli.run(["audit", "policy.yaml", "fail.csv", "--format", "json", "--out", "-"]) == 1
    assert json.loads(capfdbinary.readouterr().out)["outcome"] == "fail"
    assert not (folder / "evenhand-report").exists()


def test_a_query_over_files_is_a_table(folder):
    assert audited("SELECT * FROM 'fail.csv'") == 1


def test_quiet_prints_no_summary(folder, capsys):
    assert audited("fail.csv", "--quiet") == 1
    assert "four-fifths" not in capsys.readouterr().out


def test_a_result_is_rendered_again_to_the_same_bytes(folder):
    audited("fail.csv", "--as-of", "2026-01-01")
    formats = [word for name in ("markdown", "text", "json") for word in ("--format", name)]
    assert cli.run(["render", "report/result.json", *formats, "--out", "again"]) == 1
    assert (folder / "again/result.json").read_bytes() == (folder / "report/result.json").read_bytes()
    assert {path.name for path in (folder / "again").iterdir()} == {"report.md", "report.txt", "result.json"}


def test_a_report_that_cannot_be_written_does_not_stop_the_others(folder, monkeypatch, capsys):
    def no_pango(_result, _options):
        raise RenderError("PDF needs Pango: apt-get install libpango-1.0-0")

    broken = render.Format(name="pdf", suffix="pdf", write=no_pango, description="")
    monkeypatch.setitem(render.FORMATS, "pdf", broken)
    words = [word for name in ("pdf", "html", "json") for word in ("--format", name)]
    assert cli.run(["audit", "policy.yaml", "pass.csv", *words, "--out", "report"]) == 2
    assert {path.name for path in (folder / "report").iterdir()} == {"report.html", "result.json"}
    err = capsys.readouterr().err
    assert "not written: PDF needs Pango: apt-get install libpango-1.0-0" in err
    assert "no audit was performed" not in err


def test_an_interrupt_leaves_nothing_behind(folder, monkeypatch, capsys):
    def interrupted(_result, _options):
        raise KeyboardInterrupt

    broken = render.Format(name="html", suffix="html", write=interrupted, description="")
    monkeypatch.setitem(render.FORMATS, "html", broken)
    assert cli.run(["audit", "policy.yaml", "pass.csv", "--format", "html", "--out", "report"]) == 2
    assert not (folder / "report").exists()
    assert capsys.readouterr().err.split("\n")[-3:] == ["interrupted", "no audit was performed", ""]


def test_a_crash_never_looks_like_a_verdict(folder, monkeypatch, capsys):
    def crash(_result, _options):
        raise ZeroDivisionError

    broken = render.Format(name="html", suffix="html", write=crash, description="")
    monkeypatch.setitem(render.FORMATS, "html", broken)
    assert cli.run(["audit", "policy.yaml", "fail.csv", "--format", "html"]) == 2
    assert "a mistake in evenhand itself (ZeroDivisionError)" in capsys.readouterr().err


def test_a_good_policy_is_checked_with_its_digest(folder, capsys):
    assert cli.run(["policy", "check", "policy.yaml"]) == 0
    assert "policy.yaml: 1 rule, 1 attribute; sha256 " in capsys.readouterr().out


def test_what_packs_ask_and_a_policy_leaves_open_is_listed_with_the_question(folder, capsys):
    asking = POLICY.replace("title: Test", "title: Test\nextends: mandated/ca-adm\nstatements: {monitoring: Monthly}")
    Path("policy.yaml").write_text(asking)
    assert cli.run(["policy", "check", "policy.yaml"]) == 0
    err = capsys.readouterr().err
    open_ones = re.findall(r"^  ([a-z_]+): .*\?( \(mandatory\))?$", err, re.MULTILINE)
    policy = load("policy.yaml")
    asked = {name for pack in policy.in_force.values() for name in pack.statements} - set(policy.answers())
    assert {name for name, _ in open_ones} == asked
    assert "monitoring" not in asked
    assert f"unanswered under 'statements': {len(asked)} questions of the packs" in err
    marks = [mark for _, mark in open_ones]
    assert marks == sorted(marks, reverse=True), "what is mandatory comes first"


def test_all_mistakes_of_all_policies_are_said(folder, capsys):
    Path("a.yaml").write_text(POLICY.replace("selection_rate", "selction_rate"))
    Path("b.yaml").write_text(POLICY.replace("compare: ratio", "compare: ratoi"))
    assert cli.run(["policy", "check", "a.yaml", "policy.yaml", "b.yaml"]) == 2
    err = capsys.readouterr().err
    assert "did you mean 'selection_rate'" in err
    assert "b.yaml:9:" in err


def test_a_policy_is_shown_with_where_its_rules_come_from(folder, capsys):
    Path("own.yaml").write_text(POLICY.replace("title: Test", "title: Test\nextends: [conventions/four-fifths]"))
    assert cli.run(["policy", "show", "own.yaml"]) == 0
    out = capsys.readouterr().out
    assert "own.yaml" in out
    assert "conventions/four-fifths" in out


def test_the_schema_is_printed_as_it_is_shipped(capsys):
    from audit.resources import folder as shipped

    assert cli.run(["policy", "schema"]) == 0
    assert capsys.readouterr().out == (shipped("policies") / "policy.schema.json").read_text()


def test_packs_are_listed_with_their_age(capsys):
    assert cli.run(["policy", "list"]) == 0
    said = capsys.readouterr().out
    assert "conventions/four-fifths" in said
    assert "    convention, anywhere; checked on 2026-11-20, " in said
    assert "    convention, United States; rescission pending; checked on" in said
    assert "anywhere; convention" not in said.replace("framework, anywhere; convention", "")
    assert cli.run(["policy", "list", "--as-of", "2099-01-01"]) == 0
    assert "stale" in capsys.readouterr().out


def test_a_broken_pipe_is_no_crash(folder):
    command = f"{sys.executable} -m audit.cli audit policy.yaml fail.csv --format html --out - | head -c 10 >/dev/null"
    done = subprocess.run(
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    assert "Traceback" not in done.stderr


def test_what_an_encoding_lacks_is_spelled_and_stops_nothing(folder, monkeypatch):
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="cp1252", write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit) as ended:
        cli.main(["audit", "policy.yaml", "fail.csv", "--format", "json", "--out", "report"])
    text = written.getvalue().decode("cp1252")
    assert ended.value.code == 1
    assert "x fail" in text
    assert "“" in text, "what the encoding has stays as it is"
    legible(io.StringIO())  # what is no stream of bytes needs nothing
    print("日 ≥ 0.8", file=stream)
    assert "U+65E5 >= 0.8" in written.getvalue().decode("cp1252")


def test_the_summary_says_what_comes_next(folder, capsys):
    audited("fail.csv")
    out = capsys.readouterr().out
    assert "Not cleared for release" in out
    assert "Mend or justify four-fifths" in out


def test_python_and_the_command_line_give_the_same_result(folder):
    import datetime

    import audit
    from audit.result import load

    audited("fail.csv", "--as-of", "2026-01-01")
    by_command = load(folder / "report/result.json")
    by_python = audit.run("policy.yaml", "fail.csv", as_of=datetime.date(2026, 1, 1))
    assert by_python.findings == by_command.findings
    assert audit.write(by_python, "python", ["json"]) == [Path("python/result.json")]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = audit.nothing
    assert policy_of(rule()).rules
