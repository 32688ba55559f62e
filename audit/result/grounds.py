"""What a result rests on, as results hold it: the policy in force, the data that were read, the software."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audit.result.records import DataFile


@dataclass(frozen=True, kw_only=True)
class PolicyNote:
    """The policy that was in force: its resolved content, the digest of that, and where each rule came from."""

    title: str
    sha256: str
    source: str
    effective: Mapping[str, Any]
    origins: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataNote:
    """What was read: its kind, its files if there are any, and a digest of the counts that everything follows from.

    `cells` is how many different kinds of rows there are in the counts; older results do not say. `only` names
    the slices of them that were judged, if not all were. `fingerprint` is that of the rows, where a run is kept. A
    digest of counts or rows could be guessed at until it fits, so a public rendering has none.
    """

    source: str
    kind: str
    files: tuple[DataFile, ...]
    columns: Mapping[str, str]
    counts_sha256: str | None
    cells: int | None = None
    only: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """With what and when: versions, the day the audit speaks of, the code's revision, the command."""

    as_of: str
    versions: Mapping[str, str]
    python: str
    revision: str | None
    command: str | None
