"""A theme's own sections: Markdown or plain text, laid out so that nothing in it can run, fetch, or break the page.

HTML in Markdown is shown as it is typed. Pictures are refused, links go to the web, to mail or within the page,
headings take their place below the section's own, and a table's columns are aligned by classes, since the page allows
no styles of elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from markupsafe import Markup

from audit.render.clean import breakable, clean
from audit.theme import Extra

_ADDRESS = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
#: The section's own heading is an h2.
_FIRST, _LAST = 3, 6
#: No line of a text is longer.
_LONGEST_LINE = 20_000


def body(extra: Extra) -> Markup:
    """The section's text as HTML, safe to stand in the page."""
    return _from_markdown(extra.text) if extra.markdown else _from_text(extra.text)


def faults_of(text: str) -> Iterator[str]:
    """What Markdown of a theme may not hold."""
    for line, token in _inline(_parsed(text)):
        if token.type == "image":
            yield f"line {line}: pictures are not taken into a report; take it out"
        elif token.type == "link_open" and not _ADDRESS.match(str(token.attrGet("href"))):
            yield f"line {line}: the link to {token.attrGet('href')!r} leads nowhere; write https://..., or mailto:..."


def _inline(tokens: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    for token in tokens:
        for child in token.children or ():
            yield (token.map or [0])[0] + 1, child


def _parsed(text: str) -> list[Any]:
    safe = "\n".join(clean(line, _LONGEST_LINE) for line in re.split("\r\n|[\r\n]", text.replace("\t", "    ")))
    parsed: list[Any] = _parser().parse(safe)
    return parsed


@cache
def _parser() -> Any:
    """CommonMark with tables, without HTML; imported here since only themes need it."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _from_text(text: str) -> Markup:
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))
    return Markup("\n").join(Markup("<p>{}</p>").format(breakable(clean(part, _LONGEST_LINE))) for part in paragraphs)


def _from_markdown(text: str) -> Markup:
    tokens = _parsed(text)
    _place_headings(tokens)
    for token in tokens:
        _classed(token)
        if token.children:
            token.children = list(_linked(token.children))
    parser = _parser()
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704  the parser escapes all text


def _place_headings(tokens: Sequence[Any]) -> None:
    """Headings below the section's own, and never a level skipped on the way down."""
    levels = sorted({int(token.tag[1]) for token in tokens if token.type == "heading_open"})
    before = _FIRST - 1
    for token in tokens:
        if token.type == "heading_open":
            before = min(_FIRST + levels.index(int(token.tag[1])), before + 1, _LAST)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{before}"


def _classed(token: Any) -> None:
    """Alignment by class, scopes for headings of columns."""
    if token.type in ("th_open", "td_open"):
        style = str(token.attrs.pop("style", ""))
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if "right" in style:
            token.attrSet("class", "num")


def _linked(children: Sequence[Any]) -> Iterator[Any]:
    """The parts of a line; inside a link nothing but text, since a link in a tagged PDF holds nothing else."""
    inside = False
    for child in children:
        inside = child.type == "link_open" or (inside and child.type != "link_close")
        if child.type == "link_open":
            child.attrs = {"href": child.attrs["href"]}
        if child.type in ("text", "code_inline"):
            child.content = breakable(child.content)
        if inside and child.type == "code_inline":
            child.type = "text"
        if not inside or child.type in ("link_open", "text", "softbreak"):
            yield child


def heading(extra: Extra) -> str:
    """The section's title, as one line."""
    return str(clean(extra.title, 120))
