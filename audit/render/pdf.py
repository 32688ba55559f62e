"""The report as a PDF: tagged, made for archives, with the result and the policy inside, the same bytes every time."""

from __future__ import annotations

import gc
import logging
import os
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from audit.errors import RenderError
from audit.render.clean import cleaned
from audit.render.document import FULL, MOST_ON_COVER, SUMMARY, Layout, document
from audit.render.letters import Fonts, fonts_for, notices, numbered
from audit.render.machine import write as machine_bytes
from audit.render.options import PLAIN, Options
from audit.render.policytext import policy_text
from audit.render.tagging import XMP, finisher
from audit.resources import folder
from audit.result import AuditResult

_MISSING = re.compile(r"\(U\+([0-9A-F]+)\)")
_INSTALL = (
    "the PDF needs Pango, which Python packages cannot bring; on Debian or Ubuntu: "
    "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. "
    "All other formats work without it"
)


#: The variable that tells fontconfig where its settings are, and who may set it now.
_SETTINGS, _SETTING = "FONTCONFIG_FILE", threading.Lock()


#: How many failures, steps and notes a summary lists: the most that leave it on one page.
_FEWER = (MOST_ON_COVER, 3, 1)


def write(result: AuditResult, options: Options = PLAIN) -> bytes:
    """The PDF report. Raises RenderError where WeasyPrint or Pango is missing, the audit's day is not a date, or a
    further font cannot be read.
    """
    return _made(result, options, FULL).content


def write_summary(result: AuditResult, options: Options = PLAIN) -> bytes:
    """Its cover alone, on one page if that can be; with the same attached. Raises RenderError as `write` does."""
    tries = (_made(result, options, replace(SUMMARY, most_on_cover=most)) for most in _FEWER)
    made = next(tries)
    while made.pages > 1 and (shorter := next(tries, None)):
        made = shorter
    return made.content


def drawn(html: str) -> bytes:
    """A small page by itself, in the report's own fonts. Raises RenderError as `write` does."""
    weasyprint = _weasyprint()
    with _warnings_of("weasyprint"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # as below
        page = weasyprint.HTML(string=html, base_url=None, url_fetcher=_fetcher("data"))
        content: bytes = page.write_pdf(font_config=_own_fonts())
    return content


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A PDF, how many pages it has, and the characters that were drawn as boxes after all."""

    content: bytes
    pages: int
    boxes: frozenset[str]


def _made(result: AuditResult, options: Options, layout: Layout) -> _Made:
    _day(result.provenance.as_of)
    weasyprint = _weasyprint()
    fonts = fonts_for(result, options)
    made = _attempt(weasyprint, (result, options), fonts, layout)
    if made.boxes:  # a mark takes the font of its letter, which may lack it though another font has it
        made = _attempt(weasyprint, (result, options), replace(fonts, missing=fonts.missing | made.boxes), layout)
    return made


def _weasyprint() -> Any:
    """WeasyPrint, imported only here: it takes half a second and needs libraries of the system."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that the machine has no fonts; none of them is used
            import weasyprint
    except ImportError as error:
        raise RenderError("the PDF needs WeasyPrint, which is not installed; pip install weasyprint") from error
    except OSError as error:
        raise RenderError(f"{_INSTALL} ({error})") from error
    return weasyprint


def _day(as_of: str) -> datetime:
    """The day of the audit as a moment: midnight, universal time, unless it says more."""
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError as error:
        raise RenderError(f"provenance.as_of is {as_of!r}; a PDF needs a date such as 2026-11-20") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _attempt(weasyprint: Any, given: tuple[AuditResult, Options], fonts: Fonts, layout: Layout) -> _Made:
    """The PDF of a result as it was asked for, drawn with these fonts."""
    result, options = given
    dressed = replace(options, theme=numbered(options.theme, fonts.missing))
    page = document(numbered(result, fonts.missing), "pdf", replace(layout, notices=notices(fonts)), dressed)
    with _warnings_of("weasyprint") as said, warnings.catch_warnings(), _rare_collection():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile's file open
        drawing = _own_fonts()
        sheet = weasyprint.CSS(string=_faces(fonts), url_fetcher=_fetcher("file"), font_config=drawing)
        source = weasyprint.HTML(string=page.html, base_url=None, url_fetcher=_fetcher("data"))
        laid_out = source.render(stylesheets=[sheet], font_config=drawing)
        laid_out.metadata.attachments = _attachments(weasyprint, result)
        laid_out.metadata.xmp_metadata = [XMP]
        content: bytes = laid_out.write_pdf(pdf_variant="pdf/a-3a", finisher=finisher(page.titles))
    boxes = frozenset(chr(int(found[1], 16)) for message in said for found in _MISSING.finditer(message))
    return _Made(content=content, pages=len(laid_out.pages), boxes=boxes)


def _own_fonts() -> Any:
    """A font configuration that knows no font of the machine, so that pages are the same on all of them."""
    from weasyprint.text.fonts import FontConfiguration

    settings = str(folder("templates") / "report" / "fonts" / "fonts.conf")
    with _SETTING:
        before = os.environ.get(_SETTINGS)
        os.environ[_SETTINGS] = settings  # fontconfig reads it here and at no other time
        try:
            return FontConfiguration()
        finally:
            os.environ.pop(_SETTINGS)
            os.environ.update({_SETTINGS: before} if before is not None else {})


def _faces(fonts: Fonts) -> str:
    """A style sheet that loads the further fonts; a character falls back to them of itself."""
    return "".join(
        f'@font-face{{font-family:"Audit Further {number}";src:url("{path.resolve().as_uri()}")}}'
        for number, path in enumerate(fonts.files, 1)
    )


def _attachments(weasyprint: Any, result: AuditResult) -> list[Any]:
    """The result and the policy, dated by the audit, so that the file does not depend on when it was written."""
    day = _day(result.provenance.as_of)
    policy = policy_text(cleaned(result).policy.effective)
    files = (
        (machine_bytes(result), "result.json", "The whole result, for machines", "Data"),
        (policy.encode("utf-8"), "policy.yaml", "The policy that was in force", "Source"),
    )
    return [
        weasyprint.Attachment(
            string=content, name=name, description=description, relationship=relationship, created=day, modified=day
        )
        for content, name, description, relationship in files
    ]


def _fetcher(protocol: str) -> Any:
    """A fetcher that opens addresses of one kind: `data` for the page, which holds all it needs, `file` for fonts."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=(protocol,), allow_redirects=False)


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Let Python look for unused cycles a hundred times less often: pages hold few, and looking takes a sixth of the
    time.
    """
    before = gc.get_threshold()
    gc.set_threshold(before[0] * 100, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _warnings_of(name: str) -> Iterator[list[str]]:
    """What a library logs while it works, kept from the terminal."""
    said: list[str] = []
    logger, listener = logging.getLogger(name), _Listener(said)
    before = (logger.propagate, logger.level, list(logger.handlers))
    logger.propagate, logger.handlers = False, [listener]
    logger.setLevel(logging.WARNING)
    try:
        yield said
    finally:
        logger.propagate, logger.handlers = before[0], before[2]
        logger.setLevel(before[1])


class _Listener(logging.Handler):
    """Keeps messages in a list."""

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())
