"""Keeping a run: everything that an audit was made of and made, in one new folder."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from audit import __version__
from audit.counts import countfile
from audit.engine import Audited
from audit.errors import DataError
from audit.render.options import PLAIN, Options
from audit.result import AuditResult, to_json
from audit.result.renderings import Rendering
from audit.runs.manifest import ENVIRONMENT, MANIFEST, SCHEMA, FileNote, Manifest, ModelFile, to_bytes

WRITTEN, RESOLVED, COUNTS, RESULT = "policy.yaml", "policy.resolved.json", "counts.json", "result.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A run that was kept: its folder, and what is in it."""

    folder: Path
    manifest: Manifest


def keep(  # noqa: PLR0913 - all that a run is made of
    audited: Audited,
    runs: Path,
    reports: Mapping[str, bytes],
    *,
    rendering: Rendering | None = None,
    options: Options = PLAIN,
    written: bytes | None = None,
    model: ModelFile | None = None,
    author: str | None = None,
) -> Kept:
    """Keep a run in a new folder under `runs`, named by its day and its digest: whole, or not at all.

    `reports` are reports by their files' names, of the `rendering` that was asked for and made with `options`;
    `written` is the policy's file as it is, `author` who makes the run. A run that is there already, the same to the
    last byte, stays as it is; raises DataError if one of its files was changed.
    """
    files = {WRITTEN: written} if written is not None else {}
    files |= {
        RESOLVED: _plain(audited.policy.effective()),
        COUNTS: countfile.to_json(audited.counts).encode(),
        RESULT: to_json(audited.result).encode("utf-8", "backslashreplace"),
        ENVIRONMENT: _environment(),
    }
    files = {**reports, **files}
    bare = _manifest(audited.result, files, _choices(rendering, options))
    bare = replace(bare, model=model, author=author)
    manifest = replace(bare, run=bare.content())
    folder = runs / f"{manifest.as_of}-{manifest.run[:12]}"
    _written_whole(folder, files | {MANIFEST: to_bytes(manifest)})
    return Kept(folder=folder, manifest=manifest)


def _choices(rendering: Rendering | None, options: Options) -> dict[str, str]:
    return options.named() | ({"rendering": rendering} if rendering else {})


def _environment() -> bytes:
    """The machine: no part of what a run is, but worth knowing if two differ."""
    about = {
        "machine": platform.machine(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
    }
    return _plain(about)


def _plain(content: object) -> bytes:
    """As JSON. The order is kept: that of attributes and rules is the report's."""
    return (json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def _manifest(result: AuditResult, files: Mapping[str, bytes], options: Mapping[str, str]) -> Manifest:
    """The manifest without its own digest."""
    notes = {
        name: FileNote(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        for name, content in sorted(files.items())
    }
    return Manifest(
        schema=SCHEMA,
        run="",
        evenhand=__version__,
        outcome=result.outcome.value,
        as_of=result.provenance.as_of,
        title=result.title,
        policy_sha256=result.policy.sha256,
        files=notes,
        options=options,
    )


def _written_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files in a new folder beside its place, which is then given its name in one step."""
    if folder.exists():
        _is_same(folder, files)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        made = Path(beside) / "run"
        made.mkdir()
        for name, content in files.items():
            (made / name).write_bytes(content)
        os.replace(made, folder)  # noqa: PTH105 - Path.replace refuses nothing more


def _is_same(folder: Path, files: Mapping[str, bytes]) -> None:
    changed = [
        name
        for name, content in files.items()
        if name not in (ENVIRONMENT, MANIFEST)
        and (not (folder / name).is_file() or (folder / name).read_bytes() != content)
    ]
    if changed:
        raise DataError(f"{folder}: this run is there already, and its {', '.join(changed)} was changed; move it away")
