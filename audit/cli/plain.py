"""Output where the terminal, or the pipe of a pipeline, cannot write every character: on Windows, as a rule."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

#: What stands for a sign that an encoding lacks. A question mark would be the sign of what is inconclusive.
_SPELLED = {"✓": "+", "✗": "x", "–": "-", "−": "-", "·": "-", "≥": ">=", "≤": "<=", "±": "+/-", "×": "x"} | {
    "…": "...", "“": '"', "”": '"', "’": "'", "‘": "'", "→": "->", "│": "|"
}  # fmt: skip
_NAME = "evenhand"


def legible(*streams: TextIO) -> None:
    """Let each stream spell what its encoding lacks, where it would otherwise stop the program halfway through."""
    codecs.register_error(_NAME, _spell)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors=_NAME)


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SPELLED.get(one, f"U+{ord(one):04X}") for one in lacking), error.end
