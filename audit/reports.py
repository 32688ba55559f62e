"""Write reports to files: each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from audit.errors import RenderError
from audit.files import write_atomically
from audit.render import FORMATS
from audit.render.options import PLAIN, Options
from audit.result import AuditResult

#: The result is what machines read, a summary is one page; the others are reports for people.
_NAMES = {"json": "result", "summary": "summary", "summary-pdf": "summary"}


def write(
    result: AuditResult,
    folder: str | Path,
    formats: Iterable[str] = ("html", "pdf", "json"),
    *,
    fonts: str | Path | None = None,
) -> list[Path]:
    """Write a result to a folder in some formats (see `audit.render.FORMATS`) and return the paths.

    `fonts` is a folder of further fonts for the PDF. Raises RenderError, after the other formats are written, if one
    cannot be.
    """
    options = Options(fonts=Path(fonts) if fonts is not None else None)
    made = list(write_each(result, Path(folder), formats, options))
    for problem in made:
        if isinstance(problem, RenderError):
            raise problem
    return [path for path in made if isinstance(path, Path)]


def write_each(
    result: AuditResult, folder: Path, formats: Iterable[str], options: Options = PLAIN
) -> Iterator[Path | RenderError]:
    """Write format by format: the path of each, or why there is none."""
    for name in formats:
        form = FORMATS[name]
        try:
            content = form.write(result, options)
        except RenderError as problem:
            yield problem
            continue
        path = folder / f"{_NAMES.get(name, 'report')}.{form.suffix}"
        write_atomically(path, content)
        yield path
