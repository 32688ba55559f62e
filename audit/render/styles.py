"""The one style sheet of a page: the report's own sheets in their order, its fonts, and what a theme overrides."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import Literal

from markupsafe import Markup

from audit.render import dress
from audit.resources import folder
from audit.theme import Theme
from audit.tongue import _, spoken

Target = Literal["html", "pdf"]

_FONTS = (
    ("Audit Sans", 400, "sans-400"),
    ("Audit Sans", 600, "sans-600"),
    ("Audit Mono", 400, "mono-400"),
    ("Audit Serif", 600, "serif-600"),
)
#: One for each section, and those that all of them share; dark colours come last because they override.
_SHEETS = (
    "tokens", "base", "pill", "table", "chart", "cover", "brief", "contents", "read", "rules", "evidence", "groups",
    "baseline", "scores", "rows", "method", "provenance", "regimes", "print", "screen", "dark",
)  # fmt: skip
_OF_REPORT = tuple(f"report/{name}" for name in _SHEETS)
_FONT_FILES: dict[Target, tuple[str, str]] = {"html": ("woff2", "font/woff2"), "pdf": ("ttf", "font/ttf")}


def _numbered() -> str:
    """The foot of a page, where its words are not those that the sheet for paper has."""
    if spoken().code == "en":
        return ""
    first, between, last = re.split("[{](?:page|pages)[}]", _("Page {page} of {pages}"))
    return f'@page{{@bottom-right{{content:"{first}" counter(page) "{between}" counter(pages) "{last}"}}}}'


def sheet(target: Target, theme: Theme | None) -> Markup:
    """The whole of it, with nothing of a result in it."""
    return Markup(_fonts(target) + _dressed(theme) + _numbered())  # noqa: S704  our own files, and colours that were checked


def page_sheet(names: tuple[str, ...], target: Target = "html") -> Markup:
    """The sheet of another page than the report: our fonts, and sheets by their places under templates/."""
    return Markup(_fonts(target) + _styles(names))  # noqa: S704  our own files


def security_policy(css: str) -> str:
    """The content security policy: nothing but this one style sheet, and fonts and pictures that are in the file."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _dressed(theme: Theme | None) -> str:
    """The style sheets, those of a theme after what they override: light colours before the dark ones."""
    if theme is None:
        return _styles(_OF_REPORT)
    return _styles(_OF_REPORT[:-1]) + dress.light(theme) + _styles(_OF_REPORT[-1:]) + dress.dark(theme)


@cache
def _styles(names: tuple[str, ...]) -> str:
    sheets = [(folder("templates") / f"{name}.css").read_text(encoding="utf-8") for name in names]
    return _tight("\n".join(sheets))


def _tight(css: str) -> str:
    """Without comments and needless spaces."""
    plain = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return re.sub(r"\s*([{};])\s*", r"\1", plain).strip()


@cache
def _fonts(target: Target) -> str:
    suffix, kind = _FONT_FILES[target]
    return "".join(_font(family, weight, f"{file}.{suffix}", kind) for family, weight, file in _FONTS)


def _font(family: str, weight: int, file: str, kind: str) -> str:
    data = base64.b64encode((folder("templates") / "report" / "fonts" / file).read_bytes()).decode()
    source = f'src:url("data:{kind};base64,{data}")'
    return f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:normal;font-display:block;{source}}}'
