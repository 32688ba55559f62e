"""Signing off a run: what the policy forbids is refused, and what is signed is every file of the run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from audit.errors import DataError, RenderError
from audit.render.signoff import Page
from audit.runs.folder import RESULT
from audit.runs.manifest import Manifest, read
from audit.runs.verify import SIGNATURES, files_hold
from audit.signing import pades
from audit.signing.folder import PAGE, PDF, REPORT, Entry, entries, next_entry, page_of, policy_of, shown, subjects
from audit.signing.keys import SigningKey
from audit.signing.rules import Held, faults, folded
from audit.signing.statement import Meaning, SignedPdf, SignOff, sealed
from audit.signing.statement import read as opened
from audit.sources.files import write_atomically


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a person says by signing."""

    person: str
    role: str
    meaning: Meaning
    comment: str
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SignedOff:
    """A run that was signed off: the new files, the digest of the envelope, and why no PDF was signed if none was."""

    run: str
    paths: tuple[Path, ...]
    digest: str
    sign_off: SignOff
    without_pdf: str | None


def sign(run: Path, words: Words, key: SigningKey, *, time: str) -> SignedOff:
    """Sign off a run, at a time in universal time.

    With a certificate, a copy of the run's report.pdf is signed too. Raises DataError with everything that forbids it:
    files that were changed, a role that the policy does not know, a signer who is not independent.
    """
    manifest = _sound(run)
    law, before = policy_of(run).signoff, entries(run)
    held = [_held(one) for one in before]
    sign_off = _sign_off(words, manifest, before, time)
    new = Held(sign_off=sign_off, key=key.public.fingerprint)
    problems = [*faults(law, new, held), *_misnamed(words, key)]
    if problems:
        raise DataError([f"{run}: not signed: {problem}" for problem in problems])
    pdf, why = _pdf(run, key, new, shown(manifest, law, held))
    if pdf is not None:
        note = SignedPdf(sha256=hashlib.sha256(pdf).hexdigest(), bytes=len(pdf))
        new = replace(new, sign_off=replace(sign_off, pdf=note))
    entry = next_entry(run, before, words.role)
    files = {
        entry.key_path: key.public.pem,
        entry.path: sealed(new.sign_off, subjects(run, manifest), key),
        run / SIGNATURES / PAGE: page_of(manifest, law, [*held, new]),
    } | ({run / SIGNATURES / PDF: pdf} if pdf is not None else {})
    for path, content in files.items():
        write_atomically(path, content)
    return SignedOff(run=manifest.run, paths=tuple(files), digest=entry.digest, sign_off=new.sign_off, without_pdf=why)


def _sound(run: Path) -> Manifest:
    """The manifest, if no file was changed."""
    manifest = read(run)
    wrong = [f"{check.what}: {check.detail}" for check in files_hold(run, manifest) if check.state == "differs"]
    if wrong:
        raise DataError([f"{run}: not signed, for it is not as it was kept: {problem}" for problem in wrong])
    return manifest


def _held(entry: Entry) -> Held:
    try:
        found = opened(entry.path.read_bytes())
    except ValueError as error:
        raise DataError(f"{entry.path}: {error}; see `evenhand verify`") from error
    return Held(sign_off=found.sign_off, key=found.key_id)


def _sign_off(words: Words, manifest: Manifest, before: list[Entry], time: str) -> SignOff:
    return SignOff(
        **vars(words),
        time=time,
        run=manifest.run,
        outcome=manifest.outcome,
        title=manifest.title,
        author=manifest.author,
        result_sha256=manifest.files[RESULT].sha256,
        policy_sha256=manifest.policy_sha256,
        previous=tuple(one.digest for one in before),
    )


def _misnamed(words: Words, key: SigningKey) -> list[str]:
    """A certificate says whose it is."""
    if key.public.holder is None or folded(key.public.holder) == folded(words.person):
        return []
    return [f"the certificate is that of {key.public.holder}, and not of {words.person}"]


def _pdf(run: Path, key: SigningKey, new: Held, facts: Page) -> tuple[bytes | None, str | None]:
    """The signed copy of the report, or why there is none."""
    report, signed = run / REPORT, run / SIGNATURES / PDF
    if key.bundle is None:
        return None, "a key without a certificate signs no PDF"
    if not report.is_file():
        return None, f"the run holds no {REPORT}"
    try:
        base = signed.read_bytes() if signed.is_file() else pades.prepared(report.read_bytes(), facts)
        return pades.signed(base, new, key), None
    except RenderError as error:
        raise DataError(f"{run}: not signed: {error}") from error
