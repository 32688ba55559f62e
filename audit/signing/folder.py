"""The folder of a run's sign-offs: which files are in it, and how they are named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.policy import Policy, loads
from audit.policy.signoff import Signoff
from audit.render.clean import slug
from audit.render.signoff import Page, Signature, page
from audit.runs.folder import RESOLVED
from audit.runs.manifest import MANIFEST, Manifest
from audit.runs.verify import SIGNATURES
from audit.signing.rules import Held, lacking
from audit.signing.statement import RUN

#: The page that shows all sign-offs, and the signed copy of the report.
PAGE, PDF, REPORT = "sign-off.html", "report.pdf", "report.pdf"
ENVELOPE, KEY = ".dsse.json", ".pem"
_NAME = re.compile(r"(?P<n>\d{2,})-[a-z0-9-]+\.dsse\.json")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file that holds a sign-off: its place in the order, and the file of the key beside it."""

    number: int
    path: Path

    @property
    def key_path(self) -> Path:
        """The public key or certificate that it was signed with."""
        return self.path.with_name(self.path.name.removesuffix(ENVELOPE) + KEY)

    @property
    def digest(self) -> str:
        """The sha256 of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def entries(run: Path) -> list[Entry]:
    """The sign-offs of a run in their order."""
    found = ((_NAME.fullmatch(path.name), path) for path in (run / SIGNATURES).glob(f"*{ENVELOPE}"))
    listed = [Entry(number=int(name["n"]), path=path) for name, path in found if name]
    return sorted(listed, key=lambda one: (one.number, one.path.name))


def next_entry(run: Path, before: Sequence[Entry], role: str) -> Entry:
    """Where the next sign-off goes."""
    number = len(before) + 1
    return Entry(number=number, path=run / SIGNATURES / f"{number:02}-{slug(role)}{ENVELOPE}")


def subjects(run: Path, manifest: Manifest) -> dict[str, str]:
    """What is signed: the run by its digest, its manifest, and every file that this lists."""
    whole = hashlib.sha256((run / MANIFEST).read_bytes()).hexdigest()
    return {RUN: manifest.run, MANIFEST: whole} | {name: note.sha256 for name, note in manifest.files.items()}


def policy_of(run: Path) -> Policy:
    """The policy that was in force; raises PolicyError if it is damaged."""
    return loads((run / RESOLVED).read_bytes(), name=RESOLVED)


def shown(manifest: Manifest, law: Signoff, signed: Sequence[Held]) -> Page:
    """What the sign-off page shows."""
    return Page(
        title=manifest.title,
        outcome=manifest.outcome,
        as_of=manifest.as_of,
        run=manifest.run,
        policy=manifest.policy_sha256,
        author=manifest.author,
        signatures=tuple(map(signature, signed)),
        missing=tuple(lacking(law, signed)),
    )


def signature(one: Held) -> Signature:
    """A sign-off as it is shown."""
    said = one.sign_off
    return Signature(
        person=said.person,
        role=said.role,
        time=said.time,
        meaning=said.meaning,
        comment=said.comment,
        conditions=said.conditions,
        key=one.key,
    )


def page_of(manifest: Manifest, law: Signoff, signed: Sequence[Held]) -> bytes:
    """The sign-off page as HTML."""
    return page(shown(manifest, law, signed))


def strangers(run: Path, known: Sequence[Entry]) -> Iterator[str]:
    """Files in the folder that are no part of any sign-off."""
    expected = {PAGE, PDF} | {path.name for one in known for path in (one.path, one.key_path)}
    for path in sorted((run / SIGNATURES).iterdir()):
        if path.name not in expected:
            yield path.name
