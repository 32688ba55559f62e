"""Periods and versions: each slice shown by itself, and judged by itself where that is asked for."""

import json
from pathlib import Path

import pandas as pd
import pytest

import audit
from audit import cli
from audit.errors import DataError
from audit.policy import load, loads
from audit.render import FORMATS
from tests.making import policy_of, rule

DATA = {
    "decision": {"column": "d", "favorable": 1},
    "outcome": {"column": "y", "favorable": 1},
    "time": {"column": "t", "period": "month"},
    "model_version": "v",
}


def log():
    """Two versions over three months: the second version decides worse for B."""
    parts = [
        ("A", "1", "2026-01-05", 30, 50),
        ("B", "1", "2026-01-06", 30, 50),
        ("A", "1", "2026-02-05", 35, 50),
        ("B", "2", "2026-02-07", 5, 50),
        ("A", "2", "2026-03-01", 40, 50),
    ]
    rows = [(g, v, t, int(i < hits), 1) for g, v, t, hits, of in parts for i in range(of)]
    return pd.DataFrame(rows, columns=["g", "v", "t", "d", "y"])


def policy(**changes):
    return policy_of(rule(metric=["selection_rate", "true_positive_rate"], **changes), data=DATA)


def test_each_period_and_version_has_the_rates_of_its_own_rows():
    table = log()
    result = audit.run(policy(), table)
    assert {(line.by, line.slices) for line in result.series} == {
        ("period", ("2026-01", "2026-02", "2026-03")),
        ("version", ("1", "2")),
    }
    for line in (line for line in result.series if line.metric == "selection_rate"):
        column = table["v"] if line.by == "version" else table["t"].str[:7]
        for name, value in zip(line.slices, line.values, strict=True):
            mine = table[(column == name) & (table["g"] == line.group)]
            assert value.n == len(mine)
            assert value.value == (pytest.approx(mine["d"].mean()) if len(mine) else None)
            assert (value.reason == "no records") == (not len(mine))


def test_one_slice_is_judged_as_its_rows_alone_would_be():
    table = log()
    sliced = audit.run(policy(), table, only={"version": "2"})
    alone = audit.run(policy(), table[table["v"] == "2"])
    assert [found.because for found in sliced.findings] == [found.because for found in alone.findings]
    assert sliced.outcome != audit.run(policy(), table, only={"period": "2026-01"}).outcome
    assert sliced.rows.read == 100
    assert sliced.data.only == {"version": "2"}
    assert sliced.notes[0] == "Judged is version 2 alone, 100 of 250 rows."


@pytest.mark.parametrize(
    ("only", "said"),
    [
        ({"version": "3"}, "there is no version '3'; there are 1, 2"),
        ({"month": "2026-01"}, "no slice 'month'; there are: period, version"),
        ({"version": "2", "period": "2026-01"}, "there is no period '2026-01'"),
    ],
)
def test_a_slice_that_there_is_not_is_an_error(only, said):
    with pytest.raises(DataError, match=said):
        audit.run(policy(), log(), only=only)


def test_a_slice_of_what_the_policy_does_not_name_is_an_error():
    with pytest.raises(DataError, match="the policy names no column for a version"):
        audit.run(policy_of(rule()), log(), only={"version": "2"})


def test_a_slice_without_usable_rows_is_an_error():
    table = log().astype({"d": object})
    table.loc[table["v"] == "2", "d"] = None
    data = {**DATA, "decision": {"column": "d", "favorable": 1, "unusable": "exclude"}}
    with pytest.raises(DataError, match="no usable rows are of version 2"):
        audit.run(policy_of(rule(), data=data), table, only={"version": "2"})


def test_very_many_periods_are_not_shown_one_by_one():
    table = pd.DataFrame(
        {"g": ["A", "B"] * 100, "d": 1, "y": 1, "v": "1", "t": pd.date_range("2026-01-01", periods=200).astype(str)}
    )
    result = audit.run(policy_of(rule(), data={**DATA, "time": {"column": "t", "period": "day"}}), table)
    assert not [line for line in result.series if line.by == "period"]
    assert any("200 periods, too many to show" in note for note in result.notes)


def test_the_report_shows_slices_and_the_command_line_judges_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("p.yaml").write_text(json.dumps(policy().effective()))
    log().to_csv("log.csv", index=False)
    assert cli.run(["count", "p.yaml", "log.csv", "-o", "c.counts"]) == 0
    code = cli.run(["judge", "p.yaml", "c.counts", "--only", "version=2", "--out", "r", "--format", "json", "-q"])
    assert code == cli.FAILED
    assert "--only version=2" in json.loads(Path("r/result.json").read_text())["provenance"]["command"]
    assert cli.run(["audit", "p.yaml", "log.csv", "--only", "version", "--out", "r"]) == cli.NO_AUDIT
    assert "is not of the form period=2026-10" in capsys.readouterr().err
    page = FORMATS["html"].write(audit.run(load(Path("p.yaml")), "log.csv")).decode()
    assert "Selection rate by g, over time" in page
    assert "Selection rate by g, by version of the model" in page


def test_a_policy_says_how_long_a_period_is():
    named = loads(json.dumps(policy().effective()).replace('"month"', '"quarter"'))
    assert audit.run(named, log()).series[0].metric == "selection_rate"
    assert audit.count_table(named, log())[0].slices("period") == ("2026-Q1",)


@pytest.mark.parametrize("lacking", ["s", "q", "y", "g"])
@pytest.mark.parametrize("since", ["2026-02", "2026-01"], ids=["then", "ever"])
def test_what_nobody_had_in_a_period_is_nothing_there(lacking, since):
    table = log().assign(s=0.5, q="one list", p=1).astype(object)
    table["p"] = table.groupby("t").cumcount() + 1
    table.loc[table["t"] >= since, lacking] = None
    data = {
        **DATA,
        "outcome": {"column": "y", "favorable": 1, "otherwise": [0], "unusable": "exclude"},
        "score": {"column": "s", "favorable": "above", "unusable": "exclude"},
        "ranking": {"list": "q", "position": "p", "k": 5, "unusable": "exclude"},
    }
    asked = [
        rule(id="s", metric=["mean_score", "median_score", "roc_auc", "scoring_rate"], compare="value"),
        rule(id="q", metric=["exposure", "representation_at_k"], compare="value"),
        rule(),
    ]
    result = audit.run(policy_of(*asked, data=data, groups={"min_count": 1}), table)
    for name in ("json", "html"):
        assert FORMATS[name].write(result)
    gone = {"s": {"mean_score", "roc_auc"}, "q": {"exposure"}}.get(lacking, {"mean_score", "roc_auc", "exposure"})
    lines = [line for line in result.series if line.by == "period" and line.metric in gone]
    assert all(value.value is None and value.reason for line in lines for value in line.values[1:])
    assert lines or since == "2026-01"
