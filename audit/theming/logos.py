"""Logos that are safe to embed: a picture that is too large, broken, or could run or fetch anything is refused."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from typing import Literal
from xml.etree import ElementTree

MOST_BYTES, MOST_SIDE = 300_000, 4000
Kind = Literal["image/svg+xml", "image/png"]
KINDS: dict[str, Kind] = {".svg": "image/svg+xml", ".png": "image/png"}

_SVG = "{http://www.w3.org/2000/svg}"
#: Shapes, and what they are painted and grouped with. Text is not among them: its fonts would differ by machine.
_DRAWN = frozenset(
    {
        "svg", "g", "defs", "title", "desc", "metadata", "path", "rect", "circle", "ellipse", "line",
        "polyline", "polygon", "use", "symbol", "clipPath", "mask", "pattern", "linearGradient",
        "radialGradient", "stop",
    }
)  # fmt: skip
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!['\"]?#)|@import|expression\(|javascript:", re.IGNORECASE)


def faults_of(kind: Kind, data: bytes) -> Iterator[str]:
    """Everything for which the picture is refused."""
    if len(data) > MOST_BYTES:
        yield f"{len(data):,} bytes; a logo has at most {MOST_BYTES:,}, since it is part of every report"
    elif kind == "image/png":
        yield from _png(data)
    else:
        yield from dict.fromkeys(_svg(data))


def _png(data: bytes) -> Iterator[str]:
    """Pillow is imported here: only themes need it, and WeasyPrint brings it."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
                size = picture.size
                if max(size) <= MOST_SIDE:
                    picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, Warning, Image.DecompressionBombError):
        yield "this is not a PNG picture, or it is damaged"
        return
    if max(size) > MOST_SIDE:
        yield f"{size[0]:,} × {size[1]:,} pixels; a logo has at most {MOST_SIDE:,} in each direction"


def _svg(data: bytes) -> Iterator[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield "this is not text in UTF-8; save it as plain SVG in UTF-8"
        return
    if re.search(r"<!\s*(DOCTYPE|ENTITY)|<\?xml-stylesheet", text, re.IGNORECASE):
        yield "it declares a document type, entities or a style sheet; save it as plain SVG"
        return
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  entities are refused above, and nothing else expands
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        yield f"this is not SVG: {error}"
        return
    if root.tag != f"{_SVG}svg":
        yield "this is not SVG: its first element has to be svg, in the name space http://www.w3.org/2000/svg"
        return
    if "viewBox" not in root.attrib and not {"width", "height"} <= set(root.attrib):
        yield "it has no size: give the svg element a viewBox"
    for element in root.iter():
        yield from _element(element)


def _element(element: ElementTree.Element) -> Iterator[str]:
    """What in one element could run, fetch, or look different elsewhere."""
    name = str(element.tag).removeprefix(_SVG)
    if name.startswith("{") and "xhtml" not in name:
        return  # what drawing programs note for themselves is not drawn
    if name not in _DRAWN:
        yield f"the element {name!r} is not allowed in a logo; {_INSTEAD.get(name, 'save it as plain shapes')}"
    for key, value in element.attrib.items():
        attribute = key.rpartition("}")[2]
        if attribute.lower().startswith("on"):
            yield f"the attribute {attribute!r} of {name!r} could run a script; take it out"
        elif (attribute == "href" and not value.startswith("#")) or _OUTSIDE.search(value):
            yield f"the attribute {attribute!r} of {name!r} points outside of the picture; take it out"


_INSTEAD = {
    "text": "turn text into paths",
    "script": "take it out",
    "style": "write colours as attributes",
    "image": "draw it, or give a PNG",
    "foreignObject": "take it out",
}
