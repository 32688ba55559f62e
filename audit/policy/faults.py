"""Every mistake in a policy, said with its place: file:line:column, the line itself, a caret, and what to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from audit.policy.models import Written
from audit.policy.scalars import what
from audit.policy.words import nearest, suggest
from audit.policy.yaml_door import Node, Place, child, entries, items, locate

Path = tuple[int | str, ...]
MOST: Final = 100
_WINDOW: Final = 110


class Said(NamedTuple):
    """A mistake as a check finds it: where in the policy, what is wrong, what to do; `key`: the caret marks the key."""

    path: Path
    message: str
    help: str | None = None
    key: bool = False


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A mistake and the place where it is written."""

    place: Place
    message: str
    path: str = ""
    help: str | None = None


def placed(root: Node, said: Iterable[Said]) -> list[Fault]:
    """Each mistake with the place where it is written."""
    return [
        Fault(
            place=locate(root, one.path, key=one.key), message=one.message, path=spoken(root, one.path), help=one.help
        )
        for one in said
    ]


def spoken(root: Node, path: Path) -> str:
    """A path as a reader says it; a rule goes by its id."""
    words, node = "", root
    for part in path:
        if isinstance(part, int):
            listed = items(node)
            if part >= len(listed):
                continue
            node = listed[part]
            name = child(node, "id")
            words += f".{name.content}" if name and isinstance(name.content, str) else f"[{part + 1}]"
        elif part != "[key]":
            words += f".{part}"
            node = child(node, part) or Node(place=node.place, content=None)
    return words.removeprefix(".")


def nulls(node: Node, path: Path = ()) -> Iterator[Said]:
    """Every key and list item that has nothing written for it."""
    if node.content is None:
        yield Said(path, "nothing is written here", "write a value, or take the line out; the word null goes in quotes")
    for key, entry in entries(node).items():
        yield from nulls(entry.node, (*path, key))
    for number, item in enumerate(items(node)):
        yield from nulls(item, (*path, number))


def from_pydantic(error: ValidationError, *, incomplete: bool) -> Iterator[Said]:
    """What pydantic found, in our words. `incomplete`: an extended file could not be read, so parts may be missing."""
    found = error.errors(include_url=False)
    meant = {(one["loc"][:-1], _meant(one["loc"])) for one in found if one["type"] == "extra_forbidden"}
    for one in found:
        above, key = one["loc"][:-1], one["loc"][-1]
        if one["type"] == "missing" and (incomplete or (above, key) in meant):
            continue
        yield _said(one["type"], one["loc"], one)


def _said(kind: str, path: Path, error: Any) -> Said:
    if kind == "missing":
        return _missing(path)
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "literal_error":
        known = _literals(error["ctx"]["expected"])
        return Said(path, f"expected {error['ctx']['expected']}, found {what(error['input'])}", _near(error, known))
    if kind == "value_error":
        return Said(path, str(error["ctx"]["error"]))
    if kind == "string_pattern_mismatch":
        return Said(path, "expected a short name of letters, digits, '-', '_' and '.', without spaces")
    wanted = _WANTED.get(kind)
    return Said(path, f"expected {wanted}, found {what(error['input'])}" if wanted else error["msg"])


_WANTED = {
    "model_type": "a map of 'key: value' lines",
    "dict_type": "a map of 'key: value' lines",
    "tuple_type": "a list",
    "string_type": "text",
}


def _literals(expected: str) -> list[str]:
    return [part.strip(" '") for part in expected.replace(" or ", ", ").split(",")]


def _near(error: Any, known: list[str]) -> str | None:
    word = error["input"]
    hint = suggest(word, known) if isinstance(word, str) else ""
    return hint if hint.startswith("did you mean") else None


def _missing(path: Path) -> Said:
    *above, key = path
    examples = _OF_PACKS if path[0] in ("pack", "packs") else _EXAMPLES
    return Said(tuple(above), f"the setting {key!r} is missing", examples.get(str(key)), key=True)


