"""Work of libraries that is not measured: under the trace function of coverage it takes two to four times as long."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

#: What reads, lays out and writes in Python and calls nothing of ours back: a library's module, a class, its methods.
LONG = (
    ("weasyprint", "HTML", ("__init__", "render")),
    ("weasyprint", "Document", ("write_pdf",)),
    ("pypdf", "PageObject", ("extract_text",)),
    ("json.encoder", "JSONEncoder", ("encode",)),
)


def take() -> None:
    """Run unmeasured, from here on, what is loaded of these libraries; what finishes a PDF is ours, and is measured."""
    for module, name, methods in LONG:
        if module in sys.modules:
            _take(getattr(sys.modules[module], name), methods)


def _take(of: Any, methods: tuple[str, ...]) -> None:
    for method in methods:
        ours = getattr(of, method)
        if not hasattr(ours, "__wrapped__"):
            untraced = _traced_by(None, ours)
            setattr(of, method, _finished(untraced) if method == "write_pdf" else untraced)


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
