"""The report as one HTML file that holds all it needs: no script, no request, readable for decades."""

from __future__ import annotations

from audit.render.document import FULL, SUMMARY, document
from audit.render.options import PLAIN, Options
from audit.result import AuditResult


def write(result: AuditResult, options: Options = PLAIN) -> bytes:
    """The HTML report: the same bytes for the same result and theme."""
    return document(result, "html", FULL, options.theme).html.encode("utf-8")


def write_summary(result: AuditResult, options: Options = PLAIN) -> bytes:
    """Its cover alone, for those who have a minute."""
    return document(result, "html", SUMMARY, options.theme).html.encode("utf-8")
