"""What may be chosen for reports beside their formats. Every renderer is given all of it and takes what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audit.theme import Theme


@dataclass(frozen=True, kw_only=True)
class Options:
    """The choices. `fonts` is a folder of further fonts for the PDF, for scripts that the report's own lack; `theme` is
    how HTML and PDF look; `language` the code of the language that they are written in, None for the policy's.
    """

    fonts: Path | None = None
    theme: Theme | None = None
    language: str | None = None


#: Nothing chosen.
PLAIN = Options()
