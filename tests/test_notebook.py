"""A result in a notebook: shown as its summary, and turned into tables that hold what it holds."""

from __future__ import annotations

import html
import subprocess
import sys

import pytest

import audit
from audit.errors import DataError
from audit.notebook import shown
from audit.render import FORMATS
from audit.render.options import PLAIN
from tests.making import policy_of, rule

SHOW = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import audit, sys
loaded = [name for name in ("pandas", "pydantic", "jinja2") if name in sys.modules]
assert not loaded, loaded
result = audit.load_result(sys.argv[1])
data, _ = shell.display_formatter.format(result)
assert "<iframe" in data["text/html"], data
assert data["text/plain"].startswith("<AuditResult "), data["text/plain"]
"""


@pytest.fixture(scope="module")
def result():
    import pandas as pd

    rows = [("a", 1, 1)] * 60 + [("a", 0, 0)] * 60 + [("b <i>", 1, 0)] * 30 + [("b <i>", 0, 0)] * 90 + [("c", 1, 1)]
    table = pd.DataFrame(rows, columns=["group", "decision", "outcome"])
    law = policy_of(
        rule(compare="ratio", require=">= 4/5"),
        rule(id="tpr", metric="true_positive_rate", compare="difference", require="<= 0.1"),
        data={"decision": {"column": "decision", "favorable": 1}, "outcome": {"column": "outcome", "favorable": 1}},
        attributes={"group": {"column": "group"}},
    )
    return audit.run(law, table)


def test_every_finding_is_a_row(result):
    table = audit.findings_table(result)
    assert len(table) == len(result.findings)
    for (_, row), found in zip(table.iterrows(), result.findings, strict=True):
        assert (row["rule"], row["group"], row["verdict"]) == (found.rule, found.group, found.verdict)
        for name, value in (("value", found.value), ("low", found.interval.low), ("accepts_low", found.accepts.low)):
            assert row[name] == value if value is not None else row[name] != row[name]
    assert table.set_index(["rule", "group"]).loc[("tpr", "b <i>"), "reason"]
    assert not table["waived"].any()


def test_every_rate_is_a_row_and_what_is_missing_is_not_zero(result):
    table = audit.rates_table(result).set_index(["group", "metric"])
    assert len(table) == sum(len(row.metrics) for row in (*result.groups, result.overall))
    assert table.loc[("a", "selection_rate"), "value"] == 0.5
    assert table.loc[("a", "selection_rate"), ["n", "records"]].tolist() == [120, 120]
    missing = table.loc[[("b <i>", "true_positive_rate")]]
    assert missing["value"].isna().all()
    assert list(missing["reason"]) == ["no positive outcomes"]


def test_a_result_is_shown_in_a_frame_that_can_do_nothing(result):
    said = shown(result)
    assert said.count("<iframe") == 1
    assert 'sandbox=""' in said
    page = html.unescape(said.split('srcdoc="')[1].split('" style=')[0])
    assert page == FORMATS["summary"].write(result, PLAIN).decode()
    assert "<i>" not in said.split("srcdoc=")[0]


def test_a_result_says_its_verdict_in_one_line(result):
    assert repr(result) == f"<AuditResult {result.outcome}: {result.title!r}, 2 rules, {len(result.findings)} findings>"


def test_a_notebook_shows_a_result_without_being_told_how(result, tmp_path):
    [path] = audit.write(result, tmp_path, ["json"])
    done = subprocess.run([sys.executable, "-c", SHOW, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("load", [audit.load_result, audit.load_counts])
def test_a_file_that_is_not_there_is_said_whatever_names_it(load, tmp_path):
    for path in (tmp_path / "nothing.json", str(tmp_path / "nothing.json")):
        with pytest.raises(DataError, match=r"nothing\.json: the file cannot be read: No such file"):
            load(path)


def test_what_is_completed_behind_the_package_is_what_anybody_may_use():
    assert {name for name in dir(audit) if not name.startswith("__")} == set(audit.__all__)
    assert all(getattr(audit, name) for name in dir(audit))
