"""Two kept runs of the COMPAS example: one with a public rendering, one whose policy says nothing about it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.cards.facts import Facts, facts
from audit.engine import audited
from audit.policy import loads
from audit.runs import keep, opened

COMPAS = Path(__file__).parents[2] / "examples" / "compas"
DAY = datetime.date(2026, 11, 20)


@pytest.fixture(scope="session")
def kept_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Keeps a run of COMPAS by its policy, with something added to it, and with another first limit."""
    text = (COMPAS / "policy.yaml").read_text(encoding="utf-8").replace("    of: [race, sex, age]\n", "")

    def make(added: str = "", day: datetime.date = DAY, limit: str = '"<= 0.05"') -> Path:
        written = (text.replace('"<= 0.05"', limit, 1) + added).encode()
        made = audited(loads(written, name="policy.yaml"), COMPAS / "compas.csv", as_of=day)
        return keep(made, tmp_path_factory.mktemp("runs"), {}, written=written).folder

    return make


@pytest.fixture(scope="session")
def public(kept_with: Callable[..., Path]) -> Path:
    return kept_with("\ndisclosure: {min_cell: 11}\nintersections: [[race, sex]]\n")


@pytest.fixture(scope="session")
def open_run(kept_with: Callable[..., Path]) -> Path:
    return kept_with()


@pytest.fixture(scope="session")
def told(public: Path) -> Facts:
    return facts(opened(public), url="https://example.com/audits/7")
