"""The result for machines: the JSON of the result object, and nothing added."""

from __future__ import annotations

from audit.render.options import PLAIN, Options
from audit.result import AuditResult, to_json


def write(result: AuditResult, _options: Options = PLAIN) -> bytes:
    """The result as JSON. Half characters, which UTF-8 cannot hold, become the escapes that JSON has for them."""
    return to_json(result).encode("utf-8", "backslashreplace")
