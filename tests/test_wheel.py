"""The wheel is whole: installed into an empty environment, it audits in an empty folder as the checkout does."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
POLICY, TABLE = "policy.yaml", "compas.csv"
COMMAND = ("audit", POLICY, TABLE, "--out", "report", "--format", "html", "--format", "json", "--as-of", "2026-11-20")


def run(*words: object, cwd: Path, expect: int = 0) -> None:
    """Run a command as somebody would whose shell knows nothing of the checkout."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(list(map(str, words)), cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [path] = folder.glob("evenhand-*.whl")
    return path


@pytest.fixture(scope="module")
def evenhand(wheel, tmp_path_factory):
    """The command of an environment that holds the wheel and what it says that it needs, and nothing else."""
    home = tmp_path_factory.mktemp("environment") / "venv"
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, home, cwd=home.parent)
    pins = ROOT / "constraints.txt"
    run(BIN / "uv", "pip", "install", "--python", home / "bin/python", "-c", pins, wheel, cwd=home.parent)
    return home / "bin" / "evenhand"


@pytest.fixture
def folder(tmp_path):
    """A folder that holds a policy and a table."""
    for name in (POLICY, TABLE):
        shutil.copy(ROOT / "examples/compas" / name, tmp_path)
    return tmp_path


def test_the_package_and_what_ships_with_it_are_in_the_wheel_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"audit", "evenhand"}
    shipped = {"/".join(name.split("/")[2:4]) for name in names if name.startswith("audit/_shipped/")}
    assert {"templates/report", "examples/compas", "policies/conventions"} <= shipped


def test_the_wheel_audits_as_the_checkout_does(evenhand, folder):
    run(evenhand, *COMMAND, cwd=folder, expect=1)
    installed = _results(folder / "report")
    shutil.rmtree(folder / "report")
    run(BIN / "evenhand", *COMMAND, cwd=folder, expect=1)
    assert installed == _results(folder / "report")


def _results(report: Path) -> dict[str, Any]:
    """The result but for where the code came from; that a page was written is checked on the way."""
    [page] = report.glob("*.html")
    assert "African-American" in page.read_text(encoding="utf-8")
    [path] = report.glob("*.json")
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    result["provenance"].pop("revision")
    return result


def test_the_demo_needs_no_files_of_its_own(evenhand, tmp_path):
    run(evenhand, "demo", "--out", "demo", cwd=tmp_path, expect=1)
    assert list((tmp_path / "demo").glob("*.html"))
