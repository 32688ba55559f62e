"""The signed head of a log of runs, and the log held against it, against the runs beside it, and against itself."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import rfc8785

from audit.errors import DataError
from audit.runs.history import Head, against, chain, head_of, records
from audit.runs.manifest import MANIFEST, read
from audit.runs.steps import Check
from audit.signing.check import UNKNOWN
from audit.signing.folder import entries
from audit.signing.keys import SigningKey, Trust, public_key
from audit.signing.statement import enveloped, opened
from audit.sources.files import write_atomically

HEAD, HEAD_KEY = "log.head.json", "log.head.pem"
KIND: Final = "application/vnd.evenhand.log-head+json"
KEPT, SIGNED = "kept", "signed"
_UNSIGNED = "no head was signed: edits show, but not whether all lines were written anew or the last ones cut off"


def sign_head(runs: Path, key: SigningKey) -> Path:
    """Sign where the log ends now; raises DataError if there is no log or its end is damaged."""
    head = head_of(runs)
    payload = rfc8785.dumps({"lines": head.lines, "digest": head.digest})
    write_atomically(runs / HEAD_KEY, key.public.pem)
    write_atomically(runs / HEAD, enveloped(payload, KIND, key))
    return runs / HEAD


def verify_log(runs: Path, trust: Trust | None = None, *, head: Path | None = None) -> list[Check]:
    """Check a log line by line, against the head that was signed last and against the runs beside it.

    `head` is a copy of a signed head that was put elsewhere. Raises DataError if there is no log.
    """
    found = records(runs)
    checks = [*chain(found), *_signed(runs / HEAD, runs / HEAD_KEY, found, trust)]
    if head is not None:
        checks += _signed(head, runs / HEAD_KEY, found, trust)
    return [*checks, *_runs(runs, [one for one in found if one is not None])]


def _signed(
    path: Path, key_path: Path, found: Sequence[Mapping[str, Any] | None], trust: Trust | None
) -> Iterator[Check]:
    if not path.is_file():
        yield Check(what=path.name, state="not checked", detail=_UNSIGNED)
        return
    try:
        head, by = _opened(path, key_path, trust)
    except (ValueError, OSError) as error:
        yield Check(what=path.name, state="differs", detail=str(error))
        return
    detail = f"vouched for by {by}" if by else UNKNOWN
    yield Check(what=path.name, state="holds" if by else "not checked", detail=detail)
    yield against(found, head)


def _opened(path: Path, key_path: Path, trust: Trust | None) -> tuple[Head, str | None]:
    """A signed head, and who vouches for its key; raises ValueError if its signature is not right."""
    from securesystemslib.exceptions import VerificationError

    envelope = opened(path.read_bytes(), KIND)
    public = public_key(key_path.read_bytes())
    wanted = next(iter(envelope.signatures))
    known = [one for _, one in (trust or Trust()).keys if one.fingerprint == wanted]
    checker = known[0] if known else public
    try:
        envelope.verify([checker.checker], 1)
    except VerificationError as error:
        raise ValueError("its signature is wrong, or it was signed with another key than the one beside it") from error
    said = json.loads(envelope.payload)
    moment = datetime.datetime.now(datetime.UTC)  # a certificate has to be valid when the log is looked at
    return Head(lines=int(said["lines"]), digest=str(said["digest"])), trust.voucher(checker, moment) if trust else None


# ---- the log and the runs ------------------------------------------------------------------------------------------


def _runs(runs: Path, found: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Every run beside the log has its lines, and every line that speaks of a run beside it has its file."""
    said = {(one["run"], one["event"], str(one.get("envelope", ""))) for one in found}
    there: set[str] = set()
    for folder in sorted(path.parent for path in runs.glob(f"*/{MANIFEST}")):
        try:
            run = read(folder).run
            digests = {one.digest: one.path.name for one in entries(folder)}
        except DataError as error:
            yield Check(what=folder.name, state="differs", detail=str(error))
            continue
        there.add(run)
        signed = {digest for about, event, digest in said if (about, event) == (run, SIGNED)}
        wrong = [] if (run, KEPT, "") in said else ["the log does not say that it was kept"]
        wrong += [f"the log does not know the sign-off {digests[digest]}" for digest in digests if digest not in signed]
        wrong += [f"a sign-off of the log is not here: {digest[:16]}…" for digest in sorted(signed - set(digests))]
        yield Check(what=folder.name, state="differs" if wrong else "holds", detail="; ".join(wrong))
    gone = sorted({one["run"] for one in found if one["event"] == KEPT} - there)
    for run in gone:
        yield Check(what=f"run {run[:12]}", state="not checked", detail="the log knows it, and it is not here")
