"""A run is the same wherever and whenever it is kept, and is never half there."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from audit import cli
from audit.engine import Audited, audited, count_table, read_policy
from audit.errors import DataError
from audit.runs import Kept, keep
from audit.runs.manifest import model_file
from tests.runs.conftest import COMPAS, DAY


def fingerprint(table: object) -> str | None:
    law, _ = read_policy(COMPAS / "policy.yaml")
    return count_table(law, table, fingerprint=True)[1].fingerprint


def test_a_fingerprint_sees_rows_and_not_files_or_their_order(tmp_path: Path) -> None:
    rows = pl.read_csv(COMPAS / "compas.csv", infer_schema=False)
    rows.sample(fraction=1, shuffle=True, seed=1).write_parquet(tmp_path / "rows.parquet")
    halves = tmp_path / "halves"
    halves.mkdir()
    rows.head(100).write_csv(halves / "a.csv")
    rows.tail(len(rows) - 100).write_csv(halves / "b.csv")
    first = fingerprint(COMPAS / "compas.csv")
    assert first is not None
    assert first.startswith("rows-1:")
    assert {first} == {fingerprint(table) for table in (rows, rows.to_pandas(), tmp_path / "rows.parquet", halves)}
    typed = pl.read_csv(COMPAS / "compas.csv")
    assert fingerprint(typed) == first  # 1 is written alike as text and as a number
    assert fingerprint(pl.concat([rows, rows.head(1)])) != first
    assert fingerprint(rows.tail(-1)) != first


def test_values_that_run_into_each_other_are_told_apart(tmp_path: Path) -> None:
    law, _ = read_policy(
        {
            "evenhand": 1,
            "title": "t",
            "data": {"decision": {"column": "d", "favorable": 1, "otherwise": [0]}},
            "attributes": {"g": {"column": "g"}, "h": {"column": "h"}},
            "rules": [{"id": "r", "metric": "selection_rate", "compare": "ratio", "require": ">= 4/5"}],
        }
    )
    tables = [
        pl.DataFrame({"g": ["ab", "c"], "h": ["c", None], "d": [1, 0]}),
        pl.DataFrame({"g": ["a", "c"], "h": ["bc", None], "d": [1, 0]}),
        pl.DataFrame({"g": ["ab", "c"], "h": ["c", "-"], "d": [1, 0]}),
        pl.DataFrame({"g": ["ab", None], "h": ["c", "c"], "d": [1, 0]}),
    ]
    found = {count_table(law, table, fingerprint=True)[1].fingerprint for table in tables}
    assert len(found) == len(tables)


def test_keeping_a_run_again_changes_nothing_and_a_changed_one_is_said(compas: Audited, tmp_path: Path) -> None:
    first = keep(compas, tmp_path, {"report.txt": b"one"})
    assert keep(compas, tmp_path, {"report.txt": b"one"}) == first
    assert [path.name for path in tmp_path.iterdir()] == [first.folder.name]
    (first.folder / "report.txt").write_bytes(b"two")
    with pytest.raises(DataError, match=r"report\.txt was changed"):
        keep(compas, tmp_path, {"report.txt": b"one"})


def test_another_report_is_another_run(compas: Audited, tmp_path: Path) -> None:
    folders = {keep(compas, tmp_path, {"report.txt": content}).folder for content in (b"one", b"two")}
    assert len(folders) == 2


def test_a_run_that_cannot_be_written_leaves_nothing(
    compas: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        keep(compas, tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_run_begins_with_its_day_and_its_digest(kept: Kept) -> None:
    assert kept.folder.name == f"{DAY.isoformat()}-{kept.manifest.run[:12]}"
    assert kept.manifest.content() == kept.manifest.run


_KEEP = """
import sys
from audit import cli
sys.exit(cli.run(["audit", "policy.yaml", "compas.csv", "--as-of", "2026-11-20", "--out", "out", "--keep", "runs",
    "--format", "html", "--format", "summary-pdf", "--format", "markdown", "-q"]))
