"""A policy's effective content as text: YAML in the order in which it was resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def policy_text(effective: Mapping[str, Any]) -> str:
    """The content as YAML, the same text for the same content."""
    import yaml  # kept out of the listing of formats, which needs nothing

    text: str = yaml.safe_dump(_plain(effective), sort_keys=False, allow_unicode=True, width=96)
    return text


def _plain(value: Any) -> Any:
    """Only dicts, lists and scalars, whatever kinds of mapping and sequence hold them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (int, float, type(None))):
        return value
    return str(value)
