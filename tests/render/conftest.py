"""WeasyPrint is not measured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def weasyprint_unmeasured() -> Iterator[None]:
    """Laying out a PDF takes twice as long under the trace function of coverage, which wants none of it."""
    try:
        from weasyprint import HTML
        from weasyprint.document import Document
    except (ImportError, OSError):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HTML, "render", _traced_by(None, HTML.render))
        write = _traced_by(None, Document.write_pdf)

        def finished(self: Any, target: Any = None, zoom: float = 1, finisher: Any = None, **named: Any) -> Any:
            ours = finisher and _traced_by(sys.gettrace(), finisher)
            return write(self, target, zoom, ours, **named)

        patch.setattr(Document, "write_pdf", finished)
        yield


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