"""


def test_two_machines_keep_the_same_run(tmp_path: Path) -> None:
    made = []
    machines: list[dict[str, str]] = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"},
    ]
    for number, machine in enumerate(machines):
        folder = tmp_path / ("a" * (1 + 20 * number))
        folder.mkdir()
        for name in ("policy.yaml", "compas.csv"):
            (folder / name).write_bytes((COMPAS / name).read_bytes())
        done = subprocess.run(
            [sys.executable, "-c", f"import os; os.umask({0o077 if number else 0o022}){_KEEP}"],
            cwd=folder,
            env={**os.environ, **machine, "GIT_CEILING_DIRECTORIES": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        [run] = (folder / "runs").glob("2*")
        made.append({path.name: path.read_bytes() for path in run.iterdir()} | {"name": run.name.encode()})
    assert made[0] == made[1]
    assert "summary.pdf" in made[0]


# ---- the model -----------------------------------------------------------------------------------------------------


def test_a_model_is_known_by_the_digest_of_its_file_and_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")  # a pickle that would run a program
    found = model_file(str(path))
    assert (found.name, found.bytes) == ("model.pkl", path.stat().st_size)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_models_address_is_kept_as_it_is() -> None:
    assert model_file("models:/credit/3").sha256 is None
    assert model_file("s3://bucket/model").name == "s3://bucket/model"


def test_a_model_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DataError, match="there is no such model file"):
        model_file("gone.skops")


# ---- the command line ----------------------------------------------------------------------------------------------


def test_keep_and_verify_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs, out = str(tmp_path / "runs"), str(tmp_path / "out")
    asked = ["audit", str(COMPAS / "policy.yaml"), str(COMPAS / "compas.csv"), "--as-of", DAY.isoformat(), "-q"]
    assert cli.run([*asked, "--out", out, "--format", "text", "--keep", runs, "--model", __file__]) == 1
    said = capsys.readouterr()
    [run] = (tmp_path / "runs").glob("2*")
    assert f"Kept     {run}" in said.err
    assert json.loads((run / "manifest.json").read_text())["model"]["name"] == Path(__file__).name
    assert cli.run(["verify", str(run), "--data", str(COMPAS / "compas.csv")]) == 0
    assert "✓ the rows, counted again" in capsys.readouterr().out
    (run / "report.txt").write_text("all is well")
    assert cli.run(["verify", str(run)]) == 1
    said = capsys.readouterr()
    assert "✗ report.txt  differs: the file was changed" in said.out
    assert re.fullmatch(r"\d+ hold, (1 differs|\d differ)(, \d+ not checked)?", said.out.splitlines()[-1])
    assert cli.run(["verify", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--model", "m.skops"], "--model is for a run that is kept"),
        (["--keep", "runs", "--out", "-", "--format", "json"], "--keep keeps the reports that are written"),
        (["--keep", "{file}/runs", "--format", "json"], "is a file; name a folder"),
    ],
)
def test_what_cannot_be_kept_is_said_before_the_audit(
    more: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word.replace("{file}", str(COMPAS / "policy.yaml")) for word in more]
    assert cli.run(["audit", str(COMPAS / "policy.yaml"), str(COMPAS / "compas.csv"), *given]) == 2
    assert why in capsys.readouterr().err


def test_counts_are_kept_too(tmp_path: Path) -> None:
    law, counts = str(COMPAS / "policy.yaml"), str(tmp_path / "c.counts")
    assert cli.run(["count", law, str(COMPAS / "compas.csv"), "-o", counts]) == 0
    asked = ["judge", law, counts, "--out", str(tmp_path / "out"), "--format", "text", "-q"]
    assert cli.run([*asked, "--as-of", "2026-11-20", "--keep", str(tmp_path / "runs")]) == 1
    [run] = (tmp_path / "runs").glob("2*")
    assert cli.run(["verify", str(run)]) == 0


def test_a_confirmed_audit_is_kept_and_verified(tmp_path: Path) -> None:
    asked = ["audit", str(COMPAS / "policy.yaml"), str(COMPAS / "compas.csv"), "--confirm", "-q", "--format", "text"]
    out, runs = ["--out", str(tmp_path / "out")], ["--keep", str(tmp_path / "runs")]
    assert cli.run([*asked, *out, *runs]) == 1
    [run] = (tmp_path / "runs").glob("2*")
    assert "computed a second time" in (run / "result.json").read_text()
    assert cli.run(["verify", str(run)]) == 0


def test_one_slice_is_kept_and_verified(tmp_path: Path) -> None:
    rows = pl.read_csv(COMPAS / "compas.csv", infer_schema=False).with_row_index("i")
    rows = rows.with_columns(pl.when(pl.col("i") < 4000).then(pl.lit("1")).otherwise(pl.lit("2")).alias("v")).drop("i")
    text = (COMPAS / "policy.yaml").read_text().replace("\ndata:\n", "\ndata:\n  model_version: v\n")
    made = audited(text, rows, as_of=datetime.date(2026, 11, 20), only={"version": "1"})
    run = keep(made, tmp_path, {}).folder
    from audit.runs import verify_run

    assert {check.state for check in verify_run(run)} == {"holds"}
    assert verify_run(run, data=rows)[-1].state == "holds"
