"""The language of a report: which it is, and where in a page it changes, for those who have it read to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from audit.languages import LANGUAGES, language
from audit.render.options import Options
from audit.result import AuditResult
from audit.tongue import CLOSE, OPEN, Tongue, _, _n

#: Elements whose text can hold no other element: marks are left out there.
_NO_ELEMENTS = frozenset({"svg", "title", "style", "a", "option"})
_PART = re.compile(r"(<[^>]*>)")
_TAG = re.compile(r"<(/?)([a-zA-Z0-9]+)")


def tongue_of(result: AuditResult, options: Options) -> Tongue:
    """The language that was asked for, or else that of the policy, or else English."""
    return language(options.language or _of_policy(result))


def _of_policy(result: AuditResult) -> str:
    report = result.policy.effective.get("report")
    code = report.get("language") if isinstance(report, Mapping) else None
    return code if code in LANGUAGES else "en"


def say(message: str, /, **facts: Any) -> Markup:
    """A message of a template, with what stands in it, which is escaped."""
    return Markup(_(message)).format(**facts)  # noqa: S704  templates and catalogues are ours; facts are escaped


def say_n(one: str, many: str, number: int, /, **facts: Any) -> Markup:
    """The same for so many."""
    return Markup(_n(one, many, number)).format(**facts)  # noqa: S704  likewise


def marked(html: str) -> str:
    """The page with what is not in its language in elements that say so; in attributes and charts the marks go."""
    if OPEN not in html:
        return html
    depth: list[str] = []
    return "".join(_part(part, depth) for part in _PART.split(html))


def _part(part: str, depth: list[str]) -> str:
    """A tag, or a run of text between two."""
    if tag := _TAG.match(part):
        _entered(depth, tag[2].lower(), closing=bool(tag[1]))
        return _bare(part)
    return _bare(part) if depth else _text(part)


def _entered(depth: list[str], name: str, *, closing: bool) -> None:
    if name in _NO_ELEMENTS and not closing:
        depth.append(name)
    elif closing and depth and depth[-1] == name:
        depth.pop()


def _bare(text: str) -> str:
    return text.replace(OPEN, "").replace(CLOSE, "")


def _text(text: str) -> str:
    """Each marked stretch in an element; one that was cut ends with the text."""
    wrap: Callable[[re.Match[str]], str] = lambda found: f'<span lang="en">{_bare(found[1])}</span>'  # noqa: E731
    return _bare(re.sub(f"{OPEN}([^{CLOSE}]*){CLOSE}?", wrap, text))


def upper_first(text: str) -> str:
    """The text with a capital, whether or not it is marked as English."""
    start = 1 if text[:1] in (OPEN, CLOSE) else 0
    return text[:start] + text[start : start + 1].upper() + text[start + 1 :]
