"""Checks of packs and of the statements they ask for: what is asked can be answered, and what is answered is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from audit.policy.checks import Parts
from audit.policy.faults import Path, Said
from audit.policy.pack import Pack
from audit.policy.statements import BY_SUBJECT, STATEMENTS
from audit.policy.words import suggest


def pack_checks(content: Mapping[str, Any], parts: Parts) -> Iterator[Said]:
    """Everything about packs and statements that one part of the policy alone does not show."""
    packs = dict(_packs(content))
    for at, pack in packs.items():
        yield from _pack(at, pack, parts)
    asked = {name for pack in packs.values() for name in pack.statements}
    yield from _statements(content.get("statements"), asked)


def without_echoes(said: Sequence[Said]) -> list[Said]:
    """The mistakes without those that follow from a missing attribute: a pack's own rules, for one, lack it as well."""
    missing = {one.path[-1] for one in said if one.message.endswith(_LACKING)}
    echoes = {f"there is no attribute {name!r}" for name in missing}
    return [one for one in said if one.message not in echoes]


#: How it is said that a policy lacks an attribute that a pack asks for.
_LACKING = "which the policy does not have"


def _packs(content: Mapping[str, Any]) -> Iterator[tuple[Path, Pack]]:
    """The packs that can be read, by where they are; what is wrong with the others is reported elsewhere."""
    extended = content.get("packs")
    found: dict[Path, Any] = {("packs", name): raw for name, raw in _map(extended).items()}
    for at, raw in {**found, ("pack",): content.get("pack")}.items():
        try:
            yield at, Pack.model_validate(raw)
        except ValidationError:
            continue


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _pack(at: Path, pack: Pack, parts: Parts) -> Iterator[Said]:
    for name, category in pack.categories.items():
        if category.required and parts.names and name not in parts.names:
            message = f"the pack asks for the attribute {name!r}, {_LACKING}"
            yield Said(
                (*at, "categories", name), message, f"name its column: 'attributes: {{{name}: {{column: ...}}}}'"
            )
    known = set(pack.categories) | set(parts.names)
    for number, table in enumerate(pack.tables):
        for name in table:
            if name not in known:
                message = f"the table names {name!r}, which is neither a category of the pack nor an attribute"
                yield Said((*at, "tables", number), message, suggest(name, known))
    for name, demand in pack.statements.items():
        if demand.ask is None and name not in STATEMENTS:
            message = f"{name!r} is no known statement, and no question is written for it"
            yield Said((*at, "statements", name), message, f"write 'ask', or: {suggest(name, STATEMENTS)}")


def _statements(answers: Any, asked: set[str]) -> Iterator[Said]:
    known = {*STATEMENTS, *asked}
    for name in _map(answers):
        if name in BY_SUBJECT:
            message = f"{name!r} is a setting of the subject"
            yield Said(("statements", name), message, f"write it there: 'subject: {{{name}: ...}}'", key=True)
        elif name not in known:
            yield Said(("statements", name), f"nobody asks for {name!r}", suggest(str(name), known), key=True)
