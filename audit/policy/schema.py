"""The published JSON Schema of the policy language, made from the models."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from audit.policy.models import Written

_EXTENDS = {
    "description": "Bundled packs by id, and files by path. What they say holds unless this file changes it.",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}


class _Described(GenerateJsonSchema):
    """A schema whose properties are described by the text that stands below each field."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """The schema of one model. A part that may be left out whole is described only where it is defined."""
        made = super().model_schema(schema)
        for name, text in _texts(schema["cls"]):
            if not {"$ref", "default"} <= made["properties"][name].keys():
                made["properties"][name]["description"] = text
        return made


def _texts(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The fields as a policy calls them, with what stands below each in the model's source or in those of its bases."""
    for base in reversed(model.__mro__):
        if not issubclass(base, BaseModel) or base is BaseModel:
            continue
        [tree] = ast.parse(inspect.getsource(base)).body
        for field, below in pairwise(getattr(tree, "body", [])):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    yield model.model_fields[name].alias or name, inspect.cleandoc(text)


def json_schema() -> dict[str, Any]:
    """The schema of one policy file. What a file may inherit it does not demand; `evenhand policy check` does."""
    schema: dict[str, Any] = _tidy(Written.model_json_schema(by_alias=True, schema_generator=_Described))
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
