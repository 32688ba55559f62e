"""The same result gives the same bytes in every format, whatever the process, the place and the time."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from audit.render import FORMATS
from tests.render import sample

ROOT = Path(__file__).parents[2]
#: What any result can be written as; a publication needs rules that a law asks for.
_ANY = [name for name in FORMATS if name != "publication"]
#: Whatever a library might let into a file.
PLACES = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "LANG": "C", "SOURCE_DATE_EPOCH": "0"},
    {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "FONTCONFIG_PATH": "/"},
)


def test_the_bytes_depend_on_the_result_alone(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", exc_type=ImportError)
    old = tmp_path / "result.json"
    odd = replace(sample.tiny(), title=f"{sample.HOSTILE[8]} \u65e5", notes=sample.HOSTILE)
    old.write_bytes(FORMATS["json"].write(odd))
    there = [_digests(old, tmp_path / f"place {number}", place) for number, place in enumerate(PLACES)]
    assert there[0] == there[1]
    assert len(there[0]) == len(_ANY)


def _digests(result: Path, folder: Path, place: dict[str, str]) -> dict[str, str]:
    """The digest of every report that a process of its own writes, started in a folder of its own."""
    folder.mkdir()
    formats = [word for name in _ANY for word in ("--format", name)]
    command = [sys.executable, "-m", "audit.cli", "render", str(result), *formats, "--out", "reports"]
    environment = {**os.environ, **place, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "reports").iterdir()}
