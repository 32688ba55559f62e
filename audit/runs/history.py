"""The log of a folder of runs: which runs were kept and signed off, each line holding the digest of the line before.

A changed line no longer has its own digest; one that was put in, taken out or made anew breaks the chain to its
neighbours. Whoever can write the file can write all of it anew: only a head that was signed, or copied to where they
cannot reach it, tells that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from audit.errors import DataError
from audit.runs.steps import Check
from audit.sources.files import write_atomically

LOG = "log.jsonl"
#: What the first line has for the digest of the line before it.
BEGINNING = "0" * 64
_FACTS = ("n", "time", "event", "run", "previous", "digest")


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where a log ends: how many lines it has, and the digest of the last."""

    lines: int
    digest: str


def append(runs: Path, event: str, run: str, time: str, **facts: str) -> Head:
    """Add a line to the log of a folder of runs; raises DataError if its last line is damaged."""
    path = runs / LOG
    with _alone(runs):
        before = path.read_bytes() if path.is_file() else b""
        head = _head(path, before)
        record: dict[str, Any] = {
            "n": head.lines + 1,
            "time": time,
            "event": event,
            "run": run,
            **facts,
            "previous": head.digest,
        }
        record["digest"] = _digest(record)
        write_atomically(path, before + rfc8785.dumps(record) + b"\n")
    return Head(lines=head.lines + 1, digest=record["digest"])


def mentions(runs: Path, run: str) -> bool:
    """Does the log say already that this run was kept?"""
    found = records(runs) if (runs / LOG).is_file() else []
    return any(one is not None and (one["event"], one["run"]) == ("kept", run) for one in found)


def head_of(runs: Path) -> Head:
    """Where the log ends; raises DataError if there is none or its last line is damaged."""
    path = runs / LOG
    if not path.is_file():
        raise DataError(f"{runs}: there is no {LOG} here; name the folder in which runs were kept")
    return _head(path, path.read_bytes())


def _head(path: Path, content: bytes) -> Head:
    lines = content.splitlines()
    if not lines:
        return Head(lines=0, digest=BEGINNING)
    last = _record(lines[-1])
    if last is None or not content.endswith(b"\n"):
        raise DataError(f"{path}:{len(lines)}: the last line is damaged; see `evenhand log verify {path.parent}`")
    return Head(lines=len(lines), digest=str(last["digest"]))


@contextmanager
def _alone(runs: Path) -> Iterator[None]:
    """Nobody else adds a line meanwhile, where the system has such locks."""
    runs.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (runs / f".{LOG}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps({key: record[key] for key in record if key != "digest"})).hexdigest()


def _record(line: bytes) -> Mapping[str, Any] | None:
    """A line, if it is one and written as the program writes it."""
    try:
        found = json.loads(line)
        whole = isinstance(found, dict) and all(key in found for key in _FACTS) and rfc8785.dumps(found) == line
    except (ValueError, RecursionError):
        return None
    return found if whole else None


# ---- checking ------------------------------------------------------------------------------------------------------


def records(runs: Path) -> list[Mapping[str, Any] | None]:
    """Every line of the log, None for those that cannot be read; raises DataError if there is no log."""
    head_path = runs / LOG
    if not head_path.is_file():
        raise DataError(f"{runs}: there is no {LOG} here; name the folder in which runs were kept")
    return [_record(line) for line in head_path.read_bytes().splitlines()]


def chain(found: Sequence[Mapping[str, Any] | None]) -> Iterator[Check]:
    """Every line that was edited, put in or taken out; one check that holds if there is none."""
    wrong = [check for place in range(len(found)) for check in _line(found, place)]
    whole = Check(what=f"{LOG}: {len(found)} lines", state="holds")
    yield from dict.fromkeys(wrong) or [whole]


def _line(found: Sequence[Mapping[str, Any] | None], place: int) -> Iterator[Check]:
    record = found[place]
    if record is None:
        yield _differs(place + 1, "it was edited, or damaged: it is not as the program writes a line")
        return
    if record["digest"] != _digest(record):
        yield _differs(place + 1, "it was edited: its digest is not that of its content")
    before = [BEGINNING if one < 0 else str((found[one] or {}).get("digest")) for one in range(-1, place)]
    if found[place - 1] is None and place:
        return  # said already
    if record["previous"] == before[-1] and record["n"] == _number(found, place):
        return
    if record["previous"] in before[:-1]:
        first = before.index(record["previous"]) + 1
        for line in range(first, place + 1):
            yield _differs(line, "it was put in: the line after it follows the one before it")
    elif isinstance(record["n"], int) and record["n"] > _number(found, place):
        lost = record["n"] - _number(found, place)
        yield _differs(place + 1, f"{lost} {'line was' if lost == 1 else 'lines were'} taken out before it")
    else:
        yield _differs(max(place, 1), "it was written anew: the line after it followed another")


def _number(found: Sequence[Mapping[str, Any] | None], place: int) -> int:
    """The number that a line has to have: one more than the line before says."""
    said = (found[place - 1] or {}).get("n") if place else 0
    return said + 1 if isinstance(said, int) else place + 1


def _differs(line: int, detail: str) -> Check:
    return Check(what=f"{LOG}:{line}", state="differs", detail=detail)


def against(found: Sequence[Mapping[str, Any] | None], head: Head) -> Check:
    """Is everything still there that was there when the head was signed?"""
    what = f"{LOG}: lines 1 to {head.lines}, as they were signed"
    if len(found) < head.lines:
        detail = f"cut off after line {len(found)}: it had {head.lines} when it was signed"
        return Check(what=what, state="differs", detail=detail)
    last = found[head.lines - 1] if head.lines else {"digest": BEGINNING}
    if last is None or last["digest"] != head.digest:
        detail = f"line {head.lines} is not the one that was signed: the log was written anew"
        return Check(what=what, state="differs", detail=detail)
    return Check(what=what, state="holds")
