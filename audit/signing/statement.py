"""A sign-off as it is signed: an in-toto Statement over every file of a run, in a DSSE envelope.

in-toto Attestation Framework v1 (Statement), and DSSE v1.0.2, by which the signature is over the payload's type and
bytes and not over JSON.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import rfc8785
from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope

    from audit.signing.keys import PublicKey, SigningKey

STATEMENT: Final = "https://in-toto.io/Statement/v1"
#: What the predicate is: a sign-off in its first form. A name, not an address; nothing is fetched by it.
PREDICATE: Final = "urn:evenhand:sign-off:1"
PAYLOAD: Final = "application/vnd.in-toto+json"
#: The subject that stands for the run as a whole, by the digest in its manifest.
RUN: Final = "urn:evenhand:run"
Meaning = Literal["approved", "approved-with-conditions", "rejected", "reviewed"]
MEANINGS: Final[tuple[Meaning, ...]] = get_args(Meaning)


@dataclass(frozen=True, kw_only=True)
class SignedPdf:
    """The signed PDF as it was left by this sign-off: the first `bytes` bytes of it have this digest."""

    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """Who signed off what, as whom, when, and what is meant by it.

    `time` is in universal time, as 2026-11-21T16:05:00Z, by the signer's clock. `previous` are the digests of the
    envelopes that were there before, in order, so that none of them can be taken away.
    """

    person: str
    role: str
    time: str
    meaning: Meaning
    comment: str
    run: str
    outcome: str
    title: str
    result_sha256: str
    policy_sha256: str
    conditions: tuple[str, ...] = ()
    author: str | None = None
    previous: tuple[str, ...] = ()
    pdf: SignedPdf | None = None


@dataclass(frozen=True, kw_only=True)
class Signed:
    """An envelope that was read: what it says, of which files, and the key that it names."""

    envelope: Envelope
    sign_off: SignOff
    subjects: Mapping[str, str]
    key_id: str

    def by(self, key: PublicKey) -> bool:
        """Was it signed with this key?"""
        from securesystemslib.exceptions import VerificationError

        try:
            return bool(self.envelope.verify([key.checker], 1))
        except VerificationError:
            return False


def sealed(sign_off: SignOff, subjects: Mapping[str, str], key: SigningKey) -> bytes:
    """The signed envelope. `subjects` are the sha256 of what is signed, by name."""
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()],
        "predicateType": PREDICATE,
        "predicate": asdict(sign_off),
    }
    return enveloped(rfc8785.dumps(_plain(statement)), PAYLOAD, key)


def enveloped(payload: bytes, kind: str, key: SigningKey) -> bytes:
    """Any payload, signed, as the bytes of a file."""
    from securesystemslib.dsse import Envelope

    made = Envelope(payload, kind, {})
    made.sign(key.signer)
    return to_bytes(made)


def to_bytes(envelope: Envelope) -> bytes:
    """The one way in which an envelope is written, so that no byte of its file can be another."""
    return (json.dumps(envelope.to_dict(), indent=2, sort_keys=True) + "\n").encode()


def opened(content: bytes, kind: str) -> Envelope:
    """The envelope in a file, with one signature; raises ValueError if it is damaged or of another kind."""
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import FormatError

    try:
        raw = json.loads(content)
        plain = [set(one) == {"keyid", "sig"} for one in raw["signatures"]]
        envelope = Envelope.from_dict(raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, FormatError, binascii.Error) as error:
        raise ValueError("it is damaged, or no envelope of a signature") from error
    if plain != [True] or envelope.payload_type != kind or to_bytes(envelope) != content:
        raise ValueError("it was changed: it is not written as a signature is")
    return envelope


def read(content: bytes) -> Signed:
    """A sign-off from its file; raises ValueError if it is damaged or no sign-off. The signature is not checked."""
    envelope = opened(content, PAYLOAD)
    try:
        statement = json.loads(envelope.payload)
        if (statement["_type"], statement["predicateType"]) != (STATEMENT, PREDICATE):
            raise ValueError("it is a statement of another kind")
        subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
        sign_off = _adapter().validate_python(statement["predicate"])
    except (ValidationError, KeyError, TypeError, AttributeError, RecursionError, UnicodeError) as error:
        raise ValueError("what it says cannot be read as a sign-off") from error
    return Signed(envelope=envelope, sign_off=sign_off, subjects=subjects, key_id=next(iter(envelope.signatures)))


@cache
def _adapter() -> TypeAdapter[SignOff]:
    return TypeAdapter(SignOff)


def _plain(content: Any) -> Any:
    """With lists for tuples, as JSON has them."""
    if isinstance(content, Mapping):
        return {key: _plain(value) for key, value in content.items()}
    return [_plain(one) for one in content] if isinstance(content, (list, tuple)) else content
