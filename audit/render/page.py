"""The report as one HTML file that holds all it needs: no script, no request, readable for decades."""

from __future__ import annotations

from audit.render.document import document
from audit.render.options import PLAIN, Options
from audit.result import AuditResult


def write(result: AuditResult, _options: Options = PLAIN) -> bytes:
    """The HTML report: the same bytes for the same result."""
    return document(result, "html").html.encode("utf-8")
