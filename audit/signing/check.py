"""Checking the sign-offs of a run: whose keys signed which bytes, and whether the policy's demands on them are met."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.errors import AuditError
from audit.policy.signoff import Signoff
from audit.runs.folder import RESULT
from audit.runs.manifest import Manifest, read
from audit.runs.steps import Check
from audit.runs.verify import SIGNATURES
from audit.signing import pades
from audit.signing.folder import PAGE, PDF, REPORT, Entry, entries, page_of, policy_of, strangers, subjects
from audit.signing.keys import PublicKey, Trust, installed, public_key
from audit.signing.rules import Held, faults, folded, lacking, last_words, people
from audit.signing.statement import Signed, SignOff
from audit.signing.statement import read as opened

WHOLE = "the sign-off as a whole"
UNKNOWN = "nobody here vouches for this key"


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A sign-off whose signature is right for the key beside it, and who vouches for that key."""

    held: Held
    public: PublicKey
    voucher: str | None


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What sign-offs are held against."""

    path: Path
    manifest: Manifest
    law: Signoff
    subjects: Mapping[str, str]
    trust: Trust | None


def verify_signatures(run: Path, trust: Trust | None = None, *, required: bool = False) -> list[Check]:
    """Check every file in the folder of sign-offs, then whether they are complete.

    `trust` holds the public keys that the reader vouches for; without it, those that the policy names for each role
    count. What is lacking is "not checked", or with `required` "differs". Raises DataError if this is no run.
    """
    manifest = read(run)
    try:
        law = policy_of(run).signoff
    except (AuditError, OSError):
        return [Check(what=WHOLE, state="differs", detail="the policy cannot be read, so nobody knows who has to sign")]
    there = (run / SIGNATURES).is_dir()
    if not there and not law.roles and not required:
        return []
    installed()
    about = _Run(path=run, manifest=manifest, law=law, subjects=subjects(run, manifest), trust=trust)
    listed = entries(run)
    read_ones: list[_Read] = []
    checks: list[Check] = []
    for place, entry in enumerate(listed):
        checks.append(_checked(about, entry, listed[:place], read_ones))
    if there:
        checks += _others(about, listed, read_ones)
    broken = any(check.state == "differs" for check in checks)
    return [*checks, _whole(law, read_ones, broken=broken, required=required)]


def _checked(about: _Run, entry: Entry, before: Sequence[Entry], found: list[_Read]) -> Check:
    """One sign-off; if its signature is right it is added to those found."""
    what = f"{SIGNATURES}/{entry.path.name}"
    try:
        one, public = _signature(entry)
    except ValueError as error:
        return Check(what=what, state="differs", detail=str(error))
    held = Held(sign_off=one.sign_off, key=public.fingerprint)
    wrong = [*_speaks_of(about, one, entry, before), *_named(held, public)]
    wrong += faults(about.law, held, [each.held for each in found])
    voucher = _voucher(about, held, public)
    found.append(_Read(held=held, public=public, voucher=voucher))
    said = one.sign_off
    by = f"{said.meaning} by {said.person} as {said.role}, {said.time}"
    if wrong:
        return Check(what=what, state="differs", detail="; ".join(wrong))
    if voucher is None:
        return Check(what=what, state="not checked", detail=f"{UNKNOWN} ({public.fingerprint[:16]}…): {by}")
    return Check(what=what, state="holds", detail=f"{by}; vouched for by {voucher}")


def _signature(entry: Entry) -> tuple[Signed, PublicKey]:
    """A sign-off and its key; raises ValueError if the signature is not right for the key beside it."""
    one = opened(entry.path.read_bytes())
    if not entry.key_path.is_file():
        raise ValueError(f"{entry.key_path.name} is missing, the key that it was signed with")
    pem = entry.key_path.read_bytes()
    try:
        public = public_key(pem)
    except ValueError as error:
        raise ValueError(f"{entry.key_path.name} was changed: it holds no public key") from error
    if public.pem != pem or public.fingerprint != one.key_id:
        raise ValueError(f"{entry.key_path.name} was changed: it is not the key that signed this")
    if not one.by(public):
        raise ValueError("the signature is wrong: what it signs was changed")
    return one, public


def _speaks_of(about: _Run, one: Signed, entry: Entry, before: Sequence[Entry]) -> Iterator[str]:
    """Is it about this run as it is now, and about the sign-offs before it?"""
    changed = sorted(name for name, digest in about.subjects.items() if one.subjects.get(name) != digest)
    changed += sorted(set(one.subjects) - set(about.subjects))
    if changed:
        yield f"not as it was signed: {', '.join(changed)}"
    said, manifest = one.sign_off, about.manifest
    facts = (said.run, said.outcome, said.title, said.author, said.policy_sha256, said.result_sha256)
    result = manifest.files[RESULT].sha256 if RESULT in manifest.files else None
    are = (manifest.run, manifest.outcome, manifest.title, manifest.author, manifest.policy_sha256, result)
    if facts != are:
        yield "it speaks of another run"
    if entry.number != len(before) + 1 or said.previous != tuple(each.digest for each in before):
        yield "a sign-off before it was taken away, added or changed"


def _named(held: Held, public: PublicKey) -> Iterator[str]:
    if public.holder is not None and folded(public.holder) != folded(held.sign_off.person):
        yield f"the certificate is that of {public.holder}, and not of {held.sign_off.person}"


def _voucher(about: _Run, held: Held, public: PublicKey) -> str | None:
    """Who says that the key is this person's: a file that the reader trusts, or else the policy."""
    if about.trust is not None:
        return about.trust.voucher(public, _moment(held.sign_off.time))
    return "the policy" if held.key in about.law.keys.get(held.sign_off.role, ()) else None


