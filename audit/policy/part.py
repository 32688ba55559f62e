"""What the parts of a policy have in common."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

Unusable = Literal["error", "exclude"]
TWO_NUMBERS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


class Part(BaseModel):
    """A part of a policy: never changed once read, and holding no key that the language does not know.

    What stands below a field is its description in the published schema, which reads it (audit/policy/schema.py);
    pydantic would read every source at every start. Nor is anything checked by a part alone before it is asked to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