_EXAMPLES = {
    "evenhand": "begin with 'evenhand: 1', the version of the policy language",
    "title": "say in one line what the policy is for",
    "data": "name the column that holds the decision: 'data: {decision: {column: approved, favorable: 1}}'",
    "attributes": "name the protected attributes: 'attributes: {sex: {column: sex}}'",
    "rules": "a policy demands something, or extends a pack that does",
    "legitimate": "say why this factor may explain a difference between groups",
    "id": "give the rule a short name, like 'id: four-fifths'",
    "metric": "say what is measured, like 'metric: selection_rate'",
    "compare": "say ratio, difference, change, value, max_gap or min_ratio",
    "require": "say the limits, like 'require: \">= 4/5\"'",
    "kind": "say whether it is a frequency or a sampling weight; the two give different intervals",
    "column": "name the column in the data, like 'column: sex'",
    "approved_by": "name who answers for it",
    "reason": "say why, for whoever reads the report",
    "expires": "give the last day on which the exception holds, like 2027-02-01",
}


_OF_PACKS = {
    "id": "write the name of the pack's file, without its ending",
    "kind": "say mandated, convention, framework or house",
    "jurisdiction": "say where it applies",
    "scope": "say to whom and to which decisions it applies",
    "status": "say how far its source can be relied on: 'status: {state: in_force, checked_on: ..., ...}'",
    "cites": "name its sources: 'cites: [{ref: ..., evidence: source}]'",
    "evidence": "say how well the source was looked at: source, secondary, memory or uncertain",
    "limits": "say in plain words what the pack cannot show",
}


def _unknown(path: Path) -> Said:
    key = str(path[-1])
    return Said(path, f"there is no setting {key!r} here", suggest(key, _known(path[:-1])), key=True)


def _meant(path: Path) -> str | None:
    """The setting that an unknown one is probably a misspelling of."""
    return nearest(str(path[-1]), _known(path[:-1]))


def _known(path: Path) -> list[str]:
    """The settings that a part of a policy has."""
    model: type[BaseModel] = Written
    for part in path[:1] if path[:1] in (("attributes",), ("factors",)) else path:
        field = _settings(model).get(str(part))
        model = next(_models(field.annotation), model) if field else model
    names = list(_settings(model))
    return [*names, "extends"] if model is Written else names


def _settings(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The settings of a part by the names that are written."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)


def render(faults: Iterable[Fault], first: str) -> list[str]:
    """The mistakes as text: those of the file `first` before those of others, by line; at most a hundred."""
    ordered = sorted(
        set(faults),
        key=lambda f: (f.place.source.name != first, f.place.source.name, f.place.line, f.place.column, f.message),
    )
    shown = [_text(fault) for fault in ordered[:MOST]]
    left = len(ordered) - MOST
    return [*shown, f"{first}: and {left} more mistakes"] if left > 0 else shown


def _text(fault: Fault) -> str:
    at = fault.place
    path = f"{fault.path}: " if fault.path else ""
    head = f"{at.source.name}:{at.line}:{at.column}: {_clean(path + fault.message)}"
    lines = [head, *_quoted(at)]
    if fault.help:
        lines.append(f"  = help: {_clean(fault.help)}")
    return "\n".join(lines)


def _quoted(at: Place) -> Iterator[str]:
    """The line with a caret under what is meant; of a very long line, the part around it."""
    if at.line > len(at.source.lines):
        return
    line, start = at.source.lines[at.line - 1], at.column - 1
    left = max(0, start - _WINDOW // 2) if len(line) > _WINDOW else 0
    part = _clean(line[left : left + _WINDOW])
    gutter = " " * len(str(at.line))
    width = max(1, min(at.width, len(part) - (start - left)))
    yield f"{gutter} |"
    yield f"{at.line} | {part}".rstrip()
    yield f"{gutter} | {_blank(part[: start - left])}{'^' * width}"


def _blank(text: str) -> str:
    """As much empty space as the text takes; wide characters take two columns."""
    return "".join("  " if unicodedata.east_asian_width(one) in "WF" else " " for one in text)


def _clean(text: str) -> str:
    """Without characters that would move the cursor."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in text)
