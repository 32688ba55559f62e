"""Finding the runs in a folder: those that are as they were kept, and those that are broken, with the reason."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.cards.facts import Facts, facts
from audit.errors import DataError
from audit.render.clean import clean, cleaned
from audit.result import AuditResult
from audit.result.renderings import Rendering
from audit.runs import Opened, opened

#: The end of a kept run's name is the beginning of its digest, by which withheld counts could be tried out.
_DIGEST = re.compile(r"-[0-9a-f]{12}$")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A run of the register. `told` is what may be told of it with numbers; None: only its verdicts may be."""

    run: Opened
    told: Facts | None

    @property
    def result(self) -> AuditResult:
        """The result made harmless: its numbers are to be read where `told` is there, and else its verdicts alone."""
        return self.told.shown if self.told else cleaned(self.run.kept)

    @property
    def day(self) -> str:
        """The day that the audit speaks of."""
        return self.run.manifest.as_of

    @property
    def name(self) -> str | None:
        """By what its folder of reports is called; None if it has none."""
        return f"{self.day}-{self.told.digest[:12]}" if self.told else None


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A folder that is no run, or no longer the one that was kept."""

    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Register:
    """All runs in a folder, from the earliest, and what is broken."""

    entries: tuple[Entry, ...]
    broken: tuple[Broken, ...]

    def models(self) -> dict[str, list[Entry]]:
        """The runs of each model by its name, models in the order of their names."""
        found: dict[str, list[Entry]] = {}
        for entry in sorted(self.entries, key=lambda entry: entry.result.subject.name.casefold()):
            found.setdefault(entry.result.subject.name, []).append(entry)
        return found


def gather(runs: Path, rendering: Rendering = "public") -> Register:
    """Open every folder in `runs` that is not hidden. Raises DataError if there is none."""
    folders = sorted(path for path in runs.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not folders:
        raise DataError(f"{runs}: there are no runs in this folder; keep some with `evenhand audit ... --keep {runs}`")
    found = [_entry(folder, rendering) for folder in folders]
    entries = sorted((one for one in found if isinstance(one, Entry)), key=lambda one: (one.day, one.run.manifest.run))
    copies = [entry for first, entry in itertools.pairwise(entries) if _same(first, entry)]
    broken = [one for one in found if isinstance(one, Broken)]
    return Register(
        entries=tuple(entry for entry in entries if not any(entry is copy for copy in copies)),
        broken=(*broken, *(_broken(entry.run.folder, ["a copy of another run in this folder"]) for entry in copies)),
    )


def _same(one: Entry, other: Entry) -> bool:
    return one.run.manifest.run == other.run.manifest.run


def _entry(folder: Path, rendering: Rendering) -> Entry | Broken:
    try:
        run = opened(folder)
        told = facts(run, rendering) if run.is_protected or rendering == "restricted" else None
    except (DataError, OSError) as error:
        problems = error.problems if isinstance(error, DataError) else [str(error)]
        return _broken(folder, [problem.replace(f"{folder}/", "").removeprefix(f"{folder}: ") for problem in problems])
    return Entry(run=run, told=told)


def _broken(folder: Path, reasons: Sequence[str]) -> Broken:
    named = _DIGEST.sub("-…", folder.name)
    return Broken(name=clean(named), reasons=tuple(clean(reason.replace(folder.name, named)) for reason in reasons))
