"""The report as one HTML file that holds all it needs: no script, no request, readable for decades."""

from __future__ import annotations

from audit.render.document import document
from audit.result import AuditResult


def write(result: AuditResult) -> bytes:
    """The HTML report: the same bytes for the same result."""
    return document(result, "html").html.encode("utf-8")
