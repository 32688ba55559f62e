"""Small multiples: one little picture for each group, all on the same axes, the others grey behind each.

One group in colour and the rest in grey works for any number of groups, in print, and without telling colours apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.render.labels import fitted, width
from audit.render.scales import Scale, px, steps
from audit.render.shapes import Fill, Shape, Stroke, Text, Tone

WIDTH, LEFT, RIGHT, GAP = 700, 38, 12, 20
TOP, TITLE, FOOT = 22, 38, 34
#: A number of an axis may reach so far beyond it.
OVERHANG = 10
#: So many pictures beside each other, and in two rows.
ACROSS, MOST_PICTURES = 4, 6
_WIDEST, _TALLEST = 230.0, 150.0

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """What an axis holds: its ends, the numbers that it names, and how they are written."""

    low: float
    high: float
    named: tuple[float, ...]
    digits: int = 0
    scale: int = 1
    suffix: str = ""

    def written(self, value: float) -> str:
        """A number of the axis."""
        return f"{value * self.scale:,.{self.digits}f}{self.suffix}".replace("-", "−")


def axis(low: float, high: float, most: int = 5) -> Axis:
    """An axis of plain numbers, named at round places."""
    named = tuple(steps(low, high, most))
    digits = max(0, *(_decimals(value) for value in named)) if named else 0
    return Axis(low=low, high=high, named=named, digits=min(digits, 6))


def shares(high: float = 1.0) -> Axis:
    """An axis of shares, in percent."""
    return Axis(low=0.0, high=high, named=tuple(steps(0.0, high, 4)), digits=0, scale=100, suffix="%")


def _decimals(value: float) -> int:
    text = f"{value:.6f}".rstrip("0")
    return len(text.split(".")[1])


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The frame of one group's picture: where its axes are on the page."""

    x: Scale
    top: float
    bottom: float
    up: Axis
    names: tuple[str, str]
    first: bool

    def at(self, point: Point) -> Point:
        """Where a point is on the page; one that lies beyond the axes is at their ends."""
        share = (min(max(point[1], self.up.low), self.up.high) - self.up.low) / (self.up.high - self.up.low)
        return self.x.at(point[0]), px(self.bottom - share * (self.bottom - self.top))

    def line(self, points: Sequence[Point], tone: Tone, width: float = 1, *, dashed: bool = False) -> Iterator[Shape]:
        """A line through points."""
        if len(points) > 1:
            yield Stroke(_path([self.at(point) for point in points]), tone, width, dashed=dashed)

    def area(self, points: Sequence[Point], tone: Tone) -> Iterator[Shape]:
        """What a line of points encloses."""
        if len(points) > 2:
            yield Fill(_path([self.at(point) for point in points]) + "Z", tone)

    def upright(self, value: float, tone: Tone = "ink") -> Iterator[Shape]:
        """A dashed line at a number of the axis below, such as a cutoff."""
        if self.x.low <= value <= self.x.high:
            yield Stroke(f"M{self.x.at(value)} {px(self.top)}V{px(self.bottom)}", tone, 1.2, dashed=True)


def _path(places: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places)


def pictures(names: Sequence[tuple[str, str]], across: Axis, up: Axis, *, square: bool = False) -> list[Picture]:
    """The frames of so many groups, each with its two lines of title."""
    columns = len(names) if len(names) <= ACROSS else math.ceil(len(names) / 2)
    wide = min(_WIDEST, (WIDTH - LEFT - RIGHT - GAP * (columns - 1)) / columns)
    tall = min(wide, 190.0) if square else min(_TALLEST, wide)
    wide = tall if square else wide
    found = []
    for i, title in enumerate(names):
        row, column = divmod(i, columns)
        left = LEFT + column * (wide + GAP)
        top = TOP + TITLE + row * (tall + TITLE + FOOT)
        x = Scale(low=across.low, high=across.high, left=px(left), right=px(left + wide))
        found.append(Picture(x=x, top=top, bottom=px(top + tall), up=up, names=title, first=column == 0))
    return found


def says(axes: str) -> str:
    """How a chart of these is to be read."""
    return f"{axes} A small picture for each group, on the same axes. The table below gives numbers of every line."


def height(found: Sequence[Picture]) -> int:
    """How tall a chart of these is."""
    return int(max(picture.bottom for picture in found) + FOOT + 2)


def backdrop(picture: Picture, across: Axis) -> Iterator[Shape]:
    """The title, grid and named numbers of one picture."""
    wide = picture.x.right - picture.x.left
    yield Text(picture.x.left, picture.top - 22, fitted(picture.names[0], wide, bold=True), bold=True)
    yield Text(picture.x.left, picture.top - 8, fitted(picture.names[1], wide, 11), tone="muted", size=11)
    for value in picture.up.named:
        _, y = picture.at((across.low, value))
        yield Stroke(f"M{picture.x.left} {y}H{picture.x.right}", "grid")
        if picture.first:
            yield Text(picture.x.left - 5, y + 4, picture.up.written(value), "end", "muted", 11)
    yield from _below(picture, across)
    yield Stroke(f"M{picture.x.left} {picture.bottom}H{picture.x.right}", "axis")


def _below(picture: Picture, across: Axis) -> Iterator[Shape]:
    """The numbers of the axis below, as far as they have room."""
    taken = -math.inf
    for value in across.named:
        x, text = picture.x.at(value), across.written(value)
        long = width(text, 11)
        left = min(x - long / 2, picture.x.right + OVERHANG - long)
        if left < taken + OVERHANG / 2:
            continue
        taken = left + long
        yield Text(px(left), px(picture.bottom + 15), text, tone="muted", size=11)
