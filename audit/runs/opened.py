"""Opening a kept run to speak of it elsewhere: only if its files are those of its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audit.disclosing.disclosure import rendered
from audit.errors import DataError
from audit.result import AuditResult, from_json
from audit.result.renderings import Rendering
from audit.runs.folder import RESULT
from audit.runs.manifest import Manifest, read
from audit.runs.verify import files_hold


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A run whose files are as they were kept. `kept` is its result with all numbers: `shown` makes a rendering."""

    folder: Path
    manifest: Manifest
    kept: AuditResult

    def shown(self, rendering: Rendering = "public") -> AuditResult:
        """What may be told outside of the run; raises DataError where the policy does not say what a public one is."""
        return rendered(self.kept, rendering)

    @property
    def is_protected(self) -> bool:
        """Does the policy say what a public rendering withholds, so that there is one?"""
        return self.kept.policy.effective.get("disclosure") is not None


def opened(folder: Path) -> Opened:
    """Open a run. Raises DataError, with all of its problems, if a file is missing, was changed or was added."""
    manifest = read(folder)
    problems = [f"{folder}: {one.what}: {one.detail}" for one in files_hold(folder, manifest) if one.state == "differs"]
    if problems:
        raise DataError(problems)
    if RESULT not in manifest.files:
        raise DataError(f"{folder}: the manifest lists no {RESULT}; keep the run again with --keep")
    try:
        kept = from_json((folder / RESULT).read_text(encoding="utf-8"))
    except (DataError, UnicodeError) as error:
        raise DataError(f"{folder / RESULT}: {error}") from error
    return Opened(folder=folder, manifest=manifest, kept=kept)
