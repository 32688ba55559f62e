"""docs/performance.md, from measurements: every number on it was measured in the run that wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks import environment
from benchmarks.jobs import Section
from benchmarks.measure import Measured
from benchmarks.tables import ATTRIBUTES, CELLS

_HEAD = """# Performance

Made by `make bench` (the folder `benchmarks/`), each section in one run; nothing here is typed by hand.

Machine: {machine}.
Versions: {versions}.

Each job is a process of its own. It does its work on a thousand rows first, so that imports and first uses are not
counted, and prepares what is said below; then the clock starts. Seconds are the median of several runs (`runs`), taken
in turns with the other jobs of the table. `peak MB` is the most memory that the process and its children held while
they worked; in brackets, what they held before, which for jobs on a frame includes the frame. Read the seconds as
ratios, in the column `times`: another machine has others.

The decisions are made up. Each row has five attributes of {levels} groups ({names}), a decision, an outcome, a
score and a weight. All keys crossed are {cells:,} cells.
"""


def page(results: Mapping[str, Sequence[Measured]], sections: Sequence[Section]) -> str:
    """The page in full."""
    head = _HEAD.format(
        machine=environment.machine(),
        versions=environment.versions(),
        levels=", ".join(map(str, ATTRIBUTES.values())),
        names=", ".join(ATTRIBUTES),
        cells=CELLS,
    )
    return "\n".join(
        [head, *(_section(section, results[section.key]) for section in sections if section.key in results)]
    )


def renewed(old: str, results: Mapping[str, Sequence[Measured]], sections: Sequence[Section]) -> str:
    """The page with these sections measured again; one that is new comes last."""
    for section in sections:
        made = _section(section, results[section.key])
        there = re.compile(rf"^## {re.escape(section.title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
        found = there.search(old)
        before, after = (old[: found.start()], old[found.end() :]) if found else (f"{old.rstrip()}\n\n", "")
        old = f"{before}{made}\n{after}"
    return f"{old.rstrip()}\n"


def _section(section: Section, found: Sequence[Measured]) -> str:
    lines = [f"## {section.title}", "", section.words, "", *_table(found)]
    for one in found:
        if one.stages:
            lines += ["", *_stages(one)]
    return "\n".join([*lines, ""])


def _table(found: Sequence[Measured]) -> list[str]:
    """One line for each job and size."""
    sized = any(one.rows for one in found)
    head = ["rows"] * sized + ["what", "seconds", "runs", "times", "aim", "peak MB", "makes"]
    marks = ["---:"] * sized + ["---", "---:", "---:", "---", "---", "---:", "---"]
    return [_line(head), _line(marks, around="|"), *(_line(_cells(one, found, sized=sized)) for one in found)]


def _cells(one: Measured, found: Sequence[Measured], *, sized: bool) -> list[str]:
    rows = [f"{one.rows:,}"] * sized
    if one.missing:
        return [*rows, one.job.does, "not measured", "", "", one.job.aim, "", one.missing]
    memory = f"{one.memory:,.0f} ({one.before:,.0f})"
    return [
        *rows,
        one.job.does,
        seconds(one.seconds),
        str(len(one.runs)),
        _times(one, found),
        one.job.aim,
        memory,
        one.makes,
    ]


def _times(one: Measured, found: Sequence[Measured]) -> str:
    names = (one.job.beside, one.job.also)
    found_of = {name: times for name in names if (times := ratio(one, found, name)) is not None}
    return ", ".join(f"{_short(times)} x {name}" for name, times in found_of.items())


def ratio(one: Measured, found: Sequence[Measured], name: str | None = None) -> float | None:
    """How many times the seconds of the job beside it, or of another one of its section."""
    name = one.job.beside if name is None else name
    beside = [other for other in found if other.job.name == name and other.rows == one.rows and other.runs]
    return one.seconds / beside[0].seconds if beside and one.runs else None


def _stages(one: Measured) -> list[str]:
    """Where the seconds went, in the run whose seconds are shown."""
    stages = {name: amount for name, amount in (one.stages or {}).items() if amount >= 0.0005}
    size = f" at {one.rows:,} rows" if one.rows else ""
    told = ", ".join(f"{name} {seconds(amount)}" for name, amount in stages.items())
    return [f"{one.job.does[0].upper()}{one.job.does[1:]}{size}, in seconds: {told}."]


def seconds(amount: float) -> str:
    """Three digits that matter."""
    return f"{amount:.0f}" if amount >= 100 else f"{amount:.1f}" if amount >= 10 else f"{amount:.3f}"


def _short(times: float) -> str:
    return f"{times:,.0f}" if times >= 20 else f"{times:.1f}" if times >= 0.95 else f"{times:.2f}"


def _line(cells: Sequence[str], around: str = "| ") -> str:
    if around == "|":
        return f"|{'|'.join(cells)}|"
    return f"| {' | '.join(cells)} |"
