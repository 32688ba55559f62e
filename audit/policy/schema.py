"""The published JSON Schema of the policy language, made from the models."""

from __future__ import annotations

import json
from typing import Any

from audit.policy.models import Written

_EXTENDS = {
    "description": "Bundled packs by id, and files by path. What they say holds unless this file changes it.",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}


def json_schema() -> dict[str, Any]:
    """The schema of one policy file. What a file may inherit it does not demand; `evenhand policy check` does."""
    schema: dict[str, Any] = _tidy(Written.model_json_schema(by_alias=True))
    schema["properties"]["extends"] = _EXTENDS
    schema["required"] = ["evenhand"]
    schema["$defs"]["Rule"]["required"] = ["id"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Evenhand policy",
        "description": "One policy file. A file that extends others may leave out what it inherits.",
    }


def schema_text() -> str:
    """The schema as the committed file holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _tidy(value: Any) -> Any:
    """Without the machine's titles, and without null, which a policy never writes."""
    if isinstance(value, list):
        return [_tidy(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _tidy(one) for key, one in value.items() if key != "title" or not isinstance(one, str)}
    if kept.get("default", 0) in (None, [], {}, ""):
        del kept["default"]
    options = [one for one in kept.pop("anyOf", []) if one != {"type": "null"}]
    return kept | (options[0] if len(options) == 1 else {"anyOf": options} if options else {})
