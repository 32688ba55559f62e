"""What the policy demands of those who sign, in one place for signing and for checking."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.policy.signoff import Signoff
from audit.signing.statement import SignOff


@dataclass(frozen=True, kw_only=True)
class Held:
    """A sign-off, and the fingerprint of the key that signed it."""

    sign_off: SignOff
    key: str


def faults(law: Signoff, one: Held, before: Sequence[Held]) -> Iterator[str]:
    """Everything that forbids a sign-off, given those before it."""
    said = one.sign_off
    if law.roles and said.role not in law.roles:
        yield f"the policy knows no role {said.role!r}; it asks for: {', '.join(law.roles)}"
    if said.role in law.keys and one.key not in law.keys[said.role]:
        yield f"the policy gives the role {said.role!r} to other keys than this one ({one.key[:16]}…)"
    if said.role in law.independent:
        yield from _dependent(said)
    if (said.meaning == "approved-with-conditions") != bool(said.conditions):
        yield "'approved-with-conditions' names its conditions, and no other meaning has any"
    for name in ("person", "role", "comment"):
        if not getattr(said, name).strip():
            yield f"there is no {name}: say who signs, in which role, and why"
    others = {each.sign_off.person for each in before if each.key == one.key and not same(each.sign_off, said)}
    if others:
        yield f"this key signed as {', '.join(sorted(others))} before; each person has a key of their own"
    yield from _alone(law, [*before, one])


def _dependent(said: SignOff) -> Iterator[str]:
    if said.author is None:
        yield f"{said.role!r} has to be independent of the run's author, and the run names none; keep it with --author"
    elif folded(said.author) == folded(said.person):
        yield f"{said.role!r} has to be independent, and {said.person} made the run"


def _alone(law: Signoff, all_of_them: Sequence[Held]) -> Iterator[str]:
    """Once every role has signed, are there people enough?"""
    if not lacking(law, all_of_them) and (there := people(all_of_them)) < (law.people or 1):
        yield f"the policy asks for {law.people} different people, and all roles would be signed by {there}"


def lacking(law: Signoff, signed: Sequence[Held]) -> list[str]:
    """The roles that have not signed."""
    return [role for role in law.roles if role not in {one.sign_off.role for one in signed}]


def people(signed: Sequence[Held]) -> int:
    """How many people signed: by their names, since no key signs under two."""
    return len({folded(one.sign_off.person) for one in signed})


def last_words(signed: Sequence[Held]) -> dict[str, SignOff]:
    """What was said last in each role."""
    return {one.sign_off.role: one.sign_off for one in signed}


def same(one: SignOff, other: SignOff) -> bool:
    """Is it the same person, by name?"""
    return folded(one.person) == folded(other.person)


def folded(name: str) -> str:
    """A name without what two writings of it may differ in: capitals, spaces, how accents are put together."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
