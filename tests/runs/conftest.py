"""One kept run of the COMPAS example with HTML and text, copied for whoever wants to harm it."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.engine import Audited, audited
from audit.reports import write
from audit.runs import Kept, keep

COMPAS = Path(__file__).parents[2] / "examples" / "compas"
DAY = datetime.date(2026, 11, 20)


@pytest.fixture(scope="session")
def compas() -> Audited:
    return audited(COMPAS / "policy.yaml", COMPAS / "compas.csv", as_of=DAY, fingerprint=True)


@pytest.fixture(scope="session")
def kept(compas: Audited, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    made = write(compas.result, folder / "reports", ["html", "text"])
    reports = {path.name: path.read_bytes() for path in made}
    return keep(compas, folder / "runs", reports, written=(COMPAS / "policy.yaml").read_bytes())


@pytest.fixture
def copy(kept: Kept, tmp_path: Path) -> Callable[[], Path]:
    """Another copy of the run at every call."""
    made: list[Path] = []

    def another() -> Path:
        made.append(tmp_path / f"run-{len(made)}")
        return Path(shutil.copytree(kept.folder, made[-1]))

    return another
