"""Whether the part of a policy that says who signs fits together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from audit.policy.faults import Said
from audit.policy.signoff import Signoff
from audit.policy.words import suggest


def signoff_checks(content: Mapping[str, Any]) -> Iterator[Said]:
    """Every role that is spoken of has to be one that signs."""
    try:
        said = Signoff.model_validate(content.get("signoff", {}))
    except ValidationError:
        return  # reported elsewhere
    for number, role in enumerate(said.independent):
        if role not in said.roles:
            yield Said(("signoff", "independent", number), _no_role(role), suggest(role, said.roles))
    for role in said.keys:
        if role not in said.roles:
            yield Said(("signoff", "keys", role), _no_role(role), suggest(role, said.roles), key=True)
    if said.people is not None and not said.roles:
        yield Said(("signoff", "people"), "no role has to sign, so no number of people can", "name the roles", key=True)


def _no_role(role: str) -> str:
    return f"no role {role!r} has to sign"
