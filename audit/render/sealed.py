"""Is a page that a theme's templates made still closed? Nothing in it may run, fetch, or stand outside its style sheet.

The browser refuses most of this by itself, by the content security policy; a report that needs to be refused is not
written in the first place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

#: Elements that run, fetch, embed or send.
_REFUSED = frozenset(
    {
        "script", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "form", "link", "portal",
        "audio", "video", "track", "source", "foreignobject", "animate", "animatetransform", "animatemotion",
        "set", "noscript", "template",
    }
)  # fmt: skip
#: Attributes that are addresses; what they may begin with, on links and elsewhere.
_ADDRESSES = frozenset(
    {
        "href", "src", "srcset", "xlink:href", "action", "formaction", "poster", "background", "data", "cite",
        "ping", "manifest",
    }
)  # fmt: skip
#: Attributes of shapes that may name a paint or a mask by its address.
_PAINTED = frozenset(
    {
        "fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker", "marker-start", "marker-mid", "marker-end",
    }
)  # fmt: skip
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_INSIDE = re.compile(r"(data:image/(png|svg\+xml);base64,|#)")


def leaks(html: str, *, css: str, csp: str | None) -> tuple[str, ...]:
    """Everything in a page that could run, fetch or look different from what its style sheet says.

    `css` is the one style sheet that the page may hold; `csp` its policy, None where the page needs none.
    """
    reader = _Reader(css)
    reader.feed(html)
    reader.close()
    return tuple(dict.fromkeys([*reader.found, *_policy(reader, csp)]))


def _policy(reader: _Reader, csp: str | None) -> Iterator[str]:
    if reader.styles != 1:
        yield f"it holds {reader.styles} style sheets; it has to hold its own, {{{{ css }}}}, and no other"
    if csp is not None and reader.policies != [csp]:
        yield "it does not hold its content security policy, {{ csp }}, as it is"


class _Reader(HTMLParser):
    """Notes what may not be in a page."""

    def __init__(self, css: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.policies: list[str] = []
        self.styles = 0
        self._css, self._in_style = css, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self._in_style = tag == "style"
        self.styles += self._in_style
        if tag in _REFUSED:
            self.found.append(f"it holds the element <{tag}>")
        if tag == "meta":
            self._meta(dict(attrs))
        for name, value in attrs:
            self._attribute(tag, name, (value or "").strip())

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        """Text; inside of the style element it is the style sheet."""
        if self._in_style and data != self._css:
            self.found.append("its style sheet is not {{ css }}")

    def handle_endtag(self, _tag: str) -> None:
        """An element ends."""
        self._in_style = False

    def _meta(self, attributes: dict[str, str | None]) -> None:
        what = (attributes.get("http-equiv") or "").lower()
        if what == "content-security-policy":
            self.policies.append(attributes.get("content") or "")
        elif what:
            self.found.append(f"it holds <meta http-equiv={what}>")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self.found.append(f"<{tag}> has the handler {name}")
        elif name == "style":
            self.found.append(f"<{tag}> has a style attribute, which the content security policy forbids; use a class")
        elif name in _ADDRESSES and not (_LINK if tag == "a" else _INSIDE).match(value):
            self.found.append(f"<{tag}> has the address {value[:60]!r}; only links of <a> may lead out of the page")
        elif name in _PAINTED and "url(" in value.lower() and not re.search(r"url\(\s*['\"]?#", value):
            self.found.append(f"<{tag}> points out of the page in {name}")
