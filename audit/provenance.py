"""With what, on what and when: the only module that looks at the clock, the versions and the checkout."""

from __future__ import annotations

import datetime
import platform
import shlex
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from audit import __version__
from audit.counts.countfile import sha256
from audit.counts.counts import Counts
from audit.errors import DataError
from audit.result import DataFile, DataNote, Provenance
from audit.sources.digests import Digests, digest
from audit.sources.source import Source

#: The packages whose versions can change a number or a page.
_PACKAGES = (
    "duckdb",
    "narwhals",
    "numpy",
    "pandas",
    "scipy",
    "pydantic",
    "jinja2",
    "weasyprint",
    "fairlearn",
    "scikit-learn",
)
#: The package of an engine, by what stands in the kind of its tables.
_ENGINES = {"spark": "pyspark", "ibis": "ibis-framework"}


def today() -> datetime.date:
    """The day on which the audit is made, unless it is told another."""
    return datetime.date.today()  # noqa: DTZ011 - the day where the audit is made


def day(given: datetime.date | None) -> datetime.date:
    """The day that an audit speaks of: the one given, without its time, or today. Raises DataError if it is no day."""
    if given is None:
        return today()
    if not isinstance(given, datetime.date):
        raise DataError(f"as_of: expected a day, such as datetime.date(2026, 11, 20), found {str(given)[:80]!r}")
    return given.date() if isinstance(given, datetime.datetime) else given


def now() -> str:
    """This moment by the clock of the machine, in universal time: 2026-11-21T16:05:00Z."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def provenance(
    *, as_of: datetime.date, command: Sequence[str] | None, policy: Path | None, kind: str = ""
) -> Provenance:
    """With what and when an audit is made.

    `policy` is the policy's file, whose git revision is recorded; `kind` that of the data, by which engines that are
    not always there are recorded too.
    """
    packages = (*_PACKAGES, *(name for sign, name in _ENGINES.items() if sign in kind.lower()))
    return Provenance(
        as_of=as_of.isoformat(),
        versions=versions(["evenhand", *packages]),
        python=platform.python_version(),
        revision=_revision(policy) if policy else None,
        command=shlex.join(command) if command else None,
    )


def versions(packages: Sequence[str]) -> dict[str, str]:
    """The versions of packages as they are here."""
    return {name: __version__ if name == "evenhand" else _version(name) for name in packages}


def data_note(
    source: Source, counts: Counts, columns: Sequence[str], digests: Callable[[], Digests], rows: str | None = None
) -> DataNote:
    """What was read: files with their digests, the columns used, and the digest of the counts."""
    hashed = sha256(counts)
    found = digests()
    files = tuple(DataFile(name=path.name, sha256=found[path], bytes=path.stat().st_size) for path in source.paths)
    return DataNote(
        source=source.query or source.name,
        kind=source.kind,
        files=files,
        columns={column: source.columns[column] for column in columns},
        counts_sha256=hashed,
        fingerprint=rows,
        cells=counts.cells,
    )


def counts_note(counts: Counts, paths: Sequence[Path]) -> DataNote:
    """What was read, where counts were: their files with digests. The rows themselves were not seen."""
    files = tuple(DataFile(name=path.name, sha256=digest(path), bytes=path.stat().st_size) for path in paths)
    names = ", ".join(path.name for path in paths)
    return DataNote(
        source=names, kind="counts", files=files, columns={}, counts_sha256=sha256(counts), cells=counts.cells
    )


@cache
def _version(name: str) -> str:
    """The version of a package, looked up once: finding ten takes a quarter of an audit of few rows."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _revision(policy: Path) -> str | None:
    """The git revision that the policy's folder is at, with a mark if the policy itself is not committed."""
    described = _git(policy.parent, "describe", "--always", "--abbrev=12", "--exclude=*")
    if not described:
        return None
    changed = _git(policy.parent, "status", "--porcelain", "--", policy.name)
    return described + (" (the policy has uncommitted changes)" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
