"""The files that are attached to a PDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from audit.errors import DataError
from audit.languages import LANGUAGES

if TYPE_CHECKING:
    from pypdf import PdfReader

Answer = TypeVar("Answer")


def attachments(path: Path) -> dict[str, bytes]:
    """Each attached file by its name; raises DataError if this is not a PDF that can be read."""
    return _asked(path, lambda reader: {name: held[0] for name, held in reader.attachments.items() if held})


def language_of(path: Path) -> str | None:
    """In which of the languages of reports it is written, None if in no other; raises DataError as above."""
    code = _asked(path, lambda reader: str(reader.root_object.get("/Lang", "")))
    return code if code in LANGUAGES else None


def _asked(path: Path, ask: Callable[[PdfReader], Answer]) -> Answer:
    from pypdf import PdfReader  # 0.2 seconds, for this alone
    from pypdf.errors import PyPdfError

    try:
        return ask(PdfReader(path))
    except OSError as error:
        raise DataError(f"{path}: the file cannot be read: {error.strerror or error}") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise DataError(f"{path}: not a PDF, or a damaged one: {error}") from error
