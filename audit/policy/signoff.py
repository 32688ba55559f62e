"""Who has to sign, and what keeps one person from doing it all alone."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from audit.policy.part import Part
from audit.policy.scalars import TextList, Texts, mapped, whole, whole_schema

#: A key by its fingerprint: the SHA-256 of its public half as DER (SubjectPublicKeyInfo), in hexadecimal.
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
MOST_PEOPLE: Final = 20


def _fingerprints(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _FINGERPRINT.fullmatch(value):
            raise ValueError(f"expected the fingerprint of a key, 64 digits from 0 to f, found {value[:70]!r}")
    return values


class Signoff(Part):
    """Who has to sign."""

    roles: TextList = ()
    """The roles that have to sign, in the order in which the report names them."""
    independent: TextList = ()
    """The roles in which nobody may sign who made the run."""
    people: Annotated[int, PlainValidator(whole(2, MOST_PEOPLE)), whole_schema(2, MOST_PEOPLE)] | None = None
    """How many different people have to sign at least, each with a key of their own."""
    keys: Annotated[dict[str, Annotated[Texts, AfterValidator(_fingerprints)]], BeforeValidator(mapped)] = Field(
        default={}
    )
    """The keys that may sign in a role, by their fingerprints. Left out: any key that the reader trusts."""