def _moment(time: str) -> datetime.datetime:
    """The time of a sign-off; one that cannot be read is before every certificate."""
    try:
        return datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)


# ---- the other files, and the whole --------------------------------------------------------------------------------


def _others(about: _Run, listed: Sequence[Entry], found: Sequence[_Read]) -> Iterator[Check]:
    folder = about.path / SIGNATURES
    for name in strangers(about.path, listed):
        yield Check(what=f"{SIGNATURES}/{name}", state="differs", detail="it is part of no sign-off: it was added")
    if len(found) < len(listed):
        return  # what the others should show cannot be known
    held = [each.held for each in found]
    page, pdf = folder / PAGE, folder / PDF
    same = page.is_file() and page.read_bytes() == page_of(about.manifest, about.law, held)
    detail = "" if same else "it was changed, or does not show these sign-offs"
    yield Check(what=f"{SIGNATURES}/{PAGE}", state="holds" if same else "differs", detail=detail)
    said = [each.sign_off for each in held if each.sign_off.pdf]
    if pdf.is_file():
        report = about.path / REPORT
        yield from _pdf(pdf, report.read_bytes() if report.is_file() else b"", said, about.trust)
    elif said:
        yield Check(what=f"{SIGNATURES}/{PDF}", state="differs", detail="the file is missing")


def _pdf(path: Path, report: bytes, said: Sequence[SignOff], trust: Trust | None) -> Iterator[Check]:
    what, content = f"{SIGNATURES}/{PDF}", path.read_bytes()
    notes = [one.pdf for one in said if one.pdf]
    whole = bool(notes) and notes[-1].bytes == len(content)
    same = all(hashlib.sha256(content[: note.bytes]).hexdigest() == note.sha256 for note in notes)
    if not whole or not same:
        yield Check(what=what, state="differs", detail="it is not as it was signed")
        return
    yield from pades.checks(what, content, report, said, trust or Trust())


def _whole(law: Signoff, found: Sequence[_Read], *, broken: bool, required: bool) -> Check:
    """Does the policy have all that it asks for, by keys that somebody vouches for, and does nobody reject it?"""
    vouched = [each.held for each in found if each.voucher is not None]
    missing = lacking(law, vouched)
    refusing = sorted(role for role, said in last_words(vouched).items() if said.meaning == "rejected")
    few = people(vouched) < (law.people or 1)
    open_ones = [
        *([f"not signed by a key that is vouched for: {', '.join(missing)}"] if missing else []),
        *([f"signed by {people(vouched)} of {law.people or 1} people"] if few else []),
    ]
    if refusing:
        return Check(what=WHOLE, state="differs" if required else "holds", detail=f"rejected by {', '.join(refusing)}")
    if broken:
        return Check(what=WHOLE, state="differs", detail="it cannot be relied on: see above")
    if open_ones:
        return Check(what=WHOLE, state="differs" if required else "not checked", detail="; ".join(open_ones))
    return Check(what=WHOLE, state="holds", detail="every role has signed, and none rejects it")
