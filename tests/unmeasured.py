"""Work of libraries that is not measured: under the trace function of coverage it takes twice as long, for nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any


def take() -> None:
    """Lay out and write PDFs unmeasured from here on, if WeasyPrint has been loaded; measure what it calls back."""
    weasyprint = sys.modules.get("weasyprint")
    if weasyprint is None or hasattr(weasyprint.HTML.render, "__wrapped__"):
        return
    weasyprint.HTML.render = _traced_by(None, weasyprint.HTML.render)
    weasyprint.Document.write_pdf = _finished(_traced_by(None, weasyprint.Document.write_pdf))


def _finished(write: Callable[..., Any]) -> Callable[..., Any]:
    """What writes a PDF, whose finisher is ours and measured as before."""

    @wraps(write)
    def finished(self: Any, target: Any = None, zoom: float = 1, finisher: Any = None, **named: Any) -> Any:
        ours = finisher and _traced_by(sys.gettrace(), finisher)
        return write(self, target, zoom, ours, **named)

    return finished


def _traced_by(trace: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, run under this trace function."""

    @wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return function(*given, **named)
        finally:
            sys.settrace(before)
            _called()

    return called


def _called() -> None:
    """A trace function in C takes its place again with the first call that it sees."""
