"""The theme that an organisation gives its reports: how they look. What they say is the result's alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A logo: its bytes, checked to hold no script and no address, and what kind of picture they are."""

    kind: Literal["image/svg+xml", "image/png"]
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Extra:
    """A section that the theme adds: the section that it comes after, its title, and its text.

    `markdown`: is the text Markdown, and not plain text?
    """

    after: str
    title: str
    text: str
    markdown: bool


@dataclass(frozen=True, kw_only=True)
class Theme:
    """An organisation's name, logo, colours, extra sections and templates.

    `light` and `dark` map names of colours (`accent`) to `#rrggbb`; a name that is not there keeps the report's own.
    `templates` maps names of templates to their text. `sha256` is that of the list of the theme's files, each with its
    own digest, as `sha256sum` writes it.
    """

    organisation: str
    sha256: str
    logo: Picture | None = None
    logo_on_dark: Picture | None = None
    light: Mapping[str, str] = field(default_factory=dict)
    dark: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[Extra, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)
