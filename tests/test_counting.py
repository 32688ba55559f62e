"""Count in one place and judge in another: the same verdict as in one go."""

import json
from pathlib import Path

import pandas as pd
import pytest

import audit
from audit import cli
from audit.counts import countfile
from audit.engine import count_table
from tests.making import policy_of, selected
from tests.test_cli import POLICY

PARTS = {"monday": (300, 500), "tuesday": (300, 500)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A policy, a table, and the table in two parts."""
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY)
    table = selected(A=(600, 1000), B=(300, 1000), C=(4, 7))
    table.to_csv("whole.csv", index=False)
    table[::2].to_csv("monday.csv", index=False)
    table[1::2].to_csv("tuesday.csv", index=False)
    return tmp_path


def counted(name, *words):
    assert cli.run(["count", "policy.yaml", f"{name}.csv", "-o", f"{name}.counts", *words]) == 0


def judged(*names, code=1):
    words = ["judge", "policy.yaml", *(f"{name}.counts" for name in names), "--format", "json", "--out", "report"]
    assert cli.run(words) == code
    return json.loads(Path("report/result.json").read_text()) if code != 2 else {}


def test_counts_are_judged_as_the_data_are(folder):
    counted("whole")
    assert cli.run(["audit", "policy.yaml", "whole.csv", "--format", "json", "--out", "direct"]) == 1
    direct = json.loads((folder / "direct/result.json").read_text())
    again = judged("whole")
    for part in ("findings", "groups", "rows", "rules", "method", "policy"):
        assert again[part] == direct[part]
    assert again["data"]["counts_sha256"] == direct["data"]["counts_sha256"]
    assert again["data"]["kind"] == "counts"


def test_parts_are_judged_as_the_whole(folder, capsys):
    for name in ("whole", "monday", "tuesday"):
        counted(name)
    assert judged("monday", "tuesday")["findings"] == judged("whole")["findings"]
    assert "2,007 rows in 6 cells" in capsys.readouterr().out


def test_the_file_holds_no_rows(folder):
    counted("whole")
    assert len(json.loads(Path("whole.counts").read_text())["tables"][0]["sums"]["n"]) == 6


def test_small_cells_are_withheld_and_accounted_for(folder):
    counted("whole", "--withhold", "11")
    assert "C" not in Path("whole.counts").read_text().split('"keys"')[1]
    rows = judged("whole")["rows"]
    assert (rows["read"], rows["analysed"]) == (2007, 2000)
    assert rows["unusable_because"] == {"withheld (cells of fewer than 11 rows)": 7}


def test_counts_of_another_plan_are_refused(folder, capsys):
    counted("whole")
    Path("policy.yaml").write_text(POLICY.replace("g: {column: g}", "g: {column: g, merge: {B: [C]}}"))
    judged("whole", code=2)
    assert "made with other columns, groups, bins" in capsys.readouterr().err
    counted("monday")
    judged("whole", "monday", code=2)
    assert "different plans" in capsys.readouterr().err


@pytest.mark.parametrize("said", [{"weighted": "sampling"}, {"has_outcome": True}])
def test_counts_that_say_otherwise_than_their_plan_are_refused(said, folder, capsys):
    counted("whole")
    plain = json.loads(Path("whole.counts").read_text())
    Path("whole.counts").write_text(json.dumps(plain | said))
    judged("whole", code=2)
    assert "made with other columns, groups, bins" in capsys.readouterr().err


def test_notes_do_not_tell_what_is_withheld(folder):
    table = pd.DataFrame({"g": [30, 50] * 50 + [70] * 2 + [150] * 3 + [None] * 4, "y": 1, "d": 1})
    bins = policy_of(attributes={"g": {"column": "g", "bins": [0, 40, 60, 99]}})
    counts, _ = count_table(bins, table)
    assert any("3 rows" in note for note in counts.notes)
    assert countfile.withheld(counts, 2).notes == counts.notes
    assert countfile.withheld(counts, 8).notes == ()


def test_another_limit_needs_no_new_counts(folder):
    counted("whole")
    Path("policy.yaml").write_text(POLICY.replace(">= 4/5", ">= 2/5"))
    judged("whole", code=0)


def test_counts_are_not_written_in_place_of_a_folder(folder, capsys):
    assert cli.run(["count", "policy.yaml", "whole.csv", "-o", "."]) == 2
    assert "File '.' is a directory" in capsys.readouterr().err


def test_what_holds_no_counts_is_refused(folder, capsys):
    Path("whole.counts").write_text("{}")
    judged("whole", code=2)
    assert "this file does not hold counts ('schema'); `evenhand count` writes one" in capsys.readouterr().err


def test_counts_that_are_named_twice_are_not_added(folder, capsys):
    counted("whole")
    judged("whole", "./whole", code=2)
    assert "whole.counts: the same counts are named twice" in capsys.readouterr().err
    judged("whole", code=1)
    assert audit.judge_counts("policy.yaml", "whole.counts").rows.read == 2007, "a path is a list of one"


def test_counts_that_are_alike_are_added_and_pointed_out(folder, capsys):
    counted("whole")
    Path("copy.counts").write_bytes(Path("whole.counts").read_bytes())
    assert judged("whole", "copy")["rows"]["read"] == 4014
    assert "note: whole.counts, copy.counts hold the very same counts" in capsys.readouterr().err


def test_a_file_that_evenhand_wrote_is_no_policy(folder, capsys):
    counted("whole")
    judged("whole")
    for file in ("whole.counts", "report/result.json"):
        assert cli.run(["judge", file, "whole.counts"]) == 2
        assert f"{file}:1:1: evenhand wrote this file, and it is no policy" in capsys.readouterr().err
