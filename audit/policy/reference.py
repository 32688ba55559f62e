"""Whom a group is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from audit.policy.scalars import text, what

Kind = Literal["highest", "lowest", "overall", "rest", "largest", "fixed"]
_CHOSEN: Final[dict[str, Kind]] = {
    "highest": "highest",
    "lowest": "lowest",
    "overall": "overall",
    "rest": "rest",
    "largest": "largest",
}
FORMS = "highest, lowest, overall, rest, largest, or {fixed: <group>}"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The reference of a comparison. `fixed`: a group's name, or its value of each attribute; None for the other kinds.

    What `Policy.reference_for` gives is resolved: there `fixed` is always the value of each attribute.
    """

    kind: Kind
    fixed: Mapping[str, str] | str | None = None

    def of(self, attributes: tuple[str, ...]) -> Reference | None:
        """This reference for exactly these attributes, resolved; None if it says nothing about them."""
        if self.kind != "fixed":
            return self
        if isinstance(self.fixed, str):
            return Reference(kind="fixed", fixed={attributes[0]: self.fixed}) if len(attributes) == 1 else None
        named = self.fixed or {}
        if not all(attribute in named for attribute in attributes):
            return None
        return Reference(kind="fixed", fixed={attribute: named[attribute] for attribute in attributes})

    def __str__(self) -> str:
        """In words, for titles and messages."""
        if self.kind != "fixed":
            return self.kind
        if isinstance(self.fixed, str):
            return f"fixed: {self.fixed}"
        return "fixed: " + ", ".join(f"{name} {value}" for name, value in (self.fixed or {}).items())


def resolve(
    attributes: tuple[str, ...], levels: tuple[Reference | None, ...], own: Mapping[str, Reference | None]
) -> Reference | None:
    """The reference for a group of these attributes; `levels` are the rule's and the default, `own` the attributes'.

    The rule is asked first, then the attribute, then the default. An intersection has no attribute of its own: where
    each of its attributes resolves to a fixed value, their combination is its reference, else the default. None: the
    policy names no reference for it.
    """
    rule, default = levels
    if rule and (found := rule.of(attributes)):
        return found
    if len(attributes) == 1:
        return _first(own.get(attributes[0]), default, attributes)
    parts = [resolve((attribute,), levels, own) for attribute in attributes]
    values = dict(_fixed_values(parts))
    if len(values) == len(attributes):
        return Reference(kind="fixed", fixed=values)
    return default.of(attributes) if default else None


def _fixed_values(parts: list[Reference | None]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if part and part.kind == "fixed" and isinstance(part.fixed, Mapping):
            yield from part.fixed.items()


def _first(own: Reference | None, default: Reference | None, attributes: tuple[str, ...]) -> Reference | None:
    if own and (found := own.of(attributes)):
        return found
    return default.of(attributes) if default else None


def parse(value: Any) -> Reference:
    """Read a reference as a policy writes it."""
    if isinstance(value, Reference):
        return value
    if isinstance(value, dict):
        return _fixed(value)
    if isinstance(value, str) and value in _CHOSEN:
        return Reference(kind=_CHOSEN[value])
    if isinstance(value, str) and value.startswith("fixed:") and value.removeprefix("fixed:").strip():
        return Reference(kind="fixed", fixed=value.removeprefix("fixed:").strip())
    raise ValueError(f"expected {FORMS}; found {what(value)}")


def _fixed(value: Mapping[str, Any]) -> Reference:
    if list(value) != ["fixed"]:
        raise ValueError(f"expected {FORMS}; found a map of {', '.join(map(repr, value)) or 'nothing'}")
    named = value["fixed"]
    if isinstance(named, dict):
        if not named:
            raise ValueError("expected the fixed group's values, like {fixed: {sex: Male, race: White}}")
        return Reference(kind="fixed", fixed={key: text(part) for key, part in named.items()})
    return Reference(kind="fixed", fixed=text(named))


def written(reference: Reference) -> Any:
    """A reference as a policy writes it."""
    if reference.kind != "fixed":
        return reference.kind
    return {"fixed": reference.fixed if isinstance(reference.fixed, str) else dict(reference.fixed or {})}


_VALUE = {"type": ["string", "number", "boolean"]}
_SCHEMA = {
    "anyOf": [
        {"enum": list(_CHOSEN)},
        {"type": "string", "pattern": "^fixed:\\s*\\S"},
        {
            "type": "object",
            "properties": {
                "fixed": {"anyOf": [_VALUE, {"type": "object", "additionalProperties": _VALUE, "minProperties": 1}]}
            },
            "required": ["fixed"],
            "additionalProperties": False,
        },
    ]
}
WrittenReference = Annotated[Reference, PlainValidator(parse), PlainSerializer(written), WithJsonSchema(_SCHEMA)]
