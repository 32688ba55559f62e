"""A result as a notebook shows it: its one-page summary, in a frame of its own.

`import audit` in a notebook is enough; nothing of this is loaded until a result is shown.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.result import AuditResult

_HEIGHT = 640


def shown(result: AuditResult) -> str:
    """The summary of a result as HTML for a cell's output. It can run nothing, and its style touches nothing else.

    Where the policy names the public rendering, it is that of the public.
    """
    from audit.disclosing.disclosure import rendered
    from audit.render import FORMATS
    from audit.render.options import PLAIN

    page = FORMATS["summary"].write(rendered(result, None), PLAIN).decode()
    title = escape(f"Fairness audit: {result.headline}", quote=True)
    return (
        f'<iframe title="{title}" sandbox="" srcdoc="{escape(page, quote=True)}" '
        f'style="width: 100%; height: {_HEIGHT}px; border: 1px solid #ccc"></iframe>'
    )
