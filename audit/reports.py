"""Write reports to files: each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from audit.disclosing.disclosure import rendered
from audit.errors import RenderError
from audit.render import FORMATS
from audit.render.options import PLAIN, Options
from audit.result import AuditResult
from audit.result.renderings import Rendering
from audit.sources.files import write_atomically
from audit.theme import Theme
from audit.wording import known_names

#: The result is what machines read, a summary is one page; the others are reports for people.
_NAMES = {
    "json": "result",
    "summary": "summary",
    "summary-pdf": "summary",
    "publication": "publication",
    "junit": "junit",
}


def write(  # noqa: PLR0913 - what, where, and how it is to be
    result: AuditResult,
    folder: str | Path,
    formats: Iterable[str] = ("html", "pdf", "json"),
    *,
    rendering: Rendering | None = None,
    fonts: str | Path | None = None,
    theme: str | Path | None = None,
    language: str | None = None,
) -> list[Path]:
    """Write a result to a folder in some formats (see `audit.render.FORMATS`) and return the paths.

    `rendering` is public or restricted, if not the one that the policy names. `fonts` is a folder of further fonts for
    the PDF, `theme` that of a theme for HTML and PDF, `language` the code of their language, if not the one that the
    policy names. Raises ThemeError if the theme cannot be used, DataError if there is no such rendering, and
    RenderError, after the other formats are written, if one cannot be.
    """
    formats = [formats] if isinstance(formats, str) else list(formats)
    if unknown := [known_names("format", name, FORMATS) for name in formats if name not in FORMATS]:
        raise RenderError("; ".join(unknown))
    options = Options(fonts=Path(fonts) if fonts is not None else None, theme=theme_of(theme), language=language)
    made = list(write_each(rendered(result, rendering), Path(folder), formats, options))
    for problem in made:
        if isinstance(problem, RenderError):
            raise problem
    return [path for path in made if isinstance(path, Path)]


def theme_of(folder: str | Path | None) -> Theme | None:
    """The theme in a folder, if one is named. Raises ThemeError if it cannot be used."""
    if folder is None:
        return None
    from audit.theming import load  # pydantic and a parser of Markdown, which plain reports do not need

    return load(folder)


def write_each(
    result: AuditResult, folder: Path, formats: Iterable[str], options: Options = PLAIN
) -> Iterator[Path | RenderError]:
    """Write a rendering of a result format by format: the path of each, or why there is none."""
    for name, content in render_each(result, formats, options):
        if isinstance(content, RenderError):
            yield content
            continue
        write_atomically(folder / name, content)
        yield folder / name


def render_each(
    result: AuditResult, formats: Iterable[str], options: Options = PLAIN
) -> Iterator[tuple[str, bytes | RenderError]]:
    """Write out a rendering format by format: the name of each file, and its bytes or why there are none."""
    for name in formats:
        try:
            yield file_name(name), FORMATS[name].write(result, options)
        except RenderError as problem:
            yield file_name(name), problem


def file_name(name: str) -> str:
    """What the file of a format is called."""
    return f"{_NAMES.get(name, 'report')}.{FORMATS[name].suffix}"
