"""A theme as its file, theme.yaml, may be written."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator

from audit.policy.scalars import Text, listed, what

#: The sections of a report, after each of which a theme may put its own.
Place = Literal[
    "verdict", "read", "rules", "evidence", "groups", "baseline", "scores", "rows", "regimes", "method", "provenance"
]
_COLOUR = re.compile("#[0-9a-fA-F]{6}")


def _colour(value: Any) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise ValueError(f"expected a colour such as '#1d4f91', in quotes, found {what(value)}")
    return value.lower()


Colour = Annotated[str, PlainValidator(_colour)]


class Part(BaseModel):
    """A part of a theme: never changed once read, and holding no key that themes do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Palette(Part):
    """Colours on one ground. What is left out keeps the report's own colour."""

    ink: Colour | None = None
    """Text."""
    muted: Colour | None = None
    """Text beside the main one: notes, captions, running lines."""
    heading: Colour | None = None
    """Headings; those of verdicts keep the verdict's colour."""
    accent: Colour | None = None
    """Links, and what is marked in charts."""
    line: Colour | None = None
    """Lines of tables and charts."""
    soft: Colour | None = None
    """The ground of boxes."""
    paper: Colour | None = None
    """The ground of the page."""


class Colours(Part):
    """Colours on paper and light screens, and on dark screens."""

    light: Palette = Palette()
    """On paper, and on light screens."""
    dark: Palette = Palette()
    """On screens whose reader wants them dark."""


class Section(Part):
    """A section that the theme adds to the report."""

    after: Place
    """The section that it comes after."""
    title: Text
    """Its heading, in one line."""
    file: Text
    """Its text, a file of the theme: Markdown (.md), or plain text (.txt)."""


class Written(Part):
    """A theme as it may be written."""

    organisation: Text
    """Whose report it is; stands on the cover and under provenance."""
    logo: Text | None = None
    """A picture, SVG or PNG, a file of the theme."""
    logo_on_dark: Text | None = None
    """The logo for dark screens. Left out: the logo stands on a light ground."""
    colours: Colours = Colours()
    """Colours; those of verdicts are the report's own."""
    sections: Annotated[tuple[Section, ...], BeforeValidator(listed)] = ()
    """Sections that are added."""
