"""Digests that are made while something else goes on: against hashlib, and called off in time."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import pytest

from audit.sources import digests
from audit.sources.digests import digest, digesting


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_digest_is_the_sha256_of_the_bytes(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    path = tmp_path / "table"
    path.write_bytes(content[:size])
    assert digest(path) == hashlib.sha256(content[:size]).hexdigest()


def test_every_file_has_its_own_digest(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two")]
    for path in paths:
        path.write_text(path.name)
    with digesting(paths) as found:
        assert found() == {path: hashlib.sha256(path.name.encode()).hexdigest() for path in paths}


def test_a_file_that_is_gone_is_said_where_its_digest_is_asked_for(tmp_path: Path) -> None:
    with digesting([tmp_path / "gone"]) as found, pytest.raises(FileNotFoundError):
        found()


def test_leaving_without_asking_calls_the_work_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "endless"
    path.write_bytes(b"x" * 64)
    monkeypatch.setattr(digests, "_PIECE", 1)  # 64 pieces, each of which takes a while
    monkeypatch.setattr("hashlib.sha256", _Slow)
    before = threading.active_count()
    start = time.perf_counter()
    with digesting([path]):
        pass
    assert time.perf_counter() - start < 64 * _Slow.seconds / 2
    assert threading.active_count() == before


class _Slow:
    seconds = 0.05

    def update(self, _piece: object) -> None:
        time.sleep(self.seconds)

    def hexdigest(self) -> str:
        return ""
