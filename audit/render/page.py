"""The report as one HTML file that holds all it needs: no script, no request, readable for decades."""

from __future__ import annotations

from audit.errors import RenderError
from audit.render.document import FULL, PUBLICATION, SUMMARY, document
from audit.render.options import PLAIN, Options
from audit.render.publication import public_tables
from audit.result import AuditResult


def write(result: AuditResult, options: Options = PLAIN) -> bytes:
    """The HTML report: the same bytes for the same result and theme."""
    return document(result, "html", FULL, options).html.encode("utf-8")


def write_summary(result: AuditResult, options: Options = PLAIN) -> bytes:
    """Its cover alone, for those who have a minute."""
    return document(result, "html", SUMMARY, options).html.encode("utf-8")


def write_publication(result: AuditResult, options: Options = PLAIN) -> bytes:
    """The tables that a law asks to publish, and no verdict. Raises RenderError where no rule reports such tables."""
    if not public_tables(result):
        raise RenderError(
            "there are no tables to publish: no rule of the policy reports ratios that a law asks for; "
            "extend a pack that does, such as mandated/nyc-ll144"
        )
    return document(result, "html", PUBLICATION, options).html.encode("utf-8")
