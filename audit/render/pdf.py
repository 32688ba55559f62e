"""The report as a PDF: tagged, made for archives, with the result and the policy inside, the same bytes every time."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from audit.errors import RenderError
from audit.render.clean import cleaned
from audit.render.document import Document, document
from audit.render.machine import write as machine_bytes
from audit.render.policytext import policy_text
from audit.render.tagging import XMP, finisher
from audit.result import AuditResult

_MISSING = re.compile(r"\(U\+([0-9A-F]+)\)")
_INSTALL = (
    "the PDF needs Pango, which Python packages cannot bring; on Debian or Ubuntu: "
    "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. "
    "All other formats work without it"
)


def write(result: AuditResult) -> bytes:
    """The PDF report. Raises RenderError where WeasyPrint or Pango is missing, or the audit's day is not a date."""
    day = _day(result.provenance.as_of)
    weasyprint = _weasyprint()
    made, missing = _attempt(weasyprint, result, document(result, "pdf"), day)
    if not missing:
        return made
    again, _ = _attempt(weasyprint, result, document(result, "pdf", (_notice(missing),)), day)
    return again


def _weasyprint() -> Any:
    """WeasyPrint, imported only here: it takes half a second and needs libraries of the system."""
    try:
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


def _attempt(weasyprint: Any, result: AuditResult, page: Document, day: datetime) -> tuple[bytes, list[str]]:
    """The PDF, and the characters that no font at hand could draw."""
    with _warnings_of("weasyprint") as said, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile's file open
        laid_out = weasyprint.HTML(string=page.html, base_url=None, url_fetcher=_closed_fetcher()).render()
        laid_out.metadata.attachments = _attachments(weasyprint, result, day)
        laid_out.metadata.xmp_metadata = [XMP]
        made: bytes = laid_out.write_pdf(pdf_variant="pdf/a-3a", finisher=finisher(page.titles))
    return made, sorted({found[1] for message in said for found in _MISSING.finditer(message)})


def _attachments(weasyprint: Any, result: AuditResult, day: datetime) -> list[Any]:
    """The result and the policy, dated by the audit, so that the file does not depend on when it was written."""
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


def _closed_fetcher() -> Any:
    """A fetcher that opens nothing but what the page itself holds."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=("data",), allow_redirects=False)


def _notice(missing: Sequence[str]) -> str:
    shown = ", ".join(f"U+{code}" for code in missing[:12])
    more = f" and {len(missing) - 12} more" if len(missing) > 12 else ""
    return (
        f"No font at hand can draw {len(missing)} of the characters in this report ({shown}{more}); "
        "they are boxes here and complete in the HTML report and in result.json."
    )


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
