"""An exception is listed with the days that it has left, and an expired one no longer lets anything pass."""

from __future__ import annotations

import pytest

from audit import cli

LAW = """evenhand: 1
title: t
data: {decision: {column: d, favorable: 1, otherwise: [0]}}
attributes: {g: {column: g}}
rules: [{id: fifths, metric: selection_rate, compare: ratio, require: ">= 4/5"}]
waivers: [{rule: fifths, reason: Ticket 12, approved_by: Head of risk, expires: 2027-02-01}]
"""


@pytest.mark.parametrize(
    ("day", "code", "said"),
    [
        ("2027-01-01", 0, "ends 2027-02-01, in 31 days."),
        ("2027-01-31", 0, "ends 2027-02-01, in 1 day."),
        ("2027-02-01", 0, "ends 2027-02-01, in 0 days."),
        ("2027-02-02", 1, "ended 2027-02-01 and no longer counts."),
    ],
)
def test_the_terminal_lists_the_days_left_and_an_expired_waiver_fails(day, code, said, tmp_path, capsys):
    (tmp_path / "law.yaml").write_text(LAW)
    (tmp_path / "rows.csv").write_text("g,d\n" + "A,1\nB,0\n" * 100 + "B,1\n" * 20)
    asked = ["audit", str(tmp_path / "law.yaml"), str(tmp_path / "rows.csv"), "--as-of", day]
    assert cli.run([*asked, "--format", "markdown", "--out", str(tmp_path / "out")]) == code
    printed = " ".join(capsys.readouterr().out.split())
    assert f"Exception to fifths: {said} Approved by Head of risk: Ticket 12" in printed
    assert "2027-02-01" in (tmp_path / "out" / "report.md").read_text()
