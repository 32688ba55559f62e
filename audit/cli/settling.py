"""What an audit imports, imported while Python's garbage collector rests: a fifth of the command's time."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from importlib import import_module

import click

#: What every audit of a table needs. DuckDB has to come later: what is frozen is not freed at the end of the process,
#: and of its types that are not freed it complains on standard error.
_ALWAYS = ("numpy", "pandas", "audit.engine", "audit.disclosing.disclosure", "audit.reports", "rich.table")
#: What formats need beside that.
_FORMATS = {"html": "audit.render.document", "pdf": "audit.render.document"}


def settle(formats: Iterable[str]) -> None:
    """Import what an audit with reports in some formats needs, and free the collector from looking at it again.

    Modules stay until the process ends, but the collector would go through them time and again as they come, and three
    times more at the end. Nothing is done unless the process is the command's own: see `audit.cli.main`.
    """
    if not click.get_current_context().find_root().obj:
        return
    gc.disable()
    for module in dict.fromkeys((*_ALWAYS, *(_FORMATS[name] for name in formats if name in _FORMATS))):
        import_module(module)
    gc.freeze()
    gc.enable()
