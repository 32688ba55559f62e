"""A theme laid over the report's own looks: its style sheet, its logo, and its colours for charts on paper."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from audit.render.clean import clean, short_name
from audit.render.extra import body, heading
from audit.theme import Extra, Picture, Theme

#: What charts call the colours that a theme may choose. Attributes carry them: a PDF reads no style sheet there.
_IN_CHARTS = {"ink": "ink", "muted": "muted", "accent": "accent", "line": "grid", "paper": "paper"}
_HEADINGS = "h1,h2,h3"
_RUNNING = ("top-left", "top-right", "bottom-left", "bottom-right")
_DARK = "@media screen and (prefers-color-scheme:dark)"
_SHAPES = (
    ".logo{display:block;max-width:14rem;max-height:2.6rem;margin:0 0 .5rem}"
    ".logo.on-dark{display:none}"
    ".extra{overflow-wrap:anywhere}.extra table{width:auto}"
    ".extra th,.extra td{text-align:left}.extra .num{text-align:right}"
)


@dataclass(frozen=True, kw_only=True)
class Logo:
    """A logo as the page holds it: its address, which is all of it, and on which ground it stands."""

    address: str
    ground: str


def light(theme: Theme) -> str:
    """The theme's rules for paper and light screens: they follow the report's own, and precede those for dark ones."""
    rules = [_SHAPES, _colours(theme.light, theme.light)]
    if "muted" in theme.light:
        boxes = "".join(f"@{place}{{color:{theme.light['muted']}}}" for place in _RUNNING)
        rules.append(f"@page{{{boxes}}}")
    return "".join(rules)


def dark(theme: Theme) -> str:
    """The theme's rules for dark screens, after all others."""
    inside = _colours(theme.dark, {**theme.dark, "heading": theme.dark.get("heading", "var(--ink)")})
    return f"{_DARK}{{{inside}{_logo_in_the_dark(theme)}}}"


def _colours(tokens: Mapping[str, str], headings: Mapping[str, str]) -> str:
    written = ";".join(f"--{name}:{colour}" for name, colour in sorted(tokens.items()) if name != "heading")
    root = f":root{{{written}}}" if written else ""
    return root + (f"{_HEADINGS}{{color:{headings['heading']}}}" if "heading" in headings else "")


def _logo_in_the_dark(theme: Theme) -> str:
    """The logo for dark screens, or else the one logo on a light ground."""
    if theme.logo_on_dark:
        return ".logo.on-light{display:none}.logo.on-dark{display:block}"
    return f".logo{{background:{theme.light.get('paper', '#ffffff')};padding:.5rem .7rem;border-radius:.3rem}}"


def logos(theme: Theme, target: str) -> list[Logo]:
    """The logos that the page holds; paper has no dark side."""
    there = [("on-light", theme.logo)]
    if target == "html":
        there.append(("on-dark", theme.logo_on_dark))
    return [Logo(address=_address(picture), ground=ground) for ground, picture in there if picture]


def _address(picture: Picture) -> str:
    return f"data:{picture.kind};base64,{base64.b64encode(picture.data).decode()}"


def in_charts(theme: Theme | None) -> dict[str, str]:
    """The colours that charts take from a theme, by the names that charts have for them."""
    light = theme.light if theme else {}
    return {_IN_CHARTS[name]: colour for name, colour in light.items() if name in _IN_CHARTS}


@dataclass(frozen=True, kw_only=True)
class Section:
    """A theme's section as the page shows it."""

    id: str
    after: str
    title: str
    body: Markup


def sections(theme: Theme | None) -> tuple[Section, ...]:
    """The theme's sections in their order."""
    there = theme.sections if theme else ()
    return tuple(_section(number, extra) for number, extra in enumerate(there, 1))


def _section(number: int, extra: Extra) -> Section:
    return Section(id=f"added-{number}", after=extra.after, title=heading(extra), body=body(extra))


def organisation(theme: Theme) -> str:
    """The organisation's name, as one line."""
    return short_name(clean(theme.organisation))
