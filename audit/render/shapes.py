"""What a chart is made of: a few kinds of shape with their places, in CSS pixels. The templates draw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: A tone is a name of a colour, which the template knows for paper and the style sheet for dark screens.
Tone = Literal[
    "ink",
    "muted",
    "grid",
    "axis",
    "pass",
    "fail",
    "inconclusive",
    "quiet",
    "zone",
    "accepted",
    "accent",
    "band",
    "others",
]
Sign = Literal["pass", "fail", "inconclusive", "quiet", "reference", "rate"]
Look = Literal["hatched", "accepted", "cell-pass", "cell-fail", "cell-inconclusive", "cell-quiet", "cell-reference"]


@dataclass(frozen=True)
class Text:
    """A line of text; `y` is its base line."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    tone: Tone = "ink"
    size: int = 12
    bold: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Stroke:
    """A line along a path."""

    path: str
    tone: Tone = "ink"
    width: float = 1
    dashed: bool = False
    kind: str = "stroke"


@dataclass(frozen=True)
class Fill:
    """A filled path."""

    path: str
    tone: Tone
    kind: str = "fill"


@dataclass(frozen=True)
class Area:
    """A rectangle: hatched, tinted, or with an edge."""

    x: float
    y: float
    width: float
    height: float
    look: Look
    round: int = 0
    kind: str = "area"


@dataclass(frozen=True)
class Mark:
    """The sign of a verdict: filled circle, open circle, diamond, small open square; a reference is a black square."""

    sign: Sign
    x: float
    y: float
    size: float = 5
    kind: str = "mark"


Shape = Text | Stroke | Fill | Area | Mark


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture: its message in words for those who cannot see it, how it is drawn, and its shapes from back to front.

    `title` is the message, and all that a PDF says in the picture's place; `says` is how to read what is drawn, and
    where its numbers are.
    """

    id: str
    name: str
    width: int
    height: int
    title: str
    shapes: tuple[Shape, ...]
    says: str = ""
