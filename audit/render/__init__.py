"""Reports: every format is one function from a result to bytes. A new one is a file, and a line below."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from audit.render.options import PLAIN, Options

if TYPE_CHECKING:
    from audit.result import AuditResult


class Write(Protocol):
    """What a format is: a function from a result, and what was chosen for it, to bytes."""

    def __call__(self, result: AuditResult, options: Options = PLAIN, /) -> bytes:
        """The bytes of the file. Raises RenderError where something that it needs is missing."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """A way to write a result down."""

    name: str
    suffix: str
    write: Write
    description: str


def _format(name: str, suffix: str, place: str, description: str) -> Format:
    """A format whose module is imported when it is first used: templates and PDF libraries take their time."""
    module, _, function = place.partition(":")

    def write(result: AuditResult, options: Options = PLAIN, /) -> bytes:
        made: bytes = getattr(import_module(f"audit.render.{module}"), function)(result, options)
        return made

    return Format(name=name, suffix=suffix, write=write, description=description)


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        _format("html", "html", "page:write", "one self-contained page, without scripts and without requests"),
        _format("pdf", "pdf", "pdf:write", "tagged PDF for archives, with the result and the policy attached"),
        _format("json", "json", "machine:write", "the whole result, for machines"),
        _format("summary", "html", "page:write_summary", "the report's cover alone, as a page"),
        _format(
            "summary-pdf", "pdf", "pdf:write_summary", "the cover alone on one page of paper, with the same attached"
        ),
        _format("publication", "html", "page:write_publication", "the tables that a law asks to publish, unjudged"),
        _format("markdown", "md", "markdown:write", "a summary for a pull request or a wiki"),
        _format("text", "txt", "plain:write", "a summary for a terminal or a log"),
        _format("junit", "xml", "junit:write", "the verdicts as tests, for a pipeline"),
    )
}
