"""What may be chosen for reports beside their formats. Every renderer is given all of it and takes what it needs."""

from __future__ import annotations

import hashlib
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

    def named(self) -> dict[str, str]:
        """The choices that change a report's bytes, by name: what they were has to be known to make it again."""
        chosen = {
            "theme": self.theme and self.theme.sha256,
            "fonts": self.fonts and fingerprint_of(self.fonts),
            "language": self.language,
        }
        return {name: value for name, value in chosen.items() if value}


def fingerprint_of(folder: Path) -> str:
    """The sha256 of the names of a folder's files and of their bytes."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n".encode())
    return found.hexdigest()


#: Nothing chosen.
PLAIN = Options()
