"""A policy as a list of settings: each path with its value, and where it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from audit.policy.yaml_door import Node, entries, items

#: Lists whose entries have a name of their own.
_NAMED = {"rules": "id"}
DEFAULT = "default"


def flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a resolved policy by their paths, `groups.min_count` or `rules.four-fifths.require`."""
    return dict(_flat("", content))


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, one in value.items():
            yield from _flat(f"{path}.{key}".removeprefix("."), one)
    elif path in _NAMED:
        for one in value:
            yield from _flat(f"{path}.{one[_NAMED[path]]}", one)
    else:
        yield path, value


def sources(root: Node) -> dict[str, str]:
    """Where each setting is written, `policy.yaml:12`, by its path."""
    return dict(_sources("", root))


def _sources(path: str, node: Node) -> Iterator[tuple[str, str]]:
    if inner := entries(node):
        for key, entry in inner.items():
            yield from _sources(f"{path}.{key}".removeprefix("."), entry.node)
    elif path in _NAMED:
        for one in items(node):
            name = entries(one).get(_NAMED[path])
            yield from _sources(f"{path}.{name.node.content}" if name else path, one)
    else:
        yield path, str(node.place)


def origin(path: str, known: Mapping[str, str]) -> str:
    """Where the setting at a path comes from: a place, that of the short form it is made of, or a default."""
    while path:
        if path in known:
            return known[path]
        path = path.rpartition(".")[0]
    return DEFAULT


def told(value: Any) -> str:
    """A value as one line: lists as a reader writes them, `sex, sex x race`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(one, dict) for one in value):
        return ", ".join(" x ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)
    return json.dumps(value, ensure_ascii=False)
