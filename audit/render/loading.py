"""The templates of the page: the report's own, and before them those of a theme, which run in a sandbox."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from audit.errors import RenderError
from audit.render.compiled import Compiled
from audit.render.sealed import leaks
from audit.resources import folder
from audit.theme import Theme

#: What a template of a theme writes to extend the report's own: `{% extends 'evenhand/cover.html.j2' %}`.
OWN = "evenhand"
#: A template that is the theme's own and takes the place of none begins with this.
OWN_PARTIAL = "_"
_PAGE = "page.html.j2"
_HOME = "templates/"
_MOST_FAULTS = 12
_LAID_OUT: dict[str, Any] = {
    "autoescape": True,
    "undefined": jinja2.StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
}


@cache
def names() -> tuple[str, ...]:
    """The names of the report's own templates."""
    return tuple(sorted(path.name for path in _own_folder().glob("*.j2")))


def environment(theme: Theme | None) -> jinja2.Environment:
    """Everything is escaped, and a name that does not exist is an error rather than nothing.

    The report's own templates are compiled once for all (audit/render/compiled.py). Beside a theme's they are compiled
    anew: the sandbox is a part of the code that comes of it.
    """
    own = jinja2.FileSystemLoader(_own_folder())
    if theme is None or not theme.templates:
        return jinja2.Environment(loader=own, bytecode_cache=_kept(), **_LAID_OUT)  # noqa: S701  autoescape is on
    loaders = [_named(theme.templates), jinja2.PrefixLoader({OWN: own}), own]
    return ImmutableSandboxedEnvironment(loader=jinja2.ChoiceLoader(loaders), **_LAID_OUT)


def _kept() -> Compiled | None:
    """Where compiled templates are kept; nowhere where Python keeps no modules either."""
    return Compiled(repr(_LAID_OUT)) if sys.implementation.cache_tag else None


def laid_out(made: jinja2.Environment, theme: Theme | None, facts: Mapping[str, Any]) -> str:
    """The page. Raises RenderError if a theme's templates fail, or make a page that could run or fetch anything."""
    page = made.get_template(_PAGE)
    if theme is None or not theme.templates:
        return page.render(facts)
    try:
        html = page.render(facts)
    except (jinja2.TemplateError, TypeError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        raise RenderError(f"the theme's {_where(error)}: {_why(error)}; mend the template") from error
    found = leaks(html, css=facts["css"], csp=facts["csp"] if facts["target"] == "html" else None)
    if found:
        changed = ", ".join(sorted(theme.templates))
        raise RenderError(
            f"the theme's templates ({changed}) make a page that is not closed, so it was not written: "
            + "; ".join(found[:_MOST_FAULTS])
        )
    return html


def _where(error: Exception) -> str:
    """The template and the line in which an error arose."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_HOME)]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "templates"


def _why(error: Exception) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name!r}"
    return str(error) or type(error).__name__


def _own_folder() -> Path:
    return folder("templates") / "report"


def _named(sources: Mapping[str, str]) -> jinja2.FunctionLoader:
    """Templates from their text; errors name them as files of the theme."""

    def find(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        return (sources[name], f"{_HOME}{name}", lambda: True) if name in sources else None

    return jinja2.FunctionLoader(find)


def syntax_faults(sources: Mapping[str, str]) -> Iterator[str]:
    """Templates that Jinja cannot read: the name, the line and why."""
    reader = ImmutableSandboxedEnvironment(**_LAID_OUT)
    for name, text in sorted(sources.items()):
        try:
            reader.parse(text, name)
        except jinja2.TemplateSyntaxError as error:
            yield f"{name}:{error.lineno}: {error.message}"
