"""Measurements: every job in a process of its own, the jobs of a section in turns, the median of several runs."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.jobs import Job, Section

ROOT = Path(__file__).parent.parent
#: A job whose runs have taken so long together, in seconds, is not run again.
_LONG = 60.0
#: A run that takes longer than this, in seconds, is given up.
_PATIENCE = 3600.0
#: To so many digits two tools have to agree.
_AGREE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A job at one size. Without runs, `missing` says why there is no number."""

    job: Job
    rows: int
    runs: tuple[float, ...] = ()
    memory: float = 0.0
    before: float = 0.0
    makes: str = ""
    stages: Mapping[str, float] | None = None
    rates: Mapping[str, float] | None = None
    missing: str = ""

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(self.runs)


class DisagreementError(Exception):
    """Two tools make different rates of the same group."""


def measured(
    section: Section, rows: int, tables: Mapping[int, Path], pythons: Mapping[str, Path | str]
) -> list[Measured]:
    """The jobs of a section at one size, in turns. `pythons` says of each interpreter where it is, or why not."""
    jobs = [job for job in section.jobs if rows in job.sizes]
    answers: dict[str, list[dict[str, object]]] = {job.name: [] for job in jobs}
    problems = {job.name: why for job in jobs if (why := _hindrance(job, pythons))}
    for turn in range(max((job.repeats for job in jobs), default=0)):
        for job in jobs:
            if turn >= job.repeats or job.name in problems or _taken(answers[job.name]) > _LONG:
                continue
            answer = _run(job, rows, tables, pythons[job.interpreter])
            if isinstance(answer, str):
                problems[job.name] = answer
            else:
                answers[job.name].append(answer)
    found = [_summed(job, rows, answers[job.name], problems.get(job.name, "")) for job in jobs]
    _agreed(found)
    return found


def _taken(answers: Sequence[dict[str, object]]) -> float:
    return sum(float(str(answer["seconds"])) for answer in answers)


def _hindrance(job: Job, pythons: Mapping[str, Path | str]) -> str:
    """Why a job cannot be run, if it cannot."""
    from audit.metrics import METRICS

    python = pythons[job.interpreter]
    if isinstance(python, str):
        return python
    return f"there is no metric {job.needs} yet" if job.needs and job.needs not in METRICS else ""


def _run(job: Job, rows: int, tables: Mapping[int, Path], python: Path | str) -> dict[str, object] | str:
    """What a worker says, or why it says nothing."""
    small, table = tables[min(tables)], tables.get(rows, "")
    command = [str(python), "-m", "benchmarks.worker", job.call, str(small), str(table), job.warm_up]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=_PATIENCE, env=quiet
        )
    except subprocess.TimeoutExpired:
        return f"not done within {_PATIENCE / 60:.0f} minutes"
    if done.returncode:
        return f"failed: {(done.stderr.strip().splitlines() or [f'exit code {done.returncode}'])[-1]}"
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _summed(job: Job, rows: int, answers: Sequence[dict[str, object]], missing: str) -> Measured:
    """The median of the runs, and memory, stages and rates of the run that took that long."""
    if missing or not answers:
        return Measured(job=job, rows=rows, missing=missing or "not run")
    ordered = sorted(answers, key=lambda answer: float(str(answer["seconds"])))
    middle = ordered[(len(ordered) - 1) // 2]
    return Measured(
        job=job,
        rows=rows,
        runs=tuple(float(str(answer["seconds"])) for answer in ordered),
        memory=float(str(middle["memory"])),
        before=float(str(middle["before"])),
        makes=str(middle["makes"]),
        stages=_numbers(middle["stages"]),
        rates=_numbers(middle["rates"]),
    )


def _numbers(found: object) -> dict[str, float]:
    return {str(name): float(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _agreed(found: Sequence[Measured]) -> None:
    """Do all that make a rate of a group make the same? Raises DisagreementError if not."""
    seen: dict[str, tuple[str, float]] = {}
    for name, key, value in _rates(found):
        other, before = seen.setdefault(key, (name, value))
        if abs(value - before) > _AGREE:
            raise DisagreementError(f"{key}: {before} by {other}, {value} by {name}")


def _rates(found: Sequence[Measured]) -> Iterator[tuple[str, str, float]]:
    """Unweighted rates; weighted ones are others."""
    for one in found:
        if one.rates and not one.job.weighted:
            yield from ((one.job.name, key, value) for key, value in one.rates.items())
